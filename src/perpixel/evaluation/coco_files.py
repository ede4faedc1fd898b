"""COCO's files of predictions judged by COCO's files of truth: instances or panoptic, told from the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from perpixel.data.formats.json_values import read_json
from perpixel.errors import DataError
from perpixel.evaluation.coco_instances import score_instances
from perpixel.evaluation.coco_panoptic import score_panoptic
from perpixel.evaluation.evaluation import Evaluation, Progress
from perpixel.metrics.thing_matching import MAX_DETECTIONS

Kind = Literal["instances", "panoptic", "either"]


def score_coco(
    predictions: Path,
    truth: Path,
    *,
    max_detections: int = MAX_DETECTIONS,
    boundary: bool = False,
    progress: Progress | None = None,
    tell: Callable[[str], object] | None = None,
) -> Evaluation:
    """Judge one JSON file by another.

    Instances: a list of results with `image_id`, `category_id`, `score`, and a `segmentation` (run lengths or polygons)
    or a `bbox` or both; or a whole COCO file. A picture without a result has none. The scores are those of pycocotools.
    Panoptic: a file with `annotations` and their `segments_info`, and the PNGs in a folder of the file's name beside
    it, on both sides. The scores are those of the panoptic API.

    Where a whole file of predictions lists pictures and categories itself, they are the truth's of the same names, and
    else those of the same ids.

    Args:
        predictions: the file of predictions.
        truth: the file of the truth.
        max_detections: of instances, how many of a class are judged in a picture, those with the highest scores.
        boundary: of instances, also compute boundary AP.
        progress: called with the number of pictures that are judged, and of all.
        tell: called with a line for a person where something is judged in part.

    Raises:
        DataError: files of neither kind, of one kind each, or that do not fit each other.
        MaskError: masks that cannot be read.
        ValueError: `max_detections` is less than 1.
    """
    found, true = read_json(predictions), read_json(truth)
    if isinstance(true, list):
        raise DataError(
            f"{truth}: a list, as results are; the truth is an object with images, annotations and categories: "
            "were the two files swapped? The predictions come first"
        )
    kinds = _kind(predictions, found), _kind(truth, true)
    if set(kinds) == {"instances", "panoptic"}:
        raise DataError(f"{predictions} is COCO {kinds[0]}, {truth} is COCO {kinds[1]}; give two files of one kind")
    if "panoptic" in kinds and isinstance(found, dict):
        return Evaluation(score_panoptic(predictions, found, truth, true, progress=progress), (), str(truth))
    score, note = score_instances(
        predictions, found, truth, max_detections=max_detections, boundary=boundary, progress=progress
    )
    if note and tell is not None:
        tell(note)
    return Evaluation(score, (), str(truth))


def _kind(path: Path, data: Any) -> Kind:
    """What a file holds; an empty one may be either.

    Raises:
        DataError: it is neither.
    """
    each = data.get("annotations") if isinstance(data, dict) else data
    if isinstance(each, list) and all(isinstance(entry, dict) for entry in each):
        if not each:
            return "either" if isinstance(data, dict) else "instances"
        if isinstance(data, dict) and "segments_info" in each[0]:
            return "panoptic"
        if "image_id" in each[0] and "segments_info" not in each[0]:
            return "instances"
    raise DataError(
        f"{path}: neither COCO instances (a list of results, or an object with annotations that have an `image_id` and "
        "a `category_id`) nor COCO panoptic (annotations with `segments_info`)"
    )
