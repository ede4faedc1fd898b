"""Trees in leaf and bare, bushes and hedges."""

from __future__ import annotations

import numpy as np

from perpixel.kernels import grounds
from perpixel.synthetic.aerial.chance import fresh_seed, one_of
from perpixel.synthetic.aerial.classes import DRONE
from perpixel.synthetic.aerial.shapes import Array, Shapes

_LABEL = {name: DRONE.index(name) for name in ("vegetation", "tree", "bald-tree")}
_GREENS = ((74, 100, 46), (92, 118, 52), (62, 86, 52), (112, 124, 58), (86, 98, 40))


def tree(shapes: Shapes, generator: np.random.Generator, x: float, y: float, radius: float, tall: float) -> None:
    """A crown of many clumps of leaves, the upper ones lighter."""
    green = one_of(generator, _GREENS)
    shapes.part(_LABEL["tree"], stage=tall)
    shapes.capsule((x, y, 0), (x, y, 0.6 * tall), 0.10 + 0.03 * tall, (94, 78, 62), taper=0.6)
    shapes.disk((x, y, 0.45 * tall), 0.86 * radius, green * 0.55, material=grounds.LEAVES, seed=fresh_seed(generator),
                dome=0.5, ragged=0.5, lobe=0.3 * radius)  # fmt: skip
    clumps(shapes, generator, (x, y), radius, (0.5 * tall, tall), green, count=int(26 + 14 * radius))


def bush(shapes: Shapes, generator: np.random.Generator, x: float, y: float, radius: float) -> None:
    """A round bush, or one of a hedge."""
    green = one_of(generator, _GREENS, least=0.9, most=1.25)
    tall = radius * generator.uniform(0.7, 1.3)
    shapes.part(_LABEL["vegetation"], stage=tall)
    shapes.disk((x, y, 0.3 * tall), 0.9 * radius, green * 0.6, material=grounds.LEAVES, seed=fresh_seed(generator),
                dome=0.5, ragged=0.5, lobe=0.35 * radius)  # fmt: skip
    clumps(shapes, generator, (x, y), radius, (0.4 * tall, tall), green, count=int(9 + 8 * radius))


def clumps(shapes: Shapes, generator: np.random.Generator, center: tuple[float, float], radius: float,
           heights: tuple[float, float], green: Array, *, count: int) -> None:  # fmt: skip
    """Ragged disks over a dome, the lowest first."""
    share = np.sqrt(generator.uniform(0, 1, count))
    angle = generator.uniform(0, 2 * np.pi, count)
    rise = np.sqrt(1 - 0.9 * share**2) * generator.uniform(0.75, 1, count)
    for i in np.argsort(rise, kind="stable"):
        far = 0.8 * radius * share[i]
        z = heights[0] + (heights[1] - heights[0]) * rise[i]
        tone = green * (0.72 + 0.42 * rise[i]) * generator.uniform(0.88, 1.12) * (1, 1, generator.uniform(0.8, 1.1))
        shapes.disk(
            (center[0] + far * np.cos(angle[i]), center[1] + far * np.sin(angle[i]), z),
            radius * generator.uniform(0.24, 0.44), tone, material=grounds.LEAVES, seed=fresh_seed(generator), dome=0.8,
            ragged=generator.uniform(0.5, 0.8), lobe=0.16 * radius + 0.03,
        )  # fmt: skip


def bald_tree(shapes: Shapes, generator: np.random.Generator, x: float, y: float, radius: float, tall: float) -> None:
    """A trunk and three orders of bare branches."""
    bark = np.array((136, 118, 100)) * generator.uniform(0.8, 1.15)
    shapes.part(_LABEL["bald-tree"], stage=tall)
    fork = np.array((x, y, 0.35 * tall))
    shapes.capsule((x, y, 0), fork, 0.05 + 0.03 * tall, bark * 0.9, taper=0.8)
    start = generator.uniform(0, 2 * np.pi)
    for i in range(6):
        angle = start + i * 2 * np.pi / 6 + generator.uniform(-0.3, 0.3)
        _branch(shapes, generator, fork, angle, 0.55 * radius, 0.3 * tall, 0.03 + 0.012 * tall, bark, order=3)


def _branch(shapes: Shapes, generator: np.random.Generator, start: Array, angle: float, reach: float, climb: float,
            thick: float, bark: Array, *, order: int) -> None:  # fmt: skip
    bend = angle + generator.uniform(-0.25, 0.25)
    end = start + np.array((reach * np.cos(bend), reach * np.sin(bend), climb))
    shapes.capsule(start, end, thick, bark * generator.uniform(0.88, 1.1), taper=0.6)
    if order == 1:
        return
    for share in (0.45, 0.75, 1.0):
        turn = angle + generator.choice((-1, 1)) * generator.uniform(0.25, 0.85)
        _branch(shapes, generator, start + (end - start) * share, turn, reach * generator.uniform(0.5, 0.72),
                climb * 0.55, thick * (0.75 - 0.25 * share), bark, order=order - 1)  # fmt: skip
