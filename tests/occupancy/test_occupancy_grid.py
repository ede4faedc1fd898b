from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn import CAMERA, street

from perpixel.camera import Distortion
from perpixel.occupancy import free_space, occupancy_grid
from perpixel.occupancy.free_space import FreeSpace
from perpixel.results import OccupancyGrid
from perpixel.results.occupancy_grid import FREE, UNKNOWN
from perpixel.synthetic import street as drawn_street

EXTENT = (0.0, 20.0, -6.0, 6.0)
LEFT = (10.0, 12.0, 2.0, 3.0, 1.4)


def at(grid: OccupancyGrid, x: float, y: float) -> float:
    return float(grid.at(np.array([x, y])))


def test_one_obstacle_on_the_left_is_on_the_left_and_hides_what_is_behind_it() -> None:
    grid = occupancy_grid(street(LEFT), CAMERA, extent=EXTENT)
    assert at(grid, 9.9, 2.4) == 1  # its foot is the lower border of the pixel that shows 10 m: 9.92 m
    assert at(grid, 9.9, -2.4) == 0
    assert at(grid, 7.0, 1.7) == 0  # before it, on the same ray
    assert np.isnan(at(grid, 14.0, 3.4))  # behind it: unknown, not occupied
    assert at(grid, 14.0, 0.0) == 0


def test_what_the_picture_does_not_show_is_unknown() -> None:
    grid = occupancy_grid(street(), CAMERA, extent=(-4.0, 20.0, -6.0, 6.0))
    rows = grid.centers()[..., 0]
    assert not grid.known[rows < 4].any()  # the picture's foot is at 4.3 m
    assert grid.known[:, 24][rows[:, 24] > 5].all()
    assert not grid.known[rows[:, 0].searchsorted(5.0), 0]  # aside of the view


def test_a_pavement_is_no_free_ground_and_hides_nothing() -> None:
    space = street()
    probability = space.probability.copy()
    probability[:, 260:300] = 0
    grid = occupancy_grid(FreeSpace(probability, space.kinds), CAMERA, extent=EXTENT)
    assert at(grid, 15.0, -3.0) == 1
    assert at(grid, 15.0, -5.0) == 0


def test_a_cell_is_the_mean_over_its_area_worked_by_hand() -> None:
    # Row v shows X from 600 / (v + 0.5 - 60) to 600 / (v - 0.5 - 60); free ground ends with row 100.
    space = street()
    probability = np.where(np.arange(200)[:, None] >= 100, space.probability, 0).astype(np.float32)
    grid = occupancy_grid(FreeSpace(probability, space.kinds), CAMERA, extent=(15.0, 15.5, 0.0, 0.5), cell=0.5)
    assert grid.probability[0, 0] == pytest.approx((15.5 - 600 / 39.5) / 0.5, abs=1e-5)


def test_a_cell_seen_for_less_than_the_least_share_is_unknown() -> None:
    edge = 1.5 * 400 / 139.5  # the picture's foot: 4.30 m
    extent = (edge - 0.12, edge + 0.08, -0.1, 0.1)  # seen for 40 %
    assert not occupancy_grid(street(), CAMERA, extent=extent, cell=0.2).known.any()
    assert occupancy_grid(street(), CAMERA, extent=extent, cell=0.2, least_seen=0.3).known.all()


def test_a_bent_lens_changes_nothing_on_the_ground() -> None:
    bent = replace(CAMERA, distortion=Distortion((-0.15, 0.0, 0.0)))
    grid = occupancy_grid(street(LEFT, camera=bent), bent, extent=EXTENT)
    straight = occupancy_grid(street(LEFT), CAMERA, extent=EXTENT)
    both = grid.known & straight.known
    assert np.mean((grid.probability > 0.5)[both] == (straight.probability > 0.5)[both]) > 0.98


def test_of_a_drawn_street_the_free_ground_is_that_of_its_truth() -> None:
    scene = drawn_street(100003)
    truth = scene.occupancy
    grid = occupancy_grid(free_space(scene.labels), scene.camera, extent=truth.extent, cell=truth.cell)
    near = grid.known & (np.hypot(*np.moveaxis(grid.centers(), -1, 0)) < 20)
    said, free = (grid.probability < 0.5)[near], truth.free[near]
    assert (said & free).sum() / (said | free).sum() > 0.97
    assert (said & ~free).sum() / near.sum() < 0.02


def test_a_grid_knows_its_states_and_refuses_what_is_none() -> None:
    chances = np.array([[0.1, 0.3], [0.8, np.nan]], np.float32)
    grid = OccupancyGrid(chances, (0.0, 1.0, -0.5, 0.5), 0.5)
    assert grid.states().tolist() == [[FREE, UNKNOWN], [1, UNKNOWN]]
    assert grid.as_seen()[1].tolist() == pytest.approx([0.3, 0.1])
    assert np.isnan(grid.at(np.array([[5.0, 0.0], [0.9, 0.4]]))).all()
    with pytest.raises(ValueError, match="expected float32"):
        OccupancyGrid(chances, (0.0, 1.0, -0.5, 0.5), 0.25)
    with pytest.raises(ValueError, match="expected 0 to 1"):
        OccupancyGrid(chances * 2, (0.0, 1.0, -0.5, 0.5), 0.5)
    with pytest.raises(ValueError, match="least_seen"):
        occupancy_grid(street(), CAMERA, least_seen=0.0)
    with pytest.raises(ValueError, match="'mathworks'"):
        occupancy_grid(street(), CAMERA, compat="matlab")  # type: ignore[arg-type]
