from __future__ import annotations

import numpy as np
import pytest

from perpixel.occupancy import Fusion, free_space, occupancy_grid
from perpixel.results import OccupancyGrid
from perpixel.synthetic import drive

EXTENT = (0.0, 4.0, -1.0, 1.0)


def look(value: float, *, cell: tuple[int, int] = (2, 1)) -> OccupancyGrid:
    chances = np.full((4, 2), np.nan, np.float32)
    chances[cell] = value
    return OccupancyGrid(chances, EXTENT, 1.0)


def pose(x: float, y: float, heading: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    found = np.eye(4)
    found[:2, :2] = [[np.cos(heading), -np.sin(heading)], [np.sin(heading), np.cos(heading)]]
    found[:2, 3] = x, y
    return found


def test_odds_multiply() -> None:
    fused = Fusion(EXTENT, 1.0)
    fused.add(look(0.7), np.eye(4))
    fused.add(look(0.6), np.eye(4))
    assert fused.grid.probability[2, 1] == pytest.approx(0.42 / (0.42 + 0.12))
    assert fused.grid.known.sum() == 1
    assert fused.looks.sum() == 2


def test_one_look_and_the_sum_say_no_more_than_their_limits() -> None:
    fused = Fusion(EXTENT, 1.0, look=1.4, most=2.8)
    fused.add(look(1.0), np.eye(4))
    assert fused.grid.probability[2, 1] == pytest.approx(1 / (1 + np.exp(-1.4)))
    for _ in range(20):
        fused.add(look(1.0), np.eye(4))
    for _ in range(3):
        fused.add(look(0.0), np.eye(4))
    assert fused.grid.probability[2, 1] < 0.5  # what went away is forgotten within three looks


def test_a_look_lands_where_the_vehicle_was_and_looked() -> None:
    fused = Fusion((0.0, 10.0, 0.0, 10.0), 1.0)
    # At (5, 5) and turned left the cell of X 2 to 3, Y 0 to 1 is at x 4 to 5, y 7 to 8.
    fused.add(look(0.9), pose(5.0, 5.0, np.pi / 2))
    assert np.argwhere(fused.grid.known).tolist() == [[4, 7]]


def test_a_drive_knows_more_than_its_last_look_and_is_still_right() -> None:
    looks = []
    for scene in drive(204, frames=4, fps=1.25, size=(180, 240)):
        truth = scene.occupancy
        looks.append((occupancy_grid(free_space(scene.labels), scene.camera, extent=truth.extent), scene))
    places = np.array([scene.pose[:2, 3] for _, scene in looks])
    low, high = places.min(axis=0) - 45, places.max(axis=0) + 45
    fused = Fusion((float(low[0]), float(high[0]), float(low[1]), float(high[1])))
    for grid, scene in looks:
        fused.add(grid, scene.pose)
    grid, last = looks[-1]
    together = fused.grid.at(grid.centers() @ last.pose[:2, :2].T + last.pose[:2, 3])
    near = np.hypot(*np.moveaxis(grid.centers(), -1, 0)) < 20
    known = near & ~np.isnan(together)
    assert known.sum() > 1.3 * (near & grid.known).sum()
    assert np.mean((together < 0.5)[known] == last.occupancy.free[known]) > 0.94


def test_a_pose_that_is_none_is_refused() -> None:
    fused = Fusion(EXTENT, 1.0)
    tilted = np.eye(4)
    tilted[1:3, 1:3] = [[0.9, -0.4359], [0.4359, 0.9]]
    for wrong in (np.eye(3), tilted):
        with pytest.raises(ValueError, match="level ground"):
            fused.add(look(0.5), wrong)
    with pytest.raises(ValueError, match="look <= most"):
        Fusion(EXTENT, look=3.0, most=1.0)
