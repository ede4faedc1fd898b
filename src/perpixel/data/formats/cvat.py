"""CVAT for images 1.1: one XML file and the pictures.

https://docs.cvat.ai/docs/manual/advanced/xml_format/
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable, SegmentClass, color_of
from perpixel.data.annotation import Annotation, Collection, Entry, Region
from perpixel.data.formats.cvat_write import write_cvat
from perpixel.data.formats.cvat_xml import CvatImage, CvatXml, read_cvat_xml
from perpixel.data.formats.format import Format, Reading
from perpixel.data.formats.json_values import size_of
from perpixel.data.formats.picture_files import PictureFiles, check_names, entry_name
from perpixel.data.formats.truth import Size, Truth, all_or_none, label_of, numbered, thing_table, truth_place
from perpixel.data.listing import some
from perpixel.data.names import in_order, split_of
from perpixel.errors import DataError, MaskError
from perpixel.masks.polygons import Polygon, ellipse, polygons_to_runs, rectangle
from perpixel.masks.runs import Runs, from_cvat_attributes, union
from perpixel.masks.runs.numbers import shown

_LOOKED_AT = 20  # XML files of a folder
_DEFAULT = ("", "default")
_COLOR = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")

Shape = tuple[str, Mapping[str, str]]


@dataclass(frozen=True)
class _Draw:
    """Draws the shapes of one picture, the lowest `z_order` first; those of one class and group are one thing."""

    shapes: tuple[Shape, ...]
    labels: Mapping[str, int]

    def __call__(self, size: Size) -> Annotation:
        parts = dict[object, tuple[int, list[Runs]]]()
        layers = [int(_number(attributes, "z_order", 0)) for _, attributes in self.shapes]
        for place in sorted(range(len(layers)), key=layers.__getitem__):
            kind, attributes = self.shapes[place]
            label = attributes["label"]
            try:
                runs = _drawn(kind, attributes, size)
            except MaskError as error:
                raise MaskError(f"{kind} {place + 1}, {shown(label)}: {error}") from error
            group = attributes.get("group_id", "0")
            key = place if group in ("", "0") else (label, group)
            parts.setdefault(key, (self.labels[label], []))[1].append(runs)
        return Annotation(size, numbered([Region(label, union(own)) for label, own in parts.values()]))


def _drawn(kind: str, attributes: Mapping[str, str], size: Size) -> Runs:
    if kind == "mask":
        return from_cvat_attributes(attributes, size, max_pixels=size[0] * size[1])
    if kind == "polygon":
        polygon = Polygon(_points(attributes.get("points", "")))
    elif kind == "box":
        polygon = rectangle(*(_number(attributes, name) for name in ("xtl", "ytl", "xbr", "ybr")))
    else:
        polygon = ellipse(*(_number(attributes, name) for name in ("cx", "cy", "rx", "ry")))
    turn = np.deg2rad(_number(attributes, "rotation", 0))
    if turn and kind != "polygon":
        polygon = Polygon(_turned(polygon.outer, turn))
    return polygons_to_runs([polygon], size, max_pixels=size[0] * size[1])


def _points(said: str) -> NDArray[np.float64]:
    pairs = [pair.split(",") for pair in said.split(";")]
    try:
        return np.array([(float(x), float(y)) for x, y in pairs])
    except ValueError as error:
        raise MaskError(f"points are `x,y;x,y;...`; these are {shown(said)}") from error


def _number(attributes: Mapping[str, str], name: str, default: float | None = None) -> float:
    said = attributes.get(name)
    if said is None and default is not None:
        return default
    try:
        value = float(said or "")
    except ValueError:
        value = np.nan
    if not abs(value) < 2**31:
        raise MaskError(f"{name} is {shown(said)}; expected a number")
    return value


def _turned(points: NDArray[np.float64], turn: float) -> NDArray[np.float64]:
    """Points turned about the middle of their box, clockwise as it is seen."""
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    cosine, sine = np.cos(turn), np.sin(turn)
    return np.asarray((points - middle) @ np.array([[cosine, sine], [-sine, cosine]]) + middle)


def _recognize(path: Path) -> bool:
    try:
        return bool(_files(path))
    except OSError:
        return False


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(file for file in path.glob("*.xml") if file.is_file())[:_LOOKED_AT]
    else:
        found = [path] if path.suffix.lower() == ".xml" and path.is_file() else []
    return [file for file in found if _is_cvat(file)]


def _is_cvat(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"<annotations" in file.read(4096)
    except OSError:
        return False


def _read(path: Path, reading: Reading) -> Collection:
    files = _files(truth_place(path, reading.masks))
    if len(files) != 1:
        found = some([file.name for file in files]) or "none"
        raise DataError(f"{path}: expected one XML file of CVAT; there is {found}: give the one that is meant")
    said = read_cvat_xml(files[0])
    classes, labels = _classes(said, reading)
    pictures = PictureFiles(reading.pictures or (path.parent if path.is_file() else path))
    splits, found_pictures = dict[str, list[Entry]](), list[tuple[str, Path | None]]()
    for image in said.images:
        split, entry = _entry(said.path, image, pictures, labels, reading.max_pixels)
        splits.setdefault(split, []).append(entry)
        found_pictures.append((image.attributes.get("name", ""), entry.picture))
    all_or_none(found_pictures, source=said.path, below=pictures.root)
    for entries in splits.values():
        check_names(entries, source=said.path)
    left = ", ".join(f"{count} {kind}" for kind, count in said.skipped.items())
    words = f"CVAT for images ({said.path.name})" + (f"; shapes without an area are left out: {left}" if left else "")
    ordered = {split: tuple(splits[split]) for split in in_order([*splits])}
    return Collection(path, "cvat", "instance", classes, ordered, words)


def _entry(
    source: Path, image: CvatImage, pictures: PictureFiles, labels: Mapping[str, int], max_pixels: int
) -> tuple[str, Entry]:
    said = image.attributes.get("name", "")
    subset = image.attributes.get("subset", "")
    split = "all" if subset.lower() in _DEFAULT else split_of(subset) or subset
    size = size_of(_whole(image.attributes.get("height")), _whole(image.attributes.get("width")), f"{source}: {said}")
    picture = pictures.find(said, split=split, near={subset}, source=source)
    name = entry_name(said, source=source) if picture is None else picture.name
    where = None if picture is None else picture.path
    truth = Truth(f"{source}: {said}", where, size, _Draw(image.shapes, labels), max_pixels)
    return split, Entry(name, where, truth, file=source)


def _whole(said: str | None) -> int | str | None:
    return int(said) if said is not None and said.isascii() and said.isdigit() and len(said) < 10 else said


def _classes(said: CvatXml, reading: Reading) -> tuple[ClassTable, dict[str, int]]:
    """The table, and the number of each label that occurs.

    Raises:
        DataError: a shape without a label, or of one that is not listed.
    """
    used = dict.fromkeys(attributes.get("label", "") for image in said.images for _, attributes in image.shapes)
    if "" in used:
        raise DataError(f"{said.path}: a shape has no label")
    classes = reading.classes or _table(said.path, said.labels or [(name, "") for name in sorted(used)])
    return classes, {name: label_of(classes, name, source=said.path) for name in used}


def _table(path: Path, labels: Sequence[tuple[str, str]]) -> ClassTable:
    if any(not name for name, _ in labels):
        raise DataError(f"{path}: a label in `<labels>` has no name")
    table = thing_table([name for name, _ in labels], source=path)
    entries = []
    for number, (name, color) in enumerate(labels, start=1):
        found = _COLOR.fullmatch(color)
        rgb = (int(found[1], 16), int(found[2], 16), int(found[3], 16)) if found else color_of(number)
        entries.append(SegmentClass(name, rgb, thing=True))
    return ClassTable(tuple(entries), ignore=table.ignore)


CVAT = Format("CVAT for images 1.1: one XML file", _recognize, _read, write_cvat, frozenset({"crowd", "ignored"}))
