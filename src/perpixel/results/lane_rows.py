"""Lanes at fixed rows, as TuSimple writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perpixel.warp import Size

Array = NDArray[np.float64]

NOWHERE = -2.0


@dataclass(frozen=True)
class LaneRows:
    """For each lane where it is at fixed rows of the picture.

    Attributes:
        rows: (R,) float64 y in pixels.
        lanes: for each lane (R,) float64 x in pixels; less than 0 (`NOWHERE`) where the lane is not. Other people's
            predictions may have another length: that is for their judge to punish.
        milliseconds: what finding them took, 0 where it is not known.
    """

    rows: Array
    lanes: tuple[Array, ...]
    milliseconds: float = 0.0

    def __len__(self) -> int:
        return len(self.lanes)

    @classmethod
    def of_lines(cls, lines: Sequence[Array], rows: Array, size: Size, *, milliseconds: float = 0.0) -> LaneRows:
        """Lines (P, 2) of x, y that go up or down the picture, at rows; nowhere outside the picture and their ends.

        Between its points a line is straight. Lines that meet no row are left out.
        """
        rows = np.asarray(rows, np.float64)
        found = [_at_rows(np.asarray(line, np.float64), rows, size) for line in lines]
        return cls(rows, tuple(lane for lane in found if (lane >= 0).any()), milliseconds)

    def lines(self) -> tuple[Array, ...]:
        """(P, 2) x, y of each lane where it is, from the lowest row up."""
        order = np.argsort(-self.rows, kind="stable")
        points = (np.stack([lane[order], self.rows[order]], axis=1) for lane in self.lanes)
        return tuple(line[line[:, 0] >= 0] for line in points)


def fixed_rows(height: int) -> Array:
    """TuSimple's rows in a picture of this height: every 10 of 720 from 240 on, in other heights as many."""
    return np.arange(240.0, 720.0, 10.0) * (height / 720)


def _at_rows(line: Array, rows: Array, size: Size) -> Array:
    x, y = line[np.argsort(line[:, 1], kind="stable")].T
    if not len(y):
        return np.full(len(rows), NOWHERE)
    found = np.interp(rows, y, x)
    inside = (rows >= y[0]) & (rows <= y[-1]) & (rows < size[0]) & (found >= 0) & (found < size[1])
    return np.asarray(np.where(inside, found, NOWHERE), np.float64)
