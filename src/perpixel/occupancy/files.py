"""Occupancy grids on disk: for numpy, to look at, for robots (ROS), for maps (GeoJSON)."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.errors import DataError
from perpixel.files import atomic_write
from perpixel.masks.polygons import mask_to_polygons
from perpixel.masks.runs.runs import encode_mask
from perpixel.occupancy.polar import PolarGrid
from perpixel.pictures import write_png
from perpixel.results import OccupancyGrid
from perpixel.results.occupancy_grid import FREE, OCCUPIED, UNKNOWN

UNKNOWN_GRAY = 255
_ROS_GRAYS = {FREE: 254, OCCUPIED: 0, UNKNOWN: 205}  # as ROS' map_saver writes them


def write_npz(path: Path, grid: OccupancyGrid, polar: PolarGrid | None = None) -> None:
    """Write `probability`, `extent` and `cell`, and of the polar grid `bearings`, `contacts` and `sureness`.

    Raises:
        PerpixelError: the file cannot be written.
    """
    arrays: dict[str, Any] = {"probability": grid.probability, "extent": np.array(grid.extent), "cell": grid.cell}
    if polar is not None:
        arrays |= {"bearings": polar.bearings, "contacts": polar.contacts, "sureness": polar.sureness}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    atomic_write(path, buffer.getvalue())


def read_npz(path: Path) -> OccupancyGrid:
    """The grid that `write_npz` wrote.

    Raises:
        DataError: no such file, or it holds no grid.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            start, to, right, left = arrays["extent"].tolist()
            return OccupancyGrid(arrays["probability"], (start, to, right, left), float(arrays["cell"]))
    except OSError as error:
        raise DataError(f"{path}: no grid can be read there: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: holds no grid: {' '.join(str(error).split())}") from error


def write_grid_png(path: Path, grid: OccupancyGrid) -> None:
    """Write a gray picture, forward up: 0 is free, 254 occupied, 255 unknown.

    Raises:
        PerpixelError: the file cannot be written.
    """
    seen = grid.as_seen()
    levels = np.rint(np.nan_to_num(seen) * 254).astype(np.uint8)
    write_png(path, np.where(np.isnan(seen), UNKNOWN_GRAY, levels).astype(np.uint8))


def write_ros_map(path: Path, grid: OccupancyGrid, *, free: float = 0.2, occupied: float = 0.65) -> None:
    """Write a map for ROS' map_server: `NAME.yaml`, which is `path`, and beside it the picture `NAME.pgm`.

    In ROS' axes: X of the vehicle goes to the right in the picture, Y up. 254 is free, 0 occupied, 205 unknown, which
    is also what lies between the thresholds.

    Raises:
        PerpixelError: a file cannot be written.
    """
    states = grid.states(free=free, occupied=occupied)
    grays = np.empty(states.shape, np.uint8)
    for state, gray in _ROS_GRAYS.items():
        grays[states == state] = gray
    turned = np.ascontiguousarray(grays.T[::-1])
    picture = path.with_suffix(".pgm")
    header = f"P5\n{turned.shape[1]} {turned.shape[0]}\n255\n".encode()
    atomic_write(picture, header + turned.tobytes())
    lines = (
        f"image: {json.dumps(picture.name)}",
        "mode: trinary",
        f"resolution: {grid.cell}",
        f"origin: [{grid.extent[0]}, {grid.extent[2]}, 0.0]",
        "negate: 0",
        "occupied_thresh: 0.65",
        "free_thresh: 0.196",
    )
    atomic_write(path, ("\n".join(lines) + "\n").encode())


def write_geojson(path: Path, grid: OccupancyGrid, polar: PolarGrid | None = None) -> None:
    """Write polygons of the free and the occupied cells, and the contacts as points, as GeoJSON.

    Coordinates are metres in the grid's own frame (X forward, Y to the left), not degrees: `frame` says so. Borders
    run along the cells' sides, outer ones counterclockwise.

    Raises:
        PerpixelError: the file cannot be written.
    """
    atomic_write(path, (json.dumps(geojson(grid, polar), indent=1) + "\n").encode())


def geojson(grid: OccupancyGrid, polar: PolarGrid | None = None) -> dict[str, Any]:
    """What `write_geojson` writes."""
    states = grid.states()
    features = [
        _feature({"type": "MultiPolygon", "coordinates": _polygons(states == state, grid)}, state=name)
        for name, state in (("free", FREE), ("occupied", OCCUPIED))
    ]
    if polar is not None:
        points = polar.points().round(3).tolist()
        features.append(_feature({"type": "MultiPoint", "coordinates": points}, state="contact"))
    frame = "metres on the ground: X forward, Y to the left of the vehicle"
    return {"type": "FeatureCollection", "frame": frame, "features": features}


def _feature(geometry: dict[str, Any], **properties: str) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _polygons(mask: NDArray[np.bool_], grid: OccupancyGrid) -> list[list[list[list[float]]]]:
    """Rings of each part: the outer one and those of its holes, each closed."""

    def ring(corners: NDArray[Any]) -> list[list[float]]:
        # Corners are column, row: along Y, along X. Exchanging the axes turns the ring around.
        metres = corners[::-1, ::-1] * grid.cell + (grid.extent[0], grid.extent[2])
        closed: list[list[float]] = np.concatenate([metres, metres[:1]]).round(6).tolist()
        return closed

    return [
        [ring(polygon.outer), *(ring(hole) for hole in polygon.holes)]
        for polygon in mask_to_polygons(encode_mask(mask))
    ]
