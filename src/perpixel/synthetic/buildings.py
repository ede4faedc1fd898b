"""Houses: a front toward the street, the sides that one sees past it, a roof, chimneys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels import painting
from perpixel.synthetic.faces import Faces

Array = NDArray[np.float64]

WALLS = (
    (158, 92, 68), (176, 112, 80), (140, 82, 66), (190, 150, 112), (206, 186, 150), (214, 204, 184), (226, 222, 212),
    (150, 146, 138), (196, 170, 130), (128, 108, 92), (180, 176, 168), (206, 150, 120), (170, 180, 186), (104, 88, 80),
)  # fmt: skip
ROOFS = ((92, 84, 84), (112, 72, 58), (76, 76, 84), (132, 92, 72), (66, 62, 62))


def building(faces: Faces, width: float, deep: float, floors: int, generator: np.random.Generator,
             *, shop: bool) -> None:  # fmt: skip
    """A house whose front, `width` wide, stands at the present place and looks forward, `deep` metres behind it."""
    wall = np.array(WALLS[int(generator.integers(len(WALLS)))], np.float64) * generator.uniform(0.82, 1.12)
    floor = generator.uniform(2.9, 3.5)
    tall = floor * floors + generator.uniform(0.5, 0.9)
    windows = max(1, round(width / generator.uniform(1.9, 3.0)))
    pitch = width / windows
    style = 3 if shop else int(generator.choice([0, 0, 1, 2]))
    share = generator.uniform(0.38, 0.60), generator.uniform(0.42, 0.58)
    shape = (pitch, floor, share[0], share[1], style, tall)
    half = width / 2
    front = [(0, -half, 0), (0, half, 0), (0, half, tall), (0, -half, tall)]
    faces.quads([front], wall, material=painting.FACADE, shape=shape)
    left = [(0, half, 0), (-deep, half, 0), (-deep, half, tall), (0, half, tall)]
    right = [(-deep, -half, 0), (0, -half, 0), (0, -half, tall), (-deep, -half, tall)]
    blank = generator.random() < 0.55
    side_shape = (deep / 2, floor, 0.02 if blank else 0.25, 0.02 if blank else 0.4, style % 3, tall)
    faces.quads([left, right], wall * 0.94, material=painting.FACADE, shape=side_shape)
    if generator.random() < 0.68:
        _gable(faces, half, deep, tall, wall, generator)
    else:
        flat = [(0, -half, tall), (0, half, tall), (-deep, half, tall), (-deep, -half, tall)]
        faces.quads([flat], (110, 108, 104))


def _gable(faces: Faces, half: float, deep: float, tall: float, wall: Array,
           generator: np.random.Generator) -> None:  # fmt: skip
    roof = np.array(ROOFS[int(generator.integers(len(ROOFS)))], np.float64) * generator.uniform(0.85, 1.15)
    if generator.random() < 0.7:  # the ridge runs along the street
        rise = min(deep, 9.0) * generator.uniform(0.22, 0.38)
        m, top = -deep / 2, tall + rise
        slopes = [
            [(0.25, -half, tall - 0.1), (0.25, half, tall - 0.1), (m, half, top), (m, -half, top)],
            [(-deep, half, tall), (-deep, -half, tall), (m, -half, top), (m, half, top)],
        ]
        ends = [
            [(0, half, tall), (-deep, half, tall), (m, half, top), (m, half, top)],
            [(-deep, -half, tall), (0, -half, tall), (m, -half, top), (m, -half, top)],
        ]
        stack = (m, half - 0.7, top)
    else:  # the gable looks at the street
        rise = half * generator.uniform(0.5, 0.8)
        top = tall + rise
        slopes = [
            [(0.2, half, tall), (-deep, half, tall), (-deep, 0, top), (0.2, 0, top)],
            [(-deep, -half, tall), (0.2, -half, tall), (0.2, 0, top), (-deep, 0, top)],
        ]
        ends = [
            [(0, -half, tall), (0, half, tall), (0, 0, top), (0, 0, top)],
            [(-deep, half, tall), (-deep, -half, tall), (-deep, 0, top), (-deep, 0, top)],
        ]
        stack = (-deep / 2, half * 0.5, top)
    faces.quads(slopes, roof, material=painting.ROOF)
    faces.quads(ends, wall)
    if generator.random() < 0.6:
        x, y, z = stack
        a, low, high = 0.35, z - 1.2, z + 0.9
        corners = [(x - a, y - a), (x + a, y - a), (x + a, y + a), (x - a, y + a)]
        sides = [
            [(*p, low), (*r, low), (*r, high), (*p, high)]
            for p, r in zip(corners, corners[1:] + corners[:1], strict=True)
        ]
        faces.quads(sides, wall * 0.85)
