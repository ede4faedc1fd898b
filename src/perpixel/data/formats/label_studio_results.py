"""The results of Label Studio's annotations, drawn: places are in percent of the picture's width and height."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from perpixel.data.annotation import Annotation, Region
from perpixel.data.formats.json_values import listed, mapping, number, said, size_of, text
from perpixel.data.formats.truth import Size, numbered
from perpixel.errors import DataError, MaskError
from perpixel.masks.polygons import Polygon, ellipse, paired_points, polygons_to_runs, rectangle
from perpixel.masks.runs import Runs, from_label_studio

_KINDS = ("brushlabels", "polygonlabels", "rectanglelabels", "ellipselabels")


def labels_in(results: Sequence[Mapping[str, Any]], *, source: object = "Label Studio") -> list[str]:
    """The class of each label of these results; of those that draw no area, none.

    Raises:
        DataError: labels that are no texts.
    """
    found = []
    for result in results:
        kind = result.get("type")
        if kind in _KINDS:
            value = mapping(result.get("value"), f"{source}: the value of a result of type {kind}")
            found += [text(name, f"{source}: {kind}") for name in listed(value.get(kind, []), f"{source}: {kind}")]
    return found


def size_in(results: Sequence[Mapping[str, Any]], *, source: object) -> Size | None:
    """The picture's size, as every result says it; None if there is no result.

    Raises:
        DataError: several sizes, or one that is none.
    """
    sizes = {size_of(result.get("original_height"), result.get("original_width"), str(source)) for result in results}
    if len(sizes) > 1:
        raise DataError(f"{source}: the results are of {len(sizes)} sizes; all are of one picture")
    return sizes.pop() if sizes else None


@dataclass(frozen=True)
class DrawResults:
    """Draws the results of one picture: one thing for each and each of its labels; `labels` are classes by name."""

    results: tuple[Mapping[str, Any], ...]
    labels: Mapping[str, int]

    def __call__(self, size: Size) -> Annotation:
        regions = []
        for place, result in enumerate(self.results, start=1):
            try:
                if turn := result.get("image_rotation"):
                    raise MaskError(f"it was drawn on the picture turned by {said(turn)} degrees; turn it back first")
                runs = _drawn(str(result["type"]), result["value"], size)
            except DataError as error:
                raise MaskError(f"result {place}, {result['type']}: {error}") from error
            regions += [Region(self.labels[name], runs) for name in labels_in([result])]
        return Annotation(size, numbered(regions))


def _drawn(kind: str, value: Mapping[str, Any], size: Size) -> Runs:
    height, width = size
    if kind == "brushlabels":
        if value.get("format", "rle") != "rle":
            raise MaskError(f"the format {said(value['format'])} is not read; only `rle` is")
        return from_label_studio(listed(value.get("rle"), "rle"), size, max_pixels=height * width)
    scale = np.array([width, height]) / 100
    if kind == "polygonlabels":
        points = paired_points(value.get("points")) * scale
        return polygons_to_runs([Polygon(points)], size, max_pixels=height * width)
    names = ("x", "y", "width", "height") if kind == "rectanglelabels" else ("x", "y", "radiusX", "radiusY")
    x, y, across, down = (number(value.get(name), name) for name in names)
    polygon = rectangle(x, y, x + across, y + down) if kind == "rectanglelabels" else ellipse(x, y, across, down)
    turn = np.deg2rad(number(value.get("rotation", 0), "rotation"))
    # A rectangle is turned about its upper left corner, an ellipse about its middle, clockwise on the pixels.
    cosine, sine = np.cos(turn), np.sin(turn)
    middle = np.array([x, y]) * scale
    points = (polygon.outer * scale - middle) @ np.array([[cosine, sine], [-sine, cosine]]) + middle
    return polygons_to_runs([Polygon(points)], size, max_pixels=height * width)
