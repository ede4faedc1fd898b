"""What the labels are for: an occupancy grid, 10 times as fast as the example's way; lanes, in at most 1.5 times what
their OpenCV calls take bare.

The example is MathWorks' "Create Occupancy Grid Using Monocular Camera and Semantic Segmentation". Its 20 x 20 bilinear
samples a cell are here done with SciPy in both ways that one would write them: an interpolator called once for each of
the 400 shifts, as the example does, and all samples in one call. Both get the ground seen from above by OpenCV's remap
with maps made before, as ours does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.pairing import Row, Work, compare
from perpixel.camera import Camera

EXTENT, CELL, WIDTH, SAMPLES = (0.0, 20.0, -3.0, 3.0), 0.25, 256, 20
CAMERA = Camera((309.4362, 344.2161), (318.9034, 257.5352), (480, 640), height=2.1798, pitch=np.radians(14))
Array = NDArray[np.float64]


def free_space() -> NDArray[np.float32]:
    """A road between two blurred borders."""
    rows, columns = np.indices(CAMERA.size, np.float32)
    aside = np.abs(columns - 320) / np.maximum(rows - CAMERA.horizon, 1)
    noise = np.random.default_rng(0).normal(0, 0.2, CAMERA.size).astype(np.float32)
    return np.clip(1.4 - aside + cv2.GaussianBlur(noise, (0, 0), 2), 0, 1).astype(np.float32)


def grid() -> Callable[[], Any]:
    from perpixel.occupancy import mathworks_grid

    free = free_space()
    return lambda: mathworks_grid(free, CAMERA, extent=EXTENT, cell=CELL).probability


def seen_from_above() -> Callable[[], NDArray[np.float32]]:
    """The bird's-eye view as the example sees it: pixel k from 1 on at k pixels from the upper left corner."""
    scale = WIDTH / (EXTENT[3] - EXTENT[2])
    height = round((EXTENT[1] - EXTENT[0]) * scale)
    rows, columns = np.indices((height, WIDTH), np.float64)
    ground = np.stack([EXTENT[1] - (rows + 1) / scale, EXTENT[3] - (columns + 1) / scale, np.zeros_like(rows)], axis=-1)
    pixels, _ = CAMERA.project(ground.reshape(-1, 3))
    inside = ((pixels >= -0.5) & (pixels <= (639.5, 479.5))).all(axis=1).reshape(rows.shape)
    x, y = (plane.reshape(rows.shape).astype(np.float32) for plane in np.nan_to_num(pixels).T)
    free = free_space()

    def run() -> NDArray[np.float32]:
        seen = cv2.remap(free, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        seen[~inside] = 0
        return np.asarray(seen, np.float32)

    return run


def places() -> tuple[Array, Array, int, int]:
    """Rows and columns (samples, cells) of the view, from 0, clipped to it, and how many cells there are."""
    scale = WIDTH / (EXTENT[3] - EXTENT[2])
    height = round((EXTENT[1] - EXTENT[0]) * scale)
    along, across = round((EXTENT[1] - EXTENT[0]) / CELL), round((EXTENT[3] - EXTENT[2]) / CELL)
    found = []
    for start, to, cells, last in ((EXTENT[0], EXTENT[1], along, height), (EXTENT[2], EXTENT[3], across, WIDTH)):
        edges = np.linspace(start, to, cells)
        metres = edges + np.arange(SAMPLES)[:, None] * (edges[1] - edges[0]) / (SAMPLES - 1)
        found.append(np.clip((to - metres) * scale, 1, last) - 1)
    return found[0], found[1], along, across


def example_way() -> Callable[[], Any]:
    from scipy.interpolate import RegularGridInterpolator

    above = seen_from_above()
    rows, columns, along, across = places()

    def run() -> Array:
        occupied = 1 - above()
        sample = RegularGridInterpolator(tuple(map(np.arange, occupied.shape)), occupied)
        total = np.zeros(along * across)
        for down in rows:
            for aside in columns:
                total += sample(np.stack(np.meshgrid(down, aside, indexing="ij"), axis=-1).reshape(-1, 2))
        return total.reshape(along, across) / SAMPLES**2

    return run


def one_call() -> Callable[[], Any]:
    from scipy.ndimage import map_coordinates

    above = seen_from_above()
    rows, columns, along, across = places()
    where = np.meshgrid(rows.T.ravel(), columns.T.ravel(), indexing="ij")

    def run() -> Array:
        sampled = map_coordinates(1 - above(), where, order=1)
        return np.asarray(sampled.reshape(along, SAMPLES, across, SAMPLES).mean(axis=(1, 3)))

    return run


def check() -> None:
    """All three give the same grid."""
    ours = grid()()
    for way in (example_way, one_call):
        error = float(np.abs(ours - way()()).max())
        if error > 1e-3:
            raise RuntimeError(f"occupancy grid: ours is {error:g} off {way.__name__}; 1e-3 at most is promised")


def occupancy() -> list[Row]:
    """The row of the occupancy grid."""
    check()
    peers = [
        Work("SciPy, a call for each shift", example_way, needs=("scipy",), promised=10),
        Work("SciPy, all samples in one call", one_call, needs=("scipy",), promised=10),
    ]
    return compare('occupancy grid 80 x 24, compat="mathworks"', Work("perpixel", grid), peers)


def photo() -> NDArray[np.uint8]:
    """A drawn street of 1280x720."""
    from perpixel.synthetic import street

    return street(100_006, size=(720, 1280)).image


def lanes() -> Callable[[], Any]:
    from perpixel.classical.lanes import straight_lanes

    image = photo()
    return lambda: straight_lanes(image)


def bare_calls() -> Callable[[], Any]:
    """What OpenCV does in `straight_lanes` to get to segments, on the same rows and with the same numbers."""
    from perpixel.classical.lanes import REGION

    image = photo()
    corners = np.rint(np.array(REGION) * (1279, 719)).astype(np.int32)
    first = int(corners[:, 1].min()) - 4
    corners[:, 1] -= first

    def run() -> Any:
        gray = cv2.cvtColor(image[first:], cv2.COLOR_RGB2GRAY)
        edges = cv2.Canny(cv2.GaussianBlur(gray, (5, 5), 0), 50, 150)
        region = cv2.fillPoly(np.zeros(gray.shape, np.uint8), [corners], 255)
        inside = cv2.bitwise_and(edges, region)
        return cv2.HoughLinesP(inside, 1, np.pi / 180, 30, minLineLength=30, maxLineGap=60)

    return run


def run() -> list[Row]:
    bare = Work("OpenCV's calls for them, bare", bare_calls, promised=1 / 1.5)
    return [*occupancy(), *compare("classic lanes 720 x 1280", Work("perpixel", lanes), [bare], first_run=False)]
