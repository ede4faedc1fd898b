"""Cars and bicycles from above."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from perpixel.kernels import aerial, grounds
from perpixel.synthetic.aerial.chance import one_of
from perpixel.synthetic.aerial.classes import DRONE
from perpixel.synthetic.aerial.place import Place
from perpixel.synthetic.aerial.shapes import Array, Shapes

_PAINTS = ((210, 212, 214), (150, 154, 158), (60, 62, 66), (150, 34, 36), (40, 66, 130), (224, 224, 220), (30, 32, 34),
           (84, 110, 92), (196, 160, 70))  # fmt: skip
_FRAMES = ((180, 40, 40), (40, 70, 150), (40, 40, 44), (210, 210, 214), (60, 140, 90), (230, 140, 40))


def car(shapes: Shapes, generator: np.random.Generator, x: float, y: float, turn: float) -> None:
    """A car out of level slices, so that its sides are seen where it stands far from the middle."""
    at = Place(x, y, turn)
    long, wide = generator.uniform(3.9, 4.7) / 2, generator.uniform(1.72, 1.9) / 2
    paint = one_of(generator, _PAINTS, least=0.9, most=1.05)
    shapes.part(DRONE.index("car"), stage=1.2)
    for a in (-0.62, 0.62):
        for side in (-1, 1):
            shapes.capsule(at(a * long - 0.28, side * wide * 0.93, 0.3), at(a * long + 0.28, side * wide * 0.93, 0.3),
                           0.11, (26, 26, 28))  # fmt: skip
    for z, share in ((0.25, 0.94), (0.4, 0.98), (0.55, 1.0), (0.7, 1.0), (0.82, 0.985)):
        _slice(shapes, at, (0.0, z), (long * share, wide * share), paint * (0.55 + 0.3 * z))
    _slice(shapes, at, (0.0, 0.9), (long * 0.965, wide * 0.95), paint, material=grounds.GLOSS)
    for z, share in ((0.95, 1.0), (1.08, 0.94), (1.2, 0.88), (1.3, 0.83)):
        _slice(shapes, at, (-0.12 * long, z), (long * 0.58 * share, wide * 0.9 * share), (30, 36, 42),
               material=grounds.GLOSS)  # fmt: skip
    _slice(shapes, at, (-0.16 * long, 1.42), (long * 0.37, wide * 0.72), paint, material=grounds.GLOSS)
    for side in (-1, 1):
        shapes.capsule(at(0.36 * long, side * wide * 1.02, 0.95), at(0.36 * long, side * (wide + 0.16), 0.97), 0.06,
                       paint * 0.7)  # fmt: skip
        shapes.disk(at(0.9 * long, side * wide * 0.68, 0.86), 0.12, (240, 240, 230), dome=0.5)
        shapes.disk(at(-0.92 * long, side * wide * 0.7, 0.9), 0.10, (170, 24, 28), dome=0.5)


def bicycle(shapes: Shapes, generator: np.random.Generator, x: float, y: float, turn: float) -> None:
    """A bicycle that leans on its stand, or lies on the ground."""
    tilt = 0.2 if generator.random() < 0.5 else 1.4
    at = Place(x, y, turn)
    frame = one_of(generator, _FRAMES)

    def point(ahead: float, up: float, left: float = 0.0) -> Array:
        return at(
            ahead, left * np.cos(tilt) + up * np.sin(tilt), 0.03 + max(0.0, up * np.cos(tilt) - left * np.sin(tilt))
        )

    shapes.part(DRONE.index("bicycle"), stage=0.7)
    for hub in (-0.52, 0.52):
        shapes.blob(point(hub, 0.34), at.away(0.34, 0, 0), at.away(0, 0.34 * np.sin(tilt), 0.34 * np.cos(tilt)),
                    (36, 36, 38), kind=aerial.RING, ragged=0.84)  # fmt: skip
        shapes.disk(point(hub, 0.34), 0.04, (150, 150, 154))
        shapes.capsule(point(hub - 0.3, 0.34), point(hub + 0.3, 0.34), 0.035, (36, 36, 38))
    crank, seat, head, rear, front = (-0.06, 0.3), (-0.2, 0.86), (0.34, 0.82), (-0.52, 0.34), (0.52, 0.34)
    for start, end in ((crank, seat), (crank, head), (seat, head), (crank, rear), (rear, seat), (front, head)):
        shapes.capsule(point(*start), point(*end), 0.03, frame)
    shapes.capsule(point(0.38, 0.98, -0.27), point(0.38, 0.98, 0.27), 0.024, (44, 44, 46))
    shapes.capsule(point(0.34, 0.82), point(0.38, 0.98), 0.024, frame)
    shapes.capsule(point(-0.32, 0.92), point(-0.1, 0.92), 0.07, (30, 28, 28), taper=0.5)


def _slice(shapes: Shapes, at: Place, place: tuple[float, float], half: tuple[float, float], color: ArrayLike, *,
           material: int = grounds.PLASTER) -> None:  # fmt: skip
    shapes.blob(at(place[0], 0, place[1]), at.away(half[0], 0), at.away(0, half[1]), color, kind=aerial.CUSHION,
                material=material)  # fmt: skip
