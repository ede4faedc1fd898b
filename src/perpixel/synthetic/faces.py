"""The stock of flat faces that a scene is made of, in metres, in world axes with Z up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perpixel.kernels import painting

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """Where a thing stands: world x, y, z and the direction it looks, radians to the left of the world's x axis."""

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    heading: float = 0.0


@dataclass
class Faces:
    """A growing list of quadrilaterals; of those in one plane, the later hides the earlier.

    Points are given in the axes of the present place: forward, left and up of the thing that stands there.

    Attributes:
        eye: (3,) where the camera is: round things are drawn as flat faces turned toward it.
        label, instance, seed: what new faces get: class number, instance number (0: none), texture seed.
        casts, receives: whether they throw a shadow, whether shadows fall on them (the ground).
        places: of the world itself and of each thing so far; faces belong to the last one.
        contacts: for what the sky does not reach under things: number of the place, length, width.
    """

    eye: Array
    label: int = 0
    instance: int = 0
    seed: int = 0
    casts: bool = True
    receives: bool = False
    places: list[Place] = field(default_factory=lambda: [Place()])
    contacts: list[tuple[int, float, float]] = field(default_factory=list)
    origins: dict[int, Array] = field(default_factory=dict)
    crowns: list[tuple[int, float, float]] = field(default_factory=list)
    rows: list[tuple[int, ...]] = field(default_factory=list)
    colors: list[Array] = field(default_factory=list)
    corners: list[Array] = field(default_factory=list)
    shapes: list[Sequence[float]] = field(default_factory=list)
    axes: list[Array] = field(default_factory=list)
    radii: list[tuple[float, float]] = field(default_factory=list)

    @property
    def thing(self) -> int:
        """Number of the thing that new faces belong to, 0: the ground."""
        return len(self.places) - 1

    def stand(self, place: Place) -> None:
        """Begin a new thing, whose own axes stand at `place`."""
        self.places.append(place)

    def part(self, label: int, *, instance: int = 0, seed: int = 0, casts: bool = True, receives: bool = False) -> None:
        """What the faces added from now on belong to."""
        self.label, self.instance, self.seed, self.casts, self.receives = label, instance, seed, casts, receives

    def quads(
        self,
        corners: ArrayLike,
        color: ArrayLike,
        *,
        material: int = painting.PLAIN,
        cutout: int = painting.WHOLE,
        shape: Sequence[float] = (0.0,) * 6,
        origin: ArrayLike | None = None,
    ) -> None:
        """Add faces (n, 4, 3), all of one color: u runs from the first corner to the second, v toward the fourth.

        Args:
            corners: metres, convex and planar; a triangle has its last corner twice.
            shape: the six parameters of the cutout and the material.
            origin: (3,) where u and v are 0, if not at the first corner of each face.
        """
        points = np.asarray(corners, np.float64).reshape(-1, 4, 3)
        self.corners.append(points)
        self.shapes.append(shape)
        if origin is not None:
            self.origins[len(self.rows)] = np.asarray(origin, np.float64)
        self._call(len(points), color, material, cutout)

    def tubes(self, start: ArrayLike, end: ArrayLike, radius: float, color: ArrayLike, *, taper: float = 1.0) -> None:
        """Add rounded cylinders between points (n, 3): limbs, trunks, posts; the end is `taper` times as thick."""
        axes = np.stack([np.asarray(start, np.float64).reshape(-1, 3), np.asarray(end, np.float64).reshape(-1, 3)])
        self.axes.append(axes)
        self.radii.append((radius, taper))
        self._call(axes.shape[1], color, painting.ROUND, painting.CAPSULE)

    def ball(self, center: ArrayLike, radius: float, color: ArrayLike) -> None:
        """Add balls: heads, hands."""
        self.tubes(center, center, radius, color)

    def crown(self, center: ArrayLike, width: float, height: float, grain: float, color: ArrayLike,
              *, bare: bool = False) -> None:  # fmt: skip
        """Add a ragged ellipse of leaves (or of twigs, if bare) that faces the camera."""
        cutout = painting.TWIGS if bare else painting.FOLIAGE
        material = painting.PLAIN if bare else painting.LEAVES
        self.crowns.append((len(self.rows), width, height))
        corners = np.broadcast_to(np.asarray(center, np.float64), (4, 3))  # they are spread out when the eye is known
        self.quads(corners, color, material=material, cutout=cutout, shape=(width, height, grain, 0, 0, 0))

    def contact(self, length: float, width: float) -> None:
        """Darken the ground under the present thing, where the sky does not reach."""
        self.contacts.append((self.thing, length, width))

    def _call(self, count: int, color: ArrayLike, material: int, cutout: int) -> None:
        self.colors.append(np.asarray(color, np.float64))
        flags = int(self.casts), int(self.receives)
        self.rows.append((self.label, self.instance, self.seed, material, cutout, self.thing, *flags, count))


@dataclass(frozen=True)
class Packed:
    """All faces of a scene as arrays in camera axes (`world`: in world axes), ready for the kernels."""

    world: Array
    corners: Array
    origin: Array
    across: Array
    along: Array
    normal: Array
    color: Array
    shape: Array
    label: NDArray[np.uint8]
    instance: NDArray[np.int32]
    seed: NDArray[np.int64]
    material: NDArray[np.uint8]
    cutout: NDArray[np.uint8]
    thing: NDArray[np.int32]
    casts: NDArray[np.bool_]
    receives: NDArray[np.bool_]


