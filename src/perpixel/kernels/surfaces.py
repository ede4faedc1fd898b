"""The colors of drawn faces: procedural textures, light, shadow, haze and sky, each pixel a mean of 2 x 2 samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled
from perpixel.kernels.painting import (
    ASPHALT,
    BOARDS,
    FACADE,
    GLASS,
    GRASS,
    LEAVES,
    PAINT,
    PAVING,
    ROOF,
    ROUND,
    SIGN,
    Bytes,
    Floats,
    Numbers,
    lattice,
    noise,
)


@compiled
def _tint(out: Floats, red: float, green: float, blue: float, share: float) -> None:
    out[0] += (red - out[0]) * share
    out[1] += (green - out[1]) * share
    out[2] += (blue - out[2]) * share


@compiled
def _facade(out: Floats, u: float, v: float, table: Floats, f: int, seed: int, footprint: float, sky: Floats) -> None:
    """q: window pitch, floor height, window width share, window height share, style, facade height."""
    q0, q1, q2, q3, q5 = table[f, 15], table[f, 16], table[f, 17], table[f, 18], table[f, 20]
    column, row = int(np.floor(u / q0)), int(np.floor(v / q1))
    a, b = u / q0 - column, v / q1 - row
    style = int(table[f, 19])
    fine = max(0.0, 1 - footprint * 9)
    if style == 0:  # bricks
        course = int(np.floor(v / 0.09))
        brick = int(np.floor(u / 0.24 + 0.5 * (course & 1)))
        shade = 1 + (0.26 * lattice(brick, course, seed) - 0.13) * max(0.0, 1 - footprint * 6)
        if v / 0.09 - course < 0.2:
            shade *= 1 + 0.14 * fine
        for c in range(3):
            out[c] *= shade
    elif style == 2 and (u / 1.1 - np.floor(u / 1.1) < 0.03 or v / 0.7 - np.floor(v / 0.7) < 0.04):  # slabs of stone
        for c in range(3):
            out[c] *= 1 - 0.25 * fine
    stain = 0.86 + 0.22 * noise(u * 0.5, v * 0.35, seed + 5) + 0.06 * noise(u * 3, v * 3, seed + 6)
    for c in range(3):
        out[c] *= stain
    if v > q5 - 0.35:  # cornice
        for c in range(3):
            out[c] *= 1.12 if v > q5 - 0.2 else 0.72
        return
    left, right = 0.5 - q2 / 2, 0.5 + q2 / 2
    low, high = 0.62 - q3 / 2, 0.62 + q3 / 2
    if row == 0 and q3 < 0.9:
        kind = lattice(column, 77, seed)
        if style == 3:  # a shop: wide glass under a colored board
            low, high, left, right = 0.14, 0.76, 0.04, 0.96
            if 0.80 < b < 0.97:
                hue = lattice(int(np.floor(u / (q0 * 3))), 5, seed)
                _tint(out, 40 + 150 * hue, 40 + 120 * (1 - hue), 60 + 110 * abs(hue - 0.5), 0.9)
                t = noise(u * 5, 0.5, seed)
                if 0.85 < b < 0.92 and t > 0.5:
                    _tint(out, 235, 230, 215, 0.8)
                return
        elif kind < 0.3:  # a door
            left, right, low, high = 0.33, 0.67, 0.0, 0.72
            if left < a < right and b < high:
                hue = lattice(column, 78, seed)
                dark = 1.0 if (0.39 < a < 0.61 and 0.06 < b < 0.62) else 0.75
                _tint(out, (60 + 120 * hue) * dark, (50 + 60 * (1 - hue)) * dark, (60 + 60 * hue) * dark, 0.95)
                return
    if not (left < a < right and low < b < high):
        frame_u, frame_v = 0.10 / q0, 0.12 / q1
        if left - frame_u < a < right + frame_u and low - 2 * frame_v < b < low:
            _tint(out, 205, 200, 190, 0.7)  # sill
        elif left - frame_u < a < right + frame_u and high < b < high + 1.5 * frame_v:
            for c in range(3):
                out[c] *= 0.78  # lintel
        return
    edge = min(min(a - left, right - a) * q0, min(b - low, high - b) * q1)
    middle = abs(a - 0.5) * q0
    bar = abs(b - (low + high) / 2) * q1
    if edge < 0.07 or middle < 0.035 or (bar < 0.035 and style != 3):
        _tint(out, 225, 224, 218, 0.85)
        return
    glint = lattice(column, row, seed + 3)
    t = (b - low) / (high - low)
    base = 0.20 + 0.25 * glint + 0.18 * t
    if glint > 0.72 and t > 0.35:
        _tint(out, 190, 182, 165, 0.75)  # a curtain
        return
    _tint(out, 25 + sky[0] * base * 0.55, 30 + sky[1] * base * 0.6, 36 + sky[2] * base * 0.65, 0.94)


@compiled
def _sign(out: Floats, u: float, v: float, table: Floats, f: int, seed: int) -> None:
    """q: kind, width, height. The colors of traffic signs and signals."""
    kind, q1, q2 = int(table[f, 15]), table[f, 16], table[f, 17]
    x, y = 2 * u / q1 - 1, 2 * v / q2 - 1
    rho = np.sqrt(x * x + y * y)
    if kind == 0:  # speed limit
        if rho > 0.72:
            _tint(out, 205, 22, 30, 1.0)
        else:
            _tint(out, 240, 240, 236, 1.0)
            if abs(y) < 0.36 and (abs(x + 0.27) < 0.09 or abs(abs(x - 0.22) - 0.13) < 0.06):
                _tint(out, 15, 15, 15, 1.0)
            if abs(abs(y) - 0.3) < 0.07 and abs(x - 0.22) < 0.16:
                _tint(out, 15, 15, 15, 1.0)
    elif kind == 1:  # warning triangle; a corner up
        inside = min(v / q2, (1 - abs(x) - v / q2) * 0.5)
        if inside < 0.10:
            _tint(out, 205, 22, 30, 1.0)
        else:
            _tint(out, 240, 240, 236, 1.0)
            if abs(x) < 0.09 and -0.62 < y < 0.05 and not -0.5 < y < -0.38:
                _tint(out, 10, 10, 10, 1.0)
    elif kind == 2:  # keep this way
        if rho > 0.88:
            _tint(out, 235, 235, 235, 1.0)
        else:
            _tint(out, 25, 70, 165, 1.0)
            if (abs(x - y) < 0.16 and abs(x + y) < 0.9) or (x + y < -0.35 and x < 0.15 and y < 0.15 and rho < 0.7):
                _tint(out, 240, 240, 240, 1.0)
    elif kind == 3:  # directions
        hue = lattice(1, 2, seed)
        if hue < 0.45:
            _tint(out, 15, 95, 60, 1.0)
        elif hue < 0.75:
            _tint(out, 25, 70, 165, 1.0)
        else:
            _tint(out, 236, 236, 230, 1.0)
        ink = 20.0 if hue >= 0.75 else 240.0
        if min(min(u, q1 - u), min(v, q2 - v)) < 0.035:
            _tint(out, ink, ink, ink, 1.0)
        line = (v / q2) * 3 - np.floor((v / q2) * 3)
        if 0.3 < line < 0.7 and 0.08 < u / q1 < 0.85 and noise(u * 14, np.floor(v / q2 * 3) * 7.0, seed) > 0.4:
            _tint(out, ink, ink, ink, 0.9)
    elif kind == 4:  # no entry
        _tint(out, 200, 20, 30, 1.0)
        if (abs(y) < 0.17 and abs(x) < 0.7) or rho > 0.93:
            _tint(out, 240, 240, 236, 1.0)
    elif kind == 5:  # a signal's three lamps
        _tint(out, 22, 23, 24, 1.0)
        lamp = int(np.floor(3 * v / q2))
        center = (lamp + 0.5) * q2 / 3
        lit = int(3 * lattice(3, 4, seed))
        if (u - q1 / 2) ** 2 + (v - center) ** 2 < (0.36 * q1) ** 2:
            glow = 1.0 if lamp == lit else 0.2
            if lamp == 0:
                _tint(out, 40 * glow, 240 * glow, 140 * glow, 1.0)
            elif lamp == 1:
                _tint(out, 250 * glow, 170 * glow, 30 * glow, 1.0)
            else:
                _tint(out, 250 * glow, 45 * glow, 35 * glow, 1.0)
    else:  # a yellow board with text
        _tint(out, 238, 190, 40, 1.0)
        line = (v / q2) * 2.5 - np.floor((v / q2) * 2.5)
        if 0.3 < line < 0.75 and abs(x) < 0.8 and noise(u * 13, np.floor(v / q2 * 2.5) * 5.0, seed) > 0.42:
            _tint(out, 20, 20, 20, 0.95)


@compiled
def _surface(out: Floats, material: int, u: float, v: float, table: Floats, f: int, seed: int, footprint: float,
             sky: Floats) -> None:  # fmt: skip
    """Change the base color `out` into that of the point u, v; footprint: metres of the face that one pixel covers."""
    if material == FACADE:
        _facade(out, u, v, table, f, seed, footprint, sky)
        return
    if material == SIGN:
        _sign(out, u, v, table, f, seed)
        return
    q0, q1, q2 = table[f, 15], table[f, 16], table[f, 17]
    shade = 1.0
    if material == ASPHALT:
        grain = max(0.0, 1 - footprint * 7)
        shade = 0.90 + 0.16 * noise(u * 0.35, v * 0.35, seed)
        if grain > 0:
            shade += grain * (
                0.16 * noise(u * 9, v * 9, seed + 1) + 0.14 * lattice(int(u * 40), int(v * 40), seed) - 0.15
            )
        patch = noise(u * 0.09 + 40, v * 0.16, seed + 2)
        shade *= 1 - 0.10 * min(1.0, max(0.0, (patch - 0.62) * 25))
    elif material == PAVING:
        a, b = u / q0 - np.floor(u / q0), v / q0 - np.floor(v / q0)
        slab = lattice(int(np.floor(u / q0)), int(np.floor(v / q0)), seed)
        fine = max(0.0, 1 - footprint * 5)
        shade = 0.93 + 0.10 * noise(u * 0.4, v * 0.4, seed) + fine * (0.12 * slab - 0.06)
        if min(a, b) < 0.05:
            shade *= 1 - 0.25 * fine
        shade += fine * 0.07 * (lattice(int(u * 45), int(v * 45), seed) - 0.5)
    elif material == GRASS:
        fine = max(0.0, 1 - footprint * 4)
        shade = 0.75 + 0.35 * noise(u * 0.7, v * 0.7, seed) + fine * 0.35 * (noise(u * 11, v * 11, seed + 1) - 0.4)
    elif material == LEAVES:
        a, b = u / q0, v / q1
        clump = noise(u / q2 * 0.9, v / q2 * 0.9, seed + 7)
        fine = noise(u / q2 * 3.3, v / q2 * 3.3, seed + 8)
        shade = 0.66 + 0.42 * b + 0.46 * (clump - 0.5) + 0.55 * (fine - 0.5) + 0.08 * a
        out[0] *= 0.85 + 0.4 * clump
    elif material == ROOF:
        row = int(np.floor(v / 0.3))
        tile = int(np.floor(u / 0.25 + 0.5 * (row & 1)))
        fine = max(0.0, 1 - footprint * 4)
        shade = 0.92 + 0.12 * noise(u * 0.4, v * 0.4, seed) + fine * 0.2 * (lattice(tile, row, seed) - 0.5)
        if v / 0.3 - row < 0.16:
            shade *= 1 - 0.25 * fine
    elif material == BOARDS:  # q2: width of a board
        board = np.floor(u / q2)
        shade = 0.86 + 0.24 * lattice(int(board), 3, seed) + 0.10 * (noise(u * 22, v * 1.6, seed) - 0.5)
        if u / q2 - board < 0.12:
            shade *= 1 - 0.4 * max(0.0, 1 - footprint * 4)
    elif material == GLASS:  # q: width, height
        b = v / q1
        if b - 0.25 * u / q0 > 0.45:
            _tint(out, sky[0], sky[1], sky[2], 0.34)
        else:
            _tint(out, sky[0], sky[1], sky[2], 0.12)
    elif material == PAINT:  # worn road paint
        worn = noise(u * 6, v * 6, seed) * 0.6 + noise(u * 0.8, v * 0.8, seed + 1) * 0.5
        shade = 0.97 if worn < 0.66 else 0.72
    else:
        shade = 0.95 + 0.10 * noise(u * 2.3, v * 2.3, seed)
    for c in range(3):
        out[c] *= shade


@compiled
def _sky(out: Floats, x: float, y: float, up: float, light: Floats) -> None:
    """The color of a direction: elevation sine `up`, level directions x and y."""
    t = min(1.0, max(0.0, up * 2.2))
    t = np.sqrt(t)
    for c in range(3):
        out[c] = light[4, c] * (1 - t) + light[3, c] * t
    if up > 0.005:
        k = 1.0 / (up + 0.12)
        seed = int(light[8, 2])
        a, b = x * k * 1.3, y * k * 1.3
        cloud = (
            0.55 * noise(a, b, seed)
            + 0.28 * noise(a * 2.1, b * 2.1, seed + 1)
            + 0.17 * noise(a * 4.3, b * 4.3, seed + 2)
        )
        share = min(1.0, max(0.0, (cloud - 1 + light[8, 0]) * light[8, 1])) * min(1.0, up * 9)
        lit = 0.80 + 0.30 * noise(a * 1.6 + 3, b * 1.6, seed + 3)
        for c in range(3):
            out[c] += (light[5, c] * lit - out[c]) * share


@compiled
def _detailed(material: int) -> bool:
    return material in (FACADE, SIGN, BOARDS, ROOF, PAVING)


@compiled
def _sample(out: Floats, rx: float, ry: float, w: float, f: int, dark: int, table: Floats, material: Bytes,
            seed: Numbers, light: Floats, axes: Floats, sky: Floats, fx: float) -> None:  # fmt: skip
    """The light that comes along the ray (rx, ry, 1) from face f at inverse depth w, or from the sky."""
    if f < 0:
        size = np.sqrt(rx * rx + ry * ry + 1)
        ahead = (axes[0, 0] * rx + axes[0, 1] * ry + axes[0, 2]) / size
        left = (axes[1, 0] * rx + axes[1, 1] * ry + axes[1, 2]) / size
        up = (axes[2, 0] * rx + axes[2, 1] * ry + axes[2, 2]) / size
        _sky(out, ahead, left, up, light)
        for c in range(3):
            out[c] = min(255.0, out[c])
        return
    z = 1 / w
    px, py, pz = rx * z - table[f, 0], ry * z - table[f, 1], z - table[f, 2]
    u = px * table[f, 3] + py * table[f, 4] + pz * table[f, 5]
    v = px * table[f, 6] + py * table[f, 7] + pz * table[f, 8]
    nx, ny, nz = table[f, 9], table[f, 10], table[f, 11]
    for c in range(3):
        out[c] = table[f, 12 + c]
    _surface(out, material[f], u, v, table, f, seed[f], 2 * z / fx, sky)
    if material[f] == ROUND:  # a tube: its normal turns from one edge to the other
        t = min(0.98, max(-0.98, u / max(table[f, 15], table[f, 16]) - 1))
        s = np.sqrt(1 - t * t)
        nx, ny, nz = table[f, 3] * t + nx * s, table[f, 4] * t + ny * s, table[f, 5] * t + nz * s
    facing = max(0.0, nx * light[0, 0] + ny * light[0, 1] + nz * light[0, 2])
    if material[f] == LEAVES:
        facing = 0.62
    lift = 0.82 + 0.18 * (nx * axes[2, 0] + ny * axes[2, 1] + nz * axes[2, 2])
    shade = dark / 255.0
    haze = 1 - np.exp(-z / light[7, 0])
    for c in range(3):
        direct = light[1, c] * facing * (1 - shade)
        out[c] *= direct + light[2, c] * lift * (1 - light[7, 1] * shade)
        out[c] = min(255.0, out[c] + (light[6, c] - out[c]) * haze)


@compiled
def paint(faces: NDArray[np.int32], inverse: Floats, shadow: Bytes, table: Floats, material: Bytes, seed: Numbers,
          light: Floats, camera: Floats, axes: Floats, image: NDArray[np.float32]) -> None:  # fmt: skip
    """Color every pixel from 2 x 2 samples.

    Args:
        faces, inverse, shadow: (2 H, 2 W) int32, float64, uint8, from `nearest_faces` and `cast_shadows`.
        table: (F, 21) float64: origin, across, along and normal in camera axes (the normal toward the camera), color
            from 0 to 255, six parameters of the shape.
        material: (F,) uint8; seed: (F,) int64.
        light: (9, 3) float64: direction to the sun in camera axes; sun; ambient; zenith; horizon; cloud; haze;
            (haze length in metres, shadow strength, unused); (cloud cover, cloud contrast, cloud seed).
        camera: (4,) float64 fx, fy, cx, cy of the fine grid.
        axes: (3, 3) float64, rows forward, left and up of the world in camera axes.
        image: (H, W, 3) float32, filled.
    """
    height, width = image.shape[:2]
    fx, fy, cx, cy = camera
    out, sky = np.empty(3), np.empty(3)
    for c in range(3):
        sky[c] = 0.5 * (light[3, c] + light[4, c])
    for y in range(height):
        for x in range(width):
            red = green = blue = 0.0
            f, dark = faces[2 * y, 2 * x], shadow[2 * y, 2 * x]
            same = True
            for k in range(1, 4):
                j, i = 2 * y + (k >> 1), 2 * x + (k & 1)
                same = same and faces[j, i] == f and shadow[j, i] == dark
            if same and (f < 0 or not _detailed(material[f])):  # one sample at the pixel's center shows as much
                mean = 0.0
                for k in range(4):
                    mean += inverse[2 * y + (k >> 1), 2 * x + (k & 1)] / 4
                rx, ry = (2 * x + 0.5 - cx) / fx, (2 * y + 0.5 - cy) / fy
                _sample(out, rx, ry, mean, f, dark, table, material, seed, light, axes, sky, fx)
                image[y, x, 0], image[y, x, 1], image[y, x, 2] = out[0], out[1], out[2]
                continue
            for k in range(4):
                j, i = 2 * y + (k >> 1), 2 * x + (k & 1)
                rx, ry = (i - cx) / fx, (j - cy) / fy
                _sample(
                    out, rx, ry, inverse[j, i], faces[j, i], shadow[j, i], table, material, seed, light, axes, sky, fx
                )
                red, green, blue = red + out[0], green + out[1], blue + out[2]
            image[y, x, 0], image[y, x, 1], image[y, x, 2] = red / 4, green / 4, blue / 4
