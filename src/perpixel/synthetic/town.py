"""Which things stand and move where along a street: an endless town, drawn from a seed 40 m at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from perpixel.synthetic.road import Road, sample_road
from perpixel.synthetic.weather import Weather, sample_weather

BLOCK = 40.0
CROSSING, FASTEST_CYCLIST = 1.2, 6.0  # metres a second
TERRACE, GARDENS, PARK = range(3)


@dataclass(frozen=True)
class Thing:
    """Something that stands or moves.

    Attributes:
        kind: which builder draws it.
        s, d, z: where it is along, left of and over the center line at time 0, metres.
        turn: the direction it looks, radians to the left of the street's.
        seed: of everything about its looks.
        speed: metres a second along s.
        crosses: d up to which it walks across the street, None if it does not.
        numbers: what its builder needs besides: widths, heights, styles.
    """

    kind: str
    s: float
    d: float
    turn: float
    seed: int
    z: float = 0.0
    speed: float = 0.0
    crosses: float | None = None
    numbers: tuple[float, ...] = ()

    def at(self, time: float) -> tuple[float, float]:
        """(s, d) after so many seconds."""
        way = 0.0 if self.crosses is None else self.crosses - self.d
        return self.s + self.speed * time, self.d + math.copysign(min(abs(way), CROSSING * time), way)


@dataclass(frozen=True)
class Line:
    """A painted line along the street: its distance d, width, dash and gap (0: solid), color."""

    d: float
    width: float
    dash: float
    gap: float
    color: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Town:
    """A street with its weather and everything along it; the same seed is the same town on every machine."""

    seed: int
    road: Road
    weather: Weather
    lines: tuple[Line, ...]
    bare: bool
    asphalt: float
    slab: float
    speed: float

    def style(self, block: int, side: int) -> int:
        """What lines the street there: `TERRACE`, `GARDENS` or `PARK`."""
        return _style(self.seed, block, side)

    def things(self, first: float, last: float, time: float) -> list[Thing]:
        """All things that are between two s at a time."""
        fastest = max(1.1 * self.speed, FASTEST_CYCLIST) * time
        found: list[Thing] = []
        for block in range(int(np.floor((first - fastest) / BLOCK)), int(np.floor((last + fastest) / BLOCK)) + 1):
            found += [thing for thing in _block(self, block) if first <= thing.at(time)[0] <= last]
        return found


def sample_town(seed: int, *, length: float = 260.0, speed: float = 8.0) -> Town:
    """The town of a seed, its street known up to `length` metres; traffic moves about as fast as we, at `speed`."""
    generator = np.random.default_rng([seed, 3])
    road = sample_road(generator, length)
    weather = sample_weather(generator)
    lines = _sample_lines(road, generator)
    return Town(
        seed, road, weather, lines, bool(generator.random() < 0.18), float(generator.uniform(84, 128)),
        float(generator.uniform(0.45, 0.9)), speed,
    )  # fmt: skip


def _sample_lines(road: Road, generator: np.random.Generator) -> tuple[Line, ...]:
    white, yellow = (228.0, 228.0, 222.0), (222.0, 180.0, 60.0)
    wide = float(generator.uniform(0.11, 0.17))
    dash, gap = float(generator.uniform(2.0, 4.0)), float(generator.uniform(2.0, 5.0))
    center = generator.random()
    lines = [Line(0.0, wide, 0.0, 0.0, white)] if center < 0.2 else [Line(0.0, wide, dash, gap, white)]
    for side in (1, -1):
        kind = generator.random()
        if road.edge(side) > road.lane:  # the border of the parking strip
            if kind < 0.75:
                lines.append(Line(side * road.lane, 0.1, *((1.0, 1.0) if kind < 0.3 else (0.0, 0.0)), white))
        elif kind < 0.35:
            lines.append(Line(side * (road.lane - 0.3), 0.1, 0.0, 0.0, yellow))
            lines.append(Line(side * (road.lane - 0.5), 0.1, 0.0, 0.0, yellow))
        elif kind < 0.85:
            lines.append(Line(side * (road.lane - 0.35), 0.13, 0.0, 0.0, white))
    return tuple(lines)


@lru_cache(maxsize=4096)
def _style(seed: int, block: int, side: int) -> int:
    generator = np.random.default_rng([seed, 11, block + 1000, side + 1])
    return int(generator.choice(3, p=[0.46, 0.34, 0.20]))


@lru_cache(maxsize=1024)
def _block(town: Town, block: int) -> tuple[Thing, ...]:
    things: list[Thing] = []
    start = block * BLOCK
    for side in (1, -1):
        generator = np.random.default_rng([town.seed, 17, block + 1000, side + 1])
        style = town.style(block, side)
        things += _houses(town, start, side, style, generator)
        things += _kerb(town, start, side, style, generator)
        things += _walkers(town, start, side, generator)
        things += _traffic(town, start, side, generator)
    return tuple(things)


def _seed(generator: np.random.Generator) -> int:
    return int(generator.integers(1 << 30))


def _houses(town: Town, start: float, side: int, style: int, generator: np.random.Generator) -> list[Thing]:
    things = []
    back = town.road.frontage(side)
    facing = -side * np.pi / 2
    setback = (0.0, 4.5, 22.0)[style] + float(generator.uniform(0.0, (0.3, 2.5, 6.0)[style]))
    widths = generator.uniform(*((6.0, 13.0) if style == TERRACE else (8.0, 12.0)), 8)
    gap = (0.0, 3.2, 9.0)[style]
    count = max(2, round(BLOCK / float(widths.mean() + gap)))
    room = BLOCK / count
    for i in range(count):
        width = room - gap
        if style == TERRACE:
            share = widths[:count] / widths[:count].sum() * BLOCK
            middle, width = start + float(share[:i].sum() + share[i] / 2), float(share[i])
            if generator.random() < 0.10:
                things.append(Thing("tree", middle, side * (back + 5), 0.0, _seed(generator), 0.12, numbers=(9.0,)))
                continue
        else:
            middle = start + (i + 0.5) * room
        floors = int(generator.choice([2, 3, 4, 5], p=[0.34, 0.40, 0.18, 0.08])) if style == TERRACE else 2
        if style == PARK:
            floors = int(generator.integers(2, 5))
        deep = float(generator.uniform(8, 12))
        shop = style == TERRACE and generator.random() < 0.38
        numbers = (width, deep, floors, float(shop))
        away = side * (back + setback + float(generator.uniform(0, 0.25)))
        things.append(Thing("building", middle, away, facing, _seed(generator), 0.1, numbers=numbers))
    if style != TERRACE:
        kind = int(generator.choice(5, p=[0.26, 0.22, 0.26, 0.08, 0.18]))  # 4: a hedge
        cuts = [start + float(generator.uniform(4, 9)), start + float(generator.uniform(20, 26))]
        spans = [(start, cuts[0]), (cuts[0] + 2.2, cuts[1]), (cuts[1] + 2.2, start + BLOCK)]
        for a, b in spans:
            if kind < 4 and generator.random() < 0.12:
                things.append(Thing("hedge", a, side * (back + 0.1), 0.0, _seed(generator), 0.12, numbers=(b, 1.4)))
            else:
                name = "hedge" if kind == 4 else "fence"
                number = float(generator.uniform(0.9, 2.0)) if kind == 4 else float(kind)
                things.append(Thing(name, a, side * (back + 0.1), 0.0, _seed(generator), 0.12, numbers=(b, number)))
        for _ in range(int(generator.integers(1, 4) if style == GARDENS else generator.integers(4, 8))):
            s = start + float(generator.uniform(0, BLOCK))
            d = back + float(generator.uniform(1.5, 4.0 if style == GARDENS else 16.0))
            tall = float(generator.uniform(3.5, 6.0) if style == GARDENS else generator.uniform(7, 13))
            things.append(Thing("tree", s, side * d, 0.0, _seed(generator), 0.12, numbers=(tall,)))
    return things


def _kerb(town: Town, start: float, side: int, style: int, generator: np.random.Generator) -> list[Thing]:
    road, things = town.road, []
    kerb = road.edge(side) + 0.45
    for s in (start + float(generator.uniform(2, 8)), start + float(generator.uniform(20, 28))):
        if generator.random() < 0.8:
            things.append(Thing("lamp", s, side * kerb, -side * np.pi / 2, _seed(generator), 0.12))
    for low, high, chance in ((7, 17, 0.9), (26, 38, 0.7)):
        if generator.random() < chance:  # most signs look at those who come along that side
            s = start + float(generator.uniform(low, high))
            looks = np.pi if generator.random() < (0.85 if side == town.road.keep else 0.5) else 0.0
            looks += float(generator.uniform(-0.25, 0.25))
            things.append(Thing("sign", s, side * (kerb + 0.1), looks, _seed(generator), 0.12))
    roll = generator.random()
    if roll < 0.42:  # a guard rail or barrier at the kerb
        a = start + float(generator.uniform(6, 14))
        kind = float(2 if generator.random() < 0.65 else 3)
        numbers = (a + float(generator.uniform(8, 16)), kind)
        things.append(Thing("fence", a, side * (road.edge(side) + 0.25), 0.0, _seed(generator), 0.12, numbers=numbers))
    elif roll < 0.60:
        a = start + float(generator.uniform(5, 25))
        for i in range(int(generator.integers(3, 7))):
            things.append(Thing("bollard", a + 1.8 * i, side * (road.edge(side) + 0.3), 0.0, 5, 0.12))
    if generator.random() < (0.35, 0.5, 0.6)[style]:
        for s in np.arange(start + float(generator.uniform(3, 9)), start + BLOCK, float(generator.uniform(10, 16))):
            tall = float(generator.uniform(5.5, 9.5))
            things.append(Thing("tree", float(s), side * (kerb + 0.35), 0.0, _seed(generator), 0.12, numbers=(tall,)))
    return things


def _walkers(town: Town, start: float, side: int, generator: np.random.Generator) -> list[Thing]:
    road, things = town.road, []
    low, high = road.edge(side) + 0.9, road.frontage(side) - 0.45
    for _ in range(int(generator.integers(3, 7))):
        s, d = start + float(generator.uniform(0, BLOCK)), side * float(generator.uniform(low, max(high, low + 0.1)))
        ahead = generator.random() < 0.5
        pace = float(generator.uniform(0.9, 1.6))
        pair = 2 if generator.random() < 0.3 else 1
        for i in range(pair):
            turn = float(generator.uniform(-0.2, 0.2)) + (0.0 if ahead else np.pi)
            speed = pace if ahead else -pace
            things.append(Thing("pedestrian", s + 0.25 * i, d + 0.6 * i * side * (-1 if i else 1), turn,
                                _seed(generator), 0.12, speed))  # fmt: skip
    if generator.random() < 0.16:  # someone crosses
        s, d = start + float(generator.uniform(14, 38)), side * float(generator.uniform(0.5, road.edge(side)))
        things.append(Thing("pedestrian", s, d, -side * np.pi / 2, _seed(generator), crosses=-side * low))
    return things


def _traffic(town: Town, start: float, side: int, generator: np.random.Generator) -> list[Thing]:
    road, things = town.road, []
    own = side == road.keep
    turn, sign = (0.0, 1.0) if own else (np.pi, -1.0)
    if road.edge(side) > road.lane:
        s = start + float(generator.uniform(0, 5))
        while s < start + BLOCK - 3:
            if generator.random() < 0.62:
                d = side * (road.edge(side) - 1.02)
                looks = turn if generator.random() < 0.85 else turn + np.pi
                looks += float(generator.normal(0, 0.03)) if generator.random() < 0.9 else 0.3 * side
                things.append(Thing("car", s + 2.5, d, looks, _seed(generator)))
            s += float(generator.uniform(5.4, 7.5))
    lane = side * road.lane / 2
    if generator.random() < (0.55 if own else 0.75):
        s = start + float(generator.uniform(8, 36))
        kind = "bus" if generator.random() < 0.10 else "car"
        pace = town.speed * (1.0 if own else float(generator.uniform(0.7, 1.1)))
        wobble = float(generator.normal(0, 0.02))
        d = lane + float(generator.normal(0, 0.12))
        things.append(Thing(kind, s, d, turn + wobble, _seed(generator), speed=sign * pace))
    if generator.random() < (0.9 if own else 0.7):
        s = start + float(generator.uniform(5, 30))
        d = side * (road.lane - float(generator.uniform(0.45, 0.85)))
        pace = float(generator.uniform(3.5, 6.0))
        wobble = float(generator.normal(0, 0.12))
        things.append(Thing("cyclist", s, d, turn + wobble, _seed(generator), speed=sign * pace))
    if generator.random() < 0.05:  # a car comes out of a yard
        s = start + float(generator.uniform(18, 36))
        d = side * float(generator.uniform(0.8, road.lane))
        looks = -side * np.pi / 2 + float(generator.uniform(-0.6, 0.6))
        things.append(Thing("car", s, d, looks, _seed(generator)))
    return things
