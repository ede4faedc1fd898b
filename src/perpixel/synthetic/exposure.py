"""What rain and a camera do to a picture: streaks, vignette, tint, contrast, noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perpixel.synthetic.weather import RAIN
from perpixel.warp import Size

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Exposure:
    """How a camera is set; it stays so through a drive.

    Attributes:
        vignette: share of light that is lost half the picture away from its center.
        tint: (3,) factors of red, green, blue.
        gain, contrast: factors; contrast is about the middle gray.
        noise: strength of the grain, gray levels.
    """

    vignette: float
    tint: Array
    gain: float
    contrast: float
    noise: float


def sample_exposure(generator: np.random.Generator) -> Exposure:
    """A camera that is not set quite right."""
    return Exposure(
        vignette=generator.uniform(0.04, 0.14),
        tint=1 + generator.uniform(-0.05, 0.05, 3),
        gain=generator.uniform(0.88, 1.10),
        contrast=generator.uniform(0.92, 1.12),
        noise=generator.uniform(1.0, 4.5),
    )


def expose(image: NDArray[np.float32], weather: str, *, seed: int, frame: int) -> NDArray[np.uint8]:
    """Turn painted light (H, W, 3), 0 to 255, changed in place, into a photo.

    Rain and grain differ from frame to frame; the exposure is that of the first.
    """
    size = image.shape[0], image.shape[1]
    first, generator = (np.random.default_rng([seed, 41, index]) for index in (0, frame))
    if weather == RAIN:
        _rain(np.zeros_like(image), first)
        _rain(image, generator)
    exposure = sample_exposure(first)
    sample_exposure(generator)  # so that the first frame's grain follows its exposure, as in a single picture
    image *= (1 - exposure.vignette * _far_out(size)).astype(np.float32)[:, :, None]
    image *= (exposure.gain * exposure.tint).astype(np.float32)
    image -= np.float32(128)
    image *= np.float32(exposure.contrast)
    image += np.float32(128.5)
    grain = generator.integers(-128, 128, image.shape, np.int8, endpoint=False)
    image += grain * np.float32(np.float32(exposure.noise) / 74)
    return np.clip(image, 0, 255).astype(np.uint8)


def _far_out(size: Size) -> Array:
    """(H, W): 0 in the center, 1 in the middle of each side, 2 in the corners."""
    y, x = np.ogrid[-1 : 1 : size[0] * 1j, -1 : 1 : size[1] * 1j]
    return np.asarray(x * x + y * y)


def _rain(image: NDArray[np.float32], generator: np.random.Generator) -> None:
    """A gray veil and bright streaks."""
    height, width = image.shape[:2]
    image *= np.float32(0.92)
    image += np.float32(14)
    count = max(1, height * width // 700)
    slant = generator.uniform(-0.25, 0.25)
    x, y = generator.uniform(0, width, count), generator.uniform(0, height, count)
    length = generator.integers(5, 14, count)
    bright = generator.uniform(8, 30, count)
    for step in range(14):
        going = length > step
        column = (x[going] + slant * step).astype(np.intp) % width
        row = np.minimum(y[going] + step, height - 1).astype(np.intp)
        image[row, column] += bright[going, None].astype(np.float32)
