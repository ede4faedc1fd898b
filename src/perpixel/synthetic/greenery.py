"""Trees, bare or in leaf, and hedges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels import painting
from perpixel.synthetic.faces import Faces

Array = NDArray[np.float64]


def tree(faces: Faces, generator: np.random.Generator, *, bare: bool, tall: float) -> None:
    """A tree with a crown of ragged clumps, or bare twigs in winter."""
    bark = np.array((88, 72, 56), np.float64) * generator.uniform(0.7, 1.1)
    fork = tall * generator.uniform(0.28, 0.42)
    radius = 0.022 * tall + 0.05
    faces.tubes((0, 0, 0), (0, 0, fork * 1.25), radius, bark, taper=0.6)
    spread = tall * generator.uniform(0.24, 0.33)
    n = int(generator.integers(4, 7))
    angle = generator.uniform(0, 2 * np.pi) + np.arange(n) * 2 * np.pi / n
    out = spread * generator.uniform(0.35, 0.75, n)
    top = generator.uniform(0.55, 0.82, n) * tall
    tips = np.stack([np.cos(angle) * out, np.sin(angle) * out, top], axis=1)
    tips = np.concatenate([tips, [(0, 0, tall * 0.86)]])
    faces.tubes(np.tile((0, 0, fork), (n + 1, 1)), tips, radius * 0.45, bark, taper=0.35)
    place = faces.places[-1]
    if bare and np.hypot(place.x - faces.eye[0], place.y - faces.eye[1]) < 50:
        _branches(faces, tips, fork, radius, bark, generator)
    hue = generator.uniform(-1, 1)
    green = np.array((92 + 26 * hue, 122 + 8 * hue, 56 - 8 * hue)) * generator.uniform(0.85, 1.15)
    if generator.random() < 0.12:
        green = np.array((150.0, 104.0, 40.0))
    for i, tip in enumerate(tips):
        faces.seed = int(generator.integers(1 << 20))
        size = spread * generator.uniform(1.15, 1.55)
        if bare:
            faces.crown(tip, size * 1.3, size * 1.4, 0.2, bark * 1.2, bare=True)
        else:
            shade = 0.8 + 0.35 * tip[2] / tall + 0.1 * (i % 2)
            faces.crown(tip, size * 1.25, size * 1.1, 0.16 * size + 0.12, green * shade)


def _branches(faces: Faces, tips: Array, fork: float, radius: float, bark: Array,
              generator: np.random.Generator) -> None:  # fmt: skip
    limbs = np.tile((0.0, 0.0, fork), (len(tips), 1))
    ends = tips
    for level in range(2):
        share = generator.uniform(0.35, 1.0, (len(limbs), 5, 1))
        starts = (limbs[:, None] + (ends - limbs)[:, None] * share).reshape(-1, 3)
        length = np.sqrt(((ends - limbs) ** 2).sum(1)).repeat(5)[:, None] * (0.42, 0.36)[level]
        drift = generator.normal(0, 0.62, (len(starts), 3)) + np.array((0, 0, 0.75))
        limbs, ends = starts, starts + drift * length
        thick = radius * (0.2, 0.1)[level] + 0.006
        faces.tubes(limbs, ends, thick, bark * (1.05 + 0.1 * level), taper=0.4)


def hedge(faces: Faces, length: float, tall: float, generator: np.random.Generator) -> None:
    """A clipped hedge of so many metres forward."""
    green = np.array((70, 96, 46), np.float64) * generator.uniform(0.8, 1.2)
    front = np.array([(0, 0, 0), (length, 0, 0), (length, 0, tall), (0, 0, tall)])
    back = front + np.array((0, 0.6, 0))
    top = np.array([(0, 0, tall), (length, 0, tall), (length, 0.6, tall), (0, 0.6, tall)])
    faces.quads([front, back], green, material=painting.LEAVES, shape=(12, tall, 0.3, 0, 0, 0))
    faces.quads([top], green * 1.15, material=painting.LEAVES, shape=(12, 1.0, 0.3, 0, 0, 0))
