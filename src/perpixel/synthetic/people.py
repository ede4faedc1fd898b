"""Pedestrians and cyclists out of rounded limbs, right from every side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels import painting
from perpixel.synthetic.faces import Faces

Array = NDArray[np.float64]

CLOTHES = (
    (34, 36, 46), (52, 56, 74), (70, 66, 60), (120, 40, 44), (160, 50, 40), (40, 74, 60), (60, 84, 130), (26, 30, 60),
    (180, 170, 150), (210, 206, 198), (96, 70, 110), (200, 150, 50), (30, 30, 32), (84, 92, 88),
)  # fmt: skip
TROUSERS = ((30, 34, 52), (44, 52, 84), (32, 32, 34), (80, 74, 66), (110, 100, 84), (24, 24, 28))
SKIN = ((236, 196, 170), (222, 176, 146), (178, 128, 96), (120, 82, 60), (240, 206, 182))
HAIR = ((40, 28, 20), (24, 20, 18), (96, 66, 38), (150, 120, 70), (150, 148, 144))


def _color(table: tuple[tuple[int, int, int], ...], generator: np.random.Generator) -> Array:
    return np.array(table[int(generator.integers(len(table)))], np.float64) * generator.uniform(0.85, 1.15)


def pedestrian(faces: Faces, generator: np.random.Generator, *, stride: float = 0.0) -> None:
    """A person on foot, 1.1 to 1.9 m tall; `stride` is the phase of the step, radians."""
    tall = generator.uniform(1.58, 1.88) if generator.random() < 0.88 else generator.uniform(1.1, 1.4)
    k = tall / 1.75
    phase = generator.uniform(0, 2 * np.pi) + stride
    swing = 0.26 * np.sin(phase) * k
    coat, legs = _color(CLOTHES, generator), _color(TROUSERS, generator)
    skin, hair = _color(SKIN, generator), _color(HAIR, generator)
    heavy = generator.uniform(0.9, 1.2)
    hip, chest, head = 0.88 * k, 1.32 * k, 1.60 * k
    starts = [(0, 0.09 * k, hip), (0, -0.09 * k, hip)]
    feet = [(swing, 0.10 * k, 0.07), (-swing, -0.10 * k, 0.07)]
    skirt = generator.random() < 0.2
    faces.tubes(starts, feet, 0.085 * k * heavy, skin if skirt else legs, taper=0.7)
    shoes = [(swing + 0.1, 0.10 * k, 0.05), (-swing + 0.1, -0.10 * k, 0.05)]
    faces.tubes(feet, shoes, 0.055, (24, 22, 22))
    if skirt:
        faces.tubes((0, 0, hip + 0.05), (0, 0, 0.5 * k), 0.15 * k, coat * 0.8, taper=1.35)
    long = 0.72 * k if generator.random() < 0.35 else hip
    shoulders = [(0, 0.10 * k, chest), (0, -0.10 * k, chest)]
    waist = [(0, 0.06 * k, long), (0, -0.06 * k, long)]
    faces.tubes(waist, shoulders, 0.14 * k * heavy, coat)
    elbows = [(-swing * 0.5, 0.27 * k, 1.08 * k), (swing * 0.5, -0.27 * k, 1.08 * k)]
    hands = [(-swing * 0.7 + 0.08, 0.25 * k, 0.84 * k), (swing * 0.7 + 0.08, -0.25 * k, 0.84 * k)]
    arms = [(0, 0.21 * k, 1.36 * k), (0, -0.21 * k, 1.36 * k)]
    faces.tubes(arms, elbows, 0.062 * k * heavy, coat * 0.88)
    faces.tubes(elbows, hands, 0.05 * k, coat * 0.88)
    faces.ball(hands, 0.045 * k, skin)
    _head(faces, (0.0, 0.0, head), k, skin, hair)
    if generator.random() < 0.35:  # a bag
        bag = _color(CLOTHES, generator)
        faces.tubes((0.05, 0.32 * k, 0.5 * k), (0.05, 0.32 * k, 0.72 * k), 0.13 * k, bag)
    faces.contact(0.6, 0.6)


def cyclist(faces: Faces, generator: np.random.Generator, *, stride: float = 0.0) -> None:
    """A person riding a bicycle; rider and bicycle are one instance."""
    coat, legs = _color(CLOTHES, generator), _color(TROUSERS, generator)
    if generator.random() < 0.3:
        coat = np.array((225.0, 230.0, 40.0)) if generator.random() < 0.6 else np.array((240.0, 120.0, 30.0))
    skin, hair = _color(SKIN, generator), _color(HAIR, generator)
    frame = _color(CLOTHES, generator) * 1.1
    r = 0.34
    wheels = [[(x - r, 0, 0), (x + r, 0, 0), (x + r, 0, 2 * r), (x - r, 0, 2 * r)] for x in (-0.52, 0.52)]
    faces.quads(wheels, (30, 30, 32), cutout=painting.RING, shape=(2 * r, 2 * r, 0.84, 0, 0, 0))
    # Seen from behind a wheel is an upright bar.
    faces.tubes([(-0.82, 0, 0.2), (0.82, 0, 0.2)], [(-0.82, 0, 0.5), (0.82, 0, 0.5)], 0.028, (30, 30, 32))
    faces.tubes([(-0.7, 0, 0.06), (0.7, 0, 0.06)], [(-0.7, 0, 0.62), (0.7, 0, 0.62)], 0.028, (30, 30, 32))
    crank, seat, hub = (-0.06, 0, 0.30), (-0.2, 0, 0.86), (-0.52, 0, r)
    starts = [crank, crank, seat, crank, (0.34, 0, 0.86), hub]
    ends = [seat, (0.34, 0, 0.8), (0.34, 0, 0.84), hub, (0.52, 0, r), (-0.2, 0, 0.8)]
    faces.tubes(starts, ends, 0.028, frame)
    faces.tubes((0.36, -0.26, 1.0), (0.36, 0.26, 1.0), 0.022, (40, 40, 42))
    faces.tubes((-0.3, 0, 0.88), (-0.08, 0, 0.9), 0.05, (28, 26, 26))
    phase = generator.uniform(0, 2 * np.pi) + stride
    pedal = 0.16 * np.array([np.cos(phase), np.sin(phase)])
    feet = np.array([(-0.06 + pedal[0], 0.12, 0.32 + pedal[1]), (-0.06 - pedal[0], -0.12, 0.32 - pedal[1])])
    hips = np.array([(-0.2, 0.10, 0.96), (-0.2, -0.10, 0.96)])
    knees = (hips + feet) / 2 + np.array([0.20, 0.0, 0.10])
    knees[:, 1] *= 1.15
    faces.tubes(hips, knees, 0.085, legs, taper=0.8)
    faces.tubes(knees, feet, 0.065, legs * 0.92, taper=0.75)
    faces.tubes(feet, feet + np.array((0.12, 0, -0.02)), 0.05, (24, 22, 22))
    lean = generator.uniform(0.08, 0.34)
    chest = np.array([(-0.2 + lean, 0.10, 1.42), (-0.2 + lean, -0.10, 1.42)])
    faces.tubes(hips + np.array((0, 0, 0.02)), chest, 0.145, coat)
    shoulders = chest + np.array([(0.02, 0.11, 0.03), (0.02, -0.11, 0.03)])
    hands = np.array([(0.36, 0.24, 1.02), (0.36, -0.24, 1.02)])
    elbows = (shoulders + hands) / 2 + np.array([(0, 0.06, -0.06), (0, -0.06, -0.06)])
    faces.tubes(shoulders, elbows, 0.06, coat * 0.88)
    faces.tubes(elbows, hands, 0.05, coat * 0.88)
    faces.ball(hands, 0.045, skin)
    helmet = generator.random() < 0.5
    _head(faces, (-0.12 + lean, 0.0, 1.70), 1.0, skin, _color(CLOTHES, generator) * 1.2 if helmet else hair)
    faces.contact(1.7, 0.5)


def _head(faces: Faces, center: tuple[float, float, float], k: float, skin: Array, hair: Array) -> None:
    x, y, z = center
    faces.tubes((x, y, z - 0.16 * k), (x, y, z - 0.06 * k), 0.055 * k, skin * 0.9)
    faces.ball((x + 0.02, y, z), 0.108 * k, skin)
    faces.ball((x - 0.025 * k, y, z + 0.035 * k), 0.115 * k, hair)
