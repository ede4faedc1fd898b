"""Label Studio's JSON export: brush strokes, polygons, rectangles and ellipses of one annotation for each task.

https://labelstud.io/guide/export.html
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from perpixel.classes import save_class_table
from perpixel.data.annotation import Annotation, Collection, Entry
from perpixel.data.formats.format import Format, Progress, Reading
from perpixel.data.formats.json_values import keys_seen, listed, mapping, read_json
from perpixel.data.formats.label_studio_results import DrawResults, labels_in, size_in
from perpixel.data.formats.picture_files import (
    PictureFile,
    PictureFiles,
    check_names,
    entry_name,
    put_picture,
    split_folder,
)
from perpixel.data.formats.truth import Truth, all_or_none, label_of, thing_table, truth_place
from perpixel.data.formats.writing import truths
from perpixel.data.listing import is_picture, some
from perpixel.data.names import in_order, split_of
from perpixel.data.tables import stated_table
from perpixel.errors import DataError
from perpixel.files import whole_file
from perpixel.masks.runs import to_label_studio

_LOOKED_AT = 20  # JSON files of a folder
_UPLOADED = re.compile(r"^[0-9a-f]{8}-")  # put before the names of uploaded files

Task = tuple[str, list[dict[str, Any]]]
"""What the picture is called, and the results of its annotation."""


def _recognize(path: Path) -> bool:
    try:
        return bool(_files(path))
    except OSError:
        return False


def _files(path: Path) -> list[Path]:
    found = sorted(path.glob("*.json"))[:_LOOKED_AT] if path.is_dir() else [path]
    return [file for file in found if _is_export(file)]


def _is_export(path: Path) -> bool:
    if not keys_seen(path, ("annotations", "result", "data")) >= {"annotations", "result", "data"}:
        return False
    with path.open("rb") as file:
        return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["


def _read(path: Path, reading: Reading) -> Collection:
    files = _files(truth_place(path, reading.masks))
    if not files:
        raise DataError(f"{path}: no JSON export of Label Studio is there: a list of tasks with data and annotations")
    root, skipped = (path.parent if path.is_file() else path), Counter[str]()
    exports = {file: _tasks(file, skipped) for file in files}
    said = {name for tasks in exports.values() for _, results in tasks for name in labels_in(results)}
    classes = reading.classes or stated_table(root, None, None)[0] or thing_table(sorted(said), source=path)
    labels = {name: label_of(classes, name, source=path) for name in said}
    pictures = PictureFiles(reading.pictures or root)
    splits: dict[str, tuple[Entry, ...]] = {}
    for file, tasks in exports.items():
        split = split_of(file.stem) or ("all" if len(files) == 1 else file.stem)
        if split in splits:
            raise DataError(f"{path}: several files are of the split {split}: {some([file.name for file in files])}")
        splits[split] = _entries(file, split, tasks, pictures, labels, reading.max_pixels)
    left = ", ".join(f"{count} {what}" for what, count in skipped.items())
    words = f"Label Studio ({some([file.name for file in files])})" + (f"; left out: {left}" if left else "")
    return Collection(
        path, "label-studio", "instance", classes, {name: splits[name] for name in in_order([*splits])}, words
    )


def _tasks(file: Path, skipped: Counter[str]) -> list[Task]:
    """The annotated tasks of a file: of each the first annotation that was not cancelled."""
    tasks = []
    for place, given in enumerate(listed(read_json(file), str(file)), start=1):
        where = f"{file}: task {place}"
        task = mapping(given, where)
        annotations = [mapping(own, where) for own in listed(task.get("annotations", []), f"{where}: annotations")]
        kept = [own for own in annotations if not own.get("was_cancelled")]
        if not kept:
            skipped["tasks without an annotation"] += 1
            continue
        results = [mapping(own, where) for own in listed(kept[0].get("result"), f"{where}: result")]
        drawn = [result for result in results if labels_in([result], source=where)]
        skipped["results that are no labelled area"] += len(results) - len(drawn)
        tasks.append((_picture_said(mapping(task.get("data"), f"{where}: data"), where), drawn))
    skipped += Counter()  # without zeros
    return tasks


def _picture_said(data: Mapping[str, Any], where: str) -> str:
    """The path or address of the picture: of `image`, or of whatever is called like a picture."""
    texts = [
        value for key, value in sorted(data.items(), key=lambda item: item[0] != "image") if isinstance(value, str)
    ]
    for value in texts:
        path = unquote(value.rpartition("?d=")[2] if "?d=" in value else value.partition("?")[0]).replace("\\", "/")
        if is_picture(Path(path)):
            return path
    raise DataError(f"{where}: nothing under `data` is the path of a picture")


def _entries(
    file: Path, split: str, tasks: list[Task], pictures: PictureFiles, labels: Mapping[str, int], max_pixels: int
) -> tuple[Entry, ...]:
    entries, found = list[Entry](), list[tuple[str, Path | None]]()
    for said, results in tasks:
        picture = _find(pictures, said, split, file)
        where = None if picture is None else picture.path
        name = entry_name(said.rpartition("/")[2], source=file) if picture is None else picture.name
        source = f"{file}: {said}"
        draw = DrawResults(tuple(results), labels)
        truth = Truth(source, where, size_in(results, source=source), draw, max_pixels)
        entries.append(Entry(name, where, truth, file=file))
        found.append((said, where))
    all_or_none(found, source=file, below=pictures.root)
    check_names(entries, source=file)
    return tuple(entries)


def _find(pictures: PictureFiles, said: str, split: str, file: Path) -> PictureFile | None:
    """By the name that is said, or by that without what an upload puts before it."""
    folder, _, name = said.rpartition("/")
    found = pictures.find(said, split=split, source=file)
    return found or pictures.find(f"{folder}/{_UPLOADED.sub('', name)}", split=split, source=file)


def _write(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    """`SPLIT.json` and `images/SPLIT/`, without splits `annotations.json` and `images/`; and classes.yaml."""
    save_class_table(collection.classes, out / "classes.yaml")
    for split, entries in groupby(truths(collection, progress), key=itemgetter(0)):
        table = out / ("annotations.json" if split == "all" else f"{split}.json")
        with whole_file(table) as temporary, temporary.open("w", encoding="utf-8") as file:
            for place, (_, entry, truth) in enumerate(entries, start=1):
                if pictures:
                    put_picture(collection, entry, split_folder(out / "images", split))
                name = entry.name + (entry.picture.suffix if entry.picture else ".png")
                image = f"/data/local-files/?d={split_folder(Path('images'), split).as_posix()}/{name}"
                results = _results(truth, collection.classes.names)
                annotations = [{"id": place, "was_cancelled": False, "result": results}]
                task = {"id": place, "data": {"image": image}, "annotations": annotations, "predictions": []}
                file.write(("[\n" if place == 1 else ",\n") + json.dumps(task))
            file.write("\n]\n")


def _results(truth: Annotation, names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {
            "id": f"region-{number}",
            "from_name": "tag",
            "to_name": "image",
            "type": "brushlabels",
            "original_width": truth.size[1],
            "original_height": truth.size[0],
            "image_rotation": 0,
            "value": {"format": "rle", "rle": to_label_studio(region.runs), "brushlabels": [names[region.label]]},
        }
        for number, region in enumerate(truth.regions, start=1)
    ]


LABEL_STUDIO = Format("Label Studio's JSON export", _recognize, _read, _write, frozenset({"crowd", "ignored"}))
