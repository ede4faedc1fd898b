"""Texture as numbers: what filters of several sizes and directions answer at each pixel."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray


def oriented_energy(gray: NDArray[np.float32], *, scales: Sequence[float], directions: int = 4) -> NDArray[np.float32]:
    """How strongly stripes of each width and direction are present around each pixel.

    A pair of Gabor filters, even and odd, measures a stripe wherever its crests lie; their energy, averaged over a
    neighborhood twice as wide as the filter, is the same all over an even texture. Like any average it is smeared
    over the borders between textures, and a border of light and dark has energy of its own.

    Args:
        gray: (H, W).
        scales: widths (standard deviations) of the filters in pixels; the stripes are four times as far apart.
        directions: how many, evenly over half a turn.

    Returns:
        (H, W, len(scales) * directions) in the units of `gray`.
    """
    answers = []
    for scale in scales:
        side = 2 * math.ceil(3 * scale) + 1
        for direction in range(directions):
            theta = math.pi * direction / directions
            even, odd = (
                cv2.getGaborKernel((side, side), scale, theta, 4 * scale, 1.0, phase, cv2.CV_32F)
                for phase in (0.0, math.pi / 2)
            )
            even -= even.mean()  # else it would see brightness as well
            pair = [
                cv2.filter2D(gray, cv2.CV_32F, kernel / np.abs(kernel).sum(), borderType=cv2.BORDER_REFLECT)
                for kernel in (even, odd)
            ]
            energy = cv2.GaussianBlur(cv2.magnitude(*pair), (0, 0), 2 * scale, borderType=cv2.BORDER_REFLECT)
            answers.append(energy)
    return np.stack(answers, axis=2)


def color_and_shape(image: NDArray[np.float32], *, scales: Sequence[float]) -> NDArray[np.float32]:
    """What a pixel classifier wants to know: colors, edges, blobs and ridges at several scales.

    Args:
        image: (H, W, C).
        scales: standard deviations of the Gaussian that comes first, in pixels.

    Returns:
        (H, W, C + len(scales) * (C + 3)): the channels; then, of each scale, the blurred channels, the length of the
        gradient and the two curvatures (eigenvalues of the Hessian) of their mean.
    """
    found = [image]
    for scale in scales:
        bands = [
            cv2.GaussianBlur(np.ascontiguousarray(band), (0, 0), scale, borderType=cv2.BORDER_REFLECT)
            for band in np.moveaxis(image, 2, 0)
        ]
        mean = np.asarray(np.mean(bands, axis=0), np.float32)
        across, down = (cv2.Sobel(mean, cv2.CV_32F, *order, scale=scale / 8) for order in ((1, 0), (0, 1)))
        xx, yy, xy = (cv2.Sobel(mean, cv2.CV_32F, *order, scale=scale**2 / 4) for order in ((2, 0), (0, 2), (1, 1)))
        half, root = (xx + yy) / 2, cv2.magnitude((xx - yy) / 2, xy)
        found.append(np.stack([*bands, cv2.magnitude(across, down), half + root, half - root], axis=2))
    return np.concatenate(found, axis=2)
