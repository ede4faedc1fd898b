"""Tiles: a large picture is answered in parts, so that the network's memory is that of one tile.

A network with valid convolutions answers each tile from the true surroundings that it needs, so the answers abut
without a seam (Ronneberger et al., 2015, https://arxiv.org/abs/1505.04597, figure 2); only beyond the picture itself
are they mirrored. A network that pads its maps with zeros sees less near a tile's edge: its tiles overlap by a quarter
of their side, and their logits are averaged, each with a weight that falls evenly toward the edges inside the picture.

The logits of the whole picture are put together in memory, at the network's stride. Things are told apart in each
tile by itself, and what two tiles found in the part that both see becomes one (`tasks.instance.joined`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.errors import ModelError
from perpixel.spec import Geometry, ModelSpec
from perpixel.tasks import Window


@dataclass(frozen=True)
class Span:
    """One tile along one axis, in pixels: it is computed from `seen` and answers for `answered`, both half-open."""

    seen: tuple[int, int]
    answered: tuple[int, int]


def tiled(
    run: Callable[[NDArray[Any]], NDArray[Any]], image: NDArray[Any], spec: ModelSpec, *, tile: int
) -> NDArray[np.float32]:
    """Coarse outputs (K, h, w) of the whole picture (H, W, C), put together from those of its tiles.

    With a margin they are those of the whole picture, save for the last bits of floating-point sums.

    Args:
        run: maps a part of the picture (H', W', C) to outputs (K, h', w') that cover it, as an exported graph does.
        tile: side of what one tile answers for, in pixels; what is not a multiple of the network's is cut off.
    """
    stride = spec.outputs[0].stride
    rows, columns = (spans(side, tile, spec.geometry) for side in image.shape[:2])
    height, width = (-(-side // stride) for side in image.shape[:2])
    total = np.zeros((len(spec.classes), height, width), np.float32)
    mass = np.zeros((height, width), np.float32)
    for row in rows:
        for column in columns:
            coarse = run(image[slice(*row.seen), slice(*column.seen)])
            (down, low), (across, left) = (_steps(span, stride) for span in (row, column))
            weight = np.outer(_weights(row, rows, stride), _weights(column, columns, stride))
            total[:, down, across] += weight * coarse[:, low, left]
            mass[down, across] += weight
    return np.asarray(total / mass, np.float32)


def spans(length: int, tile: int, geometry: Geometry) -> list[Span]:
    """The tiles along an axis of `length` pixels: abutting for a network with a margin, else overlapping.

    All begin at multiples of the network's own, so that its maps lie as they do in the whole picture.
    """
    multiple = geometry.multiple
    side = tile // multiple * multiple
    if length <= tile:
        return [Span((0, length), (0, length))]
    if geometry.margin:
        return [_surrounded(first, min(first + side, length), length, geometry) for first in range(0, length, side)]
    step = side - max(side // 4 // multiple * multiple, multiple)
    last = -(-(length - side) // multiple) * multiple
    starts = [*range(0, last, step), last]
    return [Span((start, min(start + side, length)), (start, min(start + side, length))) for start in starts]


def windows(size: tuple[int, int], tile: int, geometry: Geometry) -> list[Window]:
    """The parts of a picture in which things are found, each with all that its tile sees; they overlap.

    Args:
        size: (height, width) of the picture.
        tile: as `tiled` takes it.
        geometry: of the network.
    """
    rows, columns = (spans(side, tile, geometry) for side in size)
    return [
        Window((row.seen[1] - row.seen[0], column.seen[1] - column.seen[0]), (row.seen[0], column.seen[0]))
        for row in rows
        for column in columns
    ]


def check_tile(tile: int, spec: ModelSpec) -> None:
    """Raise unless the network can be run in tiles of this side.

    Raises:
        ModelError: it takes pictures of one size only.
        ValueError: the side is too small.
    """
    if spec.input.size is not None:
        height, width = spec.input.size
        raise ModelError(
            f"{spec.name} takes pictures of {height}x{width} only, to which they are resized whole: "
            "leave out the tiles, or export it without a size"
        )
    least = spec.geometry.multiple * (1 if spec.geometry.margin else 2)
    if tile < least:
        raise ValueError(f"tiles of {tile} pixels are too small for {spec.name}: take {least} or more")


def _surrounded(first: int, last: int, length: int, geometry: Geometry) -> Span:
    """A tile and the surroundings that its answer depends on.

    The network halves its maps on a grid of `multiple` pixels that begins a margin before the picture: an answer
    depends on a margin beyond the grid's cell that it lies in. At the picture's end the tile is as long as what is
    mirrored there, so that it is mirrored as the whole picture is.
    """
    multiple, margin = geometry.multiple, geometry.margin
    before = -(-margin // multiple) * multiple
    after = margin + (geometry.minimum - 2 * margin) % multiple
    latest = (length - before - multiple) // multiple * multiple
    return Span((max(min(first - before, latest), 0), min(last + after, length)), (first, last))


def _steps(span: Span, stride: int) -> tuple[slice, slice]:
    """Which coarse pixels a tile answers for: of the picture, and of the tile's own outputs."""
    first, last = span.answered[0] // stride, -(-span.answered[1] // stride)
    begin = span.seen[0] // stride
    return slice(first, last), slice(first - begin, last - begin)


def _weights(span: Span, beside: list[Span], stride: int) -> NDArray[np.float32]:
    """A weight for each coarse pixel of a tile: 1, and where others overlap it, less toward its end."""
    steps, _ = _steps(span, stride)
    position = np.arange(steps.start, steps.stop)
    weight = np.ones(len(position), np.float32)
    number = beside.index(span)
    if number:
        shared = _steps(beside[number - 1], stride)[0].stop - steps.start
        weight = np.minimum(weight, (position - steps.start + 1) / (shared + 1))
    if number + 1 < len(beside):
        shared = steps.stop - _steps(beside[number + 1], stride)[0].start
        weight = np.minimum(weight, (steps.stop - position) / (shared + 1))
    return np.asarray(weight, np.float32)
