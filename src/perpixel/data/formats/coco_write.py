"""Regions as COCO instances: what pycocotools reads, with its bytes, areas and boxes."""

from __future__ import annotations

import json
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from perpixel.data.annotation import Collection, Region
from perpixel.data.formats.format import Progress
from perpixel.data.formats.picture_files import put_picture, split_folder
from perpixel.data.formats.writing import truths
from perpixel.files import make_folder, whole_file
from perpixel.masks.runs import to_coco


def write_coco(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    """Write `annotations/instances_SPLIT.json` with compressed run lengths, and `images/SPLIT/`.

    Without splits they are `instances_all.json` and `images/`. Categories, images and annotations are numbered from 1,
    in the order of the classes and of the collection.

    Raises:
        DataError: a picture that is not there, or what reading the collection raises.
    """
    categories = [
        {"id": number, "name": entry.name, "supercategory": "", "isthing": int(entry.thing)}
        for number, entry in enumerate(collection.classes, start=1)
    ]
    folder, image_id, annotation_id = make_folder(out / "annotations"), 0, 0
    for split, entries in groupby(truths(collection, progress), key=itemgetter(0)):
        images, annotations = list[str](), list[str]()  # as texts: a fifth of the memory
        for _, entry, truth in entries:
            image_id += 1
            if pictures:
                put_picture(collection, entry, split_folder(out / "images", split))
            suffix = entry.picture.suffix if entry.picture else ".png"
            height, width = truth.size
            images.append(
                json.dumps({"id": image_id, "file_name": entry.name + suffix, "width": width, "height": height})
            )
            for region in truth.regions:
                annotation_id += 1
                annotations.append(json.dumps(_annotation(region, annotation_id, image_id)))
        with whole_file(folder / f"instances_{split}.json") as temporary:
            rows = {"images": images, "annotations": annotations, "categories": [json.dumps(one) for one in categories]}
            parts = [f'"{key}": [\n' + ",\n".join(texts) + "\n]" for key, texts in rows.items()]
            temporary.write_text("{" + ", ".join(parts) + "}\n", encoding="utf-8")


def _annotation(region: Region, number: int, image: int) -> dict[str, Any]:
    x0, y0, x1, y1 = region.runs.box
    return {
        "id": number,
        "image_id": image,
        "category_id": region.label + 1,
        "iscrowd": int(region.crowd),
        "area": region.runs.area,
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "segmentation": to_coco(region.runs),
    }
