"""The painted lines of a street as curves, in the picture and on the ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.camera import Camera
from perpixel.results import Polylines
from perpixel.synthetic.scene import LANES
from perpixel.synthetic.town import Town

Array = NDArray[np.float64]

REACH = 80.0


def lanes_of(town: Town, camera: Camera, pose: Array, s: float) -> tuple[Polylines, tuple[Array, ...]]:
    """Each painted line from where it enters the picture's foot to 80 m ahead: image points and ground points.

    Both have one point a metre, and point i of one is point i of the other; the first lies just below the picture where
    the camera sees that far down, so that the line reaches its foot. A dashed line is one curve.
    """
    lines, curves, labels = [], [], []
    ours = town.road.keep * town.road.lane / 2
    along = np.arange(s - 2, s + REACH, 1.0)
    for line in sorted(town.lines, key=lambda line: -line.d):
        ground = (town.road.at(along, line.d) - pose[:3, 3]) @ pose[:3, :3]
        pixels, in_front = camera.project(ground)
        with np.errstate(invalid="ignore"):
            inside = in_front & (pixels[:, 1] <= camera.size[0] - 0.5) & (np.abs(pixels[:, 0]) < 4 * camera.size[1])
        if np.count_nonzero(inside) < 2:
            continue
        first = int(np.argmax(inside))
        inside[first:] &= in_front[first:]
        inside[max(first - 1, 0)] = in_front[max(first - 1, 0)]
        lines.append(pixels[inside])
        curves.append(ground[inside, :2])
        name = f"{'left' if line.d > ours else 'right'} {'solid' if line.dash == 0 else 'dashed'}"
        labels.append(LANES.index(name))
    scores = np.ones(len(lines), np.float32)
    return Polylines(tuple(lines), np.array(labels, np.intp), LANES, scores), tuple(curves)
