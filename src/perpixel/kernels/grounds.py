"""The colors of what `perpixel.kernels.aerial` finds: textures in metres, sun and shade, exposure and grain.

A texture's details fade before they are finer than the pixels, so that a small picture is a large one made small.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.aerial import (
    CAPSULE,
    COLOR,
    DOME,
    NORMAL,
    ORIGIN,
    SHAPE,
    SIDES,
    TURN,
    Floats,
)
from perpixel.kernels.compiled import compiled
from perpixel.kernels.painting import lattice, noise

(PLAIN, GRASS, DIRT, GRAVEL, SLABS, ASPHALT, WATER, POOL, ROCK, LEAVES, TILES, PLASTER, PANE, PLANKS, MARKER, STRIPES,
 ROUND, GLOSS) = range(18)  # fmt: skip


@compiled
def _grain(u: float, v: float, size: float, footprint: float, seed: int) -> float:
    """Noise from -0.5 to 0.5 with features of `size` metres, less where a pixel covers as much."""
    fade = 0.5 * size / footprint - 0.5
    if fade <= 0:
        return 0.0
    return (noise(u / size, v / size, seed) - 0.5) * min(1.0, fade)


@compiled
def _pebbles(u: float, v: float, size: float, seed: int) -> tuple[float, float]:
    """Of the nearest of scattered points its distance, 0 .. 1, and a number of its own, 0 .. 1."""
    a, b = u / size, v / size
    i, j = int(np.floor(a)), int(np.floor(b))
    least, own = 9.0, 0.0
    for di in range(-1, 2):
        for dj in range(-1, 2):
            x = i + di + lattice(i + di, j + dj, seed)
            y = j + dj + lattice(i + di, j + dj, seed + 1)
            far = (x - a) ** 2 + (y - b) ** 2
            if far < least:
                least, own = far, lattice(i + di, j + dj, seed + 2)
    return min(1.0, np.sqrt(least)), own


@compiled
def _tint(out: Floats, red: float, green: float, blue: float, share: float) -> None:
    out[0] += (red - out[0]) * share
    out[1] += (green - out[1]) * share
    out[2] += (blue - out[2]) * share


@compiled
def _ground(out: Floats, material: int, x: float, y: float, q: Floats, footprint: float, seed: int) -> float:
    """Grass, dirt, gravel, slabs or asphalt at x, y: tint `out`, return its brightness."""
    broad = 0.7 * _grain(x, y, 2.6, footprint, seed)
    broad += 0.5 * _grain(0.8 * x - 0.6 * y, 0.6 * x + 0.8 * y, 1.1, footprint, seed + 7)
    middle = 0.7 * _grain(0.96 * x + 0.28 * y, 0.96 * y - 0.28 * x, 0.34, footprint, seed + 1)
    middle += 0.5 * _grain(0.6 * x + 0.8 * y, 0.6 * y - 0.8 * x, 0.17, footprint, seed + 8)
    if material == GRASS:
        tuft = _grain(x, y, 0.075, footprint, seed + 2)
        blade = _grain(x + 0.4 * y, 0.5 * y, 0.014, footprint, seed + 3)
        dry = max(0.0, 0.9 * broad + 0.5 * middle - q[0])
        _tint(out, 166, 154, 108, min(0.7, dry))
        return 1 + 0.20 * broad + 0.26 * middle + 0.42 * tuft + 0.5 * blade
    if material == DIRT:
        clod = _grain(x, y, 0.06, footprint, seed + 2)
        crumb = _grain(x, y, 0.018, footprint, seed + 3)
        _tint(out, 205, 186, 150, max(0.0, 0.5 * broad + 0.6 * middle))
        return 1 + 0.28 * broad + 0.22 * middle + 0.24 * clod + 0.26 * crumb
    if material == GRAVEL:
        fine: float = min(1.0, max(0.0, 0.5 * q[0] / footprint - 0.5))
        shade: float = 1 + 0.16 * broad + 0.14 * middle
        if fine > 0:
            far, own = _pebbles(x, y, q[0], seed)
            shade += fine * (0.62 * (own - 0.5) + 0.34 - 0.75 * far * far)
            _tint(out, 176, 150, 128, 0.4 * fine * max(0.0, own - 0.55))
        return shade + 0.3 * _grain(x, y, 2.5 * q[0], footprint, seed + 4)
    if material == SLABS:  # q: side, cosine, sine
        u, v = x * q[1] + y * q[2], y * q[1] - x * q[2]
        row = int(np.floor(v / q[0]))
        a = u / (q[0] * 1.6) + 0.5 * (row & 1)
        b = v / q[0] - row
        column = int(np.floor(a))
        a -= column
        fine = min(1.0, max(0.0, 0.25 * q[0] / footprint - 0.4))
        shade = 1 + 0.12 * broad + 0.12 * middle + fine * 0.26 * (lattice(column, row, seed) - 0.5)
        gap = min(min(a, 1 - a) * q[0] * 1.6, min(b, 1 - b) * q[0])
        if gap < 0.006:
            shade *= 1 - 0.42 * min(1.0, 0.012 / footprint)
            _tint(out, 78, 86, 52, 0.35 * min(1.0, 0.012 / footprint))
        return shade + 0.14 * _grain(x, y, 0.02, footprint, seed + 3)
    patch = _grain(x, y, 1.1, footprint, seed + 5)
    crack = abs(noise(x * 0.55, y * 0.55, seed + 6) - 0.5)
    shade = 1 + 0.16 * broad + 0.10 * patch + 0.10 * middle
    if crack < 0.0018:
        shade *= 1 - 0.35 * min(1.0, 0.01 / footprint)
    return shade + 0.34 * _grain(x, y, 0.016, footprint, seed + 3) + 0.20 * _grain(x, y, 0.05, footprint, seed + 4)


@compiled
def _wet(out: Floats, material: int, x: float, y: float, rho: float, footprint: float, seed: int) -> float:
    """Water or a pool at x, y, which is `rho` of the way to its edge."""
    if material == POOL:
        a = abs(noise(x * 2.1 + 0.5 * noise(y * 3, x * 3, seed), y * 2.1, seed + 1) - 0.5)
        b = abs(noise(x * 3.7, y * 3.7 + 0.6 * noise(x * 4, y * 4, seed + 2), seed + 3) - 0.5)
        light = max(0.0, 0.09 - a) * 2.4 + max(0.0, 0.08 - b) * 1.8
        _tint(out, 226, 250, 248, min(0.8, light))
        return 0.96 + 0.10 * _grain(x, y, 1.7, footprint, seed + 4)
    ripple = _grain(x, 1.8 * y, 0.30, footprint, seed) + 0.7 * _grain(1.3 * x, y, 0.11, footprint, seed + 1)
    _tint(out, 112, 118, 92, max(0.0, 0.7 * (rho - 0.72)))
    _tint(out, 182, 200, 208, min(0.6, max(0.0, ripple - 0.42) * 3))
    return 1 + 0.20 * ripple + 0.24 * _grain(x, y, 2.2, footprint, seed + 2)


@compiled
def _made(out: Floats, material: int, u: float, v: float, q: Floats, footprint: float, seed: int) -> float:
    """What is made by hand, at u, v metres from its corner: tiles, plaster, panes, planks, markers, stripes."""
    if material == TILES:  # q: length of a course
        row = int(np.floor(v / q[0]))
        column = int(np.floor(u / (0.7 * q[0]) + 0.5 * (row & 1)))
        fine: float = min(1.0, max(0.0, 0.3 * q[0] / footprint - 0.3))
        down = v / q[0] - row
        across = u / (0.7 * q[0]) + 0.5 * (row & 1) - column
        shade: float = 0.98 + 0.16 * _grain(u, v, 1.8, footprint, seed)
        shade += fine * 0.30 * (lattice(column, row, seed) - 0.5)
        shade += fine * (0.12 * (across - 0.5) - (0.34 if down < 0.13 else 0.0))
        return shade + 0.16 * _grain(u, v, 0.03, footprint, seed + 1)
    if material == PANE:  # q: width, height
        edge = min(min(u, q[0] - u), min(v, q[1] - v))
        if edge < 0.06 or abs(u - 0.5 * q[0]) < 0.03:
            _tint(out, 236, 234, 226, 1.0)
            return 0.9
        _tint(out, 150, 178, 200, min(0.6, 0.55 * v / q[1] + 0.2 * noise(u * 2, v * 2, seed)))
        return 1.0
    if material == PLANKS:  # q: width of a plank
        plank = int(np.floor(u / q[0]))
        gap: float = u / q[0] - plank
        board: float = 0.85 + 0.24 * lattice(plank, 3, seed) + 0.24 * _grain(u * 6, v, 0.12, footprint, seed + plank)
        return board * (1 - 0.5 * min(1.0, 0.02 / footprint)) if gap < 0.1 else board
    if material == MARKER:  # q: side; 6 x 6 cells of which the outer ring is black, in a white margin
        i, j = int(np.floor(8 * u / q[0])), int(np.floor(8 * v / q[0]))
        inner = 1 < i < 6 and 1 < j < 6
        black = (0 < i < 7 and 0 < j < 7) and not (inner and lattice(i, j, seed) < 0.5)
        if black:
            _tint(out, 24, 24, 26, 1.0)
        return 1 + 0.06 * _grain(u, v, 0.05, footprint, seed)
    if material == STRIPES:  # q: width of a stripe, red, green, blue of every second
        if int(np.floor(u / q[0])) & 1:
            _tint(out, q[1], q[2], q[3], 1.0)
        return 1 + 0.14 * _grain(u, v, 0.25, footprint, seed) + 0.10 * _grain(u, v, 0.03, footprint, seed + 1)
    return 0.97 + 0.14 * _grain(u, v, 0.8, footprint, seed) + 0.14 * _grain(u, v, 0.05, footprint, seed + 1)


@compiled
def _sample(out: Floats, kind: int, material: int, table: Floats, f: int, seed: int, x: float, y: float, shade: float,
            dim: float, footprint: float, light: Floats) -> None:  # fmt: skip
    """The light that comes from the point x, y of shape f, of which `shade` of the sun and `dim` of the sky is kept."""
    px, py = x - table[f, ORIGIN], y - table[f, ORIGIN + 1]
    u = table[f, TURN] * px + table[f, TURN + 1] * py
    v = table[f, TURN + 2] * px + table[f, TURN + 3] * py
    q = table[f, SHAPE : SHAPE + 4]
    for c in range(3):
        out[c] = table[f, COLOR + c]
    a, b = u * table[f, SIDES], v * table[f, SIDES + 1]
    rho = np.sqrt(u * u + v * v)
    bright = 1.0
    if GRASS <= material <= ASPHALT:
        bright = _ground(out, material, x, y, q, footprint, seed)
    elif material in (WATER, POOL):
        bright = _wet(out, material, x, y, rho, footprint, seed)
    elif material == LEAVES:
        bright = 1 + 0.4 * _grain(a, b, 0.22, footprint, seed) + 0.75 * _grain(a, b, 0.055, footprint, seed + 1)
        bright += 0.55 * _grain(a, b, 0.02, footprint, seed + 2)
    elif material == ROCK:
        bright = 1 + 0.55 * _grain(a, b, 0.16, footprint, seed) + 0.34 * _grain(a, b, 0.03, footprint, seed + 1)
        bright += 0.2 * _grain(a, b, 0.008, footprint, seed + 2)
    elif material != ROUND and material != GLOSS:
        bright = _made(out, material, a, b, q, footprint, seed)
    nx, ny, nz = table[f, NORMAL], table[f, NORMAL + 1], table[f, NORMAL + 2]
    dome = table[f, DOME]
    if dome > 0:  # the normal turns outward toward the edge
        across = np.sqrt(table[f, TURN] ** 2 + table[f, TURN + 1] ** 2) + 1e-12
        along = np.sqrt(table[f, TURN + 2] ** 2 + table[f, TURN + 3] ** 2) + 1e-12
        s = 0.0 if kind == CAPSULE else min(1.0, max(-1.0, u)) * dome
        t = min(1.0, max(-1.0, v)) * dome
        nx = s * table[f, TURN] / across + t * table[f, TURN + 2] / along
        ny = s * table[f, TURN + 1] / across + t * table[f, TURN + 3] / along
        nz = np.sqrt(max(0.05, 1 - nx * nx - ny * ny))
    facing = max(0.0, nx * light[0, 0] + ny * light[0, 1] + nz * light[0, 2])
    if material == LEAVES:  # light comes through
        facing = 0.35 + 0.65 * facing
    lift = 0.72 + 0.28 * nz
    for c in range(3):
        out[c] *= bright * (light[1, c] * facing * shade + light[2, c] * lift * dim)
    if material == GLOSS:
        shine = max(0.0, 2 * facing * nz - light[0, 2])
        glint = (170 * shine**24 + 26 * nz * nz) * shade
        for c in range(3):
            out[c] += glint
    for c in range(3):
        out[c] = min(290.0, max(0.0, out[c]))


@compiled
def _kept(soft: NDArray[np.float32], row: float, column: float) -> float:
    """Bilinear value of a map (h, w) at a place that is kept inside it."""
    row = min(max(row, 0.0), soft.shape[0] - 1.001)
    column = min(max(column, 0.0), soft.shape[1] - 1.001)
    i, j = int(row), int(column)
    a, b = row - i, column - j
    top = soft[i, j] * (1 - b) + soft[i, j + 1] * b
    return float(top * (1 - a) + (soft[i + 1, j] * (1 - b) + soft[i + 1, j + 1] * b) * a)


@compiled
def paint_ground(ids: NDArray[np.int32], kind: NDArray[np.uint8], material: NDArray[np.uint8], table: Floats,
                 seed: NDArray[np.int64], receives: NDArray[np.bool_], corner: Floats, step: float,
                 sun: NDArray[np.float32], sky: NDArray[np.float32], light: Floats, exposure: Floats, first: int,
                 height: int, picture: NDArray[np.uint8]) -> None:  # fmt: skip
    """Color some rows of a picture, `fine` x `fine` samples a pixel.

    Args:
        ids: (rows * fine, W * fine) int32 from `topmost`, every pixel in a shape.
        kind, material: (N,) uint8; table: (N, COLUMNS) float64; seed: (N,) int64.
        receives: (N,) bool: whether shadows fall on the shape.
        corner, step: of the samples, as `topmost` takes them.
        sun, sky: (h, w) float32: the share of sun and sky that the ground keeps, over the whole picture.
        light: (3, 3) float64: direction to the sun (x right, y down, z up), light of the sun, light of the sky.
        exposure: (7,) float64: vignette; factors of red, green, blue; contrast; noise in gray levels; its seed.
        first: which row of the whole picture is the first here; height: of the whole picture.
        picture: (rows, W, 3) uint8, filled.
    """
    rows, width = picture.shape[:2]
    fine = ids.shape[1] // width
    out, total = np.empty(3), np.empty(3)
    footprint = step * fine
    for row in range(rows):
        down = (first + row + 0.5) / height
        for column in range(width):
            total[:] = 0
            across = (column + 0.5) / width
            shade = _kept(sun, down * sun.shape[0] - 0.5, across * sun.shape[1] - 0.5)
            dim = _kept(sky, down * sky.shape[0] - 0.5, across * sky.shape[1] - 0.5)
            for k in range(fine * fine):
                i, j = row * fine + k // fine, column * fine + k % fine
                f = ids[i, j]
                x, y = corner[0] + j * step, corner[1] + i * step
                s, d = (shade, dim) if receives[f] else (1.0, 1.0)
                _sample(out, kind[f], material[f], table, f, seed[f], x, y, s, d, footprint, light)
                for c in range(3):
                    total[c] += out[c]
            out_of_center = (2 * across - 1) ** 2 + (2 * down - 1) ** 2
            for c in range(3):
                value = total[c] / (fine * fine) * (1 - exposure[0] * out_of_center) * exposure[1 + c]
                value = (value - 128) * exposure[4] + 128.5
                grain = lattice(3 * column + c, first + row, int(exposure[6])) - 0.5
                value += 3.4 * exposure[5] * grain
                picture[row, column, c] = np.uint8(min(255.0, max(0.0, value)))
