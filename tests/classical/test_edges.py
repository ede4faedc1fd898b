from __future__ import annotations

import cv2
import numpy as np
import pytest

from perpixel.classical.edges import canny, canny_thresholds


def step() -> np.ndarray:
    """Dark up to column 24, bright from 25."""
    image = np.zeros((50, 50), np.uint8)
    image[:, 25:] = 255
    return image


def scene() -> np.ndarray:
    """A disc and a slanted band on a shaded ground."""
    image = np.tile(np.linspace(40, 80, 96).astype(np.uint8), (96, 1))
    cv2.circle(image, (60, 40), 18, 200, -1)
    cv2.line(image, (5, 90), (40, 10), 120, 6)
    return image


@pytest.mark.parametrize(
    "options", [{"low": 50, "high": 150, "sigma": 0}, {}, {"sigma": 0}, {"sigma": 3}, {"low": 60}, {"high": 90}]
)
def test_a_step_at_column_25_is_one_line_in_column_24(options: dict[str, float]) -> None:
    found = canny(step(), **options)
    assert found.dtype == bool
    assert found.sum() == 50
    assert found[:, 24].all()


def test_slopes_are_in_the_units_of_opencv() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (40, 50)).astype(np.uint8)
    ours = canny(photo, low=200, high=600, sigma=0)
    assert np.array_equal(ours, cv2.Canny(photo, 200, 600, L2gradient=True) > 0)
    assert 0 < ours.mean() < 0.5


def test_a_step_of_255_has_a_slope_of_1020() -> None:
    assert canny(step(), low=1019, high=1019, sigma=0).any()
    assert not canny(step(), low=1020, high=1020, sigma=0).any()


def test_edges_above_low_are_followed_from_those_above_high() -> None:
    image = np.zeros((40, 40), np.uint8)
    image[:, 20:] = np.linspace(20, 200, 40).astype(np.uint8)[:, None]  # ever stronger downwards
    strong, both = canny(image, low=400, high=400, sigma=0), canny(image, low=100, high=400, sigma=0)
    assert strong[30:, 19:21].any(axis=1).all()
    assert not strong[:15].any()
    assert both[10:, 19:21].any(axis=1).all()


def test_automatic_edges_do_not_depend_on_contrast() -> None:
    image = scene()
    assert canny(image).sum() > 150
    half = canny(image // 2)
    assert (half ^ canny(image)).mean() < 0.005
    assert np.array_equal(canny(step() // 255), canny(step()))  # 0 and 1
    assert np.array_equal(canny(step() > 0), canny(step()))


def test_noise_alone_has_few_edges_and_a_scene_in_noise_keeps_its_own() -> None:
    noise = np.random.default_rng(1).normal(0, 8, (256, 256))
    assert canny((128 + noise).clip(0, 255).astype(np.uint8)).mean() < 0.03
    noisy = canny((scene() + noise[:96, :96]).clip(0, 255).astype(np.uint8))
    near = cv2.dilate(canny(scene()).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert (noisy & near).sum() > 0.9 * noisy.sum() > 100


def test_narrow_stripes_still_have_edges() -> None:
    stripes = np.tile(np.uint8(np.arange(96) // 5 % 2 * 255), (96, 1))
    assert canny(stripes).any(axis=0).sum() >= 18


def test_automatic_thresholds_are_those_that_are_named() -> None:
    low, high = canny_thresholds(scene(), sigma=2)
    assert high == 2 * low > 0
    assert np.array_equal(canny(scene(), sigma=2), canny(scene(), low=low, high=high, sigma=2))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (30, 20), (30, 20, 3)])
def test_one_color_has_no_edges(shape: tuple[int, ...]) -> None:
    found = canny(np.full(shape, 90, np.uint8))
    assert found.shape == shape[:2]
    assert not found.any()
    assert canny_thresholds(np.full(shape, 90, np.uint8)) == (0, 0)


def test_types_and_channels_agree() -> None:
    image = scene()
    wide = image.astype(np.uint16) * 257
    for same in (wide, image / np.float32(255), np.stack([image] * 3, axis=2), np.stack([image] * 4, axis=2)):
        assert np.array_equal(canny(same), canny(image))


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="low 9 is above high 3"):
        canny(step(), low=9, high=3)
    for options in ({"low": -1}, {"high": float("nan")}, {"sigma": float("inf")}):
        with pytest.raises(ValueError, match=next(iter(options))):
            canny(step(), **options)
    with pytest.raises(ValueError, match="empty"):
        canny(np.zeros((0, 5), np.uint8))
    with pytest.raises(ValueError, match="NaN"):
        canny(np.full((5, 5), np.nan))
    with pytest.raises(ValueError, match="sigma"):
        canny_thresholds(step(), sigma=-1)