def pack(faces: Faces, rotation: Array) -> Packed:
    """Turn the stock into arrays, seen from its eye; `rotation` (3, 3) goes from world to camera axes."""
    rows = np.array(faces.rows, np.int64)
    counts = rows[:, 8]
    label, instance, seed, material, cutout, thing, casts, receives = np.repeat(rows[:, :8], counts, axis=0).T
    flat = cutout != painting.CAPSULE
    flat_calls = rows[:, 4] != painting.CAPSULE
    frames_of_places = _place_frames(faces)
    world, shape = np.empty((len(label), 4, 3)), np.empty((len(label), 6))
    world[flat] = _to_world(np.concatenate(faces.corners), frames_of_places[thing[flat]])
    shape[flat] = np.repeat(np.array(faces.shapes, np.float64), counts[flat_calls], axis=0)
    world[~flat], shape[~flat] = _tubes(faces, frames_of_places[thing[~flat]])
    first = np.concatenate([[0], np.cumsum(counts)])
    _spread(world, faces, first)
    corners = np.ascontiguousarray((world - faces.eye) @ rotation.T)
    origin, across, along, normal = frames(corners)
    for call, point in faces.origins.items():
        point = _to_world(point[None, None], frames_of_places[rows[call, 5]][None])[0, 0]
        origin[first[call] : first[call + 1]] = rotation @ (point - faces.eye)
    # Ground textures lie in world axes, so that they run on from one face to the next.
    ground = receives.astype(np.bool_)
    origin[ground] = -(rotation @ faces.eye)
    across[ground], along[ground] = rotation[:, 0], rotation[:, 1]
    return Packed(
        world, corners, origin, across, along, normal, np.repeat(np.array(faces.colors), counts, axis=0), shape,
        label.astype(np.uint8), instance.astype(np.int32), seed.copy(), material.astype(np.uint8),
        cutout.astype(np.uint8), thing.astype(np.int32), casts.astype(np.bool_), ground,
    )  # fmt: skip


def frames(corners: Array) -> tuple[Array, Array, Array, Array]:
    """Origin, two orthonormal axes in the plane, and the normal toward the camera of faces (n, 4, 3)."""
    origin = corners[:, 0].copy()
    across = corners[:, 1] - origin
    across /= np.maximum(np.sqrt((across * across).sum(1)), 1e-12)[:, None]
    normal = np.cross(across, corners[:, 3] - origin)
    normal /= np.maximum(np.sqrt((normal * normal).sum(1)), 1e-12)[:, None]
    along = np.cross(normal, across)
    away = (normal * origin).sum(1) > 0
    normal[away] = -normal[away]
    return origin, across, along, normal


def _place_frames(faces: Faces) -> Array:
    """(n, 5) x, y, z, cosine and sine of the heading of each place."""
    return np.array([(p.x, p.y, p.z, math.cos(p.heading), math.sin(p.heading)) for p in faces.places])


def _to_world(points: Array, place: Array) -> Array:
    """Points (n, k, 3) of things at places (n, 5) in world axes."""
    x, y, z, cosine, sine = (column[:, None] for column in place.T)
    moved = np.empty_like(points)
    moved[..., 0] = x + points[..., 0] * cosine - points[..., 1] * sine
    moved[..., 1] = y + points[..., 0] * sine + points[..., 1] * cosine
    moved[..., 2] = z + points[..., 2]
    return moved


def _spread(world: Array, faces: Faces, first: NDArray[np.int64]) -> None:
    """Give crowns their width and height, turned toward the eye."""
    if not faces.crowns:
        return
    calls, width, height = np.array(faces.crowns).T
    index = first[calls.astype(np.intp)]
    center = world[index, 0]
    away = center[:, :2] - faces.eye[:2]
    away /= np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-6)[:, None]
    side, up = np.zeros((len(index), 3)), np.zeros((len(index), 3))
    side[:, 0], side[:, 1] = away[:, 1] * (width / 2), -away[:, 0] * (width / 2)
    up[:, 2] = height / 2
    world[index] = np.stack([center - side - up, center + side - up, center + side + up, center - side + up], axis=1)


def _tubes(faces: Faces, place: Array) -> tuple[Array, Array]:
    """The corners (n, 4, 3) and shapes (n, 6) of all tubes, flat and turned toward the eye."""
    if not faces.axes:
        return np.empty((0, 4, 3)), np.empty((0, 6))
    p, q = np.moveaxis(_to_world(np.concatenate(faces.axes, axis=1).transpose(1, 0, 2), place), 1, 0)
    radii = np.repeat(np.array(faces.radii), [axes.shape[1] for axes in faces.axes], axis=0)
    axis = q - p
    length = np.sqrt((axis * axis).sum(1))
    axis = np.where(length[:, None] > 1e-6, axis / np.maximum(length, 1e-9)[:, None], (0.0, 0.0, 1.0))
    side = np.cross(axis, (p + q) / 2 - faces.eye)
    side /= np.maximum(np.sqrt((side * side).sum(1)), 1e-9)[:, None]
    reach = (radii[:, 0] * np.maximum(1.0, radii[:, 1]))[:, None]
    a, b = p - axis * reach, q + axis * reach
    corners = np.stack([a - side * reach, a + side * reach, b + side * reach, b - side * reach], axis=1)
    shape = np.zeros((len(p), 6))
    shape[:, 0], shape[:, 1], shape[:, 2] = radii[:, 0], radii[:, 0] * radii[:, 1], length
    return corners, shape
