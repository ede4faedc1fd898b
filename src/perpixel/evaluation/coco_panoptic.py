"""COCO panoptic results judged by COCO panoptic: a JSON file, and beside it a folder of its name with PNGs of ids.

https://cocodataset.org/#format-results
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from perpixel.classes import ClassTable
from perpixel.data.formats.id_maps import read_ids
from perpixel.data.formats.json_values import listed, mapping, said, text
from perpixel.data.formats.panoptic_json import read_panoptic_json
from perpixel.data.listing import some
from perpixel.errors import DataError, MaskError
from perpixel.evaluation.coco_matching import known, names_of, same_classes, same_pictures
from perpixel.evaluation.evaluation import Progress
from perpixel.metrics.panoptic import PanopticScore
from perpixel.pictures import MAX_PIXELS
from perpixel.results import Panoptic

_MOST = 2**24


Segments = Mapping[int, tuple[int, bool]]
"""Of each id in a PNG its class, and whether it is a crowd; in the file's order."""


def score_panoptic(
    predictions: Path, found: Any, truth: Path, true: Any, *, progress: Progress | None = None
) -> PanopticScore:
    """Judge a COCO panoptic file by another, by the rules of the panoptic API.

    Args:
        predictions: the file of predictions.
        found: what is in it: `annotations`, and if wanted `images` and `categories`, whose ids are then its own.
        truth: the file of the truth.
        true: what is in it.
        progress: called with the number of pictures that are judged, and of all.

    Raises:
        DataError: a file is not what it should be, pictures are missing, or there are others or other classes.
        MaskError: a PNG cannot be read, or does not fit what the JSON file says.
    """
    table = read_panoptic_json(truth)
    keys = [int(annotation["image_id"]) for annotation in true["annotations"]]
    names = names_of([{"id": key, "file_name": item.picture} for key, item in zip(keys, table.pictures, strict=True)])
    if len(names) < len(keys):
        raise DataError(f"{truth}: {len(keys)} annotations of {len(names)} pictures; expected one for each")
    answers = _answers(predictions, found, truth, true)
    missing = [name for key, name in names.items() if key not in answers]
    if missing:
        raise DataError(
            f"{predictions}: {len(missing)} of the {len(names)} pictures of {truth} are missing: {some(missing)}"
        )
    there, mine = _folder(truth), _folder(predictions)
    score = PanopticScore(table.classes)
    for done, (key, item) in enumerate(zip(keys, table.pictures, strict=True), start=1):
        segments = {number: (segment.label, segment.crowd) for number, segment in item.segments.items()}
        png, found_segments = answers[key]
        score.update(
            truth=_panoptic(there / item.png, segments, table.classes),
            prediction=_panoptic(mine / png, found_segments, table.classes, all_there=True),
            name=names[key],
        )
        if progress is not None:
            progress(done, len(keys))
    return score


def _answers(path: Path, found: Any, truth: Path, true: Any) -> dict[int, tuple[str, Segments]]:
    """The PNG's name and the segments that a file of predictions has of each picture, by the truth's id."""
    labels = {int(category["id"]): label for label, category in enumerate(true["categories"])}
    images = [{"id": int(image["id"]), "file_name": image["file_name"]} for image in true["images"]]
    pictures = same_pictures(found, images, source=path, truth=truth)
    named = {int(category["id"]): str(category["name"]) for category in true["categories"]}
    categories = same_classes(found, named, source=path)
    answers: dict[int, tuple[str, Segments]] = {}
    for place, given in enumerate(listed(found.get("annotations"), f"{path}: annotations"), start=1):
        where = f"{path}: annotation {place}"
        annotation = mapping(given, where)
        key = known(annotation.get("image_id"), pictures, f"{where} is of the picture")
        if key in answers:
            raise DataError(f"{where} is of a picture that another is of: {said(annotation['image_id'])}")
        segments: dict[int, tuple[int, bool]] = {}
        for each in listed(annotation.get("segments_info"), f"{where}: segments_info"):
            segment = mapping(each, f"{where}: a segment")
            number = segment.get("id")
            if not isinstance(number, int) or not 0 < number < _MOST or number in segments:
                raise DataError(f"{where}: id {said(number)} comes twice or is no whole number from 1 to 2^24 - 1")
            what = f"{where}: segment {number} is of the category"
            segments[number] = labels[known(segment.get("category_id"), categories, what)], False
        answers[key] = text(annotation.get("file_name"), f"{where}: file_name"), segments
    return answers


def _folder(path: Path) -> Path:
    folder = path.with_suffix("")
    if not folder.is_dir():
        raise DataError(f"{path}: its PNGs are expected in a folder of the same name, {folder}, which is not there")
    return folder


def _panoptic(png: Path, segments: Segments, classes: ClassTable, *, all_there: bool = False) -> Panoptic:
    """Number the segments from 1 on in the file's order.

    The panoptic API takes a segment of the truth without pixels for a missed one, but not such a prediction; both need
    a word for each id in the PNG.
    """
    ids = read_ids(png, None, max_pixels=MAX_PIXELS, colors=True)
    numbers = np.fromiter(segments, np.int64, len(segments))
    place = np.zeros(max(int(ids.max()), int(numbers.max(initial=0))) + 1, np.int32)
    place[numbers] = np.arange(1, len(segments) + 1)
    mapped = place[ids]
    stray = ids[(mapped == 0) & (ids > 0)]
    if stray.size:
        raise MaskError(f"{png}: segment {stray[0]} has pixels, but no segments_info; are both of one version?")
    areas = np.bincount(mapped.ravel(), minlength=len(segments) + 1)[1:]
    if all_there and not areas.all():
        raise MaskError(f"{png}: segment {numbers[areas == 0][0]} of segments_info has no pixel; of one version?")
    labels = np.array([label for label, _ in segments.values()], np.intp)
    crowd = np.array([crowd for _, crowd in segments.values()], np.bool_)
    return Panoptic(mapped, labels, classes, np.ones(len(segments), np.float32), crowd)
