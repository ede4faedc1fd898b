"""Drawing flat faces in perspective: which face each pixel's center sees, what falls into shadow, and its color.

All faces are planar quadrilaterals in camera axes (x right, y down, z forward), with a frame (origin and two axes)
that gives each of their points two coordinates u, v in metres; cutouts and textures are functions of u and v.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]

# What of a face is there: the parameters of each are in metres unless said otherwise.
WHOLE, ELLIPSE, CAPSULE, FOLIAGE, PICKETS, RING, BARS, TWIGS = range(8)
# What its surface looks like.
PLAIN, ASPHALT, PAVING, FACADE, ROOF, LEAVES, BOARDS, GLASS, ROUND, SIGN, GRASS, PAINT = range(12)

NEAR = 0.15


@compiled
def lattice(x: int, y: int, seed: int) -> float:
    """A number in [0, 1) for each whole x, y: no pattern that one sees, the same on every machine."""
    h = (x * 374761393 + y * 668265263 + seed * 144665) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFF) / 65536.0


@compiled
def noise(x: float, y: float, seed: int) -> float:
    """Smooth noise in [0, 1) with features one unit wide."""
    fx, fy = np.floor(x), np.floor(y)
    i, j = int(fx), int(fy)
    a, b = float(x - fx), float(y - fy)
    a, b = a * a * (3 - 2 * a), b * b * (3 - 2 * b)
    top = lattice(i, j, seed) * (1 - a) + lattice(i + 1, j, seed) * a
    bottom = lattice(i, j + 1, seed) * (1 - a) + lattice(i + 1, j + 1, seed) * a
    return top * (1 - b) + bottom * b


@compiled
def covers(cutout: int, u: float, v: float, shape: Floats, f: int, seed: int) -> bool:
    """Whether the point u, v of a face is there, given the face's cutout and its parameters, called q below."""
    if cutout == WHOLE:
        return True
    q0: float = shape[f, 0]
    q1: float = shape[f, 1]
    q2: float = shape[f, 2]
    q3: float = shape[f, 3]
    q4: float = shape[f, 4]
    if cutout == CAPSULE:  # q: radius at start, radius at end, length; u in 0 .. 2 r, v from r before the start
        radius = max(q0, q1)
        along, across = v - radius, u - radius
        inside = min(max(along, 0.0), q2)
        r = q0 + (q1 - q0) * inside / max(q2, 1e-9)
        return across * across + (along - inside) * (along - inside) <= r * r
    if cutout == PICKETS:  # q: width, height, pitch, bar share, point height
        t: float = u / q2 - np.floor(u / q2)
        rail = (abs(v - 0.25 * q1) < 0.05) or (abs(v - 0.75 * q1) < 0.05)
        if t > q3:
            return rail
        return v < q1 - q4 * abs(2 * t / q3 - 1)
    if cutout == BARS:  # q: width, height, pitch, bar width, rail height
        t = u - q2 * float(np.floor(u / q2))
        return t < q3 or v > q1 - q4 or abs(v - 0.12) < 0.5 * q4
    x, y = 2 * u / q0 - 1, 2 * v / q1 - 1  # q: width, height of the ellipse's box
    rho: float = np.sqrt(x * x + y * y)
    if cutout == ELLIPSE:
        return rho <= 1
    if cutout == RING:  # q2: inner share of the radius; thin spokes
        if rho > 1:
            return False
        return rho > q2 or abs(x * y) < 0.012 or rho < 0.12
    if cutout == TWIGS:  # q2: grain; a crown in winter: thin winding lines
        if rho > 1:
            return False
        a = abs(noise(u / q2 * 1.3, v / q2 * 0.7, seed) - 0.5)
        b = abs(noise(u / q2 * 2.3 + 9, v / q2 * 1.2, seed + 1) - 0.5)
        return min(a, b) < 0.10 - 0.06 * rho
    if rho > 1.1:
        return False
    if rho < 0.38:  # FOLIAGE; here no noise could cut a hole
        return True
    edge = rho + 0.55 * (noise(u / q2, v / q2, seed) - 0.5)  # q2: size of its clumps
    if abs(edge - 0.86) > 0.21:
        return edge < 0.86
    return edge + 0.40 * (noise(u / q2 * 3.1, v / q2 * 3.1, seed + 1) - 0.5) < 0.86


