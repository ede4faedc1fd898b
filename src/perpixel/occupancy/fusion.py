"""Fusion: grids of a drive added up in one map of the world, in log-odds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from perpixel.camera import Extent, grid_size
from perpixel.results import OccupancyGrid


class Fusion:
    """A map of the world that grids of moving vehicle frames are added to (Moravec & Elfes, 1985).

    Each look adds its log-odds. Looks of neighboring frames err alike and are not independent: no look says more than
    `look`, and the sum stays within `most`, so that what moved away is forgotten within most / look looks.

    Args:
        extent: X from, X to, Y from, Y to of the map, metres in the world.
        cell: side of a cell, metres.
        look: greatest log-odds of one look; 1.4 are odds of 4 to 1, a probability of .8.
        most: greatest log-odds of the sum; 2.8 are 16 to 1.

    Raises:
        ValueError: an empty extent, or limits that are not 0 < look <= most.
    """

    def __init__(self, extent: Extent, cell: float = 0.25, *, look: float = 1.4, most: float = 2.8) -> None:
        if not 0 < look <= most < math.inf:
            raise ValueError(f"look {look}, most {most}; expected 0 < look <= most")
        self.extent, self.cell, self.look, self.most = extent, cell, look, most
        size = grid_size(extent, cell)
        self._odds, self._looks = np.zeros(size), np.zeros(size, np.int32)
        self._centers = OccupancyGrid(np.zeros(size, np.float32), extent, cell).centers()

    def add(self, grid: OccupancyGrid, pose: NDArray[np.float64]) -> None:
        """Add a grid of a vehicle frame.

        Args:
            grid: unknown cells add nothing.
            pose: (4, 4) from the vehicle frame to the world, metres, level: turned about Z only.

        Raises:
            ValueError: the pose is not (4, 4) or not level.
        """
        if pose.shape != (4, 4) or not np.allclose(pose[2, :3], (0, 0, 1), atol=1e-3):
            raise ValueError(f"pose {pose.tolist()} is no (4, 4) matrix of a vehicle on level ground")
        seen = grid.at((self._centers - pose[:2, 3]) @ pose[:2, :2])
        known = ~np.isnan(seen)
        sure = 1 / (1 + math.exp(-self.look))
        chance = np.clip(seen[known].astype(np.float64), 1 - sure, sure)
        added = self._odds[known] + np.log(chance / (1 - chance))
        self._odds[known] = np.clip(added, -self.most, self.most)
        self._looks += known

    @property
    def looks(self) -> NDArray[np.int32]:
        """(rows, columns) int32: how many grids said something of each cell."""
        return self._looks.copy()

    @property
    def grid(self) -> OccupancyGrid:
        """The map so far; what was never seen is unknown."""
        probability = np.where(self._looks > 0, 1 / (1 + np.exp(-self._odds)), np.nan)
        return OccupancyGrid(probability.astype(np.float32), self.extent, self.cell)
