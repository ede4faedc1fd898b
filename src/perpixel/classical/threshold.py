"""Dark and bright: a picture split at one brightness, at several, or at one that follows the neighborhood."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classical.extra import require
from perpixel.classical.levels import brightness
from perpixel.classical.parameters import number, one_of, whole
from perpixel.classical.picture import as_gray

WEIGHTINGS = {"gauss": cv2.ADAPTIVE_THRESH_GAUSSIAN_C, "mean": cv2.ADAPTIVE_THRESH_MEAN_C}


def threshold(image: NDArray[Any], *, level: float | None = None) -> NDArray[np.int32]:
    """1 where the picture is brighter than `level`, else 0.

    Args:
        image: (H, W) or (H, W, C) of any type; of colors, 0.299 red + 0.587 green + 0.114 blue.
        level: in the units of the picture, whatever they are; None is half of what its type can hold (127.5 of uint8),
            and 0.5 of floats.

    Returns:
        (H, W) int32: 0 dark, 1 bright. A picture that is bright everywhere is 1 everywhere.

    Raises:
        TypeError: `level` is not a number.
        ValueError: `level` is NaN or infinite; or the picture is empty or has NaN.
    """
    gray = brightness(image)
    if level is None:
        kind = np.asarray(image).dtype
        level = np.iinfo(kind).max / 2 if kind.kind in "iu" else 0.5
    return (gray > number("level", level, least=-np.inf)).astype(np.int32)


def otsu(image: NDArray[Any], *, levels: int = 2) -> NDArray[np.int32]:
    """Split at the brightness that makes dark and bright most different: the largest variance between the groups.

    It always splits, even where there is nothing to split: a smooth sky is cut somewhere. It is misled when one of
    the groups is a small part of the picture, and when light falls unevenly (see `adaptive`).

    Args:
        image: (H, W) or (H, W, C) of any type; of colors, 0.299 red + 0.587 green + 0.114 blue. Unless it is uint8,
            it is looked at in 256 steps between its darkest and its brightest value.
        levels: how many groups, 2 to 5; more than two need scikit-image. A picture with no more values than that
            gets one group a value.

    Returns:
        (H, W) int32 from 0, dark, up to at most levels - 1, bright.

    Raises:
        ModelError: more than two levels, and scikit-image is not installed.
        ValueError: `levels` is out of its range; or the picture is empty or has NaN.

    Otsu, 1979, https://doi.org/10.1109/TSMC.1979.4310076; Liao, Chen & Chung, 2001, for more than two.
    """
    levels = whole("levels", levels, least=2, most=5)
    gray = _in_steps(brightness(image))
    present = np.flatnonzero(np.bincount(gray.ravel(), minlength=256))
    if len(present) <= levels:
        return np.searchsorted(present, gray).astype(np.int32)
    if levels == 2:
        cuts = [cv2.threshold(gray, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0]]
    else:
        cuts = require("skimage.filters").threshold_multiotsu(gray, classes=levels)
    return np.searchsorted(cuts, gray, side="left").astype(np.int32)  # what equals a cut is below it


def adaptive(
    image: NDArray[Any], *, window: int = 35, offset: float = 10.0, weighting: str = "gauss"
) -> NDArray[np.int32]:
    """1 where a pixel is brighter than the mean around it less `offset`: dark writing on unevenly lit paper.

    Inside of anything larger than the window there is nothing to compare with, and all is bright: choose a window
    wider than the dark things, and narrower than shadows. For bright things on dark, take a negative offset.

    Args:
        image: (H, W) or (H, W, C) uint8, uint16, or floats in [0, 1]: gray or RGB.
        window: side of the neighborhood, odd, from 3 on, in pixels.
        offset: in levels of 0 to 255: how much darker than the mean is dark.
        weighting: "gauss", which counts near pixels more, or "mean".

    Returns:
        (H, W) int32: 0 dark, 1 bright.

    Raises:
        ValueError: a parameter is out of its range; or the picture is empty or has NaN.
    """
    window = whole("window", window, least=3)
    if window % 2 == 0:
        raise ValueError(f"window {window} must be odd, so that it has a middle: take {window + 1}")
    offset = number("offset", offset, least=-np.inf)
    one_of("weighting", weighting, WEIGHTINGS)
    bright = cv2.adaptiveThreshold(as_gray(image), 1, WEIGHTINGS[weighting], cv2.THRESH_BINARY, window, offset)
    return bright.astype(np.int32)


def _in_steps(gray: NDArray[Any]) -> NDArray[np.uint8]:
    """256 steps from the darkest to the brightest value, so that nothing is lost of a narrow range."""
    if gray.dtype == np.uint8:
        return np.ascontiguousarray(gray)
    gray = gray.astype(np.float64)
    low, high = float(gray.min()), float(gray.max())
    if low == high:
        return np.zeros(gray.shape, np.uint8)
    return np.rint((gray / 2 - low / 2) / (high / 2 - low / 2) * 255).astype(np.uint8)  # halves: no overflow
