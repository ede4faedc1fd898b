"""Colors, blur and noise: what changes a picture and leaves its truth alone."""

from __future__ import annotations

from math import cos, log1p, pi, sin, sqrt
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.photometric import add_noise
from perpixel.plan import Augmentation

_LUMA = np.array([0.299, 0.587, 0.114])
_MOST_HUE = pi / 4
_BLUR = (0.3, 1.5)


def photometric(picture: NDArray[Any], options: Augmentation, *, generator: np.random.Generator) -> NDArray[Any]:
    """Change brightness, contrast, saturation and hue, blur, and add noise, by the strengths in `options`.

    Brightness, contrast and saturation are multiplied by factors from 1 / (1 + color) to 1 + color, evenly on a log
    scale, the hue is turned by up to `color` of 45 degrees. Saturation and hue are changed only in pictures of three
    channels. Integers are clipped to the range of their type; floats are not.

    Args:
        picture: (H, W, C) uint8, uint16 or float32. One gray value of `options.noise` is 1 / 255 of the type's range
            in uint8, of the picture's own greatest value otherwise (12-bit pictures come as uint16).
    """
    if options.color:
        picture = _colored(picture, options.color, generator=generator)
    if options.blur and generator.random() < options.blur:
        sigma = generator.uniform(*_BLUR)
        picture = cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101).reshape(picture.shape)
    if options.noise:
        picture = _noisy(picture, generator.uniform(0, options.noise), generator=generator)
    return picture


def _colored(picture: NDArray[Any], strength: float, *, generator: np.random.Generator) -> NDArray[Any]:
    """All four changes are affine in the color, so they are one matrix, and each pixel is touched once."""
    reach = log1p(strength)
    brightness, contrast, saturation = np.exp(generator.uniform(-reach, reach, 3))
    angle = generator.uniform(-1, 1) * strength * _MOST_HUE
    height, width, channels = picture.shape
    middle = float(np.mean(cv2.mean(picture.reshape(height, -1))[0]))
    offset = brightness * (1 - contrast) * middle
    if channels != 3:
        gain = np.array([[brightness * contrast, offset]])
        return np.asarray(cv2.transform(picture.reshape(height, width * channels), gain)).reshape(picture.shape)
    saturate = saturation * np.eye(3) + (1 - saturation) * _LUMA
    matrix = brightness * contrast * (saturate @ _hue(angle))
    return np.asarray(cv2.transform(picture, np.column_stack([matrix, np.full(3, offset)])))


def _hue(angle: float) -> NDArray[np.float64]:
    """The turn about the gray axis (1, 1, 1), by Rodrigues' formula. Gray stays gray."""
    even = np.full((3, 3), 1 / 3)
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / sqrt(3)
    return np.asarray(cos(angle) * np.eye(3) + (1 - cos(angle)) * even + sin(angle) * cross)


def _noisy(picture: NDArray[Any], deviation: float, *, generator: np.random.Generator) -> NDArray[Any]:
    peak = 255.0 if picture.dtype == np.uint8 else float(np.abs(picture).max())
    limit = 0.0 if picture.dtype.kind == "f" else float(np.iinfo(picture.dtype).max)
    noisy = picture.copy(order="C")
    add_noise(noisy.reshape(-1), deviation * peak / 255, int(generator.integers(2**63)), limit)
    return noisy
