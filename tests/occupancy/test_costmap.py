from __future__ import annotations

import numpy as np
import pytest

from perpixel.occupancy import Costmap, Vehicle
from perpixel.results import OccupancyGrid


def grid(*occupied: tuple[int, int], unknown: tuple[int, int] | None = None) -> OccupancyGrid:
    """20 x 20 m of free cells of 1 m, X and Y from 0."""
    chances = np.zeros((20, 20), np.float32)
    for cell in occupied:
        chances[cell] = 1
    if unknown is not None:
        chances[unknown] = np.nan
    return OccupancyGrid(chances, (0.0, 20.0, 0.0, 20.0), 1.0)


def test_one_circle_around_the_usual_vehicle_has_the_radius_that_mathworks_gives() -> None:
    ahead, radius = Vehicle().circles(1)
    assert radius == pytest.approx(2.5164, abs=5e-5)
    assert ahead.tolist() == pytest.approx([4.7 / 2 - 1.0])


def test_more_circles_are_smaller_and_still_enclose_the_corners() -> None:
    vehicle = Vehicle(6.0, 2.0, 1.5)
    ahead, radius = vehicle.circles(3)
    assert ahead.tolist() == pytest.approx([-0.5, 1.5, 3.5])
    assert radius == pytest.approx(np.sqrt(2))
    x = np.linspace(-1.5, 4.5, 61)
    assert (np.abs(x[:, None] - ahead).min(axis=1) ** 2 + 1.0 <= radius**2 + 1e-9).all()


def test_cells_nearer_than_the_radius_are_inflated() -> None:
    costs = Costmap(grid((10, 10)), Vehicle(2.0, 2.0, 0.0), circles=1)  # radius 1.414
    near = costs.inflated
    # From a cell's center to the side of the occupied cell: 0.5 m to its neighbor, 1.5 m to the next, 0.71 m aslant.
    assert near[10, 11]
    assert near[11, 11]
    assert not near[10, 12]
    assert near.sum() == 9
    assert costs.costs[10, 11] == pytest.approx(0.65)
    assert costs.costs[10, 12] == 0


def test_a_point_is_free_where_its_cell_is() -> None:
    costs = Costmap(grid((10, 10), unknown=(3, 3)), vehicle=None)
    found = costs.is_free(np.array([10.5, 10.5, 3.5, 25.0, -0.5]), np.array([10.5, 11.5, 3.5, 5.0, 5.0]))
    assert found.tolist() == [False, True, False, False, False]  # occupied, free, unknown, outside, outside


def test_a_long_vehicle_fits_along_the_gap_but_not_across() -> None:
    walls = [(i, j) for i in range(20) for j in (7, 12)]  # free for Y from 8 to 12
    costs = Costmap(grid(*walls), Vehicle(5.0, 1.6, 1.0), circles=5)
    assert bool(costs.is_free(6.0, 10.0, 0.0))
    assert bool(costs.is_free(8.0, 10.0, np.pi))
    assert not bool(costs.is_free(6.0, 10.0, np.pi / 2))
    assert costs.is_free(6.0, 10.0, np.array([0.0, np.pi / 2])).tolist() == [True, False]


def test_thresholds_and_the_cost_of_the_unknown_decide() -> None:
    chances = np.full((4, 4), 0.3, np.float32)
    chances[0] = np.nan
    half = OccupancyGrid(chances, (0.0, 4.0, 0.0, 4.0), 1.0)
    assert not bool(Costmap(half, None).is_free(2.5, 2.5))
    assert bool(Costmap(half, None, free=0.4).is_free(2.5, 2.5))
    assert not bool(Costmap(half, None, free=0.4).is_free(0.5, 2.5))
    assert bool(Costmap(half, None, free=0.4, unknown=0.1).is_free(0.5, 2.5))


def test_the_way_ahead_is_clear_up_to_the_first_thing_in_the_vehicles_width() -> None:
    chances = np.zeros((40, 16), np.float32)
    chances[:10] = np.nan  # the picture begins at 2.5 m
    chances[10, :3] = np.nan
    ahead = OccupancyGrid(chances, (0.0, 10.0, -2.0, 2.0), 0.25)
    assert Costmap(ahead).clear_ahead() == 10.0
    chances[30, 9] = 1  # 7.5 m ahead, 0.25 m aside
    assert Costmap(ahead).clear_ahead() == 7.5
    assert Costmap(ahead, Vehicle(4.0, 0.2)).clear_ahead() == 10.0
    chances[20, 6] = np.nan
    assert Costmap(ahead).clear_ahead() == 5.0
    chances[10, 7] = 1
    assert Costmap(ahead).clear_ahead() == 0.0
    chances[:] = np.nan
    assert Costmap(ahead).clear_ahead() == 0.0


def test_what_is_no_vehicle_or_threshold_is_refused() -> None:
    with pytest.raises(ValueError, match="positive sides"):
        Vehicle(0.0, 1.0)
    with pytest.raises(ValueError, match="at least 1"):
        Costmap(grid(), circles=0)
    with pytest.raises(ValueError, match="free <= occupied"):
        Costmap(grid(), free=0.9)
