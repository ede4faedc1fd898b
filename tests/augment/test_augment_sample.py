from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from perpixel.augment import augment
from perpixel.classes import CAMVID, ClassTable, SegmentClass
from perpixel.plan import Augmentation
from perpixel.results import Depth, Instances, LabelMap, Layers, Panoptic

ALL = Augmentation(rotate=0.3, elastic=4, blur=0.5, noise=8, rare=0.5)
NONE = Augmentation(scale=(1, 1), flip=0, color=0, rare=0)


def sample(seed: int = 0, size: tuple[int, int] = (40, 56)) -> tuple[np.ndarray, LabelMap]:
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 12, (size[0] // 8 + 1, size[1] // 8 + 1)).astype(np.uint8)
    labels[labels == 11] = CAMVID.ignored
    labels = labels.repeat(8, axis=0).repeat(8, axis=1)[: size[0], : size[1]]
    return generator.integers(0, 256, (*size, 3), dtype=np.uint8), LabelMap(labels, CAMVID)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3, 4, 6])
@pytest.mark.parametrize("size", [(40, 56), (17, 90), (1, 1)])
def test_samples_are_of_the_size_asked_for(dtype: type, channels: int, size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (40, 56, channels)).astype(dtype)
    for seed in range(3):
        moved, truth = augment(picture, sample()[1], ALL, size=size, generator=np.random.default_rng(seed))
        assert moved.shape == (*size, channels)
        assert moved.dtype == dtype
        assert truth.size == size


def test_without_any_strength_a_sample_is_the_picture_itself() -> None:
    picture, truth = sample()
    same, labels = augment(picture, truth, NONE, size=(40, 56), generator=np.random.default_rng(0))
    np.testing.assert_array_equal(same, picture)
    np.testing.assert_array_equal(labels.labels, truth.labels)
    assert not np.shares_memory(same, picture)


def test_the_input_is_left_as_it_was() -> None:
    picture, truth = sample()
    before = picture.copy(), truth.labels.copy()
    for seed in range(10):
        augment(picture, truth, ALL, size=(30, 30), generator=np.random.default_rng(seed))
    np.testing.assert_array_equal(picture, before[0])
    np.testing.assert_array_equal(truth.labels, before[1])


def test_picture_and_truth_stay_on_top_of_each_other() -> None:
    _, truth = sample()
    picture = np.where(truth.labels == 255, 255, truth.labels * 20).astype(np.uint8)[:, :, None]
    options = Augmentation(rotate=0.4, elastic=3, color=0)
    for seed in range(20):
        moved, labels = augment(picture, truth, options, size=(40, 56), generator=np.random.default_rng(seed))
        judged = labels.labels != 255
        # Between two classes the picture is a mixture, so only most pixels must show their label's gray exactly.
        assert np.mean(moved[judged, 0] == labels.labels[judged] * 20) > 0.55, seed
        assert np.mean(np.abs(moved[judged, 0].astype(int) - labels.labels[judged] * 20)) < 20


def test_the_same_generator_state_gives_the_same_bytes_in_any_thread() -> None:
    picture, truth = sample()

    def draw(seed: int) -> bytes:
        rare = np.full(11, 1 / 11)
        moved, labels = augment(picture, truth, ALL, size=(32, 32), generator=np.random.default_rng(seed), rare=rare)
        return moved.tobytes() + labels.labels.tobytes()

    alone = [draw(seed) for seed in range(24)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(draw, range(24)))
    assert alone == together
    assert len(set(alone)) == 24


def test_labels_are_never_made_up() -> None:
    picture, truth = sample()
    for seed in range(20):
        _, moved = augment(picture, truth, ALL, size=(50, 50), generator=np.random.default_rng(seed))
        assert set(np.unique(moved.labels)) <= {*np.unique(truth.labels).tolist(), 255}


def test_crops_on_a_rare_class_show_it() -> None:
    labels = np.zeros((200, 200), np.uint8)
    labels[150, 30] = 9
    truth = LabelMap(labels, CAMVID)
    picture = np.zeros((200, 200, 3), np.uint8)
    rare = np.eye(11)[9]
    options = Augmentation(scale=(1, 1), rare=1)
    for seed in range(20):
        generator = np.random.default_rng(seed)
        assert (augment(picture, truth, options, size=(16, 16), generator=generator, rare=rare)[1].labels == 9).any()
    anywhere = [
        augment(picture, truth, options, size=(16, 16), generator=np.random.default_rng(seed))[1] for seed in range(20)
    ]
    assert sum((moved.labels == 9).any() for moved in anywhere) < 4


def test_a_mirrored_sample_swaps_mirror_classes() -> None:
    lanes = ClassTable(
        (SegmentClass("left", (1, 1, 1), mirror="right"), SegmentClass("right", (2, 2, 2), mirror="left"))
    )
    truth = LabelMap(np.array([[0, 1]], np.uint8), lanes)
    options = Augmentation(scale=(1, 1), flip=1, color=0)
    picture = np.array([[[10], [20]]], np.uint8)
    moved, labels = augment(picture, truth, options, size=(1, 2), generator=np.random.default_rng(0))
    assert moved[0, :, 0].tolist() == [20, 10]
    assert labels.labels.tolist() == [[0, 1]]


def test_every_kind_of_truth_goes_along() -> None:
    picture, truth = sample()
    ids = (truth.labels != 255).astype(np.int32)
    things = Instances(ids, np.array([3]), CAMVID, np.ones(1, np.float32))
    for other in (
        things,
        Panoptic(ids, np.array([3]), CAMVID, np.ones(1, np.float32)),
        Layers(np.stack([truth.labels == index for index in range(11)]), CAMVID),
        Depth(np.ones((40, 56), np.float32), ids > 0),
    ):
        one, expected = augment(picture, truth, ALL, size=(30, 30), generator=np.random.default_rng(3))
        two, moved = augment(picture, other, ALL, size=(30, 30), generator=np.random.default_rng(3))
        np.testing.assert_array_equal(one, two)
        assert type(moved) is type(other)
        if isinstance(moved, Depth):
            np.testing.assert_array_equal(moved.valid, expected.labels != 255)
        if isinstance(moved, Instances):
            np.testing.assert_array_equal(moved.ids == 1, expected.labels != 255)


def test_a_gray_picture_without_its_axis_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected \(H, W, C\)"):
        augment(np.zeros((4, 4), np.uint8), sample()[1], NONE, size=(4, 4), generator=np.random.default_rng(0))


def test_things_in_the_mirrored_border_are_not_judged_and_those_in_the_picture_stay() -> None:
    classes = ClassTable((SegmentClass("cell", (200, 0, 0), thing=True),))
    truth = Instances(np.array([[1, 0], [0, 2]], np.int32), np.array([0, 0]), classes, np.ones(2, np.float32))
    picture = np.zeros((2, 2, 1), np.uint8)
    _, moved = augment(picture, truth, NONE, size=(4, 2), generator=np.random.default_rng(0))
    assert sorted(moved.ids.tolist()) == [[0, 2], [1, 0], [3, 3], [3, 3]]
    assert moved.crowd is not None
    assert moved.crowd.tolist() == [False, False, True]
    _, inside = augment(picture, truth, NONE, size=(2, 2), generator=np.random.default_rng(0))
    assert inside.crowd is None
