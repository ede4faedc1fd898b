"""What else stands about: AR markers, furniture and tools (obstacles), heaps (conflicting), hoses (unlabeled)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from perpixel.kernels import grounds
from perpixel.synthetic.aerial.chance import fresh_seed, one_of
from perpixel.synthetic.aerial.classes import DRONE
from perpixel.synthetic.aerial.place import Place
from perpixel.synthetic.aerial.shapes import Shapes, rectangle

_LABEL = {name: DRONE.index(name) for name in ("ar-marker", "obstacle", "conflicting", "unlabeled")}
_BRIGHT = ((196, 60, 50), (46, 96, 170), (226, 180, 50), (60, 140, 84), (224, 224, 220), (240, 130, 40), (120, 70, 140))
_WOOD = ((176, 142, 100),)


def marker(shapes: Shapes, generator: np.random.Generator, x: float, y: float, turn: float) -> None:
    """A square board with a black pattern of 4 x 4 cells that a camera reads."""
    side = generator.uniform(0.35, 0.75)
    shapes.part(_LABEL["ar-marker"], stage=-1, receives=True, casts=False)
    shapes.quad(rectangle((x, y, 0.01), side, side, turn), (232, 232, 230), material=grounds.MARKER, shape=(side,),
                seed=fresh_seed(generator))  # fmt: skip


def obstacle(shapes: Shapes, generator: np.random.Generator, x: float, y: float, turn: float) -> None:
    """A table with chairs, a parasol, crates, a bin, a ladder or a lounger."""
    kinds = (_table, _parasol, _crates, _bin, _ladder, _lounger)
    shapes.part(_LABEL["obstacle"], stage=0.8)
    kinds[int(generator.integers(len(kinds)))](shapes, generator, Place(x, y, turn))


def heap(shapes: Shapes, generator: np.random.Generator, x: float, y: float, radius: float) -> None:
    """A heap of boards, foil and cloth that is nothing in particular."""
    shapes.part(_LABEL["conflicting"], stage=0.3)
    for i in range(int(18 + 20 * radius)):
        far = radius * np.sqrt(generator.uniform(0, 1)) * 0.8
        angle = generator.uniform(0, 2 * np.pi)
        at = Place(x + far * np.cos(angle), y + far * np.sin(angle), generator.uniform(0, np.pi))
        color = one_of(generator, _BRIGHT, most=1.1) * generator.uniform(0.5, 1.0)
        z = 0.03 + 0.01 * i
        if i % 3:
            sides = generator.uniform(0.1, 0.5, 2) * radius
            shapes.quad(rectangle(at(0, 0, z), sides[0], sides[1], at.turn), color, material=grounds.PLASTER)
        else:
            shapes.capsule(at(-0.4 * radius, 0, z), at(0.4 * radius, 0, z + 0.05), 0.03, color)


def hose(shapes: Shapes, generator: np.random.Generator, x: float, y: float, turn: float) -> None:
    """A garden hose in loops, which no class has a name for."""
    color = one_of(generator, _BRIGHT, most=1.1)
    count = int(generator.integers(12, 26))
    turns = turn + np.cumsum(generator.uniform(-0.75, 0.75, count))
    points = np.array((x, y)) + np.cumsum(np.column_stack([np.cos(turns), np.sin(turns)]) * 0.3, axis=0)
    shapes.part(_LABEL["unlabeled"], stage=-0.5, receives=True, casts=False)
    for a, b in pairwise(points):
        shapes.capsule((*a, 0.02), (*b, 0.02), 0.026, color, dome=0.8)


def _table(shapes: Shapes, generator: np.random.Generator, at: Place) -> None:
    wood = np.array((168, 128, 88)) * generator.uniform(0.7, 1.2)
    for side in (-1, 1):
        for ahead in (-0.45, 0.45):
            chair = at(ahead, 0.68 * side, 0)
            shapes.box(chair, (0.42, 0.42, 0.45), at.turn, wood * 0.7, top=wood * 0.9, material=grounds.PLANKS,
                       shape=(0.08,))  # fmt: skip
            back = at(ahead, 0.87 * side, 0)
            shapes.box(back, (0.42, 0.05, 0.85), at.turn, wood * 0.8)
    shapes.box(at(0, 0, 0), (1.7, 0.85, 0.74), at.turn, wood * 0.35, top=wood, material=grounds.PLANKS, shape=(0.11,))


def _parasol(shapes: Shapes, generator: np.random.Generator, at: Place) -> None:
    one, two = one_of(generator, _BRIGHT, most=1.1), np.array((236, 232, 222.0))
    radius, top = generator.uniform(1.1, 1.5), np.array(at(0, 0, 2.5))
    shapes.capsule(at(0, 0, 0), at(0, 0, 2.2), 0.04, (200, 200, 196))
    rim = [at(radius * np.cos(a), radius * np.sin(a), 2.1) for a in np.linspace(0, 2 * np.pi, 9)]
    for i in range(8):
        shapes.quad([rim[i], rim[i + 1], top, top], one if i % 2 else two, material=grounds.PLASTER, seed=i)


def _crates(shapes: Shapes, generator: np.random.Generator, at: Place) -> None:
    for _ in range(int(generator.integers(2, 5))):
        sides = generator.uniform(0.4, 1.1, 2)
        color = one_of(generator, _WOOD if generator.random() < 0.6 else _BRIGHT, least=0.75)
        shapes.box(at(generator.uniform(-0.9, 0.9), generator.uniform(-0.9, 0.9)),
                   (sides[0], sides[1], generator.uniform(0.3, 0.9)), at.turn + generator.uniform(-0.3, 0.3),
                   color * 0.7, top=color, material=grounds.PLANKS, shape=(0.12,), seed=3)  # fmt: skip


def _bin(shapes: Shapes, generator: np.random.Generator, at: Place) -> None:
    color = one_of(generator, _BRIGHT, most=1.1) * 0.7
    for number in range(int(generator.integers(1, 4))):
        x, y, _ = at(0.75 * number, 0)
        shapes.box((x, y, 0), (0.58, 0.6, 1.0), at.turn, color * 0.6, top=color, material=grounds.PLASTER)
        shapes.capsule(at(0.75 * number - 0.22, -0.3, 1.05), at(0.75 * number + 0.22, -0.3, 1.05), 0.04, color * 0.5)


def _ladder(shapes: Shapes, generator: np.random.Generator, at: Place) -> None:
    metal = np.array((190, 192, 196)) * generator.uniform(0.85, 1.1)
    for side in (-0.22, 0.22):
        shapes.capsule(at(-1.5, side, 0.06), at(1.5, side, 0.06), 0.035, metal)
    for ahead in np.linspace(-1.35, 1.35, 10):
        shapes.capsule(at(ahead, -0.22, 0.07), at(ahead, 0.22, 0.07), 0.022, metal * 0.9)


def _lounger(shapes: Shapes, generator: np.random.Generator, at: Place) -> None:
    cloth = one_of(generator, _BRIGHT, most=1.1)
    shape = (0.14, *(np.array((236, 234, 226)) * generator.uniform(0.85, 1)))
    shapes.box(at(0, 0, 0), (1.3, 0.65, 0.35), at.turn, (120, 118, 114), top=(150, 148, 144))
    shapes.quad([at(-0.65, -0.3, 0.38), at(0.65, -0.3, 0.38), at(0.65, 0.3, 0.38), at(-0.65, 0.3, 0.38)], cloth,
                material=grounds.STRIPES, shape=shape)  # fmt: skip
    shapes.quad([at(0.65, -0.3, 0.38), at(1.15, -0.3, 0.8), at(1.15, 0.3, 0.8), at(0.65, 0.3, 0.38)], cloth,
                material=grounds.STRIPES, shape=shape)  # fmt: skip
