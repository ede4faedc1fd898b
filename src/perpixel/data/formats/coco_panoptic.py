"""COCO panoptic: a JSON file, and a folder of the same name with PNGs whose color is the id of a segment.

https://cocodataset.org/#format-data and https://github.com/cocodataset/panopticapi; the id is R + 256 G + 65536 B, and
0 is what is not judged.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.data.annotation import Annotation, Collection, Entry, Region
from perpixel.data.formats.format import Format, Progress, Reading
from perpixel.data.formats.id_maps import read_ids
from perpixel.data.formats.painting import paint
from perpixel.data.formats.panoptic_json import PanopticJson, Segmented, read_panoptic_json
from perpixel.data.formats.picture_files import (
    PictureFiles,
    check_names,
    entry_name,
    place_of,
    put_picture,
    split_folder,
)
from perpixel.data.formats.writing import truths
from perpixel.data.formats.written_names import flat
from perpixel.data.names import in_order, split_of
from perpixel.errors import DataError, MaskError
from perpixel.files import atomic_write
from perpixel.masks.runs import encode_mask, labels_to_runs
from perpixel.pictures import write_png

_FOLDERS = ("", "annotations")
_MOST = 2**24
_STEM = re.compile(r"^panoptic_|_?\d+$")


def _recognize(path: Path) -> bool:
    return bool(_files(path))


def _files(path: Path) -> list[Path]:
    """JSON files beside which a folder of the same name has PNGs."""
    found = [path] if path.is_file() else [file for name in _FOLDERS for file in sorted((path / name).glob("*.json"))]
    try:
        return [file for file in found if file.suffix.lower() == ".json" and _has_pngs(file.with_suffix(""))]
    except OSError:
        return []


def _has_pngs(folder: Path) -> bool:
    return folder.is_dir() and any(folder.glob("*.png"))


def _read(path: Path, reading: Reading) -> Collection:
    files = _files(path)
    if reading.masks is not None and path.is_file():
        files = [path]
    if not files:
        raise DataError(f"{path}: no JSON file has a folder of PNGs of its own name beside it, as COCO panoptic has")
    root = path if path.is_dir() else path.parent.parent if path.parent.name == "annotations" else path.parent
    tables = [read_panoptic_json(file) for file in files]
    classes = reading.classes or tables[0].classes
    photos = PictureFiles(reading.pictures or root)
    splits = {}
    for table in tables:
        if table.classes.names != tables[0].classes.names:
            raise DataError(f"{table.path}: other categories than {files[0]}; convert the files one by one")
        split = _split(table.path, alone=len(tables) == 1)
        pngs = table.path.with_suffix("") if reading.masks is None else root / reading.masks
        splits[split] = tuple(
            _entry(table, item, pngs, photos, split, classes, reading.max_pixels) for item in table.pictures
        )
        check_names(splits[split], source=table.path)
    ordered = {split: splits[split] for split in in_order(list(splits))}
    words = f"COCO panoptic: {', '.join(file.name for file in files)}"
    return Collection(path, "coco-panoptic", "panoptic", classes, ordered, words)


def _split(file: Path, *, alone: bool) -> str:
    name = _STEM.sub("", _STEM.sub("", file.stem))
    return split_of(name) or ("all" if alone or name == "all" else name)


def _entry(
    table: PanopticJson,
    item: Segmented,
    pngs: Path,
    photos: PictureFiles,
    split: str,
    classes: ClassTable,
    max_pixels: int,
) -> Entry:
    found = photos.find(item.picture, near=(split,), source=table.path)
    photo = None if found is None or found.path.is_relative_to(pngs) else found.path
    name = entry_name(item.picture, source=table.path)
    label_of = {old: _label(table, old, classes) for old in {segment.label for segment in item.segments.values()}}
    truth = _Truth(table.path, pngs / item.png, photo, item, classes, label_of, max_pixels)
    return Entry(name, photo, truth, file=pngs / item.png)


def _label(table: PanopticJson, label: int, classes: ClassTable) -> int:
    try:
        return classes.index(table.classes[label].name)
    except ValueError as error:
        raise DataError(f"{table.path}: {error}") from error


@dataclass(frozen=True)
class _Truth:
    """Reads the segments of one picture."""

    json: Path
    png: Path
    photo: Path | None
    item: Segmented
    classes: ClassTable
    label_of: dict[int, int]
    max_pixels: int

    def __call__(self) -> Annotation:
        ids = read_ids(self.png, self.photo, max_pixels=self.max_pixels, colors=True)
        if self.photo is None and ids.shape != self.item.size:
            raise MaskError(f"{self.png}: {ids.shape} (height, width), but {self.json.name} says {self.item.size}")
        found, said = labels_to_runs(ids, ignore=0), self.item.segments
        if odd := sorted(found.keys() ^ said.keys()):
            where = "is not in the PNG" if odd[0] in said else "has pixels, but no segments_info"
            raise MaskError(f"{self.png}: segment {odd[0]} {where}; {self.json.name} and the PNGs are of two versions")
        regions = []
        for number, runs in found.items():
            label, crowd = self.label_of[said[number].label], said[number].crowd
            thing = number if self.classes[label].thing and not crowd else None
            regions.append(Region(label, runs, thing, crowd))
        ignored = ids == 0
        return Annotation(ids.shape, tuple(regions), encode_mask(ignored) if ignored.any() else None)


def _write(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    """Write `annotations/panoptic_SPLIT.json`, the PNGs beside it, and `images/SPLIT/`."""
    categories = [
        {"id": number, "name": each.name, "supercategory": each.name, "isthing": int(each.thing), "color": each.color}
        for number, each in enumerate(collection.classes, start=1)
    ]
    image_id = 0
    for split, entries in groupby(truths(collection, progress), key=itemgetter(0)):
        stem = f"panoptic_{split}"
        images, annotations = list[dict[str, Any]](), list[dict[str, Any]]()
        for _, entry, truth in entries:
            if pictures:
                put_picture(collection, entry, split_folder(out / "images", split))
            image_id += 1
            ids, segments = _segments(truth)
            png = place_of(out / "annotations" / stem, flat(entry.name), ".png")
            write_png(png, np.stack([ids & 255, ids >> 8 & 255, ids >> 16], axis=2).astype(np.uint8))
            file_name = entry.name + (entry.picture.suffix if entry.picture else ".png")
            images.append({"id": image_id, "file_name": file_name, "height": truth.size[0], "width": truth.size[1]})
            annotations.append({"image_id": image_id, "file_name": png.name, "segments_info": segments})
        data = {"info": {}, "licenses": [], "images": images, "annotations": annotations, "categories": categories}
        atomic_write(out / "annotations" / f"{stem}.json", json.dumps(data).encode())


def _segments(truth: Annotation) -> tuple[NDArray[Any], list[dict[str, Any]]]:
    """The map of ids, and what is said of each that has pixels. Things keep their ids where they have some."""
    taken = {region.thing for region in truth.regions if region.thing is not None and region.thing < _MOST}
    free = (number for number in range(1, _MOST) if number not in taken)
    numbers = list[int]()
    for region in truth.regions:
        own = region.thing
        numbers.append(own if own is not None and own < _MOST else next(free))
    ids = paint([region.runs for region in truth.regions], numbers, truth.size)
    if truth.ignored is not None:
        ids[truth.ignored.decode(max_pixels=ids.size)] = 0
    owners = dict(zip(numbers, truth.regions, strict=True))
    said = []
    for number, runs in labels_to_runs(ids, ignore=0).items():
        x0, y0, x1, y1 = runs.box
        said.append(
            {
                "id": number,
                "category_id": owners[number].label + 1,
                "area": runs.area,
                "bbox": [x0, y0, x1 - x0, y1 - y0],
                "iscrowd": int(owners[number].crowd),
            }
        )
    return ids, said


COCO_PANOPTIC = Format(
    "COCO panoptic: panoptic_SPLIT.json, and a folder of PNGs of ids R + 256 G + 65536 B",
    _recognize,
    _read,
    _write,
    frozenset({"overlaps"}),
    ("panoptic",),
)
