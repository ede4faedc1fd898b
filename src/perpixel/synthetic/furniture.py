"""What stands at the kerb and along the gardens: lamp posts, bollards, signs, signals, fences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels import painting
from perpixel.synthetic.faces import Faces

Array = NDArray[np.float64]

FRONT, BACK = (230, 230, 230), (128, 130, 130)
STEEL = ((120, 124, 122), (90, 94, 92), (58, 62, 60), (150, 150, 146), (66, 84, 74))


def lamp_post(faces: Faces, generator: np.random.Generator) -> None:
    """A street lamp; its arm reaches forward."""
    color = np.array(STEEL[int(generator.integers(len(STEEL)))], np.float64)
    tall, radius = generator.uniform(5.0, 8.5), generator.uniform(0.075, 0.12)
    faces.tubes((0, 0, 0), (0, 0, tall), radius, color, taper=0.65)
    faces.tubes((0, 0, 0), (0, 0, 1.1), radius * 1.45, color * 0.9)
    reach = generator.uniform(0.5, 1.9)
    faces.tubes((0, 0, tall), (reach, 0, tall + 0.25), radius * 0.6, color)
    faces.tubes((reach, 0, tall + 0.22), (reach + 0.6, 0, tall + 0.25), 0.11, color * 0.8)


def bollard(faces: Faces, generator: np.random.Generator) -> None:
    """A post of one metre, black or steel, with a light band."""
    color = np.array(((34, 34, 36), (120, 124, 122), (44, 62, 52))[int(generator.integers(3))], np.float64)
    faces.tubes((0, 0, 0), (0, 0, 0.98), 0.085, color)
    faces.tubes((0, 0, 0.78), (0, 0, 0.86), 0.088, (215, 215, 210))


def sign(faces: Faces, generator: np.random.Generator, *, pole: int, board: int) -> None:
    """A traffic sign or a signal on its post; `pole` and `board` are the classes of the two."""
    color = np.array(STEEL[int(generator.integers(len(STEEL)))], np.float64)
    kind = int(generator.choice(7, p=[0.22, 0.17, 0.14, 0.17, 0.08, 0.14, 0.08]))
    seed = int(generator.integers(1 << 20))
    tall = generator.uniform(2.0, 2.7)
    size = generator.uniform(0.62, 0.85)
    wide, high = size, size
    if kind == 3:
        wide, high = generator.uniform(1.1, 2.0), generator.uniform(0.6, 1.1)
    elif kind == 5:
        wide, high, tall = 0.36, 1.0, generator.uniform(2.2, 2.6)
    elif kind == 6:
        wide, high = generator.uniform(0.7, 1.1), generator.uniform(0.6, 0.9)
    posts = [(0, -wide * 0.35, 0), (0, wide * 0.35, 0)] if kind == 3 else [(0, 0, 0)]
    faces.part(pole)
    radius = 0.075 if kind == 5 else 0.055
    faces.tubes(posts, np.array(posts) + np.array((0, 0, tall + high * 0.8)), radius, color)
    faces.part(board, seed=seed)
    # Only the side that one sees is drawn: the front before the post, or the gray back behind it.
    place = faces.places[-1]
    looks = np.array([np.cos(place.heading), np.sin(place.heading)])
    front = float((faces.eye[:2] - (place.x, place.y)) @ looks) > 0
    x, y, low = (0.09, -wide / 2, tall) if front else (0.02, wide / 2, tall)
    corners = [(x, y, low), (x, -y, low), (x, -y, low + high), (x, y, low + high)]
    if kind == 1:
        high *= 0.87
        corners = [(x, y, low), (x, -y, low), (x, 0, low + high), (x, 0, low + high)]
    paint, material = (FRONT, painting.SIGN) if front else (BACK, painting.PLAIN)
    boards = _octagon(np.array(corners)) if kind in (0, 2, 4) else np.array([corners])
    for board_part in boards:
        shape = (kind, wide, high, 0, 0, 0)
        faces.quads([board_part], paint, material=material, shape=shape, origin=corners[0])


def _octagon(square: Array) -> Array:
    """Three faces (3, 4, 3) that make the eight-sided board inside a square (4, 3)."""
    center, right, up = square.mean(0), (square[1] - square[0]) / 2, (square[3] - square[0]) / 2
    k = np.tan(np.pi / 8)
    rows = []
    for low, high, bottom, top in ((-1.0, -k, k, 1.0), (-k, k, 1.0, 1.0), (k, 1.0, 1.0, k)):
        rows.append([center - bottom * right + low * up, center + bottom * right + low * up,
                     center + top * right + high * up, center - top * right + high * up])  # fmt: skip
    return np.array(rows)


def fence(faces: Faces, length: float, style: int, generator: np.random.Generator) -> None:
    """A straight fence of so many metres forward: 0 boards, 1 pickets, 2 railings, 3 a striped barrier."""
    tall_share = generator.uniform(0.85, 1.12)
    if style == 0:
        tall = 1.75 * tall_share
        wood = np.array(((142, 104, 66), (120, 92, 70), (96, 78, 60), (150, 128, 96))[int(generator.integers(4))])
        faces.quads(_upright(length, 0, tall), wood, material=painting.BOARDS, shape=(length, tall, 0.16, 0, 0, 0))
        faces.quads(_upright(length, tall - 0.09, tall), wood * 0.7)
    elif style == 1:
        tall = 1.1 * tall_share
        white = np.array(((228, 226, 218), (150, 112, 74), (196, 200, 196))[int(generator.integers(3))], np.float64)
        faces.quads(
            _upright(length, 0, tall), white, cutout=painting.PICKETS, shape=(length, tall, 0.15, 0.72, 0.09, 0)
        )
    elif style == 2:
        tall = 1.15 * tall_share
        iron = np.array(
            ((36, 38, 38), (92, 98, 96), (40, 66, 54), (130, 134, 132))[int(generator.integers(4))], np.float64
        )
        wall = np.array(((150, 96, 74), (168, 160, 148))[int(generator.integers(2))], np.float64)
        faces.quads(_upright(length, 0, tall), iron, cutout=painting.BARS, shape=(length, tall, 0.14, 0.082, 0.10, 0))
        faces.quads(_upright(length, 0, 0.38), wall, material=painting.FACADE, shape=(50, 50, 0, 0.95, 0, 9))
    else:
        tall = 1.05
        n = max(1, round(length / 0.8))
        for i in range(n):
            a, b = length * i / n, length * (i + 1) / n
            band = (206, 44, 36) if i % 2 else (236, 234, 230)
            faces.quads([(a, 0, 0), (b, 0, 0), (b, 0, tall), (a, 0, tall)], band)


def _upright(length: float, low: float, high: float) -> Array:
    return np.array([[(0, 0, low), (length, 0, low), (length, 0, high), (0, 0, high)]])
