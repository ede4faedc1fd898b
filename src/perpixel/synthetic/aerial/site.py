"""A site: which things there are and where, so that they do not stand in each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from perpixel.synthetic.aerial import ground, houses, living, objects, plants, vehicles
from perpixel.synthetic.aerial.shapes import Array, Shapes

TRIES = 60


@dataclass
class Spots:
    """Disks that are taken, and a search for free ones in a square of half side `reach` metres."""

    generator: np.random.Generator
    reach: float
    taken: list[tuple[float, float, float]] = field(default_factory=list)

    def take(self, x: float, y: float, radius: float) -> None:
        self.taken.append((x, y, radius))

    def find(self, radius: float) -> tuple[float, float] | None:
        """A free place, now taken; None after some tries."""
        for _ in range(TRIES):
            x, y = self.generator.uniform(-self.reach, self.reach, 2)
            if all((x - a) ** 2 + (y - b) ** 2 > (radius + r) ** 2 for a, b, r in self.taken):
                self.take(x, y, radius)
                return float(x), float(y)
        return None


def furnish(generator: np.random.Generator, altitude: float) -> Shapes:
    """All shapes of a site around the place under the camera, which hovers at `altitude` metres."""
    shapes, reach = Shapes(), 0.75 * altitude
    spots, turn = Spots(generator, reach), float(generator.uniform(0, np.pi))
    _ground(shapes, generator, spots, turn, altitude)
    _built(shapes, generator, spots, turn, altitude)
    _parked(shapes, generator, spots, turn, altitude)
    _life(shapes, generator, spots, altitude)
    _green(shapes, generator, spots, turn, altitude)
    return shapes


def _ground(shapes: Shapes, generator: np.random.Generator, spots: Spots, turn: float, altitude: float) -> None:
    reach = spots.reach
    ground.lawn(shapes, generator, reach)
    for name in ("dirt", "gravel", "dirt", "grass", "gravel", "dirt")[: int(generator.integers(3, 7))]:
        x, y = generator.uniform(-reach, reach, 2)
        ground.patch(shapes, generator, name, x, y, reach * generator.uniform(0.12, 0.34))
    for number in range(int(generator.integers(1, 3))):
        angle = turn + number * np.pi / 2
        width = min(generator.uniform(1.1, 4.2), 0.28 * altitude)
        line = _way(generator, reach, angle)
        ground.path(shapes, generator, line, width, angle)
        for x, y in line[::2]:
            spots.take(x, y, width / 2 + 0.2)
    if altitude > 9 and generator.random() < 0.5:
        length = min(generator.uniform(3.5, 7), 0.26 * altitude)
        if (place := spots.find(0.62 * length)) is not None:
            ground.pool(shapes, generator, *place, length, length * generator.uniform(0.45, 0.6), turn)
    if generator.random() < 0.45:
        radius = min(generator.uniform(0.9, 2.4), 0.11 * altitude)
        if (place := spots.find(1.5 * radius)) is not None:
            ground.pond(shapes, generator, *place, radius)


def _built(shapes: Shapes, generator: np.random.Generator, spots: Spots, turn: float, altitude: float) -> None:
    reach = spots.reach
    sides = generator.permutation(4)
    for side in sides[: int(altitude > 11) + int(altitude > 17) + int(altitude > 24)]:
        length, width = generator.uniform(6, 10), generator.uniform(5, 7)
        angle = turn + side * np.pi / 2
        far, beside = generator.uniform(0.62, 0.98) * reach, generator.uniform(-0.5, 0.5) * reach
        x = far * np.cos(angle) - beside * np.sin(angle)
        y = far * np.sin(angle) + beside * np.cos(angle)
        along = angle + np.pi / 2 * int(generator.integers(2))
        houses.house(shapes, generator, x, y, length, width, along, min(generator.uniform(2.7, 5.6), 0.26 * altitude))
        deep = generator.uniform(2, 4)
        before = (width + deep) / 2  # the terrace lies on the side of the middle
        ground.terrace(shapes, generator, x - np.cos(angle) * before, y - np.sin(angle) * before, deep + width / 2,
                       length * generator.uniform(0.6, 1.1), angle)  # fmt: skip
        spots.take(x, y, 0.6 * length)
    if generator.random() < 0.85:
        angle = turn + int(generator.integers(4)) * np.pi / 2
        ahead, side_way = np.array((np.cos(angle), np.sin(angle))), np.array((-np.sin(angle), np.cos(angle)))
        corner = ahead * reach * generator.uniform(0.3, 0.75) + side_way * reach * generator.uniform(-0.7, 0)
        line = np.array([corner - ahead * reach * 0.9, corner, corner + side_way * reach * generator.uniform(0.6, 1.2)])
        houses.fence(shapes, generator, line, min(generator.uniform(0.9, 1.6), 0.2 * altitude))


def _parked(shapes: Shapes, generator: np.random.Generator, spots: Spots, turn: float, altitude: float) -> None:
    if altitude > 8:
        for _ in range(int(generator.integers(1, 3 + int(altitude > 18)))):
            if (place := spots.find(2.3)) is not None:
                angle = turn + generator.choice((0, np.pi / 2, np.pi, 1.5 * np.pi)) + generator.normal(0, 0.06)
                ground.terrace(shapes, generator, *place, 5.4, 2.9, angle)
                vehicles.car(shapes, generator, *place, angle)
    area = (2 * spots.reach) ** 2
    for _ in range(1 + int(generator.poisson(0.004 * area))):
        if (place := spots.find(0.9)) is not None:
            objects.obstacle(shapes, generator, *place, turn + generator.uniform(-0.4, 0.4))
    for _ in range(1 + int(generator.poisson(0.0015 * area))):
        if (place := spots.find(0.5)) is not None:
            objects.marker(shapes, generator, *place, generator.uniform(0, np.pi))
    for _ in range(1 + int(generator.poisson(0.002 * area))):
        if (place := spots.find(0.7)) is not None:
            vehicles.bicycle(shapes, generator, *place, generator.uniform(0, 2 * np.pi))
    if generator.random() < 0.6 and (place := spots.find(0.8)) is not None:
        objects.heap(shapes, generator, *place, generator.uniform(0.4, 0.9))
    if generator.random() < 0.6 and (place := spots.find(0.8)) is not None:
        objects.hose(shapes, generator, *place, generator.uniform(0, 2 * np.pi))


def _life(shapes: Shapes, generator: np.random.Generator, spots: Spots, altitude: float) -> None:
    area = (2 * spots.reach) ** 2
    for _ in range(2 + int(generator.poisson(0.008 * area))):
        x, y = generator.uniform(-spots.reach, spots.reach, 2)  # people walk on paths, too
        if all((x - a) ** 2 + (y - b) ** 2 > (r + 0.3) ** 2 for a, b, r in spots.taken if r > 1.8):
            living.person(shapes, generator, x, y, generator.uniform(0, 2 * np.pi))
            spots.take(x, y, 0.4)
    for _ in range(int(generator.poisson(0.5 + 0.001 * area))):
        if (place := spots.find(0.4)) is not None:
            living.dog(shapes, generator, *place, generator.uniform(0, 2 * np.pi))


def _green(shapes: Shapes, generator: np.random.Generator, spots: Spots, turn: float, altitude: float) -> None:
    area = (2 * spots.reach) ** 2
    for _ in range(int(generator.poisson(0.8 + 0.004 * area))):
        radius = min(generator.uniform(1.1, 2.8), 0.13 * altitude)
        if (place := spots.find(0.8 * radius)) is not None:
            plants.tree(shapes, generator, *place, radius, min(generator.uniform(2.6, 7.5), 0.36 * altitude))
    for _ in range(int(generator.poisson(0.4 + 0.0012 * area))):
        radius = min(generator.uniform(1.2, 2.6), 0.13 * altitude)
        if (place := spots.find(0.5 * radius)) is not None:
            plants.bald_tree(shapes, generator, *place, radius, min(generator.uniform(2.6, 6.5), 0.32 * altitude))
    for _ in range(int(generator.integers(1, 4))):
        if (place := spots.find(0.6)) is None:
            continue
        thick = min(generator.uniform(0.45, 0.9), 0.06 * altitude)
        angle = turn + generator.choice((0, np.pi / 2))
        for number in range(int(generator.integers(3, 12))):
            x, y = place[0] + np.cos(angle) * number * thick, place[1] + np.sin(angle) * number * thick
            plants.bush(shapes, generator, x, y, thick * generator.uniform(0.85, 1.15))
    for _ in range(int(generator.poisson(1 + 0.005 * area))):
        if (place := spots.find(0.6)) is not None:
            plants.bush(shapes, generator, *place, min(generator.uniform(0.3, 1.2), 0.08 * altitude))
    for _ in range(int(generator.integers(1, 4))):
        if (place := spots.find(0.8)) is not None:
            for _ in range(int(generator.integers(2, 9))):
                x, y = generator.normal(place, 0.6)
                ground.rock(shapes, generator, x, y, generator.uniform(0.12, 0.5))


def _way(generator: np.random.Generator, reach: float, turn: float) -> Array:
    """(P, 2) points of a slightly bent line across the site."""
    along = np.linspace(-1.6, 1.6, 17) * reach
    off = generator.uniform(-0.6, 0.6) * reach
    bend = off + reach * generator.uniform(-0.12, 0.12) * np.sin(along / reach * generator.uniform(0.8, 1.8))
    return np.column_stack([along * np.cos(turn) - bend * np.sin(turn), along * np.sin(turn) + bend * np.cos(turn)])
