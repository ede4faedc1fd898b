from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny_graph import CENTERS, SHADES, shade_picture, shades_spec, write_shades, write_slopes

from perpixel.classes import ClassTable, SegmentClass
from perpixel.errors import LicenceError, ModelError, PictureError
from perpixel.predict import Predictor
from perpixel.spec import InputSpec, Terms

SIZES = [(1, 1), (1, 40), (7, 3), (8, 8), (31, 33), (64, 48)]


@pytest.fixture
def shades(tmp_path: Path) -> Path:
    return write_shades(tmp_path / "shades.onnx")


@pytest.mark.parametrize("size", SIZES)
def test_every_size_is_answered_at_its_own_size(shades: Path, size: tuple[int, int]) -> None:
    for center, label in zip(CENTERS, range(3), strict=True):
        answer = Predictor(shades)(np.full((*size, 3), round(255 * center), np.uint8))
        assert answer.size == size
        assert (answer.labels == label).all()
        assert answer.classes == SHADES


def test_labels_follow_the_picture(shades: Path) -> None:
    picture = np.zeros((32, 64, 3), np.uint8)
    picture[:, 32:] = 255
    labels = Predictor(shades)(picture).labels
    assert (labels[:, :28] == 0).all()
    assert (labels[:, 36:] == 2).all()


def test_confidence_is_the_softmax_of_the_logits(shades: Path) -> None:
    picture = np.full((8, 8, 3), 128, np.uint8)
    logits = -40 * (128 / 255 - np.array(CENTERS)) ** 2
    expected = np.exp(logits.max()) / np.exp(logits).sum()
    for kind in ("exact", "fast"):
        confidence = Predictor(shades, confidence=kind)(picture).confidence
        assert confidence is not None
        np.testing.assert_allclose(confidence, expected, atol=1e-4)
    assert Predictor(shades, confidence="none")(picture).confidence is None


def test_gray_alpha_and_16_bits_are_taken(shades: Path) -> None:
    predictor = Predictor(shades)
    picture = shade_picture((20, 28))[:, :, :1].repeat(3, axis=2)
    expected = predictor(picture).labels
    clear = np.full((20, 28, 1), 9, np.uint8)
    alike = [
        picture[:, :, 0],
        picture[:, :, :1],
        np.concatenate([picture, clear], axis=2),
        np.concatenate([picture[:, :, :1], clear], axis=2),
        picture.astype(np.uint16) * 257,
        picture[:, ::-1][:, ::-1],
    ]
    for other in alike:
        assert np.array_equal(predictor(other).labels, expected)


def test_a_model_of_gray_pictures_takes_color(tmp_path: Path) -> None:
    predictor = Predictor(write_shades(tmp_path / "gray.onnx", shades_spec(channels=1)))
    picture = shade_picture((16, 16), channels=1)
    assert np.array_equal(predictor(picture.repeat(3, axis=2)).labels, predictor(picture).labels)


def test_a_model_of_16_bits_takes_8(tmp_path: Path) -> None:
    spec = replace(shades_spec(), input=InputSpec(dtype="uint16"))
    predictor = Predictor(write_shades(tmp_path / "deep.onnx", spec, centers=(25.7, 128.5, 231.3)))
    assert (predictor(np.full((8, 8, 3), 128, np.uint8)).labels == 1).all()


def test_pictures_that_do_not_fit_the_model_are_picture_errors(shades: Path) -> None:
    predictor = Predictor(shades)
    with pytest.raises(PictureError, match="7 channels"):
        predictor(np.zeros((4, 4, 7), np.uint8))
    with pytest.raises(PictureError, match="float64"):
        predictor(np.zeros((4, 4, 3)))
    with pytest.raises(PictureError, match="at least one pixel"):
        predictor(np.zeros((0, 4, 3), np.uint8))


@pytest.mark.parametrize("size", SIZES)
def test_averaging_a_model_with_itself_changes_nothing(shades: Path, size: tuple[int, int]) -> None:
    picture = shade_picture(size)
    alone, twice = Predictor(shades)(picture), Predictor([shades, shades])(picture)
    assert (alone.labels == twice.labels).mean() > 0.999
    assert alone.confidence is not None
    assert twice.confidence is not None
    np.testing.assert_allclose(alone.confidence, twice.confidence, atol=1e-3)


def test_average_is_that_of_probabilities(tmp_path: Path) -> None:
    first = write_shades(tmp_path / "a.onnx", centers=(0.1, 0.5, 0.9))
    second = write_shades(tmp_path / "b.onnx", centers=(0.3, 0.2, 0.9))
    picture = np.full((8, 8, 3), 51, np.uint8)
    powers = [np.exp(-40 * (0.2 - np.array(centers)) ** 2) for centers in ((0.1, 0.5, 0.9), (0.3, 0.2, 0.9))]
    mean = sum(power / power.sum() for power in powers) / 2
    answer = Predictor([first, second])(picture)
    assert (answer.labels == mean.argmax()).all()
    assert answer.confidence is not None
    np.testing.assert_allclose(answer.confidence, mean.max(), atol=1e-4)


@pytest.mark.parametrize("size", SIZES)
def test_models_of_other_strides_are_averaged_on_the_finest_grid(tmp_path: Path, size: tuple[int, int]) -> None:
    fine = write_shades(tmp_path / "fine.onnx", shades_spec(stride=2, multiple=4))
    coarse = write_shades(tmp_path / "coarse.onnx", shades_spec(stride=8, multiple=16))
    for paths in ([fine, coarse], [coarse, fine]):
        answer = Predictor(paths)(np.full((*size, 3), 230, np.uint8))
        assert answer.size == size
        assert (answer.labels == 2).all()


