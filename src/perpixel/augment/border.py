"""Border weights: pixels between cells that nearly touch count more, so that a network learns to part them.

Ronneberger, Fischer & Brox, 2015, https://arxiv.org/abs/1505.04597, equation 2 and figure 3.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.errors import TrainingError
from perpixel.kernels.two_nearest import two_nearest
from perpixel.masks.components import components

LEAST = 1e-6  # of w0: what is less is 0


def border_weights(
    cells: NDArray[Any], *, w0: float = 10.0, sigma: float = 5.0, class_balance: bool = True, inside: bool = False
) -> NDArray[np.float32]:
    """The weight of every pixel: w = wc + w0 exp(-(d1 + d2)^2 / (2 sigma^2)).

    d1 and d2 are the distances to the nearest and the second nearest cell, from pixel center to pixel center: 1 and 1
    in a gap of one pixel. Exact wherever the second term is above a millionth of `w0`; below, it is 0.

        >>> border_weights(np.array([[1, 0, 2]]), class_balance=False).astype(float).round(3).tolist()
        [[1.0, 10.231, 1.0]]

    Args:
        cells: (H, W) ids of cells, 0 where there is none; or bool, and then the components that hang together by the
            sides of pixels are the cells.
        w0: the greatest of the second term.
        sigma: pixels over which it falls.
        class_balance: wc makes cells and gaps count alike in this map, at 1 on average; else wc is 1. (The paper: "the
            weight map to balance the class frequencies".)
        inside: give the second term to the cells' own pixels, too, where d1 is 0: so the formula by itself says. By
            default, only to the gaps, as the paper's figure 3d has it.

    Returns:
        (H, W) float32.

    Raises:
        ValueError: not a map, negative ids, or a negative `w0` or a `sigma` that is not positive.
    """
    if cells.ndim != 2 or cells.dtype.kind not in "bui":
        raise ValueError(f"cells are {cells.dtype} {cells.shape}; expected (H, W) of integer ids or bool")
    ids = components(cells) if cells.dtype == np.bool_ else cells
    if ids.size and (int(ids.min()) < 0 or int(ids.max()) > np.iinfo(np.int32).max):
        raise ValueError(f"ids of cells go from {ids.min()} to {ids.max()}; they must be 0 or more, in 32 bits")
    weights = border_term(ids, w0=w0, sigma=sigma, inside=inside)
    if not class_balance:
        return weights + np.float32(1)
    member = ids > 0
    counts = np.array([member.size - np.count_nonzero(member), np.count_nonzero(member)], np.float64)
    present = np.count_nonzero(counts)
    balance = np.divide(member.size, present * counts, out=np.zeros(2), where=counts > 0)
    return np.asarray(weights + balance[member.view(np.uint8)], np.float32)


def border_term(ids: NDArray[Any], *, w0: float, sigma: float, inside: bool = False) -> NDArray[np.float32]:
    """The second term alone: (H, W) float32, 0 where there are no two cells near by.

    Raises:
        ValueError: a negative `w0`, or a `sigma` that is not positive.
    """
    if w0 < 0 or not sigma > 0:
        raise ValueError(f"w0 {w0} must not be negative and sigma {sigma} must be positive")
    distances = two_nearest(ids, most=sigma * math.sqrt(2 * math.log(1 / LEAST)))
    term = np.float32(w0) * np.exp(-(distances.sum(axis=2) ** 2) / np.float32(2 * sigma**2))
    term[term < LEAST * w0] = 0
    if not inside:
        term[ids > 0] = 0
    return np.asarray(term, np.float32)


def border_classes(classes: ClassTable, name: str | None) -> tuple[int, ...]:
    """The numbers of the classes whose components are cells: the one of this name, or all but the first.

    Raises:
        TrainingError: there is no such class, or only one class at all.
    """
    if name is not None:
        try:
            return (classes.index(name),)
        except ValueError as error:
            raise TrainingError(f"border_class: {error}") from error
    if len(classes) < 2:
        raise TrainingError(
            f"border weights part cells from what is between them; {classes.names[0]} is the only class"
        )
    return tuple(range(1, len(classes)))
