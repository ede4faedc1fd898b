"""Drawn solids: closed, shaded objects seen from the front, with their exact front and back.

Superellipsoids, |x / a|^p + |y / b|^p + |z / c|^p <= 1, turned about all axes: Barr, 1981, "Superquadrics and
Angle-Preserving Transformations". The view is parallel; depth runs from -1 (near) to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perpixel.files import make_folder
from perpixel.masks import write_layers
from perpixel.pictures import write_png
from perpixel.results import Layers
from perpixel.results.slices import slice_table, slices_of
from perpixel.synthetic.dataset import Drawn, claim

_STEPS = 64  # samples of each line of sight, before the crossing is found between two of them
_NEARER = 12  # halvings of that
SMALLEST, LARGEST = 8, 512  # all samples of a picture's lines of sight are in memory at once
MOST_SLICES = 254


@dataclass(frozen=True)
class Solid:
    """A picture of an object and what it is.

    Attributes:
        image: (H, W, 3) uint8.
        front, back: (H, W) float64, the depth where a line of sight enters and leaves it; NaN where it misses.
    """

    image: NDArray[np.uint8]
    front: NDArray[np.float64]
    back: NDArray[np.float64]

    def layers(self, count: int) -> Layers:
        """The object in slices, the nearest first."""
        return Layers(slices_of(self.front, self.back, count), slice_table(count))


@dataclass(frozen=True)
class Shape:
    """A superellipsoid: half axes, power, and the axes that it is turned to (rows; (3, 3))."""

    half: NDArray[np.float64]
    power: float
    axes: NDArray[np.float64]

    def value(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """At points (..., 3): at most 1 inside."""
        return np.asarray((np.abs(points @ self.axes.T / self.half) ** self.power).sum(axis=-1))


def random_shape(generator: np.random.Generator) -> Shape:
    """A box-like, round or slightly pointed one that fits into the view."""
    half = generator.uniform(0.35, 0.7, 3)
    turn, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    return Shape(half, float(generator.uniform(1.6, 4)), turn)


def draw_solid(seed: int, *, size: int = 64) -> Solid:
    """The object of a seed: always the same."""
    generator = np.random.default_rng(seed)
    shape = random_shape(generator)
    front, back = crossings(shape, size)
    light = np.array([*generator.uniform(-0.8, 0.8, 2), -1.0])
    return Solid(_shaded(shape, front, light / np.linalg.norm(light), generator), front, back)


def crossings(shape: Shape, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the line of sight of each pixel's center enters and leaves a convex shape; NaN where it misses."""
    x, y = _places(size)
    depths = np.linspace(-1, 1, _STEPS)
    inside = np.stack([shape.value(np.stack([x, y, np.full_like(x, z)], axis=-1)) <= 1 for z in depths])
    hit, step = inside.any(axis=0), depths[1] - depths[0]
    first, last = inside.argmax(axis=0), _STEPS - 1 - inside[::-1].argmax(axis=0)

    def crossing(within: NDArray[np.float64], outward: float) -> NDArray[np.float64]:
        near, far = within, within + outward * step  # inside, outside
        for _ in range(_NEARER):
            middle = (near + far) / 2
            is_in = shape.value(np.stack([x, y, middle], axis=-1)) <= 1
            near, far = np.where(is_in, middle, near), np.where(is_in, far, middle)
        return np.where(hit, near, np.nan)

    return crossing(depths[first], -1.0), crossing(depths[last], 1.0)


def write_solids(
    root: Path,
    *,
    train: int,
    val: int,
    slices: int,
    size: int = 64,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Drawn:
    """A data set for the task "slices": `images/SPLIT/NAME.png` and `masks/SPLIT/slice-001/NAME.png` ...

    Args:
        root: a folder that is empty or not there yet.
        train, val: how many objects, of the seeds from `seed` on, first those of train.
        slices: of depth, the nearest first.
        size: of a picture's sides, pixels.
        seed: of the first object.
        progress: called with the objects done and all objects.

    Raises:
        ValueError: an argument out of its range.
        DataError: the folder holds other things, or is none.
        PerpixelError: it cannot be written.
    """
    if min(train, val) < 0 or train + val < 1 or seed < 0:
        raise ValueError(f"train {train}, val {val}, seed {seed}; expected 0 or more each, and at least one object")
    if not 2 <= slices <= MOST_SLICES or not SMALLEST <= size <= LARGEST:
        allowed = f"expected 2 to {MOST_SLICES} slices, and sides of {SMALLEST} to {LARGEST} pixels"
        raise ValueError(f"slices {slices}, size {size}; {allowed}")
    claim(root)
    pixels = np.zeros(slices, np.int64)
    for number in range(train + val):
        split, name = "train" if number < train else "val", f"{seed + number:06d}"
        solid = draw_solid(seed + number, size=size)
        layers = solid.layers(slices)
        write_png(make_folder(root / "images" / split) / f"{name}.png", solid.image)
        write_layers(root / "masks" / split, name, layers)
        pixels += layers.masks.sum(axis=(1, 2))
        if progress is not None:
            progress(number + 1, train + val)
    return Drawn(root, slice_table(slices), {"train": train, "val": val}, pixels)


def _places(size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far to the right and down each pixel's center lies, from -1 to 1."""
    line = (np.arange(size) + 0.5) * 2 / size - 1
    x, y = np.meshgrid(line, line)
    return x, y


def _shaded(
    shape: Shape, front: NDArray[np.float64], light: NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.uint8]:
    """A dull object of one color under one lamp and some light from everywhere, before a dark or bright ground."""
    size = len(front)
    x, y = _places(size)
    points = np.stack([x, y, np.nan_to_num(front)], axis=-1)
    turned = points @ shape.axes.T / shape.half
    slope = np.sign(turned) * np.abs(turned) ** (shape.power - 1) / shape.half @ shape.axes
    normals = slope / np.maximum(np.linalg.norm(slope, axis=-1, keepdims=True), 1e-9)
    bright = 0.25 + 0.75 * np.clip(normals @ light, 0, 1)
    color, ground = generator.uniform(120, 255, 3), generator.uniform(0, 90, 3)
    picture = np.where(np.isnan(front)[..., None], ground, color * bright[..., None])
    return np.clip(np.rint(picture + generator.normal(0, 2, picture.shape)), 0, 255).astype(np.uint8)
