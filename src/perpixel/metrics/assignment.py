"""The pairs of greatest sum between two sides: each has at most one partner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def best_pairs(worth: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair rows with columns so that the sum of `worth` over the pairs is the greatest.

    As many pairs as the shorter side has, also such that are worth nothing. Of several ways that are worth the same,
    one.

        >>> best_pairs(np.array([[0.9, 0.8], [0.8, 0.1]]))
        (array([0, 1]), array([1, 0]))

    Args:
        worth: (n, m), finite.

    Returns:
        The rows in order and the column of each, (min(n, m),) both.

    Source: Kuhn, 1955, https://doi.org/10.1002/nav.3800020109, in the form of shortest augmenting paths with prices on
    both sides (Jonker & Volgenant, 1987, https://doi.org/10.1007/BF02278710); n² m steps.
    """
    if worth.shape[0] > worth.shape[1]:
        columns, rows = best_pairs(worth.T)
        order = np.argsort(rows)
        return rows[order], columns[order]
    cost = -np.asarray(worth, np.float64)
    count, width = cost.shape
    of_row, of_column = np.zeros(count), np.zeros(width)  # prices: cost minus both is never below 0
    partner = np.full(width, -1)
    for row in range(count):
        _augment(row, cost, of_row, of_column, partner)
    columns = np.flatnonzero(partner >= 0)
    order = np.argsort(partner[columns])
    return np.arange(count), columns[order]


def _augment(
    row: int,
    cost: NDArray[np.float64],
    of_row: NDArray[np.float64],
    of_column: NDArray[np.float64],
    partner: NDArray[np.intp],
) -> None:
    """Give `row` a column, along the cheapest path on which others change theirs; changes prices and partners."""
    far = np.full(len(of_column), np.inf)
    before = np.full(len(of_column), -1)  # the column from whose partner the path came; -1: from `row`
    done = np.zeros(len(of_column), np.bool_)
    at, last, way = row, -1, 0.0
    reached: list[tuple[int, float]] = [(row, 0.0)]
    while True:
        through = way + cost[at] - of_row[at] - of_column
        nearer = ~done & (through < far)
        far[nearer], before[nearer] = through[nearer], last
        last = int(np.argmin(np.where(done, np.inf, far)))
        way, done[last] = float(far[last]), True
        if partner[last] < 0:
            break
        at = int(partner[last])
        reached.append((at, way))
    for other, when in reached:
        of_row[other] += way - when
    of_column[done] += far[done] - way
    while last >= 0:
        partner[last], last = (row if before[last] < 0 else partner[before[last]]), int(before[last])