@compiled
def _screen(corners: Floats, fx: float, fy: float, cx: float, cy: float, polygon: Floats) -> int:
    """Clip a quadrilateral (4, 3) at the near plane and project it into `polygon` (8, 2); return its corner count."""
    count = 0
    for i in range(4):
        p, r = corners[i], corners[(i + 1) % 4]
        if p[2] >= NEAR:
            polygon[count, 0], polygon[count, 1] = fx * p[0] / p[2] + cx, fy * p[1] / p[2] + cy
            count += 1
        if (p[2] >= NEAR) != (r[2] >= NEAR):
            t = (NEAR - p[2]) / (r[2] - p[2])
            x, y = p[0] + t * (r[0] - p[0]), p[1] + t * (r[1] - p[1])
            polygon[count, 0], polygon[count, 1] = fx * x / NEAR + cx, fy * y / NEAR + cy
            count += 1
    return count


@compiled
def _span(polygon: Floats, count: int, y: float) -> tuple[float, float]:
    """The x where row y enters and leaves a convex polygon."""
    low, high = np.inf, -np.inf
    for i in range(count):
        x0, y0 = polygon[i, 0], polygon[i, 1]
        x1, y1 = polygon[(i + 1) % count, 0], polygon[(i + 1) % count, 1]
        if y0 > y1:  # an edge that two faces share is cut the same way in both
            x0, y0, x1, y1 = x1, y1, x0, y0
        if y0 <= y < y1:
            x = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
            low, high = min(low, x), max(high, x)
    return low, high


@compiled
def _plane(corners: Floats, plane: Floats) -> bool:
    """Inverse depth over the ray (x, y, 1) as plane . (x, y, 1); False where the face is seen edge-on."""
    n = np.zeros(3)
    for i in range(4):  # Newell's normal: right for triangles with a doubled corner, too
        p, r = corners[i], corners[(i + 1) % 4]
        n[0] += (p[1] - r[1]) * (p[2] + r[2])
        n[1] += (p[2] - r[2]) * (p[0] + r[0])
        n[2] += (p[0] - r[0]) * (p[1] + r[1])
    d = 0.0
    for i in range(3):
        d += n[i] * (corners[0, i] + corners[1, i] + corners[2, i] + corners[3, i]) / 4
    if abs(d) < 1e-9:
        return False
    for i in range(3):
        plane[i] = n[i] / d
    return True


@compiled
def nearest_faces(order: Numbers, corners: Floats, origin: Floats, across: Floats, along: Floats, cutout: Bytes,
                  shape: Floats, seed: Numbers, camera: Floats, faces: NDArray[np.int32],
                  inverse: Floats) -> None:  # fmt: skip
    """For each pixel center the nearest face that covers it; of faces in one plane, the one that comes last.

    Args:
        order: (F,) the faces in the order to draw them in: any will do, near ones first is fastest.
        corners: (F, 4, 3) float64, convex and planar; origin, across, along: (F, 3) float64, the frames, where
            across and along are dual axes (u = (P - origin) . across).
        cutout: (F,) uint8; shape: (F, 6) float64; seed: (F,) int64.
        camera: (4,) float64 fx, fy, cx, cy.
        faces: (H, W) int32, filled with -1 before; inverse: (H, W) float64, zeros before: 1 / depth in metres.
    """
    height, width = faces.shape
    fx, fy, cx, cy = camera
    polygon, plane = np.empty((8, 2)), np.empty(3)
    for f in order:
        count = _screen(corners[f], fx, fy, cx, cy, polygon)
        if count < 3 or not _plane(corners[f], plane):
            continue
        first = max(0, int(np.ceil(polygon[:count, 1].min())))
        last = min(height - 1, int(np.floor(polygon[:count, 1].max())))
        for y in range(first, last + 1):
            low, high = _span(polygon, count, float(y))
            if not high > low:
                continue
            ry = (y - cy) / fy
            for x in range(max(0, int(np.ceil(max(low, -1.0)))), int(np.ceil(min(high, float(width))))):
                rx = (x - cx) / fx
                w = plane[0] * rx + plane[1] * ry + plane[2]
                known = inverse[y, x]
                if w <= 0 or w < known * (1 - 1e-6) or (w <= known * (1 + 1e-6) and f < faces[y, x]):
                    continue
                if cutout[f] != WHOLE:
                    px, py, pz = rx / w - origin[f, 0], ry / w - origin[f, 1], 1 / w - origin[f, 2]
                    u = px * across[f, 0] + py * across[f, 1] + pz * across[f, 2]
                    v = px * along[f, 0] + py * along[f, 1] + pz * along[f, 2]
                    if not covers(cutout[f], u, v, shape, f, seed[f]):
                        continue
                faces[y, x] = f
                inverse[y, x] = w