@pytest.mark.parametrize("size", SIZES)
def test_flip_averaging_of_a_symmetric_network_changes_nothing(shades: Path, size: tuple[int, int]) -> None:
    picture = shade_picture(size)
    picture[:, -size[1] // 2 :] //= 3  # left and right differ
    plain, flipped = Predictor(shades)(picture), Predictor(shades, flip=True)(picture)
    assert (plain.labels == flipped.labels).mean() > 0.999
    assert plain.confidence is not None
    assert flipped.confidence is not None
    np.testing.assert_allclose(plain.confidence, flipped.confidence, atol=1e-3)


@pytest.mark.parametrize(("mirror", "certain"), [(True, True), (False, False)])
def test_mirror_classes_swap_when_flipped(tmp_path: Path, mirror: bool, certain: bool) -> None:
    names = ("brighter", "darker")
    other = dict(zip(names, reversed(names), strict=True))
    table = ClassTable(tuple(SegmentClass(name, (0, 0, 9), mirror=other[name] if mirror else None) for name in names))
    path = write_slopes(tmp_path / "slopes.onnx", shades_spec(classes=table))
    ramp = np.arange(0, 240, 5, dtype=np.uint8)[None, :, None].repeat(24, axis=0).repeat(3, axis=2)
    answer = Predictor(path, flip=True)(ramp)
    assert answer.confidence is not None
    inner = answer.confidence[:, 8:-8]  # a border of repeated pixels is flat
    if certain:
        assert (answer.labels[:, 8:-8] == 0).all()
        assert inner.min() > 0.6
    else:  # the two passes contradict each other
        np.testing.assert_allclose(inner, 0.5, atol=1e-4)


def test_graph_of_one_size_takes_any_picture(tmp_path: Path) -> None:
    spec = replace(shades_spec(), input=InputSpec(size=(32, 48)))
    path = write_shades(tmp_path / "fixed.onnx", spec)
    for options in ({}, {"flip": True}):
        predictor = Predictor(path, **options)  # type: ignore[arg-type]
        for size in ((32, 48), (100, 75), (1, 1)):
            picture = np.zeros((*size, 3), np.uint8)
            picture[:, size[1] // 2 :] = 255
            answer = predictor(picture)
            assert answer.size == size
            assert answer.confidence is not None
            if size[1] > 9:
                assert (answer.labels[:, : size[1] * 4 // 10] == 0).all()
                assert (answer.labels[:, size[1] * 6 // 10 :] == 2).all()


def test_models_with_other_classes_are_not_averaged(tmp_path: Path, shades: Path) -> None:
    other = write_shades(tmp_path / "b.onnx", shades_spec(classes=ClassTable.named(["cat", "dog", "cow"])))
    with pytest.raises(ModelError, match="shades has cat, dog, cow, shades has dark, gray, bright"):
        Predictor([shades, other])


def test_unknown_task_is_refused_at_once(tmp_path: Path) -> None:
    path = write_shades(tmp_path / "a.onnx", replace(shades_spec(), task="telepathy"))
    with pytest.raises(ModelError, match="shades is a model for 'telepathy'; this version knows semantic"):
        Predictor(path)


@pytest.mark.parametrize(("commercial", "refused"), [(True, False), (False, True), (None, True)])
def test_commercial_only_takes_only_what_is_free_for_it(tmp_path: Path, commercial: bool | None, refused: bool) -> None:
    terms = Terms(data="for looking at", commercial=commercial)
    path = write_shades(tmp_path / "a.onnx", replace(shades_spec(), terms=terms))
    Predictor(path)
    if refused:
        with pytest.raises(LicenceError, match="shades is not free for commercial use: for looking at"):
            Predictor(path, commercial_only=True)
    else:
        Predictor(path, commercial_only=True)


def test_travels_to_another_process_as_paths(shades: Path) -> None:
    predictor = Predictor([shades], flip=True, confidence="fast", threads=1)
    data = pickle.dumps(predictor)
    assert len(data) < 1000
    copy = pickle.loads(data)
    picture = shade_picture((30, 40))
    assert np.array_equal(copy(picture).labels, predictor(picture).labels)
    assert (copy.flip, copy.confidence, copy.threads) == (True, "fast", 1)


def test_threads_share_one_predictor(shades: Path) -> None:
    predictor = Predictor(shades)
    pictures = [shade_picture((24 + number, 40), seed=number) for number in range(12)]
    expected = [predictor(picture).labels for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        for answer, labels in zip(pool.map(predictor, pictures), expected, strict=True):
            assert np.array_equal(answer.labels, labels)


def test_graph_that_belies_its_config_is_a_model_error(tmp_path: Path) -> None:
    path = write_shades(tmp_path / "a.onnx")
    described = write_shades(tmp_path / "b.onnx", shades_spec(classes=ClassTable.named(["one", "two"])), centers=(0, 1))
    from perpixel.predict import Model, find_model

    crossed = Model(str(path), find_model(described).spec, {"main": path})
    with pytest.raises(
        ModelError, match=r"the graph gives logits \(1, 3, 2, 2\); its config says logits \(1, 2, h, w\)"
    ):
        Predictor(crossed)(np.zeros((8, 8, 3), np.uint8))


def test_labels_agree_with_upsampling_the_graphs_own_logits(shades: Path) -> None:
    from perpixel.predict import OnnxEngine

    picture = shade_picture((29, 37))
    logits = OnnxEngine({"main": shades}).run("main", {"image": picture[None]})["logits"][0]
    full = np.stack([cv2.resize(plane, (40, 32))[:29, :37] for plane in logits])
    answer = Predictor(shades)(picture)
    assert (answer.labels == full.argmax(axis=0)).mean() > 0.999
