"""The lanes of one picture: its lines as curves, and a map of the pixels that lie on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.warp import Size, Warp

Array = NDArray[np.float64]

ALIKE, UNJUDGED = 254, 255
"""In a map: pixels of lanes that nobody told apart; pixels that are not judged."""
BROAD = 100  # of a picture's width, a line is drawn as broad as one part
FAR = 1e5  # pixels: what lies beyond is not drawn
_FRACTION = 4  # bits of a pixel that OpenCV may draw between pixels


@dataclass(frozen=True)
class Lanes:
    """The lanes of one picture, as truth or as answer.

    Attributes:
        ids: (H, W) uint8: 0 no lane, then the number of a lane from 1 on; 254 a lane, and it is not known which; 255
            not judged.
        lines: for each lane (P, 2) float64 x, y in pixels, centers at whole numbers; points may lie outside the
            picture.
        scores: (N,) float32 in [0, 1] of each line; ones for a truth.
        told: whether lines are known: False for a truth that is a map alone, which can be learnt from, and of which no
            curve can be judged.
    """

    ids: NDArray[np.uint8]
    lines: tuple[Array, ...]
    scores: NDArray[np.float32]
    told: bool = True

    def __post_init__(self) -> None:
        if len(self.lines) != len(self.scores):
            raise ValueError(f"{len(self.lines)} lines and {len(self.scores)} scores; expected a score for each line")

    def __len__(self) -> int:
        return len(self.lines)

    @classmethod
    def of_lines(cls, lines: Sequence[Array], size: Size, *, scores: NDArray[np.float32] | None = None) -> Lanes:
        """Lines (P, 2) in a picture of `size`, drawn into the map a hundredth of the width broad, later ones on top."""
        scores = np.ones(len(lines), np.float32) if scores is None else scores
        return cls(drawn(lines, size), tuple(lines), scores)

    @property
    def size(self) -> Size:
        """(height, width)."""
        height, width = self.ids.shape
        return height, width

    def warp(self, warp: Warp) -> Lanes:
        """Moved as the picture is; what lies beyond it is not judged."""
        lines = tuple(warp.points(line) for line in self.lines)
        return Lanes(warp.ids(self.ids, outside=UNJUDGED), lines, self.scores, self.told)


def drawn(lines: Sequence[Array], size: Size) -> NDArray[np.uint8]:
    """The map (H, W) of lines: the number of each, from 1 on, where it lies.

    Raises:
        ValueError: more lines than a map can hold.
    """
    if len(lines) >= ALIKE:
        raise ValueError(f"{len(lines)} lanes in one picture; there may be {ALIKE - 1}")
    ids = np.zeros(size, np.uint8)
    broad = max(round(size[1] / BROAD), 1)
    for number, line in enumerate(lines, start=1):
        near = line[np.abs(line).max(axis=1, initial=0) < FAR]
        points = np.rint(near * (1 << _FRACTION)).astype(np.int32)
        cv2.polylines(ids, [points], False, number, broad, cv2.LINE_8, _FRACTION)
    return ids
