"""COCO instance results judged by COCO instances: AP of masks and boxes, equal to pycocotools.

https://cocodataset.org/#format-results
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np

from perpixel.data.formats.coco_json import CocoJson, has_mask, read_coco_json
from perpixel.data.formats.json_values import listed, mapping, number, said, size_of
from perpixel.data.formats.truth import Size, thing_table
from perpixel.data.listing import some
from perpixel.errors import DataError, MaskError
from perpixel.evaluation.coco_matching import known, names_of, same_classes, same_pictures
from perpixel.evaluation.evaluation import Progress
from perpixel.masks.polygons import from_coco_polygons
from perpixel.masks.runs import Runs, from_coco
from perpixel.metrics.instances import InstanceScore
from perpixel.metrics.thing_matching import MAX_DETECTIONS, Listed


def score_instances(
    predictions: Path,
    found: Any,
    truth: Path,
    *,
    max_detections: int = MAX_DETECTIONS,
    boundary: bool = False,
    progress: Progress | None = None,
) -> tuple[InstanceScore, str]:
    """Judge a list of results, or a whole COCO file, by a COCO file.

    As in pycocotools, the size of a result is that of its `bbox` where it has one, and else that of its mask; the size
    of a truth is its `area`. Where not all of both sides have masks, there is AP of boxes alone.

    Args:
        predictions: what errors name.
        found: what is in it: results with `image_id`, `category_id`, `score`, and `segmentation` or `bbox` or both; or
            an object with such `annotations`, whose score is 1 where it is not stated.
        truth: the file of the truth.
        max_detections: of a class in a picture.
        boundary: also compute boundary AP.
        progress: called with the number of pictures that are judged, and of all.

    Returns:
        The score, and what should be said about the files, or "".

    Raises:
        DataError: a file is not what it should be, or the predictions are of other pictures or classes.
        MaskError: masks that cannot be read.
    """
    table = read_coco_json(truth)
    order = sorted(table.categories)
    classes = thing_table(_class_names(table, order), source=truth)
    labels = {category: label for label, category in enumerate(order)}
    results, seen = _results(predictions, found, table)
    masks = all(has_mask(each) for own in (*results.values(), *table.annotations.values()) for each in own)
    score = InstanceScore(classes, max_detections=max_detections, boundary=boundary)
    names = names_of(table.images)
    for done, image in enumerate(table.images, start=1):
        key, name = image["id"], names[image["id"]]
        size = size_of(image.get("height"), image.get("width"), f"{truth}: {name}")
        there = _listed(
            table.annotations.get(key, ()), labels, size, masks=masks, predicted=False, where=f"{truth}: {name}"
        )
        mine = _listed(results.get(key, ()), labels, size, masks=masks, predicted=True, where=f"{predictions}: {name}")
        score.update_listed(truth=there, prediction=mine, name=name)
        if progress is not None:
            progress(done, len(table.images))
    return score, _note(predictions, [name for key, name in names.items() if key not in seen], len(names), masks=masks)


def _class_names(table: CocoJson, order: Sequence[int]) -> list[str]:
    names = [str(table.categories[category]["name"]) for category in order]
    return [
        f"{name} ({category})" if names.count(name) > 1 else name for category, name in zip(order, names, strict=True)
    ]


def _results(path: Path, found: Any, table: CocoJson) -> tuple[Mapping[Any, list[dict[str, Any]]], Set[Any]]:
    """The results of each picture, in their order, with the truth's ids and a score; and which pictures were seen."""
    whole = isinstance(found, dict)
    names = {category: str(entry["name"]) for category, entry in table.categories.items()}
    pictures = same_pictures(found if whole else {}, table.images, source=path, truth=table.path)
    categories = same_classes(found if whole else {}, names, source=path)
    results: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    given = listed(found.get("annotations") if whole else found, f"{path}: annotations")
    for place, each in enumerate(given, start=1):
        where = f"{path}: result {place}"
        result = mapping(each, where)
        key = known(result.get("image_id"), pictures, f"{where} is of the picture")
        category = known(result.get("category_id"), categories, f"{where} is of the category")
        if not has_mask(result) and not result.get("bbox"):
            raise DataError(f"{where} has neither a mask (`segmentation`) nor a box (`bbox`)")
        if "score" not in result and not whole:
            raise DataError(f"{where} has no `score`; give how sure each result is, from 0 to 1")
        score = number(result.get("score", 1), f"{where}: score")
        area = result.get("area") if whole else None
        results[key].append({**result, "category_id": category, "score": score, "area": area, "id": place})
    listing = whole and found.get("images") is not None
    return results, set(pictures.values()) if listing else results.keys()


def _listed(
    annotations: Sequence[Mapping[str, Any]],
    labels: Mapping[int, int],
    size: Size | None,
    *,
    masks: bool,
    predicted: bool,
    where: str,
) -> Listed:
    """The things of one side of one picture, with their masks or without."""
    runs, boxes, areas = list[Runs](), list[Any](), list[float]()
    for annotation in annotations:
        what = f"{where}: {'result' if predicted else 'annotation'} {said(annotation.get('id'))}"
        try:
            mask = _mask(annotation, size) if masks or not annotation.get("bbox") else None
            box = _box(annotation, mask)
        except (DataError, RecursionError) as error:
            raise MaskError(f"{what}: {error}") from error
        by_box = predicted and annotation.get("bbox")
        measured = box[2] * box[3] if mask is None or by_box else mask.area
        area = annotation.get("area")
        areas.append(measured if area is None else number(area, f"{what}: area"))
        boxes.append(box)
        if mask is not None:
            runs.append(mask)
    return Listed.of(
        [labels[annotation["category_id"]] for annotation in annotations],
        masks=runs if masks else None,
        boxes=np.array(boxes, np.float64).reshape(-1, 4),
        areas=areas,
        scores=[annotation["score"] for annotation in annotations] if predicted else None,
        crowd=[not predicted and bool(annotation.get("iscrowd")) for annotation in annotations],
    )


def _mask(annotation: Mapping[str, Any], size: Size | None) -> Runs:
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, dict):
        runs = from_coco(segmentation)
        if size is not None and runs.size != size:
            raise MaskError(f"run lengths of {runs.size[0]} x {runs.size[1]} in a picture of {size[0]} x {size[1]}")
        return runs
    if size is None:
        raise MaskError("the truth does not say how large the picture is: give `height` and `width` in `images`")
    return from_coco_polygons(segmentation, size)


def _box(annotation: Mapping[str, Any], mask: Runs | None) -> tuple[float, float, float, float]:
    """x, y, width and height, as the file says or of the mask."""
    if given := annotation.get("bbox"):
        if not isinstance(given, list) or len(given) != 4:
            raise MaskError(f"a box is [x, y, width, height]; this is {said(given)}")
        x, y, width, height = (number(side, "a side of the box") for side in given)
        return x, y, width, height
    x0, y0, x1, y1 = (0, 0, 0, 0) if mask is None else mask.box
    return x0, y0, x1 - x0, y1 - y0


def _note(path: Path, unseen: Sequence[str], pictures: int, *, masks: bool) -> str:
    notes = []
    if unseen:
        count = f"{len(unseen)} of {pictures} pictures"
        notes.append(f"{path}: {count} have no result, so that nothing counts as found there: {some([*unseen])}")
    if not masks:
        notes.append("not everything has a mask (`segmentation`): boxes alone are judged")
    return "; ".join(notes)
