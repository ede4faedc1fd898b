"""Depth bins: intervals of distance that a network takes for classes.

Cao, Wu & Shen, 2016, https://arxiv.org/abs/1605.02305: depth is told by a class for each interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from colorsys import hsv_to_rgb
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from perpixel.classes.table import ClassTable, Color, SegmentClass

Spacing = Literal["uniform", "increasing", "adaptive"]
BINS = "increasing:64"
LEAST_WIDTH = 0.1  # AdaBins adds it to every width before they are normalised
_MOST = 254  # one byte a pixel, and one value of it for "not judged"


@dataclass(frozen=True)
class DepthBins:
    """K intervals that follow on each other; a distance before the first or behind the last is of that one.

    Attributes:
        edges: K + 1 distances in metres, each greater than the one before.
    """

    edges: tuple[float, ...]

    def __post_init__(self) -> None:
        steps = np.diff(self.edges)
        if len(steps) < 2 or not np.isfinite(self.edges).all() or (steps <= 0).any() or self.edges[0] < 0:
            raise ValueError(f"edges {self.edges} must be three or more distances from 0 on, each above the last")

    @classmethod
    def uniform(cls, near: float, far: float, count: int) -> DepthBins:
        """All of one width."""
        return cls(tuple(np.linspace(near, far, count + 1).tolist()))

    @classmethod
    def increasing(cls, near: float, far: float, count: int, *, shift: float = 0.0) -> DepthBins:
        """Of one ratio: near ones are narrow, as a metre matters more there.

        Fu et al., DORN, 2018, https://arxiv.org/abs/1806.02446, equation 1. The edges of distances plus `shift` have
        one ratio; the paper shifts so that the nearest becomes 1.
        """
        if near + shift <= 0:
            raise ValueError(f"near {near:g} plus shift {shift:g} must be positive: bins of one ratio never begin at 0")
        return cls(tuple((np.geomspace(near + shift, far + shift, count + 1) - shift).tolist()))

    @classmethod
    def of_widths(cls, widths: Sequence[float], near: float, far: float) -> DepthBins:
        """Of widths in these proportions, as AdaBins has them: Bhat et al., 2021, https://arxiv.org/abs/2011.14141."""
        shares = np.cumsum([0.0, *widths]) / np.sum(widths)
        return cls(tuple((near + (far - near) * shares).tolist()))

    @classmethod
    def of_quantiles(cls, metres: NDArray[Any], near: float, far: float, count: int) -> DepthBins:
        """About as many of these distances in each: narrow where there are many.

        AdaBins lets a transformer give the widths anew for each picture; these are the same for all, by what there was
        to learn from. As there, a tenth is added to every width, in units of the mean, so that none is ever nothing.
        """
        steps = np.diff(np.quantile(np.clip(metres, near, far), np.linspace(0, 1, count + 1)))
        return cls.of_widths(steps / max(steps.mean(), 1e-12) + LEAST_WIDTH, near, far)

    @property
    def centers(self) -> NDArray[np.float32]:
        """(K,) metres: the middle of each, as DORN and AdaBins decode."""
        edges = np.asarray(self.edges)
        return np.asarray((edges[1:] + edges[:-1]) / 2, np.float32)

    def __len__(self) -> int:
        return len(self.edges) - 1

    def labels(self, metres: NDArray[Any], valid: NDArray[np.bool_]) -> NDArray[Any]:
        """The number of the bin of each distance; what is not valid has the table's ignored value."""
        table = self.table()
        found = np.searchsorted(np.asarray(self.edges[1:-1]), metres, side="right").astype(table.dtype)
        found[~valid] = table.ignored
        return found

    def table(self) -> ClassTable:
        """The bins as classes, in colors from near (red) to far (blue)."""
        names = [f"{near:.6g} to {far:.6g} m" for near, far in zip(self.edges[:-1], self.edges[1:], strict=True)]
        hues = np.linspace(0, 2 / 3, len(self)).tolist()
        return ClassTable(tuple(SegmentClass(name, _color(hue)) for name, hue in zip(names, hues, strict=True)))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DepthBins:
        """What `dataclasses.asdict` gave.

        Raises:
            ValueError: no edges, or edges that are none.
        """
        edges = data.get("edges")
        if not isinstance(edges, list | tuple) or not all(isinstance(edge, int | float) for edge in edges):
            raise ValueError(f"edges {edges!r} of depth bins are not a list of numbers")
        return cls(tuple(map(float, edges)))


def _color(hue: float) -> Color:
    red, green, blue = (round(255 * part) for part in hsv_to_rgb(hue, 0.85, 0.95))
    return red, green, blue


def parse_bins(text: str) -> tuple[Spacing, int]:
    """The spacing and the number of `increasing:64`; the number may be left out.

    Raises:
        ValueError: another spacing, or a number that is not from 2 to 254.
    """
    spacing, _, number = text.partition(":")
    count = number or BINS.partition(":")[2]
    if spacing not in get_args(Spacing):
        raise ValueError(f"bins {text!r}: {spacing!r} is not one of {', '.join(get_args(Spacing))}; such as {BINS}")
    if not count.isdecimal() or not 2 <= int(count) <= _MOST:
        raise ValueError(f"bins {text!r}: {count!r} is no number from 2 to {_MOST}; such as {BINS}")
    return next(known for known in get_args(Spacing) if known == spacing), int(count)


def bins_of(metres: NDArray[Any], text: str) -> DepthBins:
    """Bins for data with these distances, as `parse_bins` reads them: from a thousandth's quantile to the last's."""
    spacing, count = parse_bins(text)
    near, far = (float(edge) for edge in np.quantile(metres, (0.001, 0.999)))
    near, far = max(near, 1e-3), max(far, near * 1.01, 2e-3)
    if spacing == "uniform":
        return DepthBins.uniform(near, far, count)
    if spacing == "increasing":
        return DepthBins.increasing(near, far, count)
    return DepthBins.of_quantiles(metres, near, far, count)
