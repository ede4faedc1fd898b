from __future__ import annotations

import numpy as np
import pytest

from perpixel.augment import photometric
from perpixel.augment.photometric import _hue
from perpixel.plan import Augmentation

COLOR = Augmentation(color=0.8)
NOTHING = Augmentation(color=0)


def picture(channels: int = 3, dtype: type = np.uint8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (32, 40, channels)).astype(dtype)


def test_no_strength_changes_nothing() -> None:
    np.testing.assert_array_equal(photometric(picture(), NOTHING, generator=np.random.default_rng(0)), picture())


def test_colors_are_what_the_four_changes_give_one_after_another() -> None:
    before = picture(dtype=np.float32)
    for seed in range(5):
        after = photometric(before, COLOR, generator=np.random.default_rng(seed))
        draws = np.random.default_rng(seed)
        brightness, contrast, saturation = np.exp(draws.uniform(-np.log(1.8), np.log(1.8), 3))
        angle = draws.uniform(-1, 1) * 0.8 * np.pi / 4
        turned = before @ _hue(angle).T
        luma = turned @ [0.299, 0.587, 0.114]
        saturated = luma[:, :, None] + saturation * (turned - luma[:, :, None])
        contrasted = before.mean() + contrast * (saturated - before.mean())
        np.testing.assert_allclose(after, brightness * contrasted, rtol=1e-4, atol=1e-2)


def test_integers_are_rounded_and_clipped() -> None:
    for seed in range(5):
        exact = photometric(picture(dtype=np.float32), COLOR, generator=np.random.default_rng(seed))
        rounded = photometric(picture(), COLOR, generator=np.random.default_rng(seed))
        assert rounded.dtype == np.uint8
        np.testing.assert_allclose(rounded, np.clip(exact, 0, 255), atol=0.8)  # OpenCV's matrix has 10 bits here


def test_hue_turns_by_the_angle_about_gray() -> None:
    np.testing.assert_allclose(_hue(2 * np.pi / 3) @ [255, 0, 0], [0, 255, 0], atol=1e-9)
    np.testing.assert_allclose(_hue(0.7) @ [90, 90, 90], [90, 90, 90])
    np.testing.assert_allclose(_hue(0.7) @ _hue(-0.7), np.eye(3), atol=1e-12)


def test_a_gray_picture_in_three_channels_stays_gray() -> None:
    gray = picture(1).repeat(3, axis=2)
    after = photometric(gray, COLOR, generator=np.random.default_rng(1)).astype(int)
    assert np.ptp(after, axis=2).max() <= 1


@pytest.mark.parametrize("channels", [1, 2, 4, 7])
def test_other_channels_change_in_brightness_and_contrast_alike(channels: int) -> None:
    before = picture(channels, np.float32)
    after = photometric(before, COLOR, generator=np.random.default_rng(1))
    gain, offset = np.polyfit(before.ravel(), after.ravel(), 1)
    np.testing.assert_allclose(after, gain * before + offset, rtol=1e-3, atol=1e-2)


def test_a_change_of_color_is_neither_brighter_nor_darker_on_average() -> None:
    flat = np.full((4, 4, 3), 100, np.float32)
    generator = np.random.default_rng(0)
    means = np.array([photometric(flat, COLOR, generator=generator).mean() for _ in range(800)])
    assert means.min() >= 100 / 1.8 - 1e-3
    assert means.max() <= 180 + 1e-3
    assert abs(np.log(means / 100).mean()) < 0.05


def test_sixteen_bits_keep_their_range() -> None:
    before = picture(dtype=np.uint16) * 257
    for seed in range(5):
        exact = photometric(before.astype(np.float32), COLOR, generator=np.random.default_rng(seed))
        after = photometric(before, COLOR, generator=np.random.default_rng(seed))
        assert after.dtype == np.uint16
        np.testing.assert_allclose(after, np.clip(exact, 0, 65535), atol=0.51)


@pytest.mark.parametrize(("dtype", "peak"), [(np.uint8, 255), (np.uint16, 4095), (np.float32, 0.5)])
def test_noise_is_in_gray_values_of_the_pictures_range(dtype: type, peak: float) -> None:
    before = np.full((100, 100, 3), peak / 2, dtype)
    before[0, 0, 0] = peak
    deviations = []
    generator = np.random.default_rng(0)
    for _ in range(40):
        after = photometric(before, Augmentation(color=0, noise=10), generator=generator)
        deviations.append(np.std(after.astype(np.float64) - before) / peak * 255)
    assert max(deviations) < 10.2
    assert abs(np.mean(deviations) - 5) < 1.3  # the deviation itself is drawn from 0 to 10


def test_noise_does_not_write_into_its_input() -> None:
    before = picture()
    photometric(before, Augmentation(color=0, noise=10), generator=np.random.default_rng(0))
    np.testing.assert_array_equal(before, picture())


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_blur_smooths_and_keeps_the_mean(channels: int) -> None:
    before = picture(channels, np.float32)
    after = photometric(before, Augmentation(color=0, blur=1), generator=np.random.default_rng(0))
    assert after.shape == before.shape
    assert after.std() < 0.9 * before.std()
    assert abs(after.mean() - before.mean()) < 2
