"""COCO panoptic's JSON file, checked: categories, pictures, and the segments of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perpixel.classes import ClassTable, Color, SegmentClass, color_of
from perpixel.errors import DataError


@dataclass(frozen=True, slots=True)
class Segment:
    """What the file says of one id in a PNG: its class by number, and whether it is a crowd."""

    label: int
    crowd: bool


@dataclass(frozen=True)
class Segmented:
    """One picture: what it and its PNG are called, its size, and its segments by id."""

    picture: str
    png: str
    size: tuple[int, int]
    segments: Mapping[int, Segment]


@dataclass(frozen=True)
class PanopticJson:
    """A whole file."""

    path: Path
    classes: ClassTable
    pictures: tuple[Segmented, ...]


def read_panoptic_json(path: Path) -> PanopticJson:
    """Read and check a file.

    Raises:
        DataError: not JSON, something missing or of another type, or segments of unknown classes or pictures.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: cannot be read as JSON: {error}") from error
    try:
        labels, classes = _categories(data["categories"])
        images = {int(image["id"]): image for image in data["images"]}
        pictures = tuple(_segmented(path, item, images, labels) for item in data["annotations"])
    except KeyError as error:
        raise DataError(f"{path}: {error} is missing; COCO panoptic has images, annotations and categories") from error
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        raise DataError(f"{path}: not COCO panoptic: {error}") from error
    return PanopticJson(path, classes, pictures)


def _categories(given: list[Mapping[str, Any]]) -> tuple[dict[int, int], ClassTable]:
    labels = {int(category["id"]): label for label, category in enumerate(given)}
    if len(labels) < len(given):
        raise ValueError("two categories have one id")
    entries = [
        SegmentClass(str(category["name"]), _color(category, label), bool(category.get("isthing", 0)))
        for label, category in enumerate(given)
    ]
    return labels, ClassTable(tuple(entries))


def _color(category: Mapping[str, Any], label: int) -> Color:
    red, green, blue = category.get("color") or color_of(label + 1)
    return int(red), int(green), int(blue)


def _segmented(path: Path, item: Any, images: Mapping[int, Any], labels: Mapping[int, int]) -> Segmented:
    if "segments_info" not in item:
        raise DataError(f"{path}: an annotation has no `segments_info`; of COCO's instances, say --from coco")
    image = images.get(int(item["image_id"]))
    if image is None:
        raise DataError(f"{path}: {item['file_name']} is of picture {item['image_id']}, which is not in `images`")
    segments: dict[int, Segment] = {}
    for segment in item["segments_info"]:
        number, category = int(segment["id"]), int(segment["category_id"])
        if category not in labels:
            raise DataError(f"{path}: {item['file_name']}: segment {number} is of no known category: {category}")
        if not 0 < number < 2**24 or number in segments:
            raise DataError(f"{path}: {item['file_name']}: id {number} comes twice or is not from 1 to 2^24 - 1")
        segments[number] = Segment(labels[category], bool(segment.get("iscrowd", 0)))
    size = int(image["height"]), int(image["width"])
    return Segmented(str(image["file_name"]), str(item["file_name"]), size, segments)
