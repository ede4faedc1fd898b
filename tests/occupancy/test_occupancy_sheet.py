from __future__ import annotations

from dataclasses import replace

import numpy as np
from drawn import CAMERA, street

from perpixel.occupancy import occupancy_grid, polar_grid
from perpixel.occupancy.sheet import FREE, OCCUPIED, UNKNOWN, free_space_over, grid_over, grid_picture, occupancy_sheet

BOX = (10.0, 12.0, 2.0, 3.0, 1.4)


def test_the_grid_is_drawn_forward_up_with_its_obstacle_on_the_left() -> None:
    grid = occupancy_grid(street(BOX), CAMERA, extent=(0.0, 20.0, -6.0, 6.0), cell=0.5)
    drawn = grid_picture(grid)
    assert drawn.shape == (40, 24, 3)
    rows, columns = np.nonzero((drawn == OCCUPIED).all(axis=-1))
    assert 18 <= rows.min() <= rows.max() <= 20
    assert columns.max() < 9
    assert (drawn[-1] == UNKNOWN).all()
    assert (drawn[20, 12] == FREE).all()


def test_free_ground_is_tinted_in_the_photo_and_the_sky_is_not() -> None:
    gray = np.full((*CAMERA.size, 3), 100, np.uint8)
    space = street(BOX)
    tinted = free_space_over(gray, space)
    assert (tinted[space.probability == 0] == 100).all()
    assert (tinted[-1] == np.rint(np.array(FREE) / 2 + 50)).all()
    grid = occupancy_grid(space, CAMERA)
    over = grid_over(gray, CAMERA, grid)
    assert (over[:60] == 100).all()
    assert over[150, 200, 1] > 120


def test_a_wide_picture_gets_a_second_photo_and_a_high_one_does_not() -> None:
    space = street(BOX)
    polar = polar_grid(space, CAMERA)
    grid = occupancy_grid(space, CAMERA, polar=polar)
    for size in (CAMERA.size, (300, 100)):
        camera = CAMERA.resized(size)
        other = street(camera=camera)
        sheet = occupancy_sheet(np.zeros((*size, 3), np.uint8), other, camera, grid, polar)
        assert sheet.dtype == np.uint8
        assert sheet.shape[0] < 760


def test_a_camera_that_sees_no_ground_has_a_sheet_of_the_unknown() -> None:
    up = replace(CAMERA, pitch=-1.0)
    space = street(camera=up)
    polar = polar_grid(space, up)
    grid = occupancy_grid(space, up, polar=polar)
    assert not grid.known.any()
    sheet = occupancy_sheet(np.zeros((*up.size, 3), np.uint8), space, up, grid, polar)
    assert (sheet[300, -100] == UNKNOWN).all()
