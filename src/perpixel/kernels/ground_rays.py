"""Along rays on the ground, outward from below the camera: how far the ground is seen, and where something stands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled

Floats = NDArray[np.float64]

UNJUDGED, GROUND, STANDING = 0, 1, 2

_LEAST_DEPTH = 1e-3
_STEP = 0.5  # pixels
_HORIZON = 1e4  # metres


def first_contacts(
    kinds: NDArray[np.uint8],
    homography: Floats,
    bearings: Floats,
    *,
    farthest: float,
    least_pixels: float,
    least_share: float,
) -> tuple[Floats, Floats, Floats]:
    """Follow each ray through the picture from the vehicle outward until something stands on it.

    Args:
        kinds: (H, W) uint8 of `UNJUDGED` (sees nothing), `GROUND` and `STANDING`.
        homography: (3, 3) ground (X, Y, 1) to (x d, y d, d).
        bearings: (B,) radians, 0 straight ahead, positive to the left.
        farthest: metres from below the camera; what stands farther away is no contact.
        least_pixels: how long a row of standing pixels must be along the ray.
        least_share: how high what stands there must be, as a share of the camera's height: a foot at range r under a
            top that hides the ground up to R is 1 - r / R of it high.

    Returns:
        contacts (B,) metres, infinite where nothing stands; nearest and reach (B,) metres: where the ground comes into
        view and to where it is seen without a contact, NaN on rays that see none.
    """
    contacts = np.full(len(bearings), np.inf)
    nearest, reach = np.full(len(bearings), np.nan), np.full(len(bearings), np.nan)
    _first_contacts(np.ascontiguousarray(kinds), np.ascontiguousarray(homography), bearings, farthest,
                    least_pixels, least_share, contacts, nearest, reach)  # fmt: skip
    return contacts, nearest, reach


@compiled
def _first_contacts(
    kinds: NDArray[np.uint8],
    m: Floats,
    bearings: Floats,
    farthest: float,
    least_pixels: float,
    least_share: float,
    contacts: Floats,
    nearest: Floats,
    reach: Floats,
) -> None:
    height, width = kinds.shape
    for k in range(len(bearings)):
        cosine, sine = np.cos(bearings[k]), np.sin(bearings[k])
        # (x d, y d, d) at range r is foot + r * way.
        fx, fy, fd = m[0, 2], m[1, 2], m[2, 2]
        wx, wy, wd = m[0, 0] * cosine + m[0, 1] * sine, m[1, 0] * cosine + m[1, 1] * sine, 0.0
        wd = m[2, 0] * cosine + m[2, 1] * sine
        low, high = _part_in_front(fd, wd, _HORIZON)
        low, high = _part_within(fx, wx, fd, wd, width, low, high)
        low, high = _part_within(fy, wy, fd, wd, height, low, high)
        if not low < high:
            continue
        ax, ay = (fx + low * wx) / (fd + low * wd), (fy + low * wy) / (fd + low * wd)
        bx, by = (fx + high * wx) / (fd + high * wd), (fy + high * wy) / (fd + high * wd)
        steep = abs(by - ay) >= abs(bx - ax)
        steps = int(np.ceil(max(abs(bx - ax), abs(by - ay)) / _STEP)) + 1
        pixels = max(abs(bx - ax), abs(by - ay)) / steps
        run, begin, previous = 0.0, np.inf, low
        for step in range(steps + 1):
            t = step / steps
            x, y = ax + t * (bx - ax), ay + t * (by - ay)
            row, column = int(np.floor(y + 0.5)), int(np.floor(x + 0.5))
            kind = kinds[min(max(row, 0), height - 1), min(max(column, 0), width - 1)]
            # The range there, and that of the border by which the ray comes into the pixel.
            if steep:
                border = row - 0.5 * np.sign(by - ay)
                r, entry = (y * fd - fy) / (wy - y * wd), (border * fd - fy) / (wy - border * wd)
            else:
                border = column - 0.5 * np.sign(bx - ax)
                r, entry = (x * fd - fx) / (wx - x * wd), (border * fd - fx) / (wx - border * wd)
            r = min(max(r, low), high)
            entry = min(max(entry, previous), r) if step > 0 else r
            previous = r
            if kind == STANDING:
                if run == 0:
                    begin = entry
                run += pixels
                if begin > farthest:
                    break
                # What leaves the picture at its side may be as high as it likes.
                tall = 1 - begin / r >= least_share or step == steps
                if run >= least_pixels and tall:
                    contacts[k] = begin
                    break
            else:
                run = 0.0
                if r > farthest:
                    break
                if kind == GROUND:
                    if np.isnan(nearest[k]):
                        nearest[k] = r
                    reach[k] = r


@compiled
def nearest_aside(contacts: Floats, step: float, aside: float) -> Floats:
    """For each ray the nearest contact (B,) within `aside` metres to its sides; rays are `step` radians apart."""
    found = contacts.copy()
    for k in range(len(contacts)):
        if np.isfinite(contacts[k]):
            reach = int(min(aside / max(contacts[k] * step, 1e-9), float(len(contacts))))
            for n in range(max(k - reach, 0), min(k + reach + 1, len(contacts))):
                found[n] = min(found[n], contacts[k])
    return found


@compiled
def _part_in_front(foot: float, way: float, farthest: float) -> tuple[float, float]:
    """The ranges from 0 to farthest at which the depth foot + r * way is positive."""
    low, high = 0.0, farthest
    if way > 0:
        low = max(low, (_LEAST_DEPTH - foot) / way)
    elif way < 0:
        high = min(high, (_LEAST_DEPTH - foot) / way)
    elif foot < _LEAST_DEPTH:
        high = -1.0
    return low, high


@compiled
def _part_within(
    foot: float, way: float, foot_depth: float, way_depth: float, length: int, low: float, high: float
) -> tuple[float, float]:
    """The ranges at which (foot + r way) / depth is from -0.5 to length - 0.5."""
    for limit, sign in ((-0.5, 1.0), (length - 0.5, -1.0)):
        # sign * (foot + r way - limit * (foot_depth + r way_depth)) >= 0
        a, b = sign * (foot - limit * foot_depth), sign * (way - limit * way_depth)
        if b > 0:
            low = max(low, -a / b)
        elif b < 0:
            high = min(high, -a / b)
        elif a < 0:
            high = low - 1.0
    return low, high
