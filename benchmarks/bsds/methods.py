"""The rows of the table: each method, the parameter that is its scale, at most twelve values of it, and the rest.

What is fixed here was chosen on the train split (docs/bsds.md says how), never on the split that is reported.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.bsds.protocol import Answer
from perpixel.kernels.thinning import thinned


@dataclass(frozen=True)
class Method:
    """One row.

    Attributes:
        home: "file:function" in perpixel.classical.
        parameter: that is varied; its values are the scales.
        values: at most twelve.
        options: its other arguments, where they are not the defaults.
        pieces: whether the connected pieces of its groups are the regions. Colors and brightnesses come back in many
            places, which the group's number would hold together.
        edges: it gives a mask of edges instead of regions.
        smooth: width in pixels of the Gaussian that smooths the picture before, for methods that have none of their
            own and look at each pixel alone.
    """

    home: str
    parameter: str
    values: tuple[float, ...]
    options: dict[str, Any] = field(default_factory=dict)
    pieces: bool = False
    edges: bool = False
    smooth: float = 0.0

    def found(self, image: NDArray[np.uint8], value: float) -> NDArray[Any]:
        """What it finds in a picture at one scale, as it gives it."""
        file, _, name = self.home.partition(":")
        function = getattr(importlib.import_module(f"perpixel.classical.{file}"), name)
        if self.smooth:
            image = np.asarray(cv2.GaussianBlur(image, (0, 0), self.smooth), np.uint8)
        found: NDArray[Any] = function(image, **{self.parameter: value}, **self.options)
        return found

    def answer(self, found: NDArray[Any]) -> Answer:
        """The same as boundaries and regions."""
        if self.edges:
            return Answer(thinned(found), None)
        return Answer.of_regions(connected_pieces(found) if self.pieces else found)


def connected_pieces(groups: NDArray[Any]) -> NDArray[np.int32]:
    """Number the pieces (of 4 neighbors) in which each group lies, from 0."""
    pieces = np.zeros(groups.shape, np.int32)
    count = 0
    for group in np.unique(groups):
        found, numbers = cv2.connectedComponents((groups == group).astype(np.uint8), connectivity=4)
        inside = numbers > 0
        pieces[inside] = numbers[inside] + (count - 1)
        count += found - 1
    return pieces


METHODS = {
    "graph": Method(
        "graph:graph_regions",
        "scale",
        (100, 170, 280, 470, 800, 1300, 2200, 3700, 6200, 10000, 18000, 30000),
        {"sigma": 0.8, "min_size": 20},
    ),
    "kmeans": Method("kmeans:kmeans", "clusters", (2, 3, 4, 6, 8, 12), pieces=True, smooth=2.0),
    "slic": Method("slic:slic", "regions", (4, 8, 12, 18, 25, 40, 60, 100, 200, 400, 800, 1600)),
    "mean_shift": Method("mean_shift:mean_shift", "color_radius", (6, 8, 12, 16, 20, 26, 32, 40, 52, 68, 90, 120)),
    "watershed": Method("watershed:watershed", "min_depth", (1, 2, 3, 4, 6, 8, 10, 13, 17, 22, 30, 40)),
    "split_merge": Method("split_merge:split_merge", "tolerance", (4, 6, 8, 11, 14, 17, 20, 24, 28, 34, 42, 55)),
    "threshold": Method(
        "threshold:threshold", "level", (40, 60, 80, 100, 115, 130, 145, 160, 180, 200), pieces=True, smooth=2.0
    ),
    "otsu": Method("threshold:otsu", "levels", (2, 3, 4), pieces=True, smooth=2.0),
    "adaptive": Method(
        "threshold:adaptive", "offset", (-30, -20, -12, -6, 0, 6, 12, 20, 30), {"window": 101}, pieces=True, smooth=2.0
    ),
    "contours": Method("contours:contours", "high", (15, 25, 40, 55, 70, 90, 110, 140, 170, 210, 260, 340)),
    "canny": Method(
        "edges:canny", "high", (5, 10, 15, 25, 40, 55, 70, 90, 110, 140, 170, 210), {"sigma": 3.0}, edges=True
    ),
}
