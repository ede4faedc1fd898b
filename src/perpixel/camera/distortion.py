"""What a lens does to straight lines, as OpenCV and MathWorks describe it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_STEPS = 30


@dataclass(frozen=True)
class Distortion:
    """Radial and tangential distortion (Brown, 1966), of points x, y in focal lengths from the optical axis:

        x' = x (1 + k1 r^2 + k2 r^4 + k3 r^6) + 2 p1 x y + p2 (r^2 + 2 x^2)
        y' = y (1 + k1 r^2 + k2 r^4 + k3 r^6) + p1 (r^2 + 2 y^2) + 2 p2 x y

    OpenCV's vector is (k1, k2, p1, p2, k3); MathWorks has RadialDistortion (k1, k2, k3) and TangentialDistortion.

    Attributes:
        radial: (k1, k2, k3).
        tangential: (p1, p2).
    """

    radial: tuple[float, float, float] = (0.0, 0.0, 0.0)
    tangential: tuple[float, float] = (0.0, 0.0)

    @cached_property
    def reach(self) -> float:
        """The radius, in focal lengths, from which on the polynomial folds back; infinite if it never does.

        A barrel's polynomial (k1 < 0) bends points far outside the view back into the picture: phantoms.
        """
        k1, k2, k3 = self.radial
        # d/dr of r (1 + k1 r^2 + k2 r^4 + k3 r^6), in r^2
        roots = np.roots(np.trim_zeros(np.array([7 * k3, 5 * k2, 3 * k1, 1.0]), "f"))
        real = roots.real[(np.abs(roots.imag) < 1e-12) & (roots.real > 0)]
        return float(np.sqrt(real.min())) if real.size else float("inf")

    def bend(self, points: Array) -> Array:
        """Where the lens puts points (..., 2) that are straight; NaN beyond `reach`."""
        bent, _ = self._with_slopes(np.asarray(points, np.float64))
        beyond = np.hypot(points[..., 0], points[..., 1]) >= self.reach
        return np.where(beyond[..., None], np.nan, bent)

    def straighten(self, points: Array) -> Array:
        """The inverse of `bend`, by Newton's steps, to about 1e-14; NaN where the lens shows nothing."""
        points = np.asarray(points, np.float64)
        found = points.copy()
        with np.errstate(all="ignore"):  # what runs away ends as NaN
            for _ in range(_STEPS):
                bent, (xx, xy, yx, yy) = self._with_slopes(found)
                dx, dy = np.moveaxis(bent - points, -1, 0)
                det = xx * yy - xy * yx
                step = np.stack([(yy * dx - xy * dy) / det, (xx * dy - yx * dx) / det], axis=-1)
                found = found - step
                if not np.nanmax(np.abs(step), initial=0.0) > 1e-15:
                    break
            bent, _ = self._with_slopes(found)
            close = np.abs(bent - points).max(axis=-1) <= 1e-11 * (1 + np.abs(points).max(axis=-1))
            close &= np.hypot(found[..., 0], found[..., 1]) < self.reach
        return np.where(close[..., None], found, np.nan)

    def _with_slopes(self, points: Array) -> tuple[Array, tuple[Array, Array, Array, Array]]:
        """The bent points, and the derivatives dx'/dx, dx'/dy, dy'/dx, dy'/dy."""
        (k1, k2, k3), (p1, p2) = self.radial, self.tangential
        x, y = points[..., 0], points[..., 1]
        s = x * x + y * y
        scale = 1 + s * (k1 + s * (k2 + s * k3))
        slope = 2 * (k1 + s * (2 * k2 + s * 3 * k3))  # of scale by s, twice: d scale / dx = slope * x
        bent = np.stack(
            [x * scale + 2 * p1 * x * y + p2 * (s + 2 * x * x), y * scale + p1 * (s + 2 * y * y) + 2 * p2 * x * y],
            axis=-1,
        )
        mixed = slope * x * y + 2 * p1 * x + 2 * p2 * y
        xx = scale + slope * x * x + 2 * p1 * y + 6 * p2 * x
        yy = scale + slope * y * y + 6 * p1 * y + 2 * p2 * x
        return bent, (xx, mixed, mixed, yy)
