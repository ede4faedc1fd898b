"""OccupancyGrid: the ground around a vehicle in squares, each with the probability that one may not drive there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perpixel.camera import Extent, grid_size

FREE, OCCUPIED, UNKNOWN = 0, 1, -1
"""The three states, in the numbers of MathWorks' occupancyMap and, times 100, of ROS."""


@dataclass(frozen=True)
class OccupancyGrid:
    """Squares of flat ground; row i begins at X = extent[0] + i * cell, column j at Y = extent[2] + j * cell.

    So rows go forward and columns to the left; `as_seen` turns it as one looks at it, forward up.

    Attributes:
        probability: (rows, columns) float32 in [0, 1] that a cell is occupied; NaN where nothing is known of it, which
            is not the same as occupied.
        extent: X from, X to, Y from, Y to; metres in the vehicle frame, or in the world's after fusion.
        cell: side of a cell, metres.
    """

    probability: NDArray[np.float32]
    extent: Extent
    cell: float

    def __post_init__(self) -> None:
        size = grid_size(self.extent, self.cell)
        if self.probability.dtype != np.float32 or self.probability.shape != size:
            raise ValueError(
                f"probability is {self.probability.dtype} {self.probability.shape}; expected float32 {size} for extent "
                f"{self.extent} in cells of {self.cell} m"
            )
        known = self.probability[self.known]
        if known.size and not 0 <= float(known.min()) <= float(known.max()) <= 1:
            raise ValueError(f"probabilities go from {known.min()} to {known.max()}; expected 0 to 1, or NaN")

    @property
    def known(self) -> NDArray[np.bool_]:
        """(rows, columns) bool: cells of which anything is known."""
        return ~np.isnan(self.probability)

    def states(self, *, free: float = 0.2, occupied: float = 0.65) -> NDArray[np.int8]:
        """(rows, columns) int8: `FREE` below the first threshold, `OCCUPIED` from the second on, else `UNKNOWN`.

        The thresholds are those of MathWorks' vehicleCostmap.
        """
        if not 0 <= free <= occupied <= 1:
            raise ValueError(f"thresholds free {free}, occupied {occupied}; expected 0 <= free <= occupied <= 1")
        found = np.full(self.probability.shape, UNKNOWN, np.int8)
        found[self.probability < free] = FREE  # NaN is neither
        found[self.probability >= occupied] = OCCUPIED
        return found

    def centers(self) -> NDArray[np.float64]:
        """(rows, columns, 2) X, Y of the cells' centers, metres."""
        rows, columns = self.probability.shape
        x = self.extent[0] + (np.arange(rows) + 0.5) * self.cell
        y = self.extent[2] + (np.arange(columns) + 0.5) * self.cell
        return np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)

    def cells_of(self, points: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Row and column (..., 2) of the cells that points (..., 2) X, Y lie in, 0, 0 outside; inside (...) bool."""
        corner = np.array((self.extent[0], self.extent[2]))
        places = np.floor((np.asarray(points, np.float64) - corner) / self.cell)
        inside = ((places >= 0) & (places < self.probability.shape)).all(axis=-1)
        return np.where(inside[..., None], places, 0).astype(np.intp), inside

    def at(self, points: NDArray[np.float64]) -> NDArray[np.float32]:
        """(...) float32 probability at points (..., 2) X, Y; NaN where nothing is known, and outside."""
        places, inside = self.cells_of(points)
        found = self.probability[places[..., 0], places[..., 1]]
        return np.where(inside, found, np.float32(np.nan))

    def as_seen(self) -> NDArray[np.float32]:
        """(rows, columns) with forward up and left on the left, as a bird's-eye view."""
        return np.ascontiguousarray(self.probability[::-1, ::-1])
