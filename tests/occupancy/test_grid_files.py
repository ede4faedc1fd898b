from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from perpixel.errors import DataError
from perpixel.occupancy.files import read_npz, write_geojson, write_grid_png, write_npz, write_ros_map
from perpixel.pictures import read_picture
from perpixel.results import OccupancyGrid


@pytest.fixture
def grid() -> OccupancyGrid:
    """3 m forward, 2 m wide: free, but for one obstacle ahead on the left and an unknown cell ahead on the right."""
    chances = np.zeros((3, 2), np.float32)
    chances[2, 1], chances[2, 0] = 1, np.nan
    return OccupancyGrid(chances, (4.0, 7.0, -1.0, 1.0), 1.0)


def test_a_grid_survives_its_file(grid: OccupancyGrid, tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", grid)
    back = read_npz(tmp_path / "a.npz")
    assert np.array_equal(back.probability, grid.probability, equal_nan=True)
    assert (back.extent, back.cell) == (grid.extent, grid.cell)


def test_a_file_that_holds_no_grid_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    np.savez(tmp_path / "short.npz", extent=np.zeros(2), cell=1.0, probability=np.zeros((2, 2)))
    for name in ("none.npz", "text.npz", "other.npz", "short.npz"):
        with pytest.raises(DataError, match=name):
            read_npz(tmp_path / name)


def test_the_picture_has_forward_up_and_left_on_the_left(grid: OccupancyGrid, tmp_path: Path) -> None:
    write_grid_png(tmp_path / "a.png", grid)
    assert read_picture(tmp_path / "a.png")[:, :, 0].tolist() == [[254, 255], [0, 0], [0, 0]]


def test_ros_reads_the_obstacle_at_its_place(grid: OccupancyGrid, tmp_path: Path) -> None:
    """As map_server does: from the lower left, x to the right, y up, gray to occupancy."""
    write_ros_map(tmp_path / "a.map.yaml", grid)
    described = yaml.safe_load((tmp_path / "a.map.yaml").read_text())
    data = (tmp_path / described["image"]).read_bytes()
    magic, sides, most, pixels = data.split(b"\n", 3)
    assert (magic, sides, most) == (b"P5", b"3 2", b"255")
    gray = np.frombuffer(pixels, np.uint8).reshape(2, 3)
    chance = (255 - gray) / 255
    states = np.where(chance > described["occupied_thresh"], 100, np.where(chance < described["free_thresh"], 0, -1))

    def at(x: float, y: float) -> int:
        column = int((x - described["origin"][0]) / described["resolution"])
        row = len(states) - 1 - int((y - described["origin"][1]) / described["resolution"])
        return int(states[row, column])

    assert [at(6.5, 0.5), at(6.5, -0.5), at(4.5, 0.5), at(5.5, -0.5)] == [100, -1, 0, 0]


def test_geojson_has_closed_counterclockwise_rings_in_metres(grid: OccupancyGrid, tmp_path: Path) -> None:
    write_geojson(tmp_path / "a.geojson", grid)
    free, occupied = json.loads((tmp_path / "a.geojson").read_text())["features"]
    assert (free["properties"], occupied["properties"]) == ({"state": "free"}, {"state": "occupied"})
    (((ring),),) = occupied["geometry"]["coordinates"]
    assert ring[0] == ring[-1]
    assert sorted(map(tuple, ring[:-1])) == [(6, 0), (6, 1), (7, 0), (7, 1)]
    for geometry, area in ((free, 4.0), (occupied, 1.0)):
        x, y = np.array(geometry["geometry"]["coordinates"][0][0]).T
        assert ((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2) == pytest.approx(area)  # positive: counterclockwise
