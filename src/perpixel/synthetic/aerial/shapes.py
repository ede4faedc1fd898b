"""A stock of flat shapes in space (x right, y down, z up; metres), and how a camera or the sun sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perpixel.kernels import aerial, grounds

Array = NDArray[np.float64]
Look = Callable[[Array], tuple[Array, Array]]
"""Maps points (N, 4, 3) to their places (N, 4, 2) on the ground and to how much larger (N, 4) things are there."""

LABEL, STAGE, RECEIVES, CASTS, MATERIAL, SEED, BULGE = range(7)  # what is kept of every shape, as numbers


@dataclass(frozen=True)
class Table:
    """Shapes as `perpixel.kernels.aerial.topmost` takes them; N of them."""

    kind: NDArray[np.uint8]
    table: Array
    seed: NDArray[np.int64]
    bounds: Array


@dataclass
class Shapes:
    """Shapes in the order in which they are drawn; a new one belongs to the present class and stage.

    Attributes:
        label: class of what is added.
        stage: what is added lies over everything of a lower stage: metres above the ground, mostly.
        receives, casts: whether shadows fall on it, and whether it throws one.
    """

    label: int = 0
    stage: float = 0.0
    receives: bool = False
    casts: bool = True
    kinds: list[int] = field(default_factory=list)
    points: list[Array] = field(default_factory=list)  # (4, 3) each
    edges: list[tuple[float, float]] = field(default_factory=list)
    colors: list[Array] = field(default_factory=list)
    facts: list[tuple[float, ...]] = field(default_factory=list)  # see `LABEL` and what follows
    params: list[Sequence[float]] = field(default_factory=list)

    def part(self, label: int, *, stage: float, receives: bool = False, casts: bool = True) -> None:
        """Say what the shapes added from now on belong to."""
        self.label, self.stage, self.receives, self.casts = label, stage, receives, casts

    def quad(self, corners: ArrayLike, color: ArrayLike, *, material: int = grounds.PLAIN,
             shape: Sequence[float] = (), seed: int = 0) -> None:  # fmt: skip
        """A convex quadrilateral (4, 3); its u runs from corner 0 to 1, its v from corner 0 to 3."""
        self._add(aerial.QUAD, np.asarray(corners, np.float64), (0.0, 0.0), color, material, shape, seed, 0.0)

    def blob(self, center: ArrayLike, across: ArrayLike, along: ArrayLike, color: ArrayLike, *,
             material: int = grounds.PLAIN, shape: Sequence[float] = (), seed: int = 0, dome: float = 0.0,
             ragged: float = 0.0, lobe: float = 1.0, kind: int = aerial.BLOB) -> None:  # fmt: skip
        """An ellipse by its center and two half axes, or a `RING` (`ragged` is its inner share) or `CUSHION` in it."""
        c, a, b = (np.asarray(value, np.float64) for value in (center, across, along))
        self._add(kind, np.array([c, c + a, c + b, c]), (ragged, lobe), color, material, shape, seed, dome)

    def disk(self, center: ArrayLike, radius: float, color: ArrayLike, *, material: int = grounds.PLAIN,
             shape: Sequence[float] = (), seed: int = 0, dome: float = 0.0, ragged: float = 0.0,
             lobe: float = 1.0, turn: float = 0.0, stretch: float = 1.0) -> None:  # fmt: skip
        """A level disk, if wanted ragged, `stretch` times as long in the direction `turn`."""
        cosine, sine = np.cos(turn), np.sin(turn)
        self.blob(
            center, (radius * stretch * cosine, radius * stretch * sine, 0), (-radius * sine, radius * cosine, 0),
            color, material=material, shape=shape, seed=seed, dome=dome, ragged=ragged, lobe=lobe,
        )  # fmt: skip

    def capsule(self, start: ArrayLike, end: ArrayLike, radius: float, color: ArrayLike, *, taper: float = 1.0,
                material: int = grounds.ROUND, shape: Sequence[float] = (), seed: int = 0,
                dome: float = 0.92) -> None:  # fmt: skip
        """A limb between two points, `taper` times as thick at its end."""
        p, q = np.asarray(start, np.float64), np.asarray(end, np.float64)
        self._add(aerial.CAPSULE, np.array([p, q, p, p]), (radius, radius * taper), color, material, shape, seed, dome)

    def box(self, center: ArrayLike, sides: tuple[float, float, float], turn: float, color: ArrayLike, *,
            material: int = grounds.PLAIN, shape: Sequence[float] = (), top: ArrayLike | None = None,
            seed: int = 0) -> None:  # fmt: skip
        """Four walls and a lid on `center` (x, y, z of its foot); `sides` are length, width and height."""
        foot = rectangle(center, sides[0], sides[1], turn)
        head = foot + np.array((0.0, 0.0, sides[2]))
        for i in range(4):
            j = (i + 1) % 4
            self.quad([foot[i], foot[j], head[j], head[i]], color, material=material, shape=shape, seed=seed + i)
        self.quad(head, color if top is None else top, material=material, shape=shape, seed=seed + 5)

    def _add(self, kind: int, points: Array, edge: tuple[float, float], color: ArrayLike, material: int,
             shape: Sequence[float], seed: int, dome: float) -> None:  # fmt: skip
        self.kinds.append(kind)
        self.points.append(points)
        self.edges.append(edge)
        self.colors.append(np.asarray(color, np.float64))
        self.facts.append((self.label, self.stage, self.receives, self.casts, material, seed, dome))
        self.params.append((*shape, 0.0, 0.0, 0.0, 0.0)[:4])

    def seen(self, look: Look, chosen: NDArray[np.intp], *, eye: float) -> Table:
        """The `chosen` shapes as a table; their normals are toward an eye at this height over the origin."""
        kind = np.array(self.kinds, np.uint8)[chosen]
        solid = np.array(self.points)[chosen]
        flat, larger = look(solid)
        table = np.zeros((len(kind), aerial.COLUMNS))
        edge = np.array(self.edges)[chosen]
        capsule = kind == aerial.CAPSULE
        table[:, aerial.EDGE : aerial.NORMAL] = np.where(capsule[:, None], edge * larger[:, :2], edge)
        origin, turn, sides = _axes(kind, flat, solid, table[:, aerial.EDGE])
        table[:, aerial.ORIGIN : aerial.TURN] = origin
        table[:, aerial.TURN : aerial.SIDES] = turn
        table[:, aerial.SIDES : aerial.EDGE] = sides
        table[:, aerial.NORMAL : aerial.COLOR] = _normals(kind, solid, eye)
        table[:, aerial.COLOR : aerial.SHAPE] = np.array(self.colors)[chosen]
        table[:, aerial.SHAPE : aerial.DOME] = np.array(self.params)[chosen]
        table[:, aerial.DOME] = self.fact(BULGE)[chosen]
        table[:, aerial.CORNERS :] = flat.reshape(-1, 8)
        reach = np.where(capsule, table[:, aerial.EDGE : aerial.NORMAL].max(1), 0.0)
        return Table(kind, table, self.fact(SEED)[chosen].astype(np.int64), _bounds(kind, flat, edge, reach))

    def fact(self, number: int) -> Array:
        """One of the `facts` of all shapes (N,)."""
        return np.array([facts[number] for facts in self.facts], np.float64)

    def order(self) -> NDArray[np.intp]:
        """(N,) by stage, and in a stage as they were added."""
        return np.argsort(self.fact(STAGE), kind="stable")


def rectangle(center: ArrayLike, length: float, width: float, turn: float) -> Array:
    """(4, 3) corners of a level rectangle around `center`."""
    a = np.array([np.cos(turn), np.sin(turn), 0.0]) * length / 2
    b = np.array([-np.sin(turn), np.cos(turn), 0.0]) * width / 2
    c = np.asarray(center, np.float64)
    return np.array([c - a - b, c + a - b, c + a + b, c - a + b])


def _axes(kind: NDArray[np.uint8], flat: Array, solid: Array, radius: Array) -> tuple[Array, Array, Array]:
    """Origin (N, 2), the numbers (N, 4) that bring x, y to u, v, and the sides (N, 2) in metres.

    A capsule's v is -1 .. 1 across it where it begins; u and v of what is seen edge-on are 0.
    """
    quad, capsule = kind == aerial.QUAD, kind == aerial.CAPSULE
    last = np.where(quad, 3, 2)
    every = np.arange(len(kind))
    origin = flat[:, 0]
    a, b = flat[:, 1] - origin, flat[every, last] - origin
    sides = np.sqrt(((solid[every[:, None], np.stack([np.ones_like(last), last], axis=1)] - solid[:, :1]) ** 2).sum(2))
    long = np.maximum(np.sqrt((a * a).sum(1)), 1e-9)
    a = np.where((capsule & (long <= 1e-9))[:, None], (1e-9, 0.0), a)
    thick = np.maximum(radius, 1e-6)
    b = np.where(capsule[:, None], np.stack([-a[:, 1], a[:, 0]], axis=1) * (thick / long)[:, None], b)
    sides[capsule] = np.stack([long, thick], axis=1)[capsule]
    size = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    size = np.where(np.abs(size) < 1e-16, np.inf, size)
    turn = np.stack([b[:, 1], -b[:, 0], -a[:, 1], a[:, 0]], axis=1) / size[:, None]
    return origin, turn, sides


def _normals(kind: NDArray[np.uint8], solid: Array, eye: float) -> Array:
    """(N, 3), toward the eye."""
    third = solid[np.arange(len(kind)), np.where(kind == aerial.QUAD, 3, 2)]
    normal = np.cross(solid[:, 1] - solid[:, 0], third - solid[:, 0])
    size = np.sqrt((normal * normal).sum(1))[:, None]
    normal = np.where(size > 1e-9, normal / np.maximum(size, 1e-9), (0.0, 0.0, 1.0))
    toward = (0.0, 0.0, eye) - solid.mean(1)
    return np.asarray(np.where((normal * toward).sum(1, keepdims=True) < 0, -normal, normal))


def _bounds(kind: NDArray[np.uint8], flat: Array, edge: Array, reach: Array) -> Array:
    """(N, 4) x0, y0, x1, y1 of what a shape can cover."""
    low, high = flat.min(1), flat.max(1)
    capsule = kind == aerial.CAPSULE
    low = np.where(capsule[:, None], flat[:, :2].min(1) - reach[:, None], low)
    high = np.where(capsule[:, None], flat[:, :2].max(1) + reach[:, None], high)
    oval = (kind != aerial.QUAD) & ~capsule
    a, b = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    more = np.where(kind == aerial.BLOB, 1 + 0.75 * edge[:, 0], np.where(kind == aerial.CUSHION, 1.2, 1.0))
    half = np.sqrt(a * a + b * b) * more[:, None]
    low = np.where(oval[:, None], flat[:, 0] - half, low)
    high = np.where(oval[:, None], flat[:, 0] + half, high)
    return np.concatenate([low, high], axis=1)
