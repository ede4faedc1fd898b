from __future__ import annotations

import numpy as np
import pytest

from perpixel.augment import copy_paste, paste_things
from perpixel.classes import ClassTable, SegmentClass
from perpixel.results import Instances, Panoptic

CLASSES = ClassTable(
    (
        SegmentClass("road", (90, 90, 90)),
        SegmentClass("car", (0, 0, 200), thing=True),
        SegmentClass("sky", (0, 90, 200)),
    )
)
Sample = tuple[np.ndarray, Instances]


def instances(ids: list[list[int]], *, crowd: list[bool] | None = None, label: int = 1) -> Instances:
    array = np.array(ids, np.int32)
    count = int(array.max())
    crowds = None if crowd is None else np.array(crowd)
    return Instances(array, np.full(count, label, np.intp), CLASSES, np.ones(count, np.float32), crowds)


def picture(value: int, size: tuple[int, int], channels: int = 3, dtype: type = np.uint8) -> np.ndarray:
    return np.full((*size, channels), value, dtype)


def paste(below: Instances, above: Instances, seed: int = 0) -> tuple[np.ndarray, Instances]:
    pair = (picture(0, below.size), below), (picture(9, above.size), above)
    return paste_things(*pair, generator=np.random.default_rng(seed))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_a_thing_is_pasted_with_its_pixels_and_a_number_after_the_others(dtype: type, channels: int) -> None:
    below, above = instances([[1, 1, 0, 2]]), instances([[0, 1, 1, 0]], label=2)
    pair = (picture(0, (1, 4), channels, dtype), below), (picture(9, (1, 4), channels, dtype), above)
    shown, truth = paste_things(*pair, generator=np.random.default_rng(0))
    assert truth.ids.tolist() == [[1, 3, 3, 2]]
    assert truth.labels.tolist() == [1, 1, 2]
    assert truth.crowd is None
    assert shown.tolist() == [[[0] * channels, [9] * channels, [9] * channels, [0] * channels]]
    assert shown.dtype == dtype


def test_a_thing_that_is_hidden_altogether_is_gone() -> None:
    _, truth = paste(instances([[1, 2, 2]]), instances([[1, 0, 0]]))
    assert truth.ids.tolist() == [[2, 1, 1]]


def test_with_a_tenth_left_a_thing_stays_and_with_less_it_is_not_judged() -> None:
    covering = instances([[1] * 9 + [0]])
    _, truth = paste(instances([[1] * 10]), covering)
    assert truth.ids.tolist() == [[2] * 9 + [1]]
    assert truth.crowd is None
    _, truth = paste(instances([[1] * 11]), instances([[1] * 10 + [0]]))
    assert truth.ids.tolist() == [[2] * 10 + [1]]
    assert truth.crowd is not None
    assert truth.crowd.tolist() == [True, False]


def test_crowds_are_never_pasted_and_remain_crowds() -> None:
    crowd = instances([[1, 1, 0]], crowd=[True])
    shown, truth = paste(instances([[0, 1, 1]]), crowd)
    assert not shown.any()
    assert truth.ids.tolist() == [[0, 1, 1]]
    _, truth = paste(crowd, instances([[0, 1, 1]]))
    assert truth.ids.tolist() == [[1, 2, 2]]
    assert truth.crowd is not None
    assert truth.crowd.tolist() == [True, False]


def test_stuff_is_never_pasted_and_keeps_its_last_pixel() -> None:
    ids = np.array([[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]], np.int32)
    road_and_car = Panoptic(ids, np.array([0, 1]), CLASSES, np.ones(2, np.float32))
    car = Panoptic(3 - ids, np.array([0, 1]), CLASSES, np.ones(2, np.float32))  # a long one, and road at the end
    pair = (picture(0, (1, 12)), road_and_car), (picture(9, (1, 12)), car)
    _, truth = paste_things(*pair, generator=np.random.default_rng(0))
    assert isinstance(truth, Panoptic)
    assert truth.ids.tolist() == [[2] * 11 + [1]]  # the road is hidden: gone
    assert truth.labels.tolist() == [1, 1]
    short = Panoptic(np.where(np.arange(12) < 10, 2, 1)[None].astype(np.int32), car.labels, CLASSES, car.scores)
    _, truth = paste_things(pair[0], (picture(9, (1, 12)), short), generator=np.random.default_rng(0))
    assert truth.labels[truth.ids[0] - 1].tolist() == [1] * 10 + [0, 1]  # one pixel of road, still judged
    assert truth.crowd is None


def test_any_number_of_things_is_pasted_from_one_to_all() -> None:
    above = instances([[1, 2, 3, 4, 0]])
    counts = [len(paste(instances([[0, 0, 0, 0, 1]]), above, seed)[1]) - 1 for seed in range(60)]
    assert set(counts) == {1, 2, 3, 4}


def test_a_sample_without_things_changes_nothing_and_nothing_is_pasted_in_place() -> None:
    below, above = instances([[1, 1, 0]]), instances([[0, 0, 0]])
    assert paste(below, above)[1] is below
    pair: tuple[Sample, Sample] = (picture(0, (1, 3)), below), (picture(9, (1, 3)), instances([[1, 1, 1]]))
    paste_things(*pair, generator=np.random.default_rng(0))
    assert not pair[0][0].any()
    assert below.ids.tolist() == [[1, 1, 0]]


def test_a_batch_takes_things_of_the_sample_before_each_as_it_was() -> None:
    pictures = [picture(value, (1, 3)) for value in (1, 2, 3)]
    truths = [instances([ids]) for ids in ([1, 0, 0], [0, 1, 0], [0, 0, 1])]
    shown, found = copy_paste(pictures, truths, probability=1, generator=np.random.default_rng(0))
    assert [each[0, :, 0].tolist() for each in shown] == [[1, 1, 3], [1, 2, 2], [3, 2, 3]]
    assert [len(each) for each in found] == [2, 2, 2]
    same, _ = copy_paste(pictures, truths, probability=0, generator=np.random.default_rng(0))
    np.testing.assert_array_equal(same, pictures)
    alone, _ = copy_paste(pictures[:1], truths[:1], probability=1, generator=np.random.default_rng(0))
    np.testing.assert_array_equal(alone[0], pictures[0])


def test_things_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="only samples of one size"):
        paste(instances([[1, 1]]), instances([[1, 1, 1]]))
