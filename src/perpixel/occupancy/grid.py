"""The occupancy grid of one picture."""

from __future__ import annotations

from typing import Literal

import numpy as np

from perpixel.camera import Camera, Extent, grid_size
from perpixel.kernels.ground_cells import cell_sums
from perpixel.kernels.ground_rays import UNJUDGED
from perpixel.occupancy.free_space import FreeSpace
from perpixel.occupancy.mathworks import mathworks_grid
from perpixel.occupancy.polar import PolarGrid, polar_grid, seen_ground
from perpixel.results import OccupancyGrid

EXTENT: Extent = (0.0, 40.0, -10.0, 10.0)
CELL = 0.25
SEEN = 0.5
ASIDE = 0.25


def occupancy_grid(
    space: FreeSpace,
    camera: Camera,
    *,
    extent: Extent = EXTENT,
    cell: float = CELL,
    least_seen: float = SEEN,
    aside: float = ASIDE,
    polar: PolarGrid | None = None,
    compat: Literal["mathworks"] | None = None,
) -> OccupancyGrid:
    """The probability that each cell is occupied: one minus the mean of free space over the cell's area.

    The mean is an integral over the area that each pixel covers on the ground, not one of samples. Whatever stands
    hides the ground behind it, where its picture smears away from the camera: along each ray only what is before the
    first contact counts, the cell of the contact is occupied, and what lies behind is unknown. Unknown are also the
    ground close beside a contact, over which its body may hang, and what the picture does not show. Flat ground that
    is not free (a pavement) is occupied and hides nothing.

    Args:
        space: of a picture of the camera's size.
        camera: over flat ground.
        extent: X from, X to, Y from, Y to; metres in the vehicle frame.
        cell: side of a cell, metres.
        least_seen: share of a cell's area that must be seen for it to be known.
        aside: metres to both sides of a contact that are hidden, too.
        polar: the first contacts, if they are known already.
        compat: "mathworks" gives the numbers of its example instead, which knows no contacts and nothing unknown.

    Raises:
        ValueError: sizes that differ, an empty extent, or a share that is not over 0 and up to 1.
    """
    if compat == "mathworks":
        return mathworks_grid(space.probability, camera, extent=extent, cell=cell)
    if compat is not None:
        raise ValueError(f"compat {compat!r} is not known; expected 'mathworks' or None")
    if not 0 < least_seen <= 1:
        raise ValueError(f"least_seen {least_seen} must be over 0 and at most 1")
    size = grid_size(extent, cell)
    if polar is None:
        polar = polar_grid(space, camera)
    space, camera = space.straightened(camera), camera.straight()
    bearings, ranges = seen_ground(camera)
    evidence = (space.kinds != UNJUDGED) & np.isfinite(ranges)
    if len(polar.bearings):
        evidence &= ranges <= polar.at(bearings, aside=aside)
    corner = extent[0], extent[2]
    sums, areas = cell_sums(space.probability, evidence, camera.homography, corner=corner, cell=cell, size=size)
    known = areas >= least_seen * cell * cell
    probability = np.full(size, np.nan)
    probability[known] = 1 - np.clip(sums[known] / areas[known], 0, 1)
    grid = OccupancyGrid(probability.astype(np.float32), extent, cell)
    return _with_contacts(grid, polar)


def _with_contacts(grid: OccupancyGrid, polar: PolarGrid) -> OccupancyGrid:
    """A cell with a contact is as occupied as the surest of them, however much free ground is before it."""
    places, inside = grid.cells_of(polar.points(at_most=True))
    probability = np.nan_to_num(grid.probability, nan=-1.0)
    sureness = polar.sureness[polar.met]
    np.maximum.at(probability, tuple(places[inside].T), sureness[inside])
    probability[probability < 0] = np.nan
    return OccupancyGrid(probability, grid.extent, grid.cell)
