from __future__ import annotations

import numpy as np
import pytest

from perpixel.classes import CAMVID, ClassTable
from perpixel.draw import as_shown, confidence_map, legend, overlay, with_legend
from perpixel.results import LabelMap, Layers

GRAY = np.full((60, 240, 3), 100, np.uint8)


def halves(size: tuple[int, int] = (60, 240)) -> LabelMap:
    labels = np.zeros(size, np.uint8)
    labels[:, size[1] // 2 :] = 8
    return LabelMap(labels, CAMVID)


def test_colors_lie_over_the_picture_and_the_legend_below_it() -> None:
    answer = halves()
    drawn = overlay(GRAY, answer)
    assert drawn.shape[0] > 60
    assert drawn.shape[1] == 240
    assert np.abs(drawn[:60].astype(int) - (100 + CAMVID.colors[answer.labels].astype(int)) / 2).max() <= 0.5
    swatches = drawn[60:].reshape(-1, 3)
    for name, color in ((entry.name, entry.color) for entry in CAMVID):
        found = bool((swatches == color).all(axis=1).any())
        assert found == (name in ("sky", "car")), name


def test_without_legend_the_picture_keeps_its_size() -> None:
    assert overlay(GRAY, halves(), legend=False).shape == GRAY.shape


def test_ignored_pixels_show_the_picture() -> None:
    labels = np.full((60, 240), 255, np.uint8)
    assert np.array_equal(overlay(GRAY, LabelMap(labels, CAMVID), legend=False), GRAY)
    assert overlay(GRAY, LabelMap(labels, CAMVID)).shape[0] > 60  # the legend says that nothing is labelled


def test_a_picture_of_one_pixel_has_a_legend_that_can_be_read() -> None:
    drawn = overlay(np.zeros((1, 1, 3), np.uint8), halves((1, 1)))
    assert drawn.shape[1] == 200
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 5


def test_text_grows_with_the_picture() -> None:
    small, large = (with_legend(np.zeros((10, width, 3), np.uint8), halves((10, width))) for width in (400, 1600))
    assert len(large) - 10 > 2 * (len(small) - 10)


def test_many_classes_do_not_fill_the_page() -> None:
    table = ClassTable.named([f"class {number}" for number in range(200)])
    answer = LabelMap(np.arange(200, dtype=np.uint8).reshape(10, 20).repeat(30, 0).repeat(30, 1), table)
    assert len(with_legend(np.zeros((300, 600, 3), np.uint8), answer)) < 600


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1), (4, 5, 2), (4, 5, 3), (4, 5, 4), (4, 5, 13)])
def test_any_number_of_channels_is_shown(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    shown = as_shown(image)
    assert shown.shape == (4, 5, 3)
    planes = image.reshape(4, 5, -1)
    assert np.array_equal(shown, planes[:, :, :3] if planes.shape[2] >= 3 else planes[:, :, :1].repeat(3, axis=2))


def test_other_types_are_stretched_from_least_to_greatest() -> None:
    assert as_shown(np.array([[1000, 1050, 1250]], np.uint16))[0, :, 0].tolist() == [0, 51, 255]
    assert as_shown(np.array([[-1.0, np.nan, np.inf, 1.0]]))[0, :, 0].tolist() == [0, 0, 0, 255]
    assert as_shown(np.full((1, 2), 7.5))[0, :, 0].tolist() == [0, 0]
    assert as_shown(np.full((1, 2), np.nan))[0, :, 0].tolist() == [0, 0]
    assert as_shown(np.array([[False, True]]))[0, :, 0].tolist() == [0, 255]


def test_confidence_goes_from_dark_blue_to_yellow() -> None:
    confidence = np.array([[0.0, 0.5, 1.0]], np.float32)
    dark, middle, bright = confidence_map(LabelMap(np.zeros((1, 3), np.uint8), CAMVID, confidence))[0].tolist()
    assert dark[2] > max(dark[:2])
    assert middle[1] > max(middle[0], middle[2])
    assert bright[0] > 200 > bright[2]
    with pytest.raises(ValueError, match="no confidence"):
        confidence_map(halves())


def test_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the picture is \(60, 240\), the answer \(1, 1\)"):
        overlay(GRAY, halves((1, 1)))


def test_where_no_layer_is_the_picture_shows_and_the_legend_has_the_whole_of_each() -> None:
    table = ClassTable.named(["below", "above"])
    masks = np.zeros((2, 40, 300), np.bool_)
    masks[0, :, :150], masks[1, :, :150] = True, True
    image = np.full((40, 300, 3), 90, np.uint8)
    drawn = overlay(image, Layers(masks, table), legend=False)
    assert (drawn[:, 150:] == 90).all()
    assert (drawn[:, :150] != 90).any(axis=2).all()
    texts = [text for text, _ in legend._entries(Layers(masks, table))]
    assert texts == ["below 50%", "above 50%"]
