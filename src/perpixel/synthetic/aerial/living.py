"""People and dogs from above."""

from __future__ import annotations

import numpy as np

from perpixel.synthetic.aerial.chance import one_of
from perpixel.synthetic.aerial.classes import DRONE
from perpixel.synthetic.aerial.place import Place
from perpixel.synthetic.aerial.shapes import Shapes
from perpixel.synthetic.people import CLOTHES, HAIR, SKIN, TROUSERS

_COATS = ((70, 60, 52), (34, 30, 28), (186, 156, 110), (226, 220, 210), (120, 84, 54))


def person(shapes: Shapes, generator: np.random.Generator, x: float, y: float, turn: float) -> None:
    """Someone on foot, in mid-step."""
    k = generator.uniform(0.92, 1.08) if generator.random() < 0.85 else generator.uniform(0.6, 0.75)
    at = Place(x, y, turn, k)
    coat, legs = one_of(generator, CLOTHES) * 1.25, one_of(generator, TROUSERS) * 1.2
    skin, hair = one_of(generator, SKIN), one_of(generator, HAIR)
    step = generator.uniform(-0.3, 0.3)
    shapes.part(DRONE.index("person"), stage=1.0)
    for side in (-1, 1):
        foot, hip = at(side * step, 0.1 * side, 0.05), at(0, 0.09 * side, 0.88)
        shapes.capsule(at(side * step + 0.12, 0.11 * side, 0.05), foot, 0.055 * k, (40, 36, 36))
        shapes.capsule(foot, hip, 0.07 * k, legs, taper=1.3)
    shapes.capsule(at(0, 0, 0.95), at(0.02, 0, 1.3), 0.17 * k, coat)
    for side in (-1, 1):
        elbow, hand = at(-side * step * 0.5, 0.3 * side, 1.1), at(0.14 - side * step * 0.7, 0.27 * side, 0.85)
        shapes.capsule(hand, elbow, 0.045 * k, skin)
        shapes.capsule(elbow, at(0, 0.2 * side, 1.38), 0.06 * k, coat * 0.9)
    shapes.capsule(at(0, -0.17, 1.4), at(0, 0.17, 1.4), 0.12 * k, coat)
    shapes.disk(at(0.09, 0, 1.58), 0.09 * k, skin, dome=0.7)
    hat = generator.random() < 0.25
    shapes.disk(at(0.0, 0, 1.68), 0.115 * k, one_of(generator, CLOTHES) * 1.3 if hat else hair, dome=0.85)
    if hat:
        shapes.disk(at(0.1, 0, 1.7), 0.07 * k, one_of(generator, CLOTHES), dome=0.3)


def dog(shapes: Shapes, generator: np.random.Generator, x: float, y: float, turn: float) -> None:
    """A dog on its four legs."""
    k = generator.uniform(0.75, 1.25)
    at = Place(x, y, turn, k)
    coat = one_of(generator, _COATS)
    shapes.part(DRONE.index("dog"), stage=0.4)
    for a in (-0.26, 0.22):
        for side in (-1, 1):
            shapes.capsule(at(a + generator.uniform(-0.08, 0.08), 0.09 * side, 0.02), at(a, 0.08 * side, 0.35),
                           0.035 * k, coat * 0.8, taper=1.4)  # fmt: skip
    shapes.capsule(at(-0.3, 0, 0.45), at(-0.55, generator.uniform(-0.15, 0.15), 0.55), 0.035 * k, coat, taper=0.5)
    shapes.capsule(at(-0.28, 0, 0.44), at(0.24, 0, 0.46), 0.125 * k, coat, taper=1.1)
    shapes.capsule(at(0.26, 0, 0.5), at(0.46, 0, 0.58), 0.085 * k, coat * 1.05)
    shapes.capsule(at(0.5, 0, 0.58), at(0.62, 0, 0.55), 0.05 * k, coat * 0.85, taper=0.8)
    for side in (-1, 1):
        shapes.capsule(at(0.44, 0.06 * side, 0.62), at(0.38, 0.11 * side, 0.6), 0.032 * k, coat * 0.6)
