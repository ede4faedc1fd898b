"""GrabCut: an object cut out of a box, or out of strokes, along the picture's edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classical.parameters import whole
from perpixel.classical.picture import as_rgb
from perpixel.classical.strokes import checked_strokes

Mixtures = tuple[NDArray[np.float64], NDArray[np.float64]]

BACKGROUND, OBJECT = 1, 2  # in strokes
UNUSED = (0, 0, 1, 1)  # OpenCV's own box, where a mask says more


def grabcut(
    image: NDArray[Any],
    *,
    box: Sequence[int] | None = None,
    strokes: NDArray[Any] | None = None,
    iterations: int = 5,
    seed: int = 0,
) -> NDArray[np.int32]:
    """Find the object in a box, or from strokes, or from both: 0 is background and 1 the object, either way.

    Outside of the box all is background, and its colors say what background is: leave a margin all around, and let
    no part of the object stand out. Without a box strokes must show both. An object in the background's colors
    cannot be found so; strokes help.

    Args:
        image: (H, W) or (H, W, C) uint8, uint16, or floats in [0, 1]: gray or RGB.
        box: x0, y0, x1, y1 in pixels, half-open: columns x0 to x1 - 1.
        strokes: (H, W) integers: 0 nothing, 1 background, 2 object. They are kept whatever the picture says.
        iterations: how often colors are learnt and the cut is made anew.
        seed: of the random starts. The random state of OpenCV, which the process shares, is set by it.

    Returns:
        (H, W) int32: 0 background, 1 object: a mask, also when strokes (1 background, 2 object) were given.

    Raises:
        TypeError: strokes are not integers.
        ValueError: neither box nor strokes; a box that is empty, stands out, or leaves no background; strokes other
            than 1 and 2; a parameter out of its range; or the picture is empty or has NaN.

    Rother, Kolmogorov & Blake, 2004, https://doi.org/10.1145/1015706.1015720
    """
    iterations, seed = whole("iterations", iterations, least=1), whole("seed", seed, least=0)
    rgb = as_rgb(image)
    size = (rgb.shape[0], rgb.shape[1])
    if box is None and strokes is None:
        raise ValueError("give a box (x0, y0, x1, y1) around the object, or strokes (1 background, 2 object)")
    state = np.full(size, cv2.GC_PR_BGD if box is None else cv2.GC_BGD, np.uint8)
    if box is not None:
        x0, y0, x1, y1 = _checked_box(box, size)
        state[y0:y1, x0:x1] = cv2.GC_PR_FGD
    if strokes is not None:
        said = checked_strokes(strokes, size)
        if said.max() > OBJECT:
            raise ValueError(f"the strokes go up to {said.max()}; for grabcut they are 1 background and 2 object")
        state[said == BACKGROUND], state[said == OBJECT] = cv2.GC_BGD, cv2.GC_FGD
    objects = _objects(state)
    if objects.all() or not objects.any():
        raise ValueError(
            f"all is {'object' if objects.any() else 'background'} from the start; grabcut needs some of both: "
            "a box with a margin around it, or strokes 1 and 2"
        )
    cv2.setRNGSeed(seed)
    colors = np.zeros((1, 65)), np.zeros((1, 65))  # what is learnt of background and object
    if box is None:
        state = _guess(rgb, state, colors)
    cut = cv2.grabCut(rgb, state, UNUSED, *colors, iterations, cv2.GC_INIT_WITH_MASK)[0]
    return _objects(cut).astype(np.int32)


def _objects(state: NDArray[Any]) -> NDArray[np.bool_]:
    return np.isin(state, (cv2.GC_FGD, cv2.GC_PR_FGD))


def _guess(rgb: NDArray[np.uint8], state: NDArray[np.uint8], colors: Mixtures) -> NDArray[np.uint8]:
    """Say of unmarked pixels what they probably are, by the colors of the strokes alone.

    GrabCut itself would begin with all of them as background, whose colors then hold the object's as well.
    """
    marked = state != cv2.GC_PR_BGD
    cv2.grabCut(rgb[marked][None], state[marked][None].copy(), UNUSED, *colors, 1, cv2.GC_INIT_WITH_MASK)
    return np.asarray(cv2.grabCut(rgb, state, UNUSED, *colors, 1, cv2.GC_EVAL_FREEZE_MODEL)[0], np.uint8)


def _checked_box(box: Sequence[int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    if len(box) != 4:
        raise ValueError(f"the box is {tuple(box)}; expected x0, y0, x1, y1")
    x0, y0, x1, y1 = (int(each) for each in box)
    if not (0 <= x0 < x1 <= size[1] and 0 <= y0 < y1 <= size[0]):
        raise ValueError(
            f"the box x {x0} to {x1}, y {y0} to {y1} is empty or stands out of the picture, {size[1]} wide and "
            f"{size[0]} high; expected x0, y0, x1, y1 with the last two exclusive"
        )
    return x0, y0, x1, y1
