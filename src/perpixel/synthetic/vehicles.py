"""Cars, vans and buses out of tapered boxes, with windows, wheels and lamps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels import painting
from perpixel.synthetic.faces import Faces

Array = NDArray[np.float64]
Corners = list[tuple[float, float, float]]

PAINTS = (
    (196, 198, 202), (170, 174, 178), (150, 154, 160), (104, 108, 114), (60, 63, 70), (38, 40, 44), (235, 236, 236),
    (226, 228, 230), (160, 28, 32), (186, 44, 40), (30, 52, 110), (44, 72, 124), (74, 104, 150), (26, 70, 60),
    (120, 130, 100), (202, 176, 80), (92, 34, 46), (110, 146, 178), (176, 160, 132),
)  # fmt: skip
GLASS = (44.0, 52.0, 58.0)
TYRE = (26.0, 26.0, 28.0)


# The corners of each face of a block, bottom left first as seen from outside: back, front, left, right, top.
_BLOCK = np.array([[2, 0, 4, 6], [1, 3, 7, 5], [3, 2, 6, 7], [0, 1, 5, 4], [4, 5, 7, 6]])


def block(bottom: tuple[float, float, float, float, float], top: tuple[float, float, float, float, float]) -> Array:
    """Five faces (5, 4, 3) between two level rectangles, each back x, front x, right y, left y, z."""
    corners = [(x, y, b[4]) for b in (bottom, top) for y in (b[2], b[3]) for x in (b[0], b[1])]
    return np.asarray(np.array(corners)[_BLOCK])


def inset(face: Array, left: float, right: float, low: float, high: float) -> Array:
    """The part (4, 3) of a face (4, 3) between shares of its width and height."""
    bottom, top = face[1] - face[0], face[2] - face[3]
    points = []
    for u, v in ((left, low), (right, low), (right, high), (left, high)):
        a, b = face[0] + u * bottom, face[3] + u * top
        points.append(a + v * (b - a))
    return np.array(points)


def car(faces: Faces, generator: np.random.Generator) -> None:
    """A hatchback, saloon, or van."""
    paint = np.array(PAINTS[int(generator.integers(len(PAINTS)))], np.float64)
    shape = int(generator.choice(4, p=[0.42, 0.26, 0.16, 0.16]))
    length = (3.9, 4.4, 4.7, 5.0)[shape] * generator.uniform(0.95, 1.05)
    wide = (0.85, 0.88, 0.9, 0.98)[shape] * generator.uniform(0.97, 1.03)
    tall = (1.46, 1.42, 1.72, 2.25)[shape] * generator.uniform(0.97, 1.04)
    hood = length * (0.27, 0.28, 0.22, 0.14)[shape]
    trunk = length * (0.03, 0.17, 0.01, 0.0)[shape]
    h, belt = length / 2, (0.88, 0.86, 0.98, 1.15)[shape]
    low = block((-h + 0.03, h - 0.05, -wide, wide, 0.22), (-h, h, -wide, wide, 0.58))
    slope = (0.10, 0.10, 0.14, 0.12)[shape]
    mid = block((-h, h, -wide, wide, 0.58), (-h + 0.03, h - slope, -wide + 0.05, wide - 0.05, belt))
    lean = (0.16, 0.20, 0.14, 0.13)[shape] if shape < 3 else 0.08
    roof = (-h + trunk + (0.32, 0.45, 0.18, 0.06)[shape], h - hood - (0.62, 0.66, 0.60, 0.42)[shape])
    cabin = block(
        (-h + trunk + 0.04, h - hood, -wide + 0.06, wide - 0.06, belt),
        (roof[0], roof[1], -wide + lean, wide - lean, tall),
    )
    under = block((-h + 0.2, h - 0.2, -wide + 0.1, wide - 0.1, 0.1), (-h + 0.2, h - 0.2, -wide + 0.1, wide - 0.1, 0.25))
    faces.quads(under, (18, 18, 18))
    faces.quads(low, paint * 0.86)
    faces.quads([mid, cabin], paint)
    _windows(faces, cabin, van=shape == 3, windows=generator.random() < 0.4)
    _lamps(faces, low, mid)
    wheel = 0.30 + 0.03 * (shape > 1)
    _wheels(faces, (-h + 0.75, h - 0.78), wide + 0.012, wheel)
    faces.contact(length * 1.04, wide * 2.25)


def bus(faces: Faces, generator: np.random.Generator) -> None:
    """A bus or a lorry; it counts as a car, as in CamVid's eleven classes."""
    paint = np.array([(200, 40, 40), (210, 212, 206), (40, 120, 90), (70, 110, 190), (230, 190, 60)], np.float64)
    color, stripe = paint[generator.permutation(5)[:2]]
    long, wide, tall = generator.uniform(7.0, 10.5), 1.22, generator.uniform(2.9, 3.6)
    h = long / 2
    body = block((-h, h, -wide, wide, 0.35), (-h, h, -wide, wide, tall))
    faces.quads(body, color)
    faces.quads([inset(f, 0, 1, 0.0, 0.16) for f in body[:4]], stripe * 0.8)
    faces.quads([inset(f, 0.1, 0.9, 0.42, 0.88) for f in body[:2]], GLASS, material=painting.GLASS,
                shape=(2, 1.2, 0, 0, 0, 0))  # fmt: skip
    if generator.random() < 0.6:
        n = int(long / 1.5)
        panes = [inset(f, (i + 0.1) / n, (i + 0.92) / n, 0.45, 0.82) for f in body[2:4] for i in range(n)]
        faces.quads(panes, GLASS, material=painting.GLASS, shape=(1.2, 1.1, 0, 0, 0, 0))
    _lamps(faces, body, body, share=0.12)
    _wheels(faces, (-h + 1.8, h - 1.5), wide + 0.012, 0.46)
    faces.contact(long * 1.02, 2 * wide * 1.1)


