"""Votes for the shape of a road: how well points line up when a bend is taken out of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled


def alignment(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    weights: NDArray[np.float64],
    headings: NDArray[np.float64],
    bends: NDArray[np.float64],
    *,
    reach: float,
    cell: float,
) -> NDArray[np.float64]:
    """(headings, bends) float64: how much points (P,) of these weights gather in few cells of y - heading x - bend x².

    The weight in each two cells side by side, squared, summed over cells from -`reach` to `reach`.
    """
    cells = max(int(np.ceil(2 * reach / cell)), 1)
    return np.asarray(_alignment(x, y, weights, headings, bends, float(reach), 1 / float(cell), cells))


def compile_votes() -> None:
    """Compile `alignment` now, or read it from the disk."""
    one = np.zeros(1)
    alignment(one, one, one, one, one, reach=1, cell=1)


@compiled
def _alignment(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    weights: NDArray[np.float64],
    headings: NDArray[np.float64],
    bends: NDArray[np.float64],
    reach: float,
    fineness: float,
    cells: int,
) -> NDArray[np.float64]:
    found = np.zeros((headings.size, bends.size))
    counts = np.zeros(cells + 1)
    for i in range(headings.size):
        for j in range(bends.size):
            counts[:] = 0.0
            for point in range(x.size):
                aside = y[point] - x[point] * (headings[i] + x[point] * bends[j])
                cell = int(np.floor((aside + reach) * fineness))
                if 0 <= cell < cells:
                    counts[cell] += weights[point]
            for cell in range(cells):
                both = counts[cell] + counts[cell + 1]
                found[i, j] += both * both
    return found
