"""A curved street as a ribbon: distance s along its center line, distance d to the left of it, metres."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

STEP = 0.5
START = -80.0


@dataclass(frozen=True)
class Road:
    """The center line and cross-section of a street.

    Attributes:
        amplitudes, frequencies, phases: the heading is a sum of these sines of s, radians.
        length: s up to which the street is known.
        lane: width of a lane.
        parking: widths of the parking strips on the left and on the right, 0 where there is none.
        pavement: widths of the pavements on the left and on the right.
        keep: +1 where traffic keeps left, -1 where it keeps right.
    """

    amplitudes: tuple[float, ...]
    frequencies: tuple[float, ...]
    phases: tuple[float, ...]
    length: float
    lane: float
    parking: tuple[float, float]
    pavement: tuple[float, float]
    keep: int

    @cached_property
    def table(self) -> Array:
        """(n, 3) x, y, heading at every half metre from `START`."""
        s = np.arange(START, self.length + STEP, STEP)
        heading = self.heading(s + STEP / 2)
        x = np.concatenate([[0.0], np.cumsum(np.cos(heading[:-1]) * STEP)])
        y = np.concatenate([[0.0], np.cumsum(np.sin(heading[:-1]) * STEP)])
        return np.stack([x, y, self.heading(s)], axis=1)

    def heading(self, s: ArrayLike) -> Array:
        """Direction of the center line, radians to the left of the world's x axis."""
        s = np.asarray(s, np.float64)
        total = np.zeros_like(s)
        for amplitude, frequency, phase in zip(self.amplitudes, self.frequencies, self.phases, strict=True):
            total = total + amplitude * (np.sin(frequency * s + phase) - np.sin(phase))
        return total

    def at(self, s: ArrayLike, d: ArrayLike = 0.0, z: ArrayLike = 0.0) -> Array:
        """World points (..., 3) of s, d and the height z."""
        s, d, z = np.broadcast_arrays(*(np.asarray(value, np.float64) for value in (s, d, z)))
        index = np.clip((s - START) / STEP, 0, len(self.table) - 1.001)
        low = index.astype(np.intp)
        share = (index - low)[..., None]
        center = self.table[low, :2] * (1 - share) + self.table[low + 1, :2] * share
        heading = self.heading(s)
        x = center[..., 0] - np.sin(heading) * d
        y = center[..., 1] + np.cos(heading) * d
        return np.stack([x, y, z], axis=-1)

    def edge(self, side: int) -> float:
        """How far the kerb on the left (+1) or the right (-1) is from the center line."""
        return self.lane + self.parking[0 if side > 0 else 1]

    def frontage(self, side: int) -> float:
        """How far the back of the pavement is from the center line."""
        return self.edge(side) + self.pavement[0 if side > 0 else 1]


def sample_road(generator: np.random.Generator, length: float) -> Road:
    """A street with bends of 50 m radius and more."""
    frequencies = generator.uniform(0.012, 0.045, 2)
    bend = generator.choice([0.0, 0.35, 1.0], p=[0.15, 0.35, 0.50])
    amplitudes = bend * generator.uniform(0.2, 0.9, 2) * 0.011 / frequencies
    parking = np.where(generator.random(2) < 0.6, 2.1, 0.0)
    pavement = generator.uniform(1.9, 3.8, 2)
    return Road(
        amplitudes=(float(amplitudes[0]), float(amplitudes[1])),
        frequencies=(float(frequencies[0]), float(frequencies[1])),
        phases=tuple(float(p) for p in generator.uniform(0, 2 * np.pi, 2)),
        length=length,
        lane=float(generator.uniform(2.9, 3.6)),
        parking=(float(parking[0]), float(parking[1])),
        pavement=(float(pavement[0]), float(pavement[1])),
        keep=1 if generator.random() < 0.75 else -1,
    )
