"""The methods that need no training: a picture in, a map of regions out.

Every method takes a picture (H, W) or (H, W, C) and keyword arguments, and returns (H, W) int32. Regions are numbered
from 0 in raster order (the region of the first pixel is 0, the next new one met row by row is 1), so that the same
regions always have the same numbers; methods that split by brightness number from dark to bright, and methods that are
told something by strokes keep the strokes' numbers. What each does is in its file.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = ["METHODS", "Method", "find_method"]


@dataclass(frozen=True)
class Method:
    """A line of the table of methods.

    Attributes:
        idea: in about six words.
        home: "file:function" below this folder.
        extra: the extra of the package that it needs beside the light half, or None.
        strokes: whether it must be told where to begin: it takes `strokes`, or a box or points instead.
    """

    idea: str
    home: str
    extra: str | None = None
    strokes: bool = False

    def function(self) -> Callable[..., NDArray[Any]]:
        """The function, imported now."""
        file, _, name = self.home.partition(":")
        found: Callable[..., NDArray[Any]] = getattr(importlib.import_module(f"perpixel.classical.{file}"), name)
        return found

    def options(self) -> dict[str, Any]:
        """Its keyword arguments and their defaults."""
        parameters = inspect.signature(self.function()).parameters.values()
        return {each.name: each.default for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY}


METHODS = {
    "graph": Method("merges along the weakest edges", "graph:graph_regions"),
    "kmeans": Method("groups pixels of like color", "kmeans:kmeans"),
    "slic": Method("superpixels: k-means in small windows", "slic:slic", extra="classical"),
    "mean_shift": Method("climbs to peaks of color density", "mean_shift:mean_shift"),
    "watershed": Method("floods a gradient from markers", "watershed:watershed", extra="classical"),
    "grow": Method("grows seeds over similar neighbors", "grow:grow", strokes=True),
    "split_merge": Method("quarters, then merges likes", "split_merge:split_merge"),
    "threshold": Method("splits at a brightness", "threshold:threshold"),
    "otsu": Method("splits at the best brightness", "threshold:otsu"),
    "adaptive": Method("splits at the local mean brightness", "threshold:adaptive"),
    "contours": Method("fills closed edges", "contours:contours"),
    "grabcut": Method("cuts an object out of a box", "grabcut:grabcut", strokes=True),
    "forest": Method("learns a few strokes' pixels", "forest:forest", extra="classical", strokes=True),
}
"""All methods by the names of `perpixel segment --method`."""


def find_method(name: str) -> Method:
    """The method of this name; hyphens are read as underscores.

    Raises:
        ValueError: there is none; the message lists all.
    """
    method = METHODS.get(name.replace("-", "_"))
    if method is None:
        raise ValueError(f"there is no method {name!r}; there are {', '.join(METHODS)}")
    return method
