"""PolarGrid: the nearest obstacle in each direction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.camera import Camera
from perpixel.kernels.ground_rays import first_contacts, nearest_aside
from perpixel.occupancy.free_space import FreeSpace

Array = NDArray[np.float64]

LEAST = 2.0
"""Pixels in a row that something must be high: a single one is noise more often than an obstacle."""

LEAST_HEIGHT = 0.25
"""Metres that something must be high, as far as one sees it: lower is what a vehicle can drive over, and noise."""

CLEARANCE = 0.2
"""Metres over the ground at which the foot of what stands is taken to be seen. One looks under the body of a car, and
what stands on a pavement stands as high as the kerb: on flat ground both would be farther away than they are."""


@dataclass(frozen=True)
class PolarGrid:
    """What each ray over the ground meets first, from the point below the camera outward.

    Attributes:
        bearings: (B,) radians, ascending and evenly spaced: 0 is straight ahead, positive to the left.
        contacts: (B,) metres to the first thing that stands there, at the nearest that it can be; at_most: (B,) at the
            farthest. Infinite where none is seen.
        sureness: (B,) float32 in [0, 1]: how probably what stands there is no free ground; 0 where nothing is seen.
        nearest: (B,) metres from which on the ground is seen; reach: (B,) to where, without a contact. NaN if nowhere.
    """

    bearings: Array
    contacts: Array
    at_most: Array
    sureness: NDArray[np.float32]
    nearest: Array
    reach: Array

    @property
    def met(self) -> NDArray[np.bool_]:
        """(B,) bool: where anything stands."""
        return np.isfinite(self.contacts)

    def points(self, *, at_most: bool = False) -> Array:
        """(N, 2) X, Y metres of the contacts, or of the farthest that they can be, ordered by bearing."""
        ranges = (self.at_most if at_most else self.contacts)[self.met]
        return np.asarray(_along(self.bearings[self.met]) * ranges[:, None])

    def at(self, bearings: NDArray[Any], *, aside: float = 0.0) -> Array:
        """Metres to the first contact at bearings (...); infinite where there is none, NaN outside the view.

        With `aside` that many metres to both sides of a ray must be clear, too.
        """
        step = float(self.bearings[1] - self.bearings[0]) if len(self.bearings) > 1 else np.inf
        contacts = nearest_aside(self.contacts, step, aside) if aside > 0 else self.contacts
        index = np.rint((np.asarray(bearings, np.float64) - self.bearings[0]) / step)
        inside = (index >= 0) & (index < len(self.bearings))
        return np.where(inside, contacts[np.where(inside, index, 0).astype(np.intp)], np.nan)

    def binned(self, step: float) -> PolarGrid:
        """In sectors of `step` radians, their middles at whole multiples: the nearest contact and view of each.

        Raises:
            ValueError: a step that is not positive.
        """
        if not step > 0:
            raise ValueError(f"step {step} must be an angle over 0, in radians")
        if not len(self.bearings):
            return self
        sector = np.rint(self.bearings / step).astype(np.intp)
        starts = np.flatnonzero(np.diff(sector, prepend=sector[0] - 1))
        surest = np.maximum.reduceat(self.sureness, starts)
        return PolarGrid(
            sector[starts].astype(np.float64) * step,
            np.minimum.reduceat(self.contacts, starts),
            np.minimum.reduceat(self.at_most, starts),
            surest,
            np.fmin.reduceat(self.nearest, starts),
            np.fmax.reduceat(self.reach, starts),
        )


def polar_grid(
    space: FreeSpace,
    camera: Camera,
    *,
    farthest: float = 60.0,
    least_height: float = LEAST_HEIGHT,
    clearance: float = CLEARANCE,
) -> PolarGrid:
    """The nearest obstacle of each bearing that the picture shows ground at, about two rays a column.

    An obstacle is told by where its foot is seen, which is as far away as flat ground would be there (`at_most`), or
    nearer by as much as it hangs or stands over that ground (`contacts`).

    Args:
        space: of a picture of the camera's size.
        farthest: metres at which a ray ends.
        least_height: metres that something must be high to count.
        clearance: metres that its foot may be over the ground.

    Raises:
        ValueError: the sizes differ.
    """
    if space.size != camera.size:
        raise ValueError(f"free space is {space.size}, the camera's pictures {camera.size}; see Camera.resized")
    space, camera = space.straightened(camera), camera.straight()
    bearings, ranges = seen_ground(camera)
    seen = bearings[np.isfinite(ranges)]
    if not seen.size:
        empty = np.empty(0)
        return PolarGrid(empty, empty, empty, empty.astype(np.float32), empty, empty)
    rays = np.linspace(float(seen.min()), float(seen.max()), 2 * max(camera.size))
    at_most, nearest, reach = first_contacts(
        space.kinds,
        camera.homography,
        rays,
        farthest=farthest,
        least_pixels=LEAST,
        least_share=least_height / camera.height,
    )
    contacts = at_most * max(1 - clearance / camera.height, 0)
    sureness = _sureness(space, camera, rays, at_most)
    return PolarGrid(rays, contacts, at_most, sureness, nearest, np.fmin(reach, contacts))


@lru_cache(maxsize=4)
def seen_ground(camera: Camera) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Bearing and range (H, W) float32 of the ground under each pixel of a camera; infinite over the horizon."""
    rows, columns = np.indices(camera.size, np.float64)
    ground, hit = camera.ground_from_image(np.stack([columns, rows], axis=-1))
    bearings = np.where(hit, np.arctan2(ground[..., 1], ground[..., 0]), 0)
    ranges = np.where(hit, np.hypot(ground[..., 0], ground[..., 1]), np.inf)
    return bearings.astype(np.float32), ranges.astype(np.float32)


def _sureness(space: FreeSpace, camera: Camera, bearings: Array, contacts: Array) -> NDArray[np.float32]:
    """How probably each contact is no free ground: of the pixel a little above it, as at its foot the labels mix."""
    met = np.isfinite(contacts)
    above = 1.02 * contacts[met, None] * _along(bearings[met])
    pixels, _ = camera.project(np.column_stack([above, np.zeros(len(above))]))
    x, y = np.rint(pixels).astype(np.intp).T
    height, width = space.size
    sureness = np.zeros(len(contacts), np.float32)
    sureness[met] = 1 - space.probability[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    return sureness


def _along(bearings: Array) -> Array:
    return np.stack([np.cos(bearings), np.sin(bearings)], axis=1)
