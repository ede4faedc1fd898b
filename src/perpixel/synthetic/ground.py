"""The ground of a street: road, painted lines, kerbs, pavements, gardens, and the skyline that closes the view."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import CAMVID
from perpixel.kernels import painting
from perpixel.synthetic.faces import Faces
from perpixel.synthetic.town import BLOCK, TERRACE, Line, Town

Array = NDArray[np.float64]

KERB = 0.12
STRIP = 2.0
AHEAD = 175.0
ROAD, PAVEMENT, TREE, BUILDING = (CAMVID.index(name) for name in ("road", "pavement", "tree", "building"))


def lay_ground(faces: Faces, town: Town, s: float) -> None:
    """Add the ground from just behind s to where the skyline begins."""
    road = town.road
    first = np.floor((s - 8) / STRIP) * STRIP
    cuts = first + STRIP * np.arange(int((AHEAD + 10) / STRIP) + 1)
    faces.part(TREE, seed=town.seed % 9973, casts=False, receives=True)
    x, y = faces.eye[:2]
    far = [(x - 300, y - 300, -0.4), (x + 300, y - 300, -0.4), (x + 300, y + 300, -0.4), (x - 300, y + 300, -0.4)]
    faces.quads([far], (96, 112, 66), material=painting.GRASS)
    for side in (1, -1):
        edge, back = side * road.edge(side), side * road.frontage(side)
        style = np.array([town.style(int(np.floor((a + 0.5) / BLOCK)), side) for a in cuts[:-1]])
        garden = style != TERRACE
        strip = ribbon(town, cuts, back, back + side * 26, KERB)
        if garden.any():
            faces.part(TREE, seed=town.seed % 9973, casts=False, receives=True)
            faces.quads(strip[garden], (98, 120, 62), material=painting.GRASS)
        faces.part(PAVEMENT, seed=town.seed % 9967 + side, casts=False, receives=True)
        stone = np.array((166, 160, 152)) if town.slab > 0.6 else np.array((152, 150, 148))
        if not garden.all():
            faces.quads(strip[~garden], stone * 0.97, material=painting.PAVING, shape=(town.slab, 0, 0, 0, 0, 0))
        faces.quads(
            ribbon(town, cuts, edge, back, KERB), stone, material=painting.PAVING, shape=(town.slab, 0, 0, 0, 0, 0)
        )
        faces.quads(ribbon(town, cuts, edge, edge + side * 0.14, KERB), stone * 1.12)
        a, b = road.at(cuts[:-1], edge), road.at(cuts[1:], edge)
        up = np.array([0, 0, KERB])
        faces.part(PAVEMENT, casts=False)
        faces.quads(np.stack([a, b, b + up, a + up], axis=1), stone * 1.05)
    faces.part(ROAD, seed=town.seed % 9949, casts=False, receives=True)
    tar = np.array((1.0, 1.0, 1.03)) * town.asphalt
    surface = ribbon(town, cuts, -road.edge(-1), road.edge(1), 0.0)
    faces.quads(surface, tar, material=painting.ASPHALT)
    for line in town.lines:
        faces.quads(_painted(town, line, first, first + AHEAD), line.color, material=painting.PAINT)


def ribbon(town: Town, cuts: Array, low: float, high: float, z: float) -> Array:
    """Faces (n, 4, 3) between two distances from the center line, one for each pair of cuts along it."""
    if low > high:
        low, high = high, low
    a, b = town.road.at(cuts, low, z), town.road.at(cuts, high, z)
    return np.stack([a[:-1], a[1:], b[1:], b[:-1]], axis=1)


def _painted(town: Town, line: Line, first: float, last: float) -> Array:
    if line.dash == 0:
        cuts = np.arange(np.floor(first / STRIP) * STRIP, last, STRIP)
        starts, ends = cuts[:-1], cuts[1:]
    else:
        period = line.dash + line.gap
        starts = np.arange(np.floor(first / period), np.ceil(last / period)) * period
        ends = starts + line.dash
        middle = (starts + ends) / 2
        starts, ends = np.concatenate([starts, middle]), np.concatenate([middle, ends])
    low, high = line.d - line.width / 2, line.d + line.width / 2
    at = town.road.at
    return np.stack([at(starts, low), at(ends, low), at(ends, high), at(starts, high)], axis=1)


def raise_skyline(faces: Faces, town: Town) -> None:
    """Far houses and trees all around, 180 m away, so that the street's end is never bare."""
    generator = np.random.default_rng([town.seed, 29])
    x, y = faces.eye[:2]
    count = 48
    edges = np.arange(count + 1) * 2 * np.pi / count
    for i in range(count):
        kind, tall, hue, seed = (
            generator.random(),
            generator.uniform(7, 17),
            generator.uniform(0.8, 1.1),
            int(generator.integers(1 << 20)),
        )
        reach = 182 + generator.uniform(0, 30)
        a = np.array([x + reach * np.cos(edges[i] - 0.02), y + reach * np.sin(edges[i] - 0.02), -1.0])
        b = np.array([x + reach * np.cos(edges[i + 1] + 0.02), y + reach * np.sin(edges[i + 1] + 0.02), -1.0])
        if kind < 0.55:
            up = np.array([0, 0, tall + 1])
            faces.part(BUILDING, seed=seed, casts=False)
            wall = np.array((168, 140, 118)) * hue if kind < 0.3 else np.array((178, 172, 162)) * hue
            shape = (3.2, 3.2, 0.45, 0.5, 1, tall + 1)
            faces.quads([[b, a, a + up, b + up]], wall, material=painting.FACADE, shape=shape)
        else:
            faces.part(TREE, seed=seed, casts=False)
            middle = (a + b) / 2 + (0, 0, tall * 0.4)
            faces.crown(middle, 34, tall * 1.5, 3.0, np.array((80, 98, 58)) * hue)
            up = np.array([0, 0, tall * 0.55])
            faces.quads(
                [[b, a, a + up, b + up]],
                np.array((74, 90, 54)) * hue,
                material=painting.LEAVES,
                shape=(24, tall * 0.6, 3.0, 0, 0, 0),
            )
