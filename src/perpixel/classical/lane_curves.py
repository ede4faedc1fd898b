"""Lane lines as parallel curves on the ground, found in the bird's-eye view by windows that slide along them.

All lines of a road bend alike: Y = offset + heading X + bend X² + twist X³, where only the offset is a line's own. So a
line that is worn, dashed or hidden is carried by the others. (The same idea in the picture: Kluge, 1994, "Extracting
road curvature and orientation from image edge points without perceptual grouping into features".)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.camera import BirdsEye, Camera
from perpixel.classical.lane_paint import SLAB, paint_points
from perpixel.classical.lanes import SIDES
from perpixel.kernels.lane_votes import alignment
from perpixel.results import Polylines

Array = NDArray[np.float64]

EXTENT = (3.0, 45.0, -6.0, 6.0)
RESOLUTION = 0.05
HEADINGS = np.linspace(-0.12, 0.12, 25)
BENDS = np.linspace(-0.009, 0.009, 37)
STRAIGHT = 0.05  # radians that a vehicle usually is out of line
CELL = 0.12  # metres
WINDOW = (0.6, 0.4, 0.3, 0.2)  # metres to each side, in each round
LANE = 1.8  # metres at least between two lines: double ones are one
LEAST_METRES, LEAST_SHARE = 3.0, 0.1  # of clear paint along a line
MOST_LINES = 6
CLEAREST = 0.7  # quantile of the contrasts from which paint counts in full
CLEARER = 2.0  # times that another view must show the lines
GAP = 15.0  # metres
FOLLOWS = 0.3  # of the way to the next point
PULL = (0.1, 0.1, 0.3)  # of heading, bend and twist to 0
STEP = 1.0  # metres between the points of a line


@dataclass(frozen=True)
class LaneCurves:
    """Lines of a road as curves on the ground, in the vehicle frame: X forward, Y to the left, metres.

    Attributes:
        offsets: (N,) Y of each line beside the camera (X = 0), from left to right.
        support: (N,) share of the slabs up to `reach` in which paint was seen.
        heading, bend, twist: of Y = offset + heading X + bend X² + twist X³, common to all.
        start: X from which the picture shows the road.
        reach: X up to which lines were seen.
    """

    offsets: Array
    support: Array
    heading: float = 0.0
    bend: float = 0.0
    twist: float = 0.0
    start: float = EXTENT[0]
    reach: float = EXTENT[1]

    def __len__(self) -> int:
        return len(self.offsets)

    def aside(self, x: Array) -> Array:
        """How far a line of offset 0 has moved to the left at X."""
        return np.asarray(x * (self.heading + x * (self.bend + x * self.twist)))

    def ground(self) -> tuple[Array, ...]:
        """(P, 2) X, Y metres of each line, about a point a metre, near to far."""
        x = np.linspace(self.start, self.reach, max(int((self.reach - self.start) / STEP), 1) + 1)
        return tuple(np.stack([x, offset + self.aside(x)], axis=1) for offset in self.offsets)

    def in_picture(self, camera: Camera) -> Polylines:
        """The lines as the camera sees them, near to far, left and right of the vehicle."""
        lines = []
        for curve in self.ground():
            pixels, in_front = camera.project(np.column_stack([curve, np.zeros(len(curve))]))
            lines.append(pixels[in_front])
        labels = np.where(self.offsets > 0, SIDES.index("left"), SIDES.index("right")).astype(np.intp)
        return Polylines(tuple(lines), labels, SIDES, self.support.astype(np.float32))

    @property
    def curvature(self) -> float:
        """1 / radius beside the camera, 1 / metre; positive to the left."""
        return float(2 * self.bend / (1 + self.heading**2) ** 1.5)

    @property
    def lane(self) -> tuple[float, float] | None:
        """How far the vehicle is to the left of the middle of its lane, and how wide the lane is; metres.

        None unless there is a line on each side, from 2 to 6 metres apart.
        """
        left, right = self.offsets[self.offsets > 0], self.offsets[self.offsets <= 0]
        if not len(left) or not len(right):
            return None
        width = float(left.min() - right.max())
        return (-float(left.min() + right.max()) / 2, width) if 2 <= width <= 6 else None


NO_LINES = LaneCurves(np.zeros(0), np.zeros(0))


def lane_curves(image: NDArray[Any], view: BirdsEye) -> LaneCurves:
    """The lines of the road in a picture; `NO_LINES` where none is clear.

    Args:
        image: (H, W[, C]) as the view's camera takes it.
        view: see `lane_view`.
    """
    points, contrast, lies = paint_points(image, view)
    if not lies.any():
        return NO_LINES
    weight = np.minimum(contrast / np.quantile(contrast[lies], CLEAREST), 1.0)
    marks = np.column_stack([points, weight])
    x, y, weight = np.ascontiguousarray(marks[lies].T)
    curves = _followed(_guess(x, y, weight), marks, lies)
    return replace(curves, start=max(_first_seen(view), 0.5)) if len(curves) else NO_LINES


def _guess(x: Array, y: Array, weight: Array) -> LaneCurves:
    """The heading and bend along which most points line up, and the lines there."""
    votes = alignment(x, y, weight, HEADINGS, BENDS, reach=EXTENT[3], cell=CELL)
    votes *= np.exp(-((HEADINGS / STRAIGHT) ** 2) / 2)[:, None]
    heading, bend = np.unravel_index(int(votes.argmax()), votes.shape)
    curves = replace(NO_LINES, heading=float(HEADINGS[heading]), bend=float(BENDS[bend]))
    return replace(curves, offsets=_peaks(y - curves.aside(x), weight))


def _followed(curves: LaneCurves, marks: Array, lies: NDArray[np.bool_]) -> LaneCurves:
    """The lines fitted to the paint along them, in ever narrower windows."""
    for place, window in enumerate(WINDOW):
        # By then the shape is known, and what seemed to stand may be a bend that points at the camera.
        chosen = marks if place == len(WINDOW) - 1 else marks[lies]
        x, y, weight = chosen.T
        curves = _refined(curves, x, y, weight, window)
        if not len(curves):
            return NO_LINES
    return curves


def curves_through(lines: Polylines, camera: Camera) -> LaneCurves:
    """The parallel curves on the ground that fit lines of a picture best; `NO_LINES` where none lies on the ground.

    Args:
        lines: in the camera's pictures; their scores become the support.
    """
    grounds = []
    for line in lines.lines:
        points, hit = camera.ground_from_image(line)
        near = hit & (points[:, 0] > 0) & (points[:, 0] <= EXTENT[1])
        grounds.append(points[near])
    kept = [place for place, ground in enumerate(grounds) if len(ground) > 1]
    if not kept:
        return NO_LINES
    chosen = [grounds[place] for place in kept]
    x, y = np.concatenate(chosen).T
    owner = np.concatenate([np.full(len(ground), place) for place, ground in enumerate(chosen)])
    # Rows of a picture are metres apart far away and centimetres at its foot: each counts as much ground as it shows.
    weight = np.concatenate([np.sqrt(np.abs(np.gradient(ground[:, 0]))) for ground in chosen])
    offsets, (heading, bend, twist) = _fit(x, y, weight, owner, len(chosen))
    order = np.argsort(-offsets)
    support = lines.scores[kept].astype(np.float64)[order]
    return LaneCurves(offsets[order], support, heading, bend, twist, max(float(x.min()), 0.5), float(x.max()))


def clearest_lanes(image: NDArray[Any], views: Sequence[BirdsEye]) -> tuple[LaneCurves, BirdsEye]:
    """The lines in the view in which they are clear, and that view: the first, unless another is twice as clear.

    As clear as the sum of the lines' support, squared, so that few clear lines beat many faint ones.
    """
    found = [(lane_curves(image, view), view) for view in views]
    clear = [float((curves.support**2).sum()) for curves, _ in found]
    best = int(np.argmax(clear))
    return found[best if clear[best] > CLEARER * clear[0] else 0]


def lane_view(camera: Camera) -> BirdsEye:
    """The view from above in which lines are looked for: 45 metres ahead, 6 to each side."""
    view = BirdsEye(camera, EXTENT, RESOLUTION)
    _ = view.valid  # its maps are made once, and here, not while the first picture is timed
    return view


def _peaks(aside: Array, weight: Array) -> Array:
    """Offsets at which most points lie, the most first, at least half a lane apart; each with four points or more."""
    cells = np.floor((aside - EXTENT[2]) / CELL).astype(np.intp)
    counts = np.bincount(cells[cells >= 0], weight[cells >= 0], minlength=2)
    counts = counts[1:] + counts[:-1]
    found: list[float] = []
    for cell in np.argsort(-counts, kind="stable"):
        offset = EXTENT[2] + (int(cell) + 1) * CELL
        if counts[cell] * SLAB < LEAST_METRES / 2 or len(found) >= 2 * MOST_LINES:
            break
        if all(abs(offset - other) >= LANE for other in found):
            found.append(offset)
    return np.array(found)


def _refined(curves: LaneCurves, x: Array, y: Array, weight: Array, window: float) -> LaneCurves:
    """Points in windows along each line, then all lines fitted together; lines with too little paint are dropped."""
    inside = [_slide(x, y - offset - curves.aside(x), window) for offset in curves.offsets]
    metres = np.array([weight[own].sum() for own in inside]) * SLAB
    seen = [float(x[own].max()) for own in inside if own.any()]
    if not seen:
        return NO_LINES
    reach = max(*seen, 15.0)
    share = metres / (reach - EXTENT[0])
    keep = np.flatnonzero((metres >= LEAST_METRES) & (share >= LEAST_SHARE))
    keep = keep[np.argsort(-share[keep], kind="stable")][:MOST_LINES]
    keep = keep[np.argsort(-curves.offsets[keep])]
    if not len(keep):
        return NO_LINES
    owner = np.concatenate([np.full(int(inside[line].sum()), place) for place, line in enumerate(keep)])
    own_x, own_y, own = (np.concatenate([values[inside[line]] for line in keep]) for values in (x, y, weight))
    offsets, (heading, bend, twist) = _fit(own_x, own_y, own, owner, len(keep))
    return LaneCurves(offsets, share[keep], heading, bend, twist, reach=reach)


def _slide(x: Array, aside: Array, window: float) -> NDArray[np.bool_]:
    """(P,) bool: the points inside a window that moves to where it found the last ones, from near to far.

    It ends where it finds nothing for fifteen metres.
    """
    inside = np.zeros(len(x), np.bool_)
    drift, last = 0.0, math.inf
    for point in np.flatnonzero(np.abs(aside) <= 2 * window).tolist():
        if x[point] - last > GAP:
            break
        if abs(aside[point] - drift) <= window:
            inside[point], last = True, x[point]
            drift += FOLLOWS * (aside[point] - drift)
    return inside


def _fit(x: Array, y: Array, weight: Array, owner: NDArray[np.intp], count: int) -> tuple[Array, Array]:
    """Least squares with a pull of heading, bend and twist to 0 that only matters where there are few points."""
    far = EXTENT[1]
    powers = np.stack([x / far, (x / far) ** 2, (x / far) ** 3], axis=1)
    rows = np.concatenate([np.eye(count)[owner], powers], axis=1)
    pull = np.zeros((3, count + 3))
    pull[:, count:] = np.diag(PULL)
    rows, y = rows * weight[:, None], y * weight
    solved = np.linalg.lstsq(np.concatenate([rows, pull]), np.append(y, np.zeros(3)), rcond=None)[0]
    return solved[:count], solved[count:] / (far, far**2, far**3)


def _first_seen(view: BirdsEye) -> float:
    """X of the ground at the foot of the picture, in its middle."""
    height, width = view.camera.size
    ground, hit = view.camera.ground_from_image(np.array([[(width - 1) / 2, height - 1.0]]))
    return float(ground[0, 0]) if hit[0] else view.extent[0]
