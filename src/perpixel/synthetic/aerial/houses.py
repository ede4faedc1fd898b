"""Houses with walls, windows, doors and gabled roofs; fences with their posts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from perpixel.kernels import grounds
from perpixel.synthetic.aerial.chance import fresh_seed, one_of
from perpixel.synthetic.aerial.classes import DRONE
from perpixel.synthetic.aerial.shapes import Array, Shapes, rectangle

_LABEL = {name: DRONE.index(name) for name in ("roof", "wall", "window", "door", "fence", "fence-pole")}
_ROOFS = ((160, 84, 62), (126, 74, 60), (104, 100, 100), (82, 82, 88), (146, 122, 104))
_WALLS = ((226, 218, 200), (206, 190, 162), (232, 230, 226), (190, 160, 132), (196, 202, 196))
_WOODS = ((150, 122, 92), (110, 96, 80), (206, 204, 198), (128, 84, 60))


def house(shapes: Shapes, generator: np.random.Generator, x: float, y: float, length: float, width: float,
          turn: float, tall: float) -> None:  # fmt: skip
    """A house whose walls are `tall` metres, its ridge along its length."""
    foot = rectangle((x, y, 0), length, width, turn)
    color = one_of(generator, _WALLS, least=0.9, most=1.05)
    rise, eaves = width * generator.uniform(0.16, 0.3), generator.uniform(0.2, 0.5)
    up = np.array((0.0, 0.0, tall))
    ridge = np.array([foot[0] + foot[3], foot[1] + foot[2]]) / 2 + np.array((0, 0, tall + rise))
    for i in range(4):
        j = (i + 1) % 4
        shapes.part(_LABEL["wall"], stage=tall)
        shapes.quad([foot[i], foot[j], foot[j] + up, foot[i] + up], color, material=grounds.PLASTER,
                    seed=fresh_seed(generator))  # fmt: skip
        if i in (1, 3):  # the gable
            top = ridge[1 if i == 1 else 0]
            shapes.quad([foot[i] + up, foot[j] + up, top, top], color, material=grounds.PLASTER)
        openings(shapes, generator, foot[i], foot[j], tall)
    roof(shapes, generator, foot + up, ridge, eaves)
    if generator.random() < 0.6:
        shapes.part(_LABEL["roof"], stage=tall)
        place = ridge[0] * 0.3 + ridge[1] * 0.7 - np.array((0, 0, 0.5))
        shapes.box(place, (0.6, 0.5, 1.1), turn, (150, 92, 76), top=(58, 56, 56), material=grounds.PLASTER)


def openings(shapes: Shapes, generator: np.random.Generator, start: Array, end: Array, tall: float) -> None:
    """Windows along a wall, and in some places a door in one's stead."""
    long = float(np.sqrt(((end - start) ** 2).sum()))
    count = max(1, int(long / 2.2))
    along = (end - start) / long
    door = int(generator.integers(count)) if generator.random() < 0.7 else -1
    for i in range(count):
        middle = start + along * long * (i + 0.5) / count
        floors = 2 if tall > 4.6 else 1
        for floor in range(floors):
            is_door = i == door and floor == 0
            wide, low, high = (1.0, 0.0, 2.05) if is_door else (1.2, 0.9 + 2.5 * floor, 2.1 + 2.5 * floor)
            high = min(high, tall - 0.15)
            a, b = middle - along * wide / 2, middle + along * wide / 2
            face = [(*a[:2], low), (*b[:2], low), (*b[:2], high), (*a[:2], high)]
            shapes.part(_LABEL["door" if is_door else "window"], stage=tall)
            if is_door:
                wood = np.array((116, 78, 48)) * generator.uniform(0.7, 1.3)
                shapes.quad(face, wood, material=grounds.PLANKS, shape=(0.16,), seed=fresh_seed(generator))
            else:
                shapes.quad(face, (46, 58, 70), material=grounds.PANE, shape=(wide, high - low),
                            seed=fresh_seed(generator))  # fmt: skip


def roof(shapes: Shapes, generator: np.random.Generator, walls: Array, ridge: Array, eaves: float) -> None:
    """Two slopes of tiles over the heads of four walls (4, 3), the ridge (2, 3) between them."""
    color = one_of(generator, _ROOFS)
    along = ridge[1] - ridge[0]
    along = along / np.sqrt((along * along).sum()) * eaves
    first, last = ridge[0] - along, ridge[1] + along
    shapes.part(_LABEL["roof"], stage=float(walls[0, 2]))
    for a, b in ((walls[0], walls[1]), (walls[3], walls[2])):
        down = a - ridge[0]
        down = down / np.sqrt((down * down).sum()) * eaves
        course = generator.uniform(0.22, 0.36)
        shapes.quad([first, last, b + along + down, a - along + down], color, material=grounds.TILES, shape=(course,),
                    seed=fresh_seed(generator))  # fmt: skip


def fence(shapes: Shapes, generator: np.random.Generator, line: Array, tall: float) -> None:
    """Panels of planks between posts two metres apart, along points (P, 2)."""
    wood = one_of(generator, _WOODS)
    pole = wood * generator.uniform(0.6, 0.8)
    for start, end in pairwise(line):
        long = float(np.hypot(*(end - start)))
        places = np.linspace(start, end, max(2, round(long / 2.0) + 1))
        turn = float(np.arctan2(*(end - start)[::-1]))
        for a, b in pairwise(places):
            _panel(shapes, generator, a, b, tall, turn, wood)
        for place in places:
            shapes.part(_LABEL["fence-pole"], stage=tall)
            shapes.capsule((*place, 0), (*place, tall + 0.12), 0.065, pole, dome=0.6)
            shapes.disk((*place, tall + 0.14), 0.085, pole * 1.2, dome=0.4)


def _panel(shapes: Shapes, generator: np.random.Generator, a: Array, b: Array, tall: float, turn: float,
           color: ArrayLike) -> None:  # fmt: skip
    shapes.part(_LABEL["fence"], stage=tall)
    low, high = 0.08, tall
    face = [(*a, low), (*b, low), (*b, high), (*a, high)]
    shapes.quad(face, color, material=grounds.PLANKS, shape=(0.13,), seed=fresh_seed(generator))
    middle = (*((a + b) / 2), high)
    long = float(np.hypot(*(b - a)))
    shapes.quad(rectangle(middle, long, 0.07, turn), np.asarray(color) * 1.1, material=grounds.PLASTER)
