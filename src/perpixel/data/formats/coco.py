"""COCO instances: a JSON file with polygons and run lengths, one for each split, and folders of pictures.

https://cocodataset.org/#format-data
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from perpixel.classes import ClassTable, SegmentClass
from perpixel.data.annotation import Collection, Entry
from perpixel.data.formats.coco_json import CocoJson, DrawAnnotations, has_mask, read_coco_json
from perpixel.data.formats.coco_write import write_coco
from perpixel.data.formats.format import Format, Reading
from perpixel.data.formats.json_values import keys_seen, said, size_of, text
from perpixel.data.formats.picture_files import PictureFiles, check_names, entry_name
from perpixel.data.formats.truth import Truth, all_or_none, label_of, thing_table, truth_place
from perpixel.data.listing import some
from perpixel.data.names import in_order, split_of
from perpixel.errors import DataError

_KEYS = ("images", "annotations", "categories", "segments_info", "caption")
_LOOKED_AT = 50  # files of a folder: one of LabelMe has thousands of JSON files
_YEAR = re.compile(r"[0-9]+$")


def _recognize(path: Path) -> bool:
    try:
        return bool(_json_files(path))
    except OSError:
        return False


def _json_files(path: Path) -> list[Path]:
    """The file, or those in the folder, in `annotations/`, and beside the pictures of each split.

    Where some are called `instances...`, the others (key points, captions) are of the same pictures.
    """
    if path.is_file():
        return [path] if _looks_like_coco(path) else []
    folders = [path, *sorted(folder for folder in path.glob("*/") if folder.is_dir())]
    found = [file for folder in folders for file in sorted(folder.glob("*.json"))[:_LOOKED_AT]][: 4 * _LOOKED_AT]
    found = [file for file in found if _looks_like_coco(file)]
    return [file for file in found if file.stem.startswith("instances")] or found


def _looks_like_coco(path: Path) -> bool:
    seen = keys_seen(path, _KEYS)
    return len(seen & {"images", "annotations", "categories"}) >= 2 and not seen & {"segments_info", "caption"}


def _read(path: Path, reading: Reading) -> Collection:
    files = [read_coco_json(file) for file in _json_files(truth_place(path, reading.masks))]
    if not files:
        raise DataError(f"{path}: no JSON file with COCO's images, annotations and categories is there")
    classes, labels = _classes(path, files, reading)
    pictures = PictureFiles(reading.pictures or _picture_root(path))
    splits: dict[str, tuple[Entry, ...]] = {}
    for file in files:
        split = _split(file.path, alone=len(files) == 1)
        if split in splits:
            names = some([other.path.name for other in files])
            raise DataError(f"{path}: several files are of the split {split}: {names}; give one of them as the path")
        splits[split] = _entries(file, split, pictures, labels, reading.max_pixels)
    words = f"COCO instances ({some([file.path.name for file in files])}){_without_masks(path, files)}"
    return Collection(path, "coco", "instance", classes, {name: splits[name] for name in in_order([*splits])}, words)


def _classes(path: Path, files: Sequence[CocoJson], reading: Reading) -> tuple[ClassTable, dict[int, int]]:
    """The table and the class of each category, by ids; the categories are the same in all files.

    Raises:
        DataError: they differ, or two have one name.
    """
    first = files[0]
    names = {number: category["name"] for number, category in first.categories.items()}
    for file in files[1:]:
        for number in {*names, *file.categories}:
            own = file.categories.get(number, {}).get("name")
            if own != names.get(number):
                raise DataError(
                    f"{file.path}: category {number} is {said(own)}, but {said(names.get(number))} in "
                    f"{first.path.name}; the categories of all splits must be the same"
                )
    used = {annotation["category_id"] for file in files for own in file.annotations.values() for annotation in own}
    counts = Counter(names.values())
    kept = sorted(number for number, name in names.items() if number in used or counts[name] == 1)
    if reading.classes is not None:
        return reading.classes, {
            number: label_of(reading.classes, names[number], source=path) for number in kept if number in used
        }
    table = thing_table([names[number] for number in kept], source=first.path)
    things = [bool(first.categories[number].get("isthing", True)) for number in kept]
    entries = [SegmentClass(entry.name, entry.color, thing) for entry, thing in zip(table, things, strict=True)]
    return ClassTable(tuple(entries)), {number: label for label, number in enumerate(kept)}


def _picture_root(path: Path) -> Path:
    """Where pictures are looked for: below the folder; of a file alone, around it."""
    if not path.is_file():
        return path
    return path.parent.parent if path.parent.name == "annotations" else path.parent


def _split(path: Path, *, alone: bool) -> str:
    """The split of a file: by its name, by its folder, or of several the rest of the name."""
    rest = re.sub(r"^_?(instances|annotations)[._-]*|[._-]*(coco|annotations|instances)$", "", path.stem)
    told = [word for word in re.split(r"[^a-z]+", path.stem.lower()) if split_of(word)]
    if told or (beside := split_of(path.parent.name)) is None:
        return split_of(told[0]) or "" if told else "all" if alone or not rest else rest
    return beside


def _entries(
    file: CocoJson, split: str, pictures: PictureFiles, labels: Mapping[int, int], max_pixels: int
) -> tuple[Entry, ...]:
    near = {split, file.path.parent.name, _YEAR.sub("", split), file.path.stem.removeprefix("instances_")}
    entries, found = list[Entry](), list[tuple[str, Path | None]]()
    for image in file.images:
        file_name = text(image.get("file_name"), f"{file.path}: file_name of the image {said(image['id'])}")
        picture = pictures.find(file_name, split=split, near=near, source=file.path)
        size = size_of(image.get("height"), image.get("width"), f"{file.path}: {file_name}")
        annotations = tuple(file.annotations.get(image["id"], ()))
        where = None if picture is None else picture.path
        truth = Truth(f"{file.path}: {file_name}", where, size, DrawAnnotations(annotations, labels), max_pixels)
        name = entry_name(file_name, source=file.path) if picture is None else picture.name
        entries.append(Entry(name, where, truth, file=file.path))
        found.append((file_name, where))
    all_or_none(found, source=file.path, below=pictures.root)
    check_names(entries, source=file.path)
    return tuple(entries)


def _without_masks(path: Path, files: Sequence[CocoJson]) -> str:
    """What to say of annotations that are a box alone.

    Raises:
        DataError: all are.
    """
    every = [annotation for file in files for own in file.annotations.values() for annotation in own]
    boxes = sum(not has_mask(annotation) for annotation in every)
    if boxes and boxes == len(every):
        raise DataError(
            f"{path}: none of the {boxes} annotations has a mask (`segmentation`), only boxes, which do not tell the "
            "pixels; export polygons or masks"
        )
    return f"; {boxes} annotations have a box and no mask: what is in the box is not judged" if boxes else ""


COCO = Format(
    "COCO instances: JSON with polygons and run lengths", _recognize, _read, write_coco, frozenset({"ignored"})
)
