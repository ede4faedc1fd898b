"""Draw the geometric change of one training sample: zoom, flip, turn, elastic displacement and where the crop lies."""

from __future__ import annotations

from math import cos, exp, log, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.plan import Augmentation
from perpixel.warp import Size, Warp

_GRID = 3


def sample_warp(
    picture_size: Size,
    options: Augmentation,
    *,
    size: Size,
    generator: np.random.Generator,
    focus: tuple[int, int] | None = None,
    margin: int = 0,
) -> Warp:
    """Draw a warp from a picture of `picture_size` to a crop of `size`, both (height, width).

    The crop stays inside the picture where the zoomed picture is the larger, and holds all of it where it is the
    smaller. With neither zoom nor turn nor displacement it moves by whole pixels, so that nothing is resampled.

    Args:
        focus: (row, column) of a pixel of the picture that the crop shall contain, or None for a crop anywhere.
            (A displacement may still push a focus near the edge out of the crop.)
        margin: pixels on each side of the crop that are there to be seen only, as valid convolutions need them: what
            is said above of the crop holds for what is inside them, and they may reach beyond the picture.
    """
    least, greatest = options.scale
    zoom = exp(generator.uniform(log(least), log(greatest))) if least < greatest else least
    angle = generator.uniform(-options.rotate, options.rotate) if options.rotate else 0.0
    flip = -1.0 if generator.random() < options.flip else 1.0
    turn = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    linear = turn @ np.diag([flip, 1.0]) / zoom

    half = (np.array(size[::-1]) - 1) / 2  # from the center of the crop's first pixel to the crop's center
    inner = np.maximum(np.array(size[::-1]) - 2 * margin, 1)
    lowest = inner / (2 * zoom) - 0.5
    highest = np.array(picture_size[::-1]) - 1 - lowest
    if focus is None:
        center = _anywhere(lowest, highest, whole=zoom == 1 and angle == 0, generator=generator)
    else:
        at = np.array(focus[::-1], np.float64)
        center = _around(at, linear, lowest, highest, side=inner, generator=generator)

    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = center - linear @ half
    displacement = elastic(size, options.elastic, generator=generator) if options.elastic else None
    return Warp(matrix, size, displacement)


def elastic(size: Size, deviation: float, *, generator: np.random.Generator) -> NDArray[np.float32]:
    """A smooth displacement (height, width, 2) of random vectors on a 3 x 3 grid, Gaussian with `deviation` pixels.

    Ronneberger et al., 2015, https://arxiv.org/abs/1505.04597, section 3.1 (there: 10 pixels), bicubic in between.
    """
    vectors = generator.normal(0.0, deviation, (_GRID, _GRID, 2)).astype(np.float32)
    return np.asarray(cv2.resize(vectors, size[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def _anywhere(
    lowest: NDArray[np.float64], highest: NDArray[np.float64], *, whole: bool, generator: np.random.Generator
) -> NDArray[np.float64]:
    """A crop's center (x, y) in the picture, evenly between the two ends; by whole steps from the first if asked."""
    lowest, highest = np.minimum(lowest, highest), np.maximum(lowest, highest)
    share = generator.random(2)
    if whole:
        return lowest + np.floor(share * (highest - lowest + 1))
    return lowest + share * (highest - lowest)


def _around(
    focus: NDArray[np.float64],
    linear: NDArray[np.float64],
    lowest: NDArray[np.float64],
    highest: NDArray[np.float64],
    *,
    side: NDArray[np.int64],
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """A crop's center such that `focus` comes to lie on a random pixel of the crop, and the crop in the picture."""
    half = (side - 1) / 2
    center = focus - linear @ (generator.integers(0, side) - half)
    clamped = np.clip(center, np.minimum(lowest, highest), np.maximum(lowest, highest))
    lands = np.linalg.solve(linear, focus - clamped) + half
    # In a turned crop the way back into the picture can lose the focus: then it is the focus that counts.
    return clamped if bool(np.all((lands > -0.5) & (lands < side - 0.5))) else center
