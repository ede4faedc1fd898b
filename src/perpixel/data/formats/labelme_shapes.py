"""LabelMe's shapes to regions and back.

Shapes of one class and one `group_id` are one thing. A shape of the class `__ignore__` is what is not judged. A mask is
a PNG in the box from its first to its second point, both within it; it is written for regions that have holes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from perpixel.data.annotation import Annotation, Region
from perpixel.data.formats.json_values import mapping, said, text
from perpixel.data.formats.truth import Size, numbered
from perpixel.errors import DataError, MaskError
from perpixel.masks.polygons import Polygon, ellipse, mask_to_polygons, paired_points, polygons_to_runs, rectangle
from perpixel.masks.runs import Runs, encode_mask, union
from perpixel.masks.runs.numbers import shown
from perpixel.pictures import decode_picture, encode_png

IGNORED = "__ignore__"
SKIPPED = ("line", "linestrip", "point", "points")
_DRAWN = ("polygon", "rectangle", "circle", "mask")


def shapes_of(given: list[Any], *, source: object) -> list[dict[str, Any]]:
    """What matters of the shapes of a file.

    Raises:
        DataError: one that is no shape, or of an unknown type.
    """
    shapes = []
    for place, value in enumerate(given, start=1):
        where = f"{source}: shape {place}"
        shape = mapping(value, where)
        kind, group = shape.get("shape_type") or "polygon", shape.get("group_id")
        if kind not in (*_DRAWN, *SKIPPED):
            raise DataError(f"{where} is of type {said(kind)}; {', '.join(_DRAWN)} are drawn")
        if not isinstance(group, int | str | None):
            raise DataError(f"{where} has the group_id {said(group)}; expected a whole number or nothing")
        kept = {"label": text(shape.get("label"), f"{where}: label"), "group_id": group, "shape_type": kind}
        shapes.append(kept | {key: shape.get(key) for key in ("points", "mask")})
    return shapes


@dataclass(frozen=True)
class DrawShapes:
    """Draws the shapes of one picture, as `shapes_of` gives them; `labels` are the classes by name."""

    shapes: tuple[dict[str, Any], ...]
    labels: Mapping[str, int]

    def __call__(self, size: Size) -> Annotation:
        parts, ignored = dict[object, tuple[int, list[Runs]]](), list[Runs]()
        for place, shape in enumerate(self.shapes, start=1):
            if shape["shape_type"] in SKIPPED:
                continue
            try:
                runs = _drawn(shape, size)
            except DataError as error:
                raise MaskError(f"shape {place}, {shown(shape['label'])}: {error}") from error
            if shape["label"] == IGNORED:
                ignored.append(runs)
                continue
            key = place if shape["group_id"] is None else (shape["label"], shape["group_id"])
            parts.setdefault(key, (self.labels[shape["label"]], []))[1].append(runs)
        regions = [Region(label, union(own)) for label, own in parts.values()]
        unjudged = union(ignored) if ignored else None
        return Annotation(size, numbered(regions), unjudged if unjudged is not None and unjudged.area else None)


def _drawn(shape: Mapping[str, Any], size: Size) -> Runs:
    kind, points = shape["shape_type"], paired_points(shape["points"])
    if kind != "polygon" and len(points) != 2:
        raise MaskError(f"a {kind} has two points; this has {len(points)}")
    if kind == "mask":
        return _pasted(shape["mask"], points.ravel().tolist(), size)
    if kind == "polygon":
        polygon = Polygon(points)
    elif kind == "rectangle":
        polygon = rectangle(*points.ravel().tolist())
    else:
        (x, y), (at_x, at_y) = points.tolist()
        radius = float(np.hypot(at_x - x, at_y - y))
        polygon = ellipse(x, y, radius, radius)
    return polygons_to_runs([polygon], size, max_pixels=size[0] * size[1])


def _pasted(mask: Any, box: list[float], size: Size) -> Runs:
    (x0, y0, x1, y1), (height, width) = box, size
    if not 0 <= x0 <= x1 < width or not 0 <= y0 <= y1 < height:
        raise MaskError(f"a mask from {x0:g}, {y0:g} to {x1:g}, {y1:g} is not within {height} x {width}")
    left, top, shape = int(x0), int(y0), (int(y1) - int(y0) + 1, int(x1) - int(x0) + 1)
    try:
        data = base64.b64decode(text(mask, "mask"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MaskError(f"the mask is no base64: {error}") from error
    picture = decode_picture(data, max_pixels=height * width, orient=False, name="mask")
    if picture.shape != (*shape, 1):
        found = " x ".join(map(str, picture.shape[:2]))
        raise MaskError(f"the mask is {found} with {picture.shape[2]} channels; its box is {shape[0]} x {shape[1]}")
    whole = np.zeros(size, np.bool_)
    whole[top : top + shape[0], left : left + shape[1]] = picture[:, :, 0] > 0
    return encode_mask(whole)


def shapes_written(truth: Annotation, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """The shapes of a truth: polygons, of one group where a region has several parts; masks where it has holes."""
    shapes = list[dict[str, Any]]()
    for number, region in enumerate(truth.regions, start=1):
        shapes += _shapes(region.runs, names[region.label], number)
    return shapes + ([] if truth.ignored is None else [_mask(truth.ignored, IGNORED)])


def _shapes(runs: Runs, name: str, group: int) -> list[dict[str, Any]]:
    parts = mask_to_polygons(runs, max_pixels=runs.size[0] * runs.size[1])
    if any(part.holes for part in parts):
        return [_mask(runs, name)]
    return [
        _shape(name, "polygon", part.outer.astype(float).tolist(), group if len(parts) > 1 else None) for part in parts
    ]


def _mask(runs: Runs, name: str) -> dict[str, Any]:
    x0, y0, x1, y1 = runs.box
    inside = runs.decode(max_pixels=runs.size[0] * runs.size[1])[y0:y1, x0:x1]
    image = base64.b64encode(encode_png(inside.astype(np.uint8))).decode("ascii")
    return _shape(name, "mask", [[x0, y0], [x1 - 1, y1 - 1]], None) | {"mask": image}


def _shape(name: str, kind: str, points: list[Any], group: int | None) -> dict[str, Any]:
    return {
        "label": name,
        "points": points,
        "group_id": group,
        "description": "",
        "shape_type": kind,
        "flags": {},
        "mask": None,
    }
