from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.kernels import aerial
from perpixel.synthetic.aerial.place import Place
from perpixel.synthetic.aerial.scene import _from_above, _thrown
from perpixel.synthetic.aerial.shapes import Look, Shapes, rectangle

STEP, SIDE = 0.05, 101
Y, X = np.mgrid[-2.5 : 2.5 : SIDE * 1j, -2.5 : 2.5 : SIDE * 1j]


def ids(shapes: Shapes, look: Look) -> NDArray[np.int32]:
    """Which shape each place of X, Y sees, -1: none."""
    table = shapes.seen(look, shapes.order(), eye=10.0)
    found = np.full((SIDE, SIDE), -1, np.int32)
    corner = np.array((-2.5, -2.5))
    aerial.topmost(table.kind, table.table, table.seed, table.bounds, corner, STEP, found)
    return found


def flat() -> Look:
    return _thrown(np.zeros(2))


def agree(found: NDArray[np.int32], expected: NDArray[np.bool_], level: NDArray[np.float64]) -> None:
    """The shape is where it is expected, but for places within rounding of its edge (`level` 0)."""
    clear = np.abs(level) > 1e-6
    np.testing.assert_array_equal((found >= 0)[clear], expected[clear])


def test_a_disk_covers_what_is_within_its_radius() -> None:
    shapes = Shapes()
    shapes.disk((0.31, -0.4, 0), 1.23, (0, 0, 0))
    level = np.hypot(X - 0.31, Y + 0.4) - 1.23
    agree(ids(shapes, flat()), level < 0, level)


def test_a_turned_rectangle_covers_what_is_between_its_sides() -> None:
    shapes = Shapes()
    shapes.quad(rectangle((0.2, 0.1, 0), 3.0, 1.4, 0.6), (0, 0, 0))
    u = (X - 0.2) * np.cos(0.6) + (Y - 0.1) * np.sin(0.6)
    v = (Y - 0.1) * np.cos(0.6) - (X - 0.2) * np.sin(0.6)
    level = np.maximum(np.abs(u) - 1.5, np.abs(v) - 0.7)
    agree(ids(shapes, flat()), level < 0, level)


def test_a_capsule_covers_what_is_near_its_segment() -> None:
    shapes = Shapes()
    shapes.capsule((-1, -0.5, 0), (1.2, 0.7, 0), 0.4, (0, 0, 0))
    along = np.array((2.2, 1.2))
    t = np.clip(((X + 1) * along[0] + (Y + 0.5) * along[1]) / (along @ along), 0, 1)
    level = np.hypot(X + 1 - t * along[0], Y + 0.5 - t * along[1]) - 0.4
    agree(ids(shapes, flat()), level < 0, level)


def test_a_ring_has_a_hole() -> None:
    shapes = Shapes()
    shapes.blob((0, 0, 0), (2, 0, 0), (0, 1, 0), (0, 0, 0), kind=aerial.RING, ragged=0.5)
    rho = np.hypot(X / 2, Y)
    agree(ids(shapes, flat()), (rho <= 1) & (rho >= 0.5), np.minimum(np.abs(rho - 1), np.abs(rho - 0.5)))


def test_a_ragged_disk_stays_within_its_bounds_and_keeps_its_core() -> None:
    shapes = Shapes()
    shapes.disk((0, 0, 0), 1.2, (0, 0, 0), ragged=0.4, lobe=0.3, seed=5)
    found = ids(shapes, flat()) >= 0
    rho = np.hypot(X, Y) / 1.2
    assert found[rho < 0.69].all()
    assert not found[rho > 1.31].any()
    assert 0.02 < (found != (rho <= 1)).mean() < 0.2


def test_what_is_half_as_high_as_the_camera_is_twice_as_large_and_twice_as_far_out() -> None:
    shapes = Shapes()
    shapes.disk((0.5, 0, 5), 0.5, (0, 0, 0))
    level = np.hypot(X - 1, Y) - 1
    agree(ids(shapes, _from_above(10.0)), level < 0, level)


def test_a_shadow_falls_away_from_the_sun_by_the_height() -> None:
    shapes = Shapes()
    shapes.disk((0, 0, 2), 0.5, (0, 0, 0))
    level = np.hypot(X - 1, Y + 0.5) - 0.5
    agree(ids(shapes, _thrown(np.array((0.5, -0.25)))), level < 0, level)


def test_higher_stages_lie_over_lower_ones_and_later_shapes_over_earlier_ones() -> None:
    shapes = Shapes()
    for stage in (1.0, -2.0, 1.0):
        shapes.part(0, stage=stage)
        shapes.disk((0, 0, 0), 1, (0, 0, 0))
    assert shapes.order().tolist() == [1, 0, 2]
    assert ids(shapes, flat())[50, 50] == 2  # the last in this order: the third that was added


@pytest.mark.parametrize("shift", [0.0, 0.01])
def test_rectangles_that_share_an_edge_leave_no_gap_and_do_not_overlap(shift: float) -> None:
    shapes = Shapes()
    corners = rectangle((shift, 0, 0), 6, 6, 0.37)
    middle = (corners[:2] + corners[[3, 2]]) / 2
    shapes.quad([corners[0], corners[1], middle[1], middle[0]], (0, 0, 0))
    shapes.quad([middle[0], middle[1], corners[2], corners[3]], (0, 0, 0))
    both = ids(shapes, flat())
    assert (both >= 0)[np.hypot(X, Y) < 2.4].all()
    shapes.points.reverse()
    np.testing.assert_array_equal(both == 0, ids(shapes, flat()) == 1)


def test_normals_are_toward_the_camera() -> None:
    shapes = Shapes()
    shapes.box((3, 0, 0), (1, 1, 1), 0.0, (0, 0, 0))
    table = shapes.seen(_from_above(10.0), shapes.order(), eye=10.0).table
    normals = table[:, aerial.NORMAL : aerial.COLOR].round(6)
    assert normals[4].tolist() == [0, 0, 1]
    assert [-1, 0, 0] in normals[:4].tolist()  # the wall that is nearest to the middle


def test_a_place_turns_and_scales() -> None:
    at = Place(2.0, 1.0, np.pi / 2, 2.0)
    np.testing.assert_allclose(at(1, 0, 3), (2, 3, 6), atol=1e-12)
    np.testing.assert_allclose(at.away(0, 1), (-2, 0, 0), atol=1e-12)
