"""LabelMe: a JSON file for each picture, beside it.

https://github.com/wkentaro/labelme
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from perpixel.classes import save_class_table
from perpixel.data.annotation import Collection, Entry
from perpixel.data.formats.format import Format, Progress, Reading
from perpixel.data.formats.json_values import keys_seen, listed, mapping, read_json, size_of, text
from perpixel.data.formats.labelme_shapes import IGNORED, SKIPPED, DrawShapes, shapes_of, shapes_written
from perpixel.data.formats.picture_files import (
    PictureFiles,
    check_names,
    name_of,
    place_of,
    put_picture,
    split_folder,
    split_in,
)
from perpixel.data.formats.truth import Truth, all_or_none, label_of, thing_table
from perpixel.data.formats.writing import truths
from perpixel.data.listing import list_files
from perpixel.data.names import in_order
from perpixel.data.tables import stated_table
from perpixel.errors import DataError
from perpixel.files import atomic_write

_LOOKED_AT = 20
_VERSION = "5.5.0"  # of LabelMe, whose form of masks is written


def _recognize(path: Path) -> bool:
    try:
        files = [path] if path.is_file() else _first(path)
        return any(_is_labelme(file) for file in files)
    except (OSError, DataError):
        return False


def _first(path: Path) -> list[Path]:
    """Some JSON files in the folder, and in those below it."""
    folders = [path, *sorted(folder for folder in path.glob("*/") if folder.is_dir())]
    found = [file for folder in folders[:_LOOKED_AT] for file in sorted(folder.glob("*.json"))[:_LOOKED_AT]]
    return found or sorted(path.glob("*/*/*.json"))[:_LOOKED_AT]


def _is_labelme(path: Path) -> bool:
    return keys_seen(path, ("shapes", "imagePath")) == {"shapes", "imagePath"}


def _read(path: Path, reading: Reading) -> Collection:
    root = path.parent if path.is_file() else path
    below = root if reading.masks is None else root / reading.masks
    every = [path] if path.is_file() else [below / file for file in list_files(below) if file.suffix.lower() == ".json"]
    files = {file: _load(file) for file in every if path.is_file() or _is_labelme(file)}
    if not files:
        raise DataError(f"{path}: no JSON file with LabelMe's `shapes` and `imagePath` is there")
    said = [shape["label"] for data in files.values() for shape in data["shapes"]]
    names = sorted({*said} - {IGNORED})
    classes = reading.classes or stated_table(root, None, None)[0] or thing_table(names, source=path)
    labels = {name: label_of(classes, name, source=path) for name in names}
    pictures = PictureFiles(reading.pictures or root)
    splits, found = dict[str, list[Entry]](), list[tuple[str, Path | None]]()
    for file, data in files.items():
        where = file.relative_to(root) if file.is_relative_to(root) else Path(file.name)
        picture = _picture(file, data["imagePath"], pictures)
        truth = Truth(str(file), picture, data["size"], DrawShapes(tuple(data["shapes"]), labels), reading.max_pixels)
        entry = Entry(name_of(where), picture, truth, file=file)
        splits.setdefault(split_in(where.parts[:-1]) or "all", []).append(entry)
        found.append((data["imagePath"], picture))
    all_or_none(found, source=path, below=pictures.root)
    for entries in splits.values():
        check_names(entries, source=path)
    ordered = {split: tuple(splits[split]) for split in in_order([*splits])}
    words = f"LabelMe ({len(files)} JSON files){_left_out(list(files.values()))}"
    return Collection(path, "labelme", "instance", classes, ordered, words)


def _load(path: Path) -> dict[str, Any]:
    """Shapes, picture and size of a file; the picture that may be within it is not kept."""
    data = mapping(read_json(path), str(path))
    size = size_of(data.get("imageHeight"), data.get("imageWidth"), str(path))
    shapes = shapes_of(listed(data.get("shapes"), f"{path}: shapes"), source=path)
    return {"shapes": shapes, "imagePath": text(data.get("imagePath"), f"{path}: imagePath"), "size": size}


def _picture(file: Path, said: str, pictures: PictureFiles) -> Path | None:
    """Beside the file, by the name that it says, or by its own."""
    name = said.replace("\\", "/").rpartition("/")[2]
    if name and "\0" not in name and len(name) < 256 and (file.parent / name).is_file():
        return file.parent / name
    near = {file.parent.name}
    found = pictures.find(said, near=near, source=file) or pictures.find(file.stem, near=near, source=file)
    return None if found is None else found.path


def _left_out(files: Sequence[dict[str, Any]]) -> str:
    counts = Counter(str(shape["shape_type"]) for data in files for shape in data["shapes"])
    left = [f"{counts[kind]} of type {kind}" for kind in SKIPPED if counts[kind]]
    return f"; shapes without an area are left out: {', '.join(left)}" if left else ""


def _write(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    """`SPLIT/NAME.json` beside `SPLIT/NAME.png`, without splits right in the folder; and classes.yaml."""
    names = collection.classes.names
    save_class_table(collection.classes, out / "classes.yaml")
    for split, entry, truth in truths(collection, progress):
        folder = split_folder(out, split)
        if pictures:
            put_picture(collection, entry, folder)
        suffix = entry.picture.suffix if entry.picture else ".png"
        data: dict[str, Any] = {
            "version": _VERSION,
            "flags": {},
            "shapes": shapes_written(truth, names),
            "imagePath": entry.name.rpartition("/")[2] + suffix,
            "imageData": None,
            "imageHeight": truth.size[0],
            "imageWidth": truth.size[1],
        }
        atomic_write(place_of(folder, entry.name, ".json"), json.dumps(data).encode())


LABELME = Format("LabelMe: a JSON file for each picture", _recognize, _read, _write, frozenset({"crowd"}))
