"""Pascal VOC: JPEGImages/, SegmentationClass/, SegmentationObject/ and ImageSets/Segmentation/.

http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html
"""

from __future__ import annotations

import io
from collections import defaultdict
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from perpixel.classes import color_of
from perpixel.classes.background import has_background, without_background
from perpixel.data.annotation import Annotation, Collection, Entry, Kind
from perpixel.data.dataset import Dataset
from perpixel.data.formats.format import Format, Progress, Reading
from perpixel.data.formats.id_maps import read_ids
from perpixel.data.formats.index_png import save_table
from perpixel.data.formats.label_folders import dataset_collection, open_labels
from perpixel.data.formats.painting import paint, paint_labels, shifted, things_annotation
from perpixel.data.formats.paired_files import photo_of
from perpixel.data.formats.picture_files import place_of, put_picture
from perpixel.data.formats.written_names import in_one
from perpixel.data.sample import Sample
from perpixel.errors import DataError, MaskError
from perpixel.files import atomic_write

MASKS, THINGS, PICTURES, LISTS = "SegmentationClass", "SegmentationObject", "JPEGImages", "ImageSets/Segmentation"
_BORDER = 255


def _recognize(path: Path) -> bool:
    return (path / MASKS).is_dir()


def _read(path: Path, reading: Reading) -> Collection:
    """Where there is SegmentationObject/, things; if the first class is the background, it is no class then."""
    if not _recognize(path):
        raise DataError(f"{path}: there is no folder {MASKS}/; give the folder that has it, such as VOC2012/")
    dataset = open_labels(path, reading)
    collection = dataset_collection(dataset, format="voc")
    if not (path / THINGS).is_dir():
        return collection
    kind: Kind = "panoptic"
    classes = collection.classes
    if has_background(classes) and all(entry.thing for entry in classes.classes[1:]):
        kind, classes = "instance", without_background(classes)
    splits = {
        split: tuple(_entry(path, dataset, sample, kind) for sample in samples if sample.mask is not None)
        for split, samples in dataset.splits.items()
    }
    words = f"{collection.words}; things in {THINGS}/"
    return Collection(path, "voc", kind, classes, splits, words)


def _entry(root: Path, dataset: Dataset, sample: Sample, kind: Kind) -> Entry:
    picture = photo_of(sample)
    read = partial(_annotation, root, dataset, sample, picture, kind)
    return Entry(sample.name, picture, read, file=root / THINGS / f"{sample.name}.png")


def _annotation(root: Path, dataset: Dataset, sample: Sample, picture: Path | None, kind: Kind) -> Annotation:
    labels = dataset.read_truth(sample).labels
    path = root / THINGS / f"{sample.name}.png"
    ids = read_ids(path, picture, max_pixels=dataset.max_pixels)
    if ids.shape != labels.shape:
        raise MaskError(f"{path}: {ids.shape}, but the classes are {labels.shape} (height, width); make them alike")
    ids[ids == _BORDER] = 0
    if kind == "panoptic":
        return things_annotation(labels, ids, dataset.classes, name=str(path))
    return shifted(things_annotation(labels, ids, dataset.classes, background=0, name=str(path)), -1)


def _write(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    """Write the folders and lists; pictures keep their kind of file, so that not all may be JPEG.

    Raises:
        DataError: more than 255 classes, or more than 254 things in a picture.
    """
    classes, total = collection.classes, len(collection.entries)
    if len(classes) > _BORDER:
        raise DataError(f"{collection.root}: {len(classes)} classes; Pascal VOC's masks hold 255: use index-png")
    save_table(classes, out / "classes.yaml", encoding="index")
    lists: dict[str, list[str]] = defaultdict(list)
    things = collection.kind == "panoptic"
    for done, ((split, _), entry) in enumerate(zip(collection.entries, in_one(collection), strict=True), start=1):
        lists[split].append(entry.name)
        if pictures:
            put_picture(collection, entry, out / PICTURES)
        truth = entry.read()
        labels = paint_labels(truth, classes)
        atomic_write(place_of(out / MASKS, entry.name, ".png"), _encode(labels))
        if things:
            atomic_write(place_of(out / THINGS, entry.name, ".png"), _encode(_ids(truth, labels == _BORDER, entry)))
        if progress is not None:
            progress(done, total)
    lists["trainval"] = [*lists.get("train", ()), *lists.get("val", ())]
    for split in [split for split, names in lists.items() if names]:
        atomic_write(place_of(out / LISTS, split, ".txt"), "".join(f"{name}\n" for name in lists[split]).encode())


def _ids(truth: Annotation, border: NDArray[np.bool_], entry: Entry) -> NDArray[np.uint8]:
    """The things numbered from 1 on; 255 where nothing is judged."""
    things = [region.runs for region in truth.regions if region.thing is not None]
    if len(things) >= _BORDER:
        raise DataError(f"{entry.name}: {len(things)} things; Pascal VOC holds 254 a picture: use coco or instance-png")
    ids = paint(things, range(1, len(things) + 1), truth.size).astype(np.uint8)
    ids[border] = _BORDER
    return ids


def _encode(values: NDArray[np.uint8]) -> bytes:
    """A PNG with VOC's own palette."""
    data = io.BytesIO()
    image = Image.fromarray(values)
    image.putpalette(np.array([color_of(number) for number in range(256)], np.uint8).tobytes())
    image.save(data, "PNG")
    return data.getvalue()


VOC = Format(
    "Pascal VOC: JPEGImages/, SegmentationClass/, SegmentationObject/ and lists in ImageSets/Segmentation/",
    _recognize,
    _read,
    _write,
    frozenset({"overlaps", "crowd"}),
    ("semantic", "panoptic"),
)
