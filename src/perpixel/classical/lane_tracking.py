"""Lanes over the frames of a drive: steady where a single frame jumps, and kept for a moment where nothing is seen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from perpixel.classical.lane_curves import LaneCurves

SAME = 0.9  # metres between a line and where it was in the last frame
SHOWN = 0.25  # strength from which a line is given


@dataclass
class LaneTracker:
    """Exponential smoothing of the road's shape and of each line's place, frame by frame.

    A line has a strength, the share of the last frames in which it was seen, the last ones counting most. It is given
    from a quarter on: at once when it is new, and for some frames after it was seen for the last time.

    Attributes:
        memory: weight of what was, 0 (none) to below 1; at 0.7 a line outlives three frames without paint.
    """

    memory: float = 0.7
    _shape: NDArray[np.float64] | None = field(default=None, init=False)
    _offsets: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0), init=False)
    _strength: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0), init=False)
    _reach: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        if not 0 <= self.memory < 1:
            raise ValueError(f"memory {self.memory} must be from 0 to below 1")

    def update(self, seen: LaneCurves) -> LaneCurves:
        """Take a frame's lines in, and give those of the drive at this frame; `support` is their strength."""
        keep, new = self.memory, 1 - self.memory
        self._strength = self._strength * keep
        if len(seen):
            shape = np.array([seen.heading, seen.bend, seen.twist])
            self._shape = shape if self._shape is None else keep * self._shape + new * shape
            self._reach = seen.reach if not self._reach else keep * self._reach + new * seen.reach
        for offset in seen.offsets.tolist():
            away = np.abs(self._offsets - offset)
            if len(away) and away.min() <= SAME:
                line = int(away.argmin())
                self._offsets[line] = keep * self._offsets[line] + new * offset
                self._strength[line] = min(self._strength[line] + new, 1.0)
            else:
                self._offsets, self._strength = (
                    np.append(self._offsets, offset),
                    np.append(self._strength, max(new, SHOWN)),
                )
        alive = self._strength >= SHOWN / 4
        self._offsets, self._strength = self._offsets[alive], self._strength[alive]
        shown = np.flatnonzero(self._strength >= SHOWN - 1e-9)
        shown = shown[np.argsort(-self._offsets[shown])]
        heading, bend, twist = (0.0, 0.0, 0.0) if self._shape is None else self._shape.tolist()
        found = replace(seen, offsets=self._offsets[shown], support=self._strength[shown], heading=heading, bend=bend)
        return replace(found, twist=twist, reach=max(self._reach, seen.start + 1))
