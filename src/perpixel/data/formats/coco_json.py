"""COCO's JSON file, checked: categories, images, and the annotations of each; and what an annotation draws."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perpixel.data.annotation import Annotation, Region
from perpixel.data.formats.json_values import listed, mapping, read_json, said, text
from perpixel.data.formats.truth import Size, numbered
from perpixel.errors import DataError, MaskError
from perpixel.masks.polygons import flat_points, from_coco_polygons, polygons_to_runs, rectangle
from perpixel.masks.runs import Runs, from_coco, union


@dataclass(frozen=True)
class CocoJson:
    """A file whose masks are not decoded yet.

    Attributes:
        path: the file.
        categories: by id.
        images: by id, ascending.
        annotations: of each image, in the file's order, by the image's id; all of known categories.
    """

    path: Path
    categories: Mapping[int, dict[str, Any]]
    images: tuple[dict[str, Any], ...]
    annotations: Mapping[Any, list[dict[str, Any]]]


def read_coco_json(path: Path) -> CocoJson:
    """Read and check a file.

    Raises:
        DataError: it cannot be read, lacks something, or names what is not listed.
    """
    data = mapping(read_json(path), str(path))
    categories: dict[int, dict[str, Any]] = {}
    for place, given in enumerate(listed(data.get("categories"), f"{path}: categories"), start=1):
        category = mapping(given, f"{path}: category {place}")
        number = category.get("id")
        if not isinstance(number, int) or number in categories:
            raise DataError(f"{path}: category {place} has the id {said(number)}; ids are whole numbers, each once")
        text(category.get("name"), f"{path}: the name of category {number}")
        categories[number] = category
    images: dict[Any, dict[str, Any]] = {}
    for place, given in enumerate(listed(data.get("images"), f"{path}: images"), start=1):
        image = mapping(given, f"{path}: image {place}")
        key = image.get("id")
        if not isinstance(key, int | str) or key in images:
            raise DataError(f"{path}: image {place} has the id {said(key)}; ids are numbers or texts, each once")
        images[key] = image
    owned: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for place, given in enumerate(listed(data.get("annotations"), f"{path}: annotations"), start=1):
        annotation = mapping(given, f"{path}: annotation {place}")
        key, category_id = annotation.get("image_id"), annotation.get("category_id")
        where = f"{path}: annotation {said(annotation.get('id', place))}"
        if not isinstance(key, int | str) or key not in images:
            raise DataError(f"{where} is of the image {said(key)}, which is not listed")
        if not isinstance(category_id, int) or category_id not in categories:
            raise DataError(f"{where} is of the category {said(category_id)}, which is not listed")
        owned[key].append(annotation)
    ordered = sorted(images, key=lambda key: (isinstance(key, str), key))
    return CocoJson(path, categories, tuple(images[key] for key in ordered), owned)


@dataclass(frozen=True)
class DrawAnnotations:
    """Draws the annotations of one picture.

    Attributes:
        annotations: as the file has them.
        labels: the class of each category, by id.
    """

    annotations: tuple[dict[str, Any], ...]
    labels: Mapping[int, int]

    def __call__(self, size: Size) -> Annotation:
        regions, boxes = list[Region](), list[Runs]()
        for annotation in self.annotations:
            try:
                runs = _mask(annotation, size)
            except MaskError as error:
                raise MaskError(f"annotation {said(annotation.get('id'))}: {error}") from error
            if has_mask(annotation):
                label, crowd = self.labels[annotation["category_id"]], bool(annotation.get("iscrowd"))
                regions.append(Region(label, runs, crowd=crowd))
            elif runs.area:
                boxes.append(runs)
        return Annotation(size, numbered(regions), union(boxes) if boxes else None)


def _mask(annotation: Mapping[str, Any], size: Size) -> Runs:
    pixels = size[0] * size[1]
    if not has_mask(annotation):
        box = flat_points(annotation.get("bbox"))
        if box.shape != (2, 2):
            raise MaskError("it has neither a mask nor a box `[x, y, width, height]`")
        (x, y), (width, height) = box.tolist()
        return polygons_to_runs([rectangle(x, y, x + width, y + height)], size, max_pixels=pixels)
    segmentation = annotation["segmentation"]
    if not isinstance(segmentation, dict):
        return from_coco_polygons(segmentation, size, max_pixels=pixels)
    runs = from_coco(segmentation, max_pixels=pixels)
    if runs.size != size:
        raise MaskError(f"run lengths of {runs.size[0]} x {runs.size[1]} in a picture of {size[0]} x {size[1]}")
    return runs


def has_mask(annotation: Mapping[str, Any]) -> bool:
    """Whether an annotation is more than a box: `segmentation` may be missing, empty, or a list of nothing."""
    segmentation = annotation.get("segmentation")
    return any(segmentation) if isinstance(segmentation, list) else bool(segmentation)
