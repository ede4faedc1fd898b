"""Cityscapes: leftImg8bit/ and gtFine/ with labelIds, labelTrainIds and instanceIds.

https://github.com/mcordts/cityscapesScripts; in instanceIds a thing is its class's id times 1000 plus a number from 0,
and a group that nobody told apart is the id alone, as all other pixels are.

Other classes than Cityscapes' own have the id of their number plus 1, and classes.yaml beside; 0 is not judged then.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import CITYSCAPES as CLASSES
from perpixel.classes import ClassTable
from perpixel.data.annotation import Annotation, Collection, Region
from perpixel.data.dataset import Dataset
from perpixel.data.formats.format import Format, Progress, Reading
from perpixel.data.formats.id_maps import read_ids
from perpixel.data.formats.index_png import save_table
from perpixel.data.formats.label_folders import dataset_collection, open_labels
from perpixel.data.formats.painting import paint, paint_labels
from perpixel.data.formats.picture_files import place_of, put_picture
from perpixel.data.formats.writing import truths
from perpixel.data.formats.written_names import KNOWN_SPLITS, flat
from perpixel.data.sample import Sample
from perpixel.errors import DataError, MaskError
from perpixel.masks import Encoding
from perpixel.masks.runs import encode_mask, labels_to_runs
from perpixel.pictures import write_png

_PHOTOS, _MASKS, _THINGS = "leftImg8bit", "gtFine", "instanceIds"
_ENDING = re.compile(r"_(leftImg8bit|gt(Fine|Coarse)_label(Train)?Ids)$", re.IGNORECASE)
_LABELS = re.compile(r"label(Train)?Ids$", re.IGNORECASE)
_MOST = 1000  # things of a class in a picture


def _recognize(path: Path) -> bool:
    return any((path / folder).is_dir() for folder in (_MASKS, "gtCoarse"))


def _read(path: Path, reading: Reading) -> Collection:
    """Panoptic where there are instanceIds, else semantic."""
    if not _recognize(path):
        raise DataError(f"{path}: there is no folder {_MASKS}/; give the folder that has it")
    dataset = open_labels(path, reading, encoding=_told_by_name(path, reading))
    collection = dataset_collection(dataset, format="cityscapes")
    samples = {split: [each for each in own if each.mask is not None] for split, own in dataset.splits.items()}
    things = all(_things_file(sample).is_file() for own in samples.values() for sample in own)
    splits = {
        split: tuple(
            replace(
                entry,
                name=_ENDING.sub("", entry.name),
                read=partial(_annotation, dataset, sample, entry.picture) if things else entry.read,
            )
            for entry, sample in zip(entries, samples[split], strict=True)
        )
        for split, entries in collection.splits.items()
    }
    words = f"Cityscapes: {collection.words}" + (f"; things in {_THINGS}" if things else "")
    return replace(collection, kind="panoptic" if things else "semantic", splits=splits, words=words)


def _told_by_name(path: Path, reading: Reading) -> Encoding | None:
    """Files called labelTrainIds hold class numbers, even where no more than 0 and 255 occur."""
    named = next(path.rglob("*_labelTrainIds.png"), None)
    return None if reading.encoding or named is None else Encoding("index", reason=f"{named.name} is called so")


def _things_file(sample: Sample) -> Path:
    mask = sample.mask or sample.picture
    return mask.with_name(f"{_LABELS.sub(_THINGS, mask.stem)}.png")


def _annotation(dataset: Dataset, sample: Sample, picture: Path | None) -> Annotation:
    path = _things_file(sample)
    values = read_ids(path, picture, max_pixels=dataset.max_pixels)
    number = {raw: label for label, raw in _raw_ids(dataset.classes).items()}
    unjudged = set(_known_ids() if _official(dataset.classes) else (0,)) - number.keys()
    regions, ignored = list[Region](), np.zeros(values.shape, np.bool_)
    for value, runs in labels_to_runs(values).items():
        raw = value // _MOST or value
        if raw in unjudged:
            ignored |= values == value
        elif raw not in number:
            raise MaskError(f"{path}: value {value} is of id {raw}, which is no class; known ids are {_shown(number)}")
        else:
            entry, single = dataset.classes[number[raw]], value >= _MOST
            crowd = entry.thing and not single
            regions.append(Region(number[raw], runs, value if single else None, crowd))
    return Annotation(values.shape, tuple(regions), encode_mask(ignored) if ignored.any() else None)


def _write(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    """Write all three kinds of files; instanceIds only where things are told apart.

    Raises:
        DataError: a class number or a number of things beyond what 16 bits hold so.
    """
    classes = collection.classes
    raw = _raw_ids(classes)
    if not _official(classes):
        save_table(classes, out / "classes.yaml", encoding="index")
    for split, entry, truth in truths(collection, progress):
        split = split if split in KNOWN_SPLITS else "train"
        city, _, stem = entry.name.rpartition("/")
        name = f"{flat(city) or 'city'}/{stem}"
        if pictures:
            put_picture(collection, replace(entry, name=f"{name}_{_PHOTOS}"), out / _PHOTOS / split)
        labels = paint_labels(truth, classes)
        for kind, table in (("labelIds", raw), ("labelTrainIds", _train_ids(classes))):
            values = np.full(classes.ignored + 1, 0 if kind == "labelIds" else classes.ignored, classes.dtype)
            values[list(table)] = list(table.values())
            write_png(place_of(out / _MASKS / split, f"{name}_{_MASKS}_{kind}", ".png"), values[labels])
        if collection.kind == "panoptic":
            path = place_of(out / _MASKS / split, f"{name}_{_MASKS}_{_THINGS}", ".png")
            write_png(path, _thing_values(truth, raw, labels == classes.ignored, entry.name))


def _thing_values(
    truth: Annotation, raw: Mapping[int, int], ignored: NDArray[np.bool_], name: str
) -> NDArray[np.uint16]:
    values, counts = list[int](), Counter[int]()
    for region in truth.regions:
        own = raw[region.label]
        if region.thing is not None and not region.crowd:
            number, counts[own] = counts[own], counts[own] + 1
            own = own * _MOST + number
        values.append(own)
    if max(values, default=0) > np.iinfo(np.uint16).max or max(counts.values(), default=0) > _MOST:
        raise DataError(
            f"{name}: {counts.total()} things of ids up to {max(raw.values())}; Cityscapes' 16 bits hold {_MOST} of a "
            "class, and no thing of an id above 65: use coco-panoptic"
        )
    ids = paint([region.runs for region in truth.regions], values, truth.size)
    ids[ignored] = 0
    return ids.astype(np.uint16)


def _official(classes: ClassTable) -> bool:
    return set(classes.names) <= set(CLASSES.names)


def _raw_ids(classes: ClassTable) -> dict[int, int]:
    """The id in labelIds of each class."""
    if not _official(classes):
        return {number: number + 1 for number in range(len(classes))}
    meaning = Encoding("cityscapes-ids").meaning(CLASSES)
    by_name = {CLASSES[label].name: raw for raw, label in meaning.items() if label != CLASSES.ignored}
    return {number: by_name[name] for number, name in enumerate(classes.names)}


def _known_ids() -> Sequence[int]:
    return [*range(34), 255, 65535]


def _train_ids(classes: ClassTable) -> dict[int, int]:
    if not _official(classes):
        return {number: number for number in range(len(classes))}
    return {number: CLASSES.index(name) for number, name in enumerate(classes.names)}


def _shown(number: Mapping[int, int]) -> str:
    return ", ".join(map(str, sorted(number)[:12])) + (" ..." if len(number) > 12 else "")


CITYSCAPES = Format(
    "Cityscapes: leftImg8bit/ and gtFine/ with labelIds, labelTrainIds and instanceIds",
    _recognize,
    _read,
    _write,
    frozenset({"overlaps"}),
    ("semantic", "panoptic"),
)
