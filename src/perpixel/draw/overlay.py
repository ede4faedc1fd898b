"""An answer over its picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.draw.legend import with_legend
from perpixel.draw.shown import as_shown
from perpixel.kernels.overlay import blend
from perpixel.results import LabelMap, Layers


def overlay(
    image: NDArray[Any], answer: LabelMap | Layers, *, alpha: float = 0.5, legend: bool = True
) -> NDArray[np.uint8]:
    """The class colors over the picture, and below it the names and shares of the classes that occur.

    Ignored pixels, and of layers those of no class, show the picture as it is. Where layers overlap the last is seen;
    the shares in the legend are of all of each.

    Args:
        image: (H, W[, C]) of any type and any number of channels, shown as `as_shown` says.
        answer: of the same size.
        alpha: weight of the colors, 0 to 1.
        legend: add the strip of names below the picture.

    Returns:
        (H, W, 3) uint8 RGB; higher by the legend, and at least 200 wide with it.

    Raises:
        ValueError: the sizes differ, or `alpha` is not from 0 to 1.
    """
    if image.shape[:2] != answer.size:
        raise ValueError(f"the picture is {image.shape[:2]}, the answer {answer.size}; both must be the same (H, W)")
    seen = answer if isinstance(answer, LabelMap) else answer.topmost()
    labels = seen.labels
    if isinstance(answer, Layers):
        labels = np.where(labels == 0, seen.classes.ignored, labels).astype(labels.dtype)
    blended = blend(as_shown(image), labels, seen.classes.colors, alpha=alpha)
    return with_legend(blended, answer) if legend else blended
