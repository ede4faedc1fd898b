"""Costmap: where a vehicle may be, of its size and heading."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.results import OccupancyGrid

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Vehicle:
    """A rectangle on the ground; where it is, is where its rear axle is. The defaults are MathWorks'.

    Attributes:
        length: metres; width: metres.
        rear_overhang: metres from the rear axle back to the end.
    """

    length: float = 4.7
    width: float = 1.8
    rear_overhang: float = 1.0

    def __post_init__(self) -> None:
        if not (self.length > 0 and self.width > 0 and 0 <= self.rear_overhang <= self.length):
            raise ValueError(
                f"a vehicle {self.length} m long, {self.width} m wide, overhang {self.rear_overhang} m; expected "
                "positive sides and an overhang within the length"
            )

    def circles(self, count: int) -> tuple[Array, float]:
        """Equal circles along the middle that enclose it: (count,) metres forward of the rear axle, and their radius.

        The least radius of that many: each covers its share of the length up to the corners.
        """
        if count < 1:
            raise ValueError(f"{count} circles; at least 1")
        share = self.length / count
        ahead = (np.arange(count, dtype=np.float64) + 0.5) * share - self.rear_overhang
        return ahead, math.hypot(share / 2, self.width / 2)


@dataclass(frozen=True)
class Costmap:
    """Which poses are free, by the rules of MathWorks' vehicleCostmap.

    A pose is free if no circle's center is on an inflated cell, one nearer than the circles' radius to an occupied
    cell, and all the centers are on cells that cost less than `free`. Unknown is not free, nor is what lies outside.

    Attributes:
        grid: of probabilities, which are the costs.
        vehicle: None for a point.
        circles: that stand for the vehicle: more of them are nearer to its shape and let it through narrower gaps.
        free: a cell that costs less may be driven on.
        occupied: a cell that costs this or more is an obstacle.
        unknown: the cost of cells of which nothing is known.
    """

    grid: OccupancyGrid
    vehicle: Vehicle | None = field(default_factory=Vehicle)
    circles: int = 4
    free: float = 0.2
    occupied: float = 0.65
    unknown: float = 0.425

    def __post_init__(self) -> None:
        if not 0 <= self.free <= self.occupied <= 1 or not 0 <= self.unknown <= 1:
            raise ValueError(
                f"free {self.free}, occupied {self.occupied}, unknown {self.unknown}; expected 0 <= free <= occupied "
                "<= 1 and a cost from 0 to 1"
            )
        self._shape()

    @property
    def radius(self) -> float:
        """Metres by which obstacles are inflated."""
        return self._shape()[1]

    @cached_property
    def inflated(self) -> NDArray[np.bool_]:
        """(rows, columns) bool: occupied cells, and those whose center is less than the radius away from one."""
        obstacles = (self.grid.probability >= self.occupied).astype(np.uint8)
        reach = math.ceil(self.radius / self.grid.cell + 0.5)
        steps = np.abs(np.arange(-reach, reach + 1))
        to_edge = np.maximum(steps - 0.5, 0) * self.grid.cell
        near = (np.hypot(to_edge[:, None], to_edge) < self.radius).astype(np.uint8)
        near[reach, reach] = 1
        spread = cv2.dilate(obstacles, near, borderType=cv2.BORDER_CONSTANT, borderValue=0)
        return np.asarray(spread) > 0

    @cached_property
    def costs(self) -> NDArray[np.float32]:
        """(rows, columns) float32 in [0, 1]: as planners want them, inflated cells at `occupied` at least."""
        costs = np.where(self.grid.known, self.grid.probability, np.float32(self.unknown))
        return np.where(self.inflated, np.maximum(costs, np.float32(self.occupied)), costs)

    def is_free(self, x: float | Array, y: float | Array, heading: float | Array = 0.0) -> NDArray[np.bool_]:
        """(...) bool: whether the vehicle may be at x, y metres (rear axle) with this heading (radians, 0 along X).

        The three are broadcast together: arrays ask for many poses at once.
        """
        x, y, heading = np.broadcast_arrays(*(np.asarray(value, np.float64) for value in (x, y, heading)))
        ahead, _ = self._shape()
        centers = np.stack(
            [x[..., None] + np.cos(heading)[..., None] * ahead, y[..., None] + np.sin(heading)[..., None] * ahead],
            axis=-1,
        )
        places, inside = self.grid.cells_of(centers)
        row, column = places[..., 0], places[..., 1]
        plain = np.where(self.grid.known, self.grid.probability, np.float32(self.unknown))
        cheap = plain[row, column] < self.free
        return np.asarray((inside & cheap & ~self.inflated[row, column]).all(axis=-1))

    def clear_ahead(self) -> float:
        """Metres along X, from the camera, that the vehicle can drive straight on over ground more free than not.

        Unknown ends the way, too, except before the first row of cells that is seen as wide as the vehicle: there the
        picture does not reach down to the ground. 0 where the first ground that is seen is not free.
        """
        cell, (start, to, *_) = self.grid.cell, self.grid.extent
        x = np.arange(max(start, 0.0) + cell / 2, to, cell)
        half = 0.0 if self.vehicle is None else self.vehicle.width / 2
        across = np.linspace(-half, half, math.ceil(2 * half / cell) + 1)
        chance = self.grid.at(np.stack(np.meshgrid(x, across, indexing="ij"), axis=-1))
        seen = ~np.isnan(chance)
        if not seen.any():
            return 0.0
        before = np.cumsum(seen.all(axis=1)) == 0
        blocked = np.asarray((chance >= 0.5).any(axis=1) | (~seen.all(axis=1) & ~before), np.bool_)
        count = int(blocked.argmax()) if blocked.any() else len(x)
        return round(float(x[0] - cell / 2 + count * cell), 4) if seen[:count].any() else 0.0

    def _shape(self) -> tuple[Array, float]:
        return (np.zeros(1), 0.0) if self.vehicle is None else self.vehicle.circles(self.circles)
