"""What lies flat: patches of dirt and gravel, paths, terraces, water, a pool, and the rocks beside them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from perpixel.kernels import aerial, grounds
from perpixel.synthetic.aerial.chance import fresh_seed, one_of
from perpixel.synthetic.aerial.classes import DRONE
from perpixel.synthetic.aerial.shapes import Array, Shapes, rectangle

_LABEL = {name: DRONE.index(name) for name in ("paved-area", "dirt", "grass", "gravel", "water", "rocks", "pool")}
_STONE = ((150, 146, 140), (168, 160, 150), (136, 134, 132), (160, 140, 124), (120, 118, 116))

_SLABS = ((184, 172, 156), (166, 160, 152), (190, 150, 124), (150, 148, 146))


def lawn(shapes: Shapes, generator: np.random.Generator, reach: float) -> None:
    """Grass (or in a few places dirt) everywhere."""
    bare = generator.random() < 0.1
    shapes.part(_LABEL["dirt" if bare else "grass"], stage=-9, receives=True, casts=False)
    color = np.array((150, 122, 92) if bare else (100, 116, 68)) * generator.uniform(0.85, 1.12, 3)
    corners = rectangle((0, 0, 0), 4 * reach, 4 * reach, 0)
    material = grounds.DIRT if bare else grounds.GRASS
    shapes.quad(corners, color, material=material, shape=(generator.uniform(-0.1, 0.35),), seed=fresh_seed(generator))


def patch(shapes: Shapes, generator: np.random.Generator, name: str, x: float, y: float, radius: float) -> None:
    """A ragged patch of dirt, gravel or grass."""
    base = {"dirt": (146, 118, 88), "gravel": (152, 148, 142), "grass": (90, 112, 62)}[name]
    material = {"dirt": grounds.DIRT, "gravel": grounds.GRAVEL, "grass": grounds.GRASS}[name]
    size = generator.uniform(0.03, 0.055) if name == "gravel" else generator.uniform(0, 0.3)
    shapes.part(_LABEL[name], stage=-8, receives=True, casts=False)
    shapes.disk(
        (x, y, 0), radius, np.array(base) * generator.uniform(0.85, 1.15), material=material, shape=(size,),
        seed=fresh_seed(generator), ragged=generator.uniform(0.25, 0.6), lobe=0.45 * radius,
        turn=generator.uniform(0, 3), stretch=generator.uniform(1, 1.8),
    )  # fmt: skip


def path(shapes: Shapes, generator: np.random.Generator, line: Array, width: float, turn: float) -> None:
    """A paved way along points (P, 2): asphalt where it is wide, else slabs, between two rows of kerbstones."""
    asphalt = width > 2.6
    color = np.array((118, 118, 120) if asphalt else (176, 166, 152)) * generator.uniform(0.85, 1.12)
    material = grounds.ASPHALT if asphalt else grounds.SLABS
    shape = (generator.uniform(0.12, 0.45), np.cos(turn), np.sin(turn))
    seed = fresh_seed(generator)
    shapes.part(_LABEL["paved-area"], stage=-6, receives=True, casts=False)
    points = np.column_stack([line, np.zeros(len(line))])
    kerb = np.array((170, 168, 162)) * generator.uniform(0.9, 1.1)
    for half, tone, kind in ((width / 2 + 0.09, kerb, grounds.PLASTER), (width / 2, color, material)):
        for start, end in pairwise(points):
            shapes.capsule(start, end, half, tone, material=kind, shape=shape, seed=seed, dome=0)


def terrace(shapes: Shapes, generator: np.random.Generator, x: float, y: float, length: float, width: float,
            turn: float) -> None:  # fmt: skip
    """A rectangle of slabs."""
    shapes.part(_LABEL["paved-area"], stage=-5, receives=True, casts=False)
    shape = (generator.uniform(0.14, 0.6), np.cos(turn), np.sin(turn))
    color = one_of(generator, _SLABS, least=0.88, most=1.12)
    shapes.quad(rectangle((x, y, 0), length, width, turn), color, material=grounds.SLABS, shape=shape,
                seed=fresh_seed(generator))  # fmt: skip


def pond(shapes: Shapes, generator: np.random.Generator, x: float, y: float, radius: float) -> None:
    """Dark water in a ring of rocks."""
    color = one_of(generator, ((52, 70, 66), (66, 78, 58), (44, 62, 80)))
    shapes.part(_LABEL["water"], stage=-4, receives=True, casts=False)
    ragged, turn, stretch = 0.3, generator.uniform(0, 3), generator.uniform(1, 1.5)
    shapes.disk((x, y, 0), radius, color, material=grounds.WATER, seed=fresh_seed(generator), ragged=ragged,
                lobe=0.5 * radius, turn=turn, stretch=stretch)  # fmt: skip
    count = int(radius * 9 * generator.uniform(0.4, 1))
    for angle in generator.uniform(0, 2 * np.pi, count):
        far = radius * generator.uniform(0.95, 1.2)
        a, b = far * stretch * np.cos(angle), far * np.sin(angle)
        rock(shapes, generator, x + a * np.cos(turn) - b * np.sin(turn), y + a * np.sin(turn) + b * np.cos(turn),
             generator.uniform(0.12, 0.42))  # fmt: skip


def pool(shapes: Shapes, generator: np.random.Generator, x: float, y: float, length: float, width: float,
         turn: float) -> None:  # fmt: skip
    """A swimming pool in a paved surround."""
    terrace(shapes, generator, x, y, length + 2.2, width + 2.2, turn)
    shapes.part(_LABEL["paved-area"], stage=-4, receives=True, casts=False)
    cosine, sine = np.cos(turn), np.sin(turn)
    for margin, color, material, label in (
        (0.28, (226, 222, 212), grounds.PLASTER, "paved-area"),
        (0.0, (86, 178, 204), grounds.POOL, "pool"),
    ):
        shapes.part(_LABEL[label], stage=-4, receives=True, casts=False)
        a, b = length / 2 + margin, width / 2 + margin
        shapes.blob((x, y, 0), (a * cosine, a * sine, 0), (-b * sine, b * cosine, 0), color, material=material,
                    kind=aerial.CUSHION, seed=fresh_seed(generator))  # fmt: skip


def rock(shapes: Shapes, generator: np.random.Generator, x: float, y: float, radius: float) -> None:
    """A boulder, or one stone of a heap."""
    shapes.part(_LABEL["rocks"], stage=0.5 * radius, receives=False)
    color = one_of(generator, _STONE, least=0.75)
    shapes.disk(
        (x, y, 0.5 * radius), radius, color, material=grounds.ROCK, seed=fresh_seed(generator), dome=0.75, ragged=0.3,
        lobe=0.7 * radius, turn=generator.uniform(0, 3), stretch=generator.uniform(1, 1.5),
    )  # fmt: skip