@compiled
def cast_shadows(corners: Floats, origin: Floats, across: Floats, along: Floats, cutout: Bytes, shape: Floats,
                 seed: Numbers, strength: int, camera: Floats, faces: NDArray[np.int32], receives: NDArray[np.bool_],
                 shadow: Bytes) -> None:  # fmt: skip
    """Darken what lies on the ground under faces that were flattened onto it along the light.

    Args as for `nearest_faces`, and strength: 0 to 255; receives: bool for each of the faces of the map `faces`;
    shadow: (H, W) uint8, the greatest strength so far, changed in place.
    """
    height, width = faces.shape
    fx, fy, cx, cy = camera
    polygon, plane = np.empty((8, 2)), np.empty(3)
    for f in range(len(corners)):
        count = _screen(corners[f], fx, fy, cx, cy, polygon)
        if count < 3 or not _plane(corners[f], plane):
            continue
        first = max(0, int(np.ceil(polygon[:count, 1].min())))
        last = min(height - 1, int(np.floor(polygon[:count, 1].max())))
        for y in range(first, last + 1):
            low, high = _span(polygon, count, float(y))
            if not high > low:
                continue
            ry = (y - cy) / fy
            for x in range(max(0, int(np.ceil(max(low, -1.0)))), int(np.ceil(min(high, float(width))))):
                if shadow[y, x] >= strength or faces[y, x] < 0 or not receives[faces[y, x]]:
                    continue
                if cutout[f] != WHOLE:
                    rx = (x - cx) / fx
                    w = plane[0] * rx + plane[1] * ry + plane[2]
                    if w <= 0:
                        continue
                    px, py, pz = rx / w - origin[f, 0], ry / w - origin[f, 1], 1 / w - origin[f, 2]
                    u = px * across[f, 0] + py * across[f, 1] + pz * across[f, 2]
                    v = px * along[f, 0] + py * along[f, 1] + pz * along[f, 2]
                    if not covers(cutout[f], u, v, shape, f, seed[f]):
                        continue
                shadow[y, x] = strength


@compiled
def fill(polygons: Floats, values: Bytes, cells: Bytes) -> None:
    """Write each convex polygon's value to the cells whose centers it covers; the later one wins.

    Args:
        polygons: (n, V, 2) float64 column, row; cell centers are at whole numbers.
        values: (n,) uint8; cells: (rows, columns) uint8, changed in place.
    """
    height, width = cells.shape
    for k in range(len(polygons)):
        polygon = polygons[k]
        first = max(0, int(np.ceil(polygon[:, 1].min())))
        last = min(height - 1, int(np.floor(polygon[:, 1].max())))
        for y in range(first, last + 1):
            low, high = _span(polygon, len(polygon), float(y))
            if high > low:
                for x in range(int(np.ceil(max(low, 0.0))), int(np.ceil(min(high, float(width))))):
                    cells[y, x] = values[k]
