"""YOLO polygons: data.yaml, `images/SPLIT/` and `labels/SPLIT/NAME.txt`, a line a thing.

A line is the number of the class and x y x y ... as shares of the picture's width and height. A thing is one polygon
without holes. https://docs.ultralytics.com/datasets/segment/
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from perpixel.data.annotation import Annotation, Collection, Entry, Region
from perpixel.data.formats.format import Format, Progress, Reading
from perpixel.data.formats.picture_files import check_names, place_of, put_picture, split_folder
from perpixel.data.formats.truth import Size, Truth, label_of, numbered, thing_table
from perpixel.data.formats.writing import truths
from perpixel.data.formats.yolo_yaml import description, names_in, splits_in
from perpixel.data.listing import some
from perpixel.errors import DataError, MaskError
from perpixel.files import atomic_write
from perpixel.masks.polygons import Polygon, mask_to_polygons, polygons_to_runs
from perpixel.masks.runs.numbers import shown

_BEYOND = 0.01  # how far outside the picture a point may be, as a share of it


@dataclass(frozen=True)
class _Draw:
    """Draws one file of labels."""

    file: Path
    labels: tuple[int, ...]

    def __call__(self, size: Size) -> Annotation:
        try:
            lines = self.file.read_text(encoding="utf-8-sig").splitlines() if self.file.exists() else []
        except (OSError, UnicodeDecodeError) as error:
            raise MaskError(f"cannot be read: {error}") from error
        regions = []
        for place, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    regions.append(self._region(line, size))
                except MaskError as error:
                    raise MaskError(f"line {place}: {error}") from error
        return Annotation(size, numbered(regions))

    def _region(self, line: str, size: Size) -> Region:
        number, *values = line.split()
        if not (number.isascii() and number.isdigit() and len(number) < 10 and int(number) < len(self.labels)):
            raise MaskError(f"{shown(number)} is no class; the classes are 0 to {len(self.labels) - 1}")
        try:
            shares = np.array(values, np.float64)
        except ValueError as error:
            raise MaskError(f"{shown(' '.join(values))} are no numbers") from error
        if shares.size == 4:
            raise MaskError("it is a box, which does not tell the pixels; export polygons")
        if shares.size < 6 or shares.size % 2:
            raise MaskError(f"{shares.size} numbers after the class; a polygon is at least three pairs x y")
        if not (np.abs(shares - 0.5) <= 0.5 + _BEYOND).all():
            raise MaskError("x and y are shares of the picture, 0 to 1; are these pixels? Divide them by its size")
        points = shares.reshape(-1, 2) * (size[1], size[0])
        return Region(self.labels[int(number)], polygons_to_runs([Polygon(points)], size, max_pixels=size[0] * size[1]))


def _recognize(path: Path) -> bool:
    try:
        return description(path) is not None
    except OSError:
        return False


def _read(path: Path, reading: Reading) -> Collection:
    found = description(path)
    if found is None:
        raise DataError(f"{path}: no YAML file with YOLO's `names` and `train`, `val` or `test` is there")
    file, data = found
    names = names_in(file, data["names"])
    classes = reading.classes or thing_table(names, source=file)
    labels = tuple(label_of(classes, name, source=file) for name in names)
    splits, without = dict[str, tuple[Entry, ...]](), list[str]()
    for split, pictures in splits_in(file, data).items():
        files = [_labels_of(picture) for _, picture in pictures]
        if not any(own.is_file() for own in files):
            without.append(split)
            continue
        splits[split] = tuple(
            Entry(
                name,
                picture,
                Truth(str(own), picture, None, _Draw(own, labels), reading.max_pixels),
                file=own if own.is_file() else None,
            )
            for (name, picture), own in zip(pictures, files, strict=True)
        )
        check_names(splits[split], source=file)
    if not splits:
        raise DataError(
            f"{file}: none of the pictures of {some(without) or 'its splits'} has a file of labels; expected "
            "labels/SPLIT/NAME.txt for images/SPLIT/NAME.jpg"
        )
    left = f"; left out, as they have no labels: {some(without)}" if without else ""
    return Collection(path, "yolo", "instance", classes, splits, f"YOLO polygons ({file.name}){left}")


def _labels_of(picture: Path) -> Path:
    """`labels` in the place of the last folder `images`; beside the picture if there is none."""
    parts = list(picture.with_suffix(".txt").parts)
    folders = [place for place, part in enumerate(parts[:-1]) if part == "images"]
    if folders:
        parts[folders[-1]] = "labels"
    return Path(*parts)


def _write(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    """`images/SPLIT/`, `labels/SPLIT/` and data.yaml; of a region each part becomes a thing, without its holes."""
    splits = list[str]()
    for split, entry, truth in truths(collection, progress):
        splits += [] if split in splits else [split]
        if pictures:
            put_picture(collection, entry, split_folder(out / "images", split))
        lines = [
            f"{region.label} {_shares(part, truth.size)}\n"
            for region in truth.regions
            for part in mask_to_polygons(region.runs, max_pixels=truth.size[0] * truth.size[1])
        ]
        atomic_write(place_of(split_folder(out / "labels", split), entry.name, ".txt"), "".join(lines).encode())
    folders = {split: f"images/{split}" for split in splits if split != "all"} or {"train": "images", "val": "images"}
    data = folders | {"names": dict(enumerate(collection.classes.names))}
    atomic_write(out / "data.yaml", yaml.safe_dump(data, sort_keys=False, allow_unicode=True).encode())


def _shares(part: Polygon, size: Size) -> str:
    return " ".join(f"{share:.8g}" for share in (part.outer / (size[1], size[0])).ravel().tolist())


YOLO = Format(
    "YOLO polygons: data.yaml, images/ and labels/",
    _recognize,
    _read,
    _write,
    frozenset({"holes", "parts", "crowd", "ignored"}),
)
