"""What stands where on the ground around the vehicle, from above."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.painting import fill
from perpixel.synthetic.faces import Packed, Place
from perpixel.synthetic.ground import STRIP
from perpixel.synthetic.scene import FREE, OCCUPIED, OFF_ROAD, Occupancy
from perpixel.synthetic.town import Town

Array = NDArray[np.float64]

EXTENT = (0.0, 40.0, -10.0, 10.0)
CELL = 0.25
LOW = 0.7  # metres: what does not come down to here (branches, lamps) does not stand in the way


def occupancy_of(packed: Packed, places: Sequence[Place], town: Town, pose: Array, s: float) -> Occupancy:
    """The grid 40 m ahead and 10 m to both sides, in the vehicle frame at `pose`."""
    rows, columns = round((EXTENT[1] - EXTENT[0]) / CELL), round((EXTENT[3] - EXTENT[2]) / CELL)
    cells = np.full((rows, columns), OFF_ROAD, np.uint8)
    road = _road(town, s)
    things = _footprints(packed, places, near=pose[:2, 3])
    values = np.repeat(np.array((FREE, OCCUPIED), np.uint8), (len(road), len(things)))
    local = (np.concatenate([road, things]) - pose[:2, 3]) @ pose[:2, :2]
    polygons = np.stack([local[..., 1] - EXTENT[2], local[..., 0] - EXTENT[0]], axis=-1) / CELL - 0.5
    fill(polygons, values, cells)
    return Occupancy(cells, EXTENT, CELL)


def _road(town: Town, s: float) -> Array:
    """The road's surface (n, 4, 2) in the very pieces that are drawn."""
    road = town.road
    cuts = np.floor((s - 20) / STRIP) * STRIP + STRIP * np.arange(48)
    low, high = road.at(cuts, -road.edge(-1))[:, :2], road.at(cuts, road.edge(1))[:, :2]
    return np.stack([low[:-1], low[1:], high[1:], high[:-1]], axis=1)


def _footprints(packed: Packed, places: Sequence[Place], *, near: Array) -> Array:
    """A rectangle (n, 4, 2) for each thing, along its own heading, at least a cell wide; world axes."""
    stands = (packed.thing > 0) & (packed.world[:, :, 2].min(1) < LOW)
    stands &= np.hypot(*(packed.world[:, 0, :2] - near).T) < 60
    thing, points = packed.thing[stands], packed.world[stands][:, :, :2]
    starts = np.flatnonzero(np.diff(thing, prepend=0))
    if not len(starts):
        return np.empty((0, 4, 2))
    place = np.array([(p.x, p.y, p.heading) for p in places])[thing]
    forward = np.stack([np.cos(place[:, 2]), np.sin(place[:, 2])], axis=1)
    left = np.stack([-forward[:, 1], forward[:, 0]], axis=1)
    offset = points - place[:, None, :2]
    corners = []
    for axis in (forward, left):
        along = (offset * axis[:, None]).sum(2)
        low, high = np.minimum.reduceat(along.min(1), starts), np.maximum.reduceat(along.max(1), starts)
        middle, half = (low + high) / 2, np.maximum((high - low) / 2, CELL / 2)
        corners.append((middle - half, middle + half))
    (back, front), (right, far_left) = corners
    first = place[starts]
    turns = ((back, right), (front, right), (front, far_left), (back, far_left))
    return np.stack([first[:, :2] + forward[starts] * a[:, None] + left[starts] * b[:, None] for a, b in turns], axis=1)