def _windows(faces: Faces, cabin: Array, *, van: bool, windows: bool) -> None:
    panes = [inset(cabin[0], 0.07, 0.93, 0.16, 0.88), inset(cabin[1], 0.05, 0.95, 0.10, 0.92)]
    for side in (2, 3):  # the left face runs from front to back, the right one from back to front
        if van and not windows:
            spans = [(0.04, 0.26)] if side == 2 else [(0.74, 0.96)]
        else:
            spans = [(0.07, 0.49), (0.53, 0.93)]
        panes += [inset(cabin[side], a, b, 0.12, 0.86) for a, b in spans]
    faces.quads(panes, GLASS, material=painting.GLASS, shape=(1.1, 0.5, 0, 0, 0, 0))


def _lamps(faces: Faces, low: Array, mid: Array, *, share: float = 0.24) -> None:
    back, front = mid[0], mid[1]
    red = [inset(back, 0.02, share * 0.62, 0.30, 0.92), inset(back, 1 - share * 0.62, 0.98, 0.30, 0.92)]
    white = [inset(front, 0.03, share * 0.95, 0.30, 0.72), inset(front, 1 - share * 0.95, 0.97, 0.30, 0.72)]
    if share < 0.2:
        red = [inset(back, 0.02, share, 0.05, 0.16), inset(back, 1 - share, 0.98, 0.05, 0.16)]
        white = [inset(front, 0.02, share, 0.05, 0.16), inset(front, 1 - share, 0.98, 0.05, 0.16)]
    faces.quads(red, (178, 26, 24))
    faces.quads(white, (236, 238, 232))
    if share > 0.2:
        faces.quads([inset(low[0], 0.0, 1.0, 0.12, 0.42), inset(low[1], 0.0, 1.0, 0.12, 0.42)], (38, 38, 40))
        faces.quads([inset(front, 0.32, 0.68, 0.15, 0.55)], (24, 24, 26))
        faces.quads([inset(low[0], 0.36, 0.64, 0.62, 0.92)], (226, 188, 40))
        faces.quads([inset(low[1], 0.36, 0.64, 0.45, 0.72)], (236, 236, 230))


def _wheels(faces: Faces, axles: tuple[float, float], side: float, radius: float) -> None:
    discs: list[Corners] = []
    hubs: list[Corners] = []
    for x in axles:
        for y in (-side, side):
            for r, to, out in ((radius, discs, 0.0), (radius * 0.62, hubs, 0.004)):
                z, d = radius, y + (out if y > 0 else -out)
                to.append([(x - r, d, z - r), (x + r, d, z - r), (x + r, d, z + r), (x - r, d, z + r)])
    faces.quads(discs, TYRE, cutout=painting.ELLIPSE, shape=(2 * radius, 2 * radius, 0, 0, 0, 0))
    hub = 2 * radius * 0.62
    faces.quads(hubs, (150, 152, 156), cutout=painting.RING, shape=(hub, hub, 0.75, 0, 0, 0))
    treads = [
        [(x, y - w, 0.0), (x, y + w, 0.0), (x, y + w, 2 * radius), (x, y - w, 2 * radius)]
        for x in (axles[0] - radius * 0.7, axles[1] + radius * 0.7)
        for y in (-side + 0.13, side - 0.13)
        for w in (0.11,)
    ]
    faces.quads(treads, TYRE)
