from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import CAMVID
from perpixel.synthetic import FREE, LANES, OCCUPIED, OFF_ROAD, Scene
from perpixel.warp import Warp

ROAD = CAMVID.index("road")


def seen(scene: Scene, ground: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The pixels (N, 2) row, column nearest to ground points (N, 2), and where nothing hides the ground there."""
    points = np.column_stack([ground, np.zeros(len(ground))])
    pixels, in_front = scene.camera.project(points)
    columns, rows = np.rint(np.nan_to_num(pixels, nan=-1)).astype(np.int64).T
    height, width = scene.labels.size
    inside = in_front & (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    place = np.stack([np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)], axis=1)
    at_center, hit = scene.camera.ground_from_image(place[:, ::-1].astype(np.float64))
    flat = np.column_stack([np.nan_to_num(at_center), np.zeros(len(ground))])
    expected = scene.camera.to_camera(flat)[:, 2]
    found = scene.depth.metres[place[:, 0], place[:, 1]]
    return place, inside & hit & (np.abs(found - expected) < 1e-3 * expected)


def test_lane_points_are_their_ground_curves_projected(scenes: list[Scene]) -> None:
    for scene in scenes:
        assert len(scene.lanes) == len(scene.lane_curves) >= 1
        for line, curve in zip(scene.lanes.lines, scene.lane_curves, strict=True):
            pixels, in_front = scene.camera.project(np.column_stack([curve, np.zeros(len(curve))]))
            assert in_front.all()
            np.testing.assert_allclose(pixels, line, atol=1e-6)


def test_lane_points_that_nothing_hides_lie_on_road_pixels(scenes: list[Scene]) -> None:
    count = 0
    for scene in scenes:
        for curve in scene.lane_curves:
            # Far away one pixel covers more than the distance from the line to the kerb.
            place, visible = seen(scene, curve[curve[:, 0] < 30])
            assert (scene.labels.labels[place[visible, 0], place[visible, 1]] == ROAD).all()
            count += int(visible.sum())
    assert count > 600


def test_lane_lines_are_painted_where_they_are_said_to_be(scenes: list[Scene]) -> None:
    """Near solid lines are brighter than the road half a metre beside them."""
    on, beside = [], []
    for scene in scenes:
        gray = scene.image.astype(np.float64).mean(2)
        for curve, label in zip(scene.lane_curves, scene.lanes.labels, strict=True):
            near = curve[curve[:, 0] < 12]
            if "solid" not in LANES[label].name or not len(near):
                continue
            for shift, values in ((0.0, on), (0.5, beside), (-0.5, beside)):
                place, visible = seen(scene, near + np.array((0.0, shift)))
                values.extend(gray[place[visible, 0], place[visible, 1]])
    assert np.mean(on) > np.mean(beside) + 30


def test_lines_on_the_left_are_left_of_the_vehicle(scenes: list[Scene]) -> None:
    for scene in scenes:
        for curve, label in zip(scene.lane_curves, scene.lanes.labels, strict=True):
            assert (curve[0, 1] > 0) == LANES[label].name.startswith("left")


def test_mirrored_lanes_change_sides_but_not_kind(scenes: list[Scene]) -> None:
    lanes = scenes[0].lanes
    height, width = scenes[0].labels.size
    flip = Warp(np.array([[-1.0, 0, width - 1], [0, 1, 0], [0, 0, 1]]), (height, width))
    mirrored = lanes.warp(flip)
    for before, after in zip(lanes.labels, mirrored.labels, strict=True):
        old, new = LANES[before].name.split(), LANES[after].name.split()
        assert old[0] != new[0]
        assert old[1] == new[1]


def inner(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells whose eight neighbors are of the mask, too."""
    padded = np.pad(mask, 1)
    shifts = [padded[a : a + mask.shape[0], b : b + mask.shape[1]] for a in range(3) for b in range(3)]
    return np.asarray(np.all(shifts, axis=0))


def ground_under(scene: Scene) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Labels (N,) of the pixels that see the level of the road inside the grid, and the cells (N, 2) that they see."""
    rows, columns = np.indices(scene.labels.size).reshape(2, -1)
    ground, hit = scene.camera.ground_from_image(np.stack([columns, rows], axis=1).astype(np.float64))
    ground = np.nan_to_num(ground, nan=-1.0)
    expected = scene.camera.to_camera(np.column_stack([ground, np.zeros(len(ground))]))[:, 2]
    seen_flat = hit & (np.abs(scene.depth.metres.ravel() - expected) < 1e-4 * expected)
    grid = scene.occupancy
    cells = np.floor((ground - (grid.extent[0], grid.extent[2])) / grid.cell).astype(np.int64)
    inside = seen_flat & (cells >= 0).all(1) & (cells < grid.cells.shape).all(1)
    return scene.labels.labels.ravel()[inside], cells[inside]


def test_free_cells_that_nothing_hides_are_road_in_the_picture(scenes: list[Scene]) -> None:
    count = 0
    for scene in scenes:
        labels, cells = ground_under(scene)
        free = inner(scene.occupancy.free)[cells[:, 0], cells[:, 1]]
        assert (labels[free] == ROAD).all()
        count += int(free.sum())
    assert count > 100000


def test_cells_off_the_road_are_never_road_in_the_picture(scenes: list[Scene]) -> None:
    for scene in scenes:
        labels, cells = ground_under(scene)
        off = inner(scene.occupancy.cells == OFF_ROAD)[cells[:, 0], cells[:, 1]]
        assert not (labels[off] == ROAD).any()


def test_cars_and_people_occupy_the_cells_that_they_stand_on(scenes: list[Scene]) -> None:
    for scene in scenes:
        mask = np.isin(scene.labels.labels, [CAMVID.index(n) for n in ("car", "pedestrian", "bicyclist")])
        rows, columns = np.nonzero(mask & (scene.depth.metres < 35))
        rays = scene.camera.rays(np.stack([columns, rows], axis=1).astype(np.float64))
        points = rays * scene.depth.metres[rows, columns][:, None].astype(np.float64) + scene.camera.position
        low = points[points[:, 2] < 0.6]
        grid = scene.occupancy
        row = np.floor((low[:, 0] - grid.extent[0]) / grid.cell).astype(int)
        column = np.floor((low[:, 1] - grid.extent[2]) / grid.cell).astype(int)
        inside = (row >= 1) & (row < len(grid.cells) - 1) & (column >= 1) & (column < grid.cells.shape[1] - 1)
        row, column = row[inside], column[inside]
        # A point at a cell's border may be counted to the next one.
        around = [grid.cells[row + a, column + b] == OCCUPIED for a in (-1, 0, 1) for b in (-1, 0, 1)]
        assert np.any(around, axis=0).all()


def test_the_three_kinds_of_cells_are_all_there(scenes: list[Scene]) -> None:
    for scene in scenes:
        assert scene.occupancy.cells.shape == (160, 80)
        assert set(np.unique(scene.occupancy.cells)) == {FREE, OFF_ROAD, OCCUPIED}
        # Right in front of the vehicle the road is free.
        assert (scene.occupancy.cells[4:8, 38:42] == FREE).all()
