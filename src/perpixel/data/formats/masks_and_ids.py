"""Masks of classes and, under the same names, maps of ids: `masks/` and `instances/`, as `perpixel draw` writes them.

It is no format of `FORMATS`: the masks alone are a data set too, and this is read where things are asked for.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from perpixel.data.annotation import Annotation, Collection, Entry
from perpixel.data.dataset import Dataset
from perpixel.data.formats.format import Reading
from perpixel.data.formats.id_maps import read_ids
from perpixel.data.formats.label_folders import open_labels
from perpixel.data.formats.painting import things_annotation
from perpixel.data.formats.paired_files import key_of, photo_of
from perpixel.data.listing import is_picture, list_files, some
from perpixel.data.sample import Sample
from perpixel.errors import DataError

_CALLED = ("instance", "instances")


def read_masks_and_ids(path: Path, reading: Reading) -> Collection:
    """Panoptic: what has no id is a segment a class.

    Raises:
        DataError: no class is a thing, pictures without a map of ids, or as `open_labels`.
    """
    dataset = open_labels(path, reading)
    if not any(entry.thing for entry in dataset.classes):
        raise DataError(
            f"{path}: no class is a thing; write a classes.yaml in which those that are counted have `thing: true`"
        )
    ids = {
        (split, key_of(file)): path / file
        for file in list_files(path)
        if is_picture(file) and any(map(_of_ids, file.parts[:-1]))
        for split in dataset.splits
        if split in file.parts or not any(other in file.parts for other in dataset.splits)
    }
    wanted = [(split, sample) for split, samples in dataset.splits.items() for sample in samples if sample.has_truth]
    missing = [sample.name for split, sample in wanted if (split, sample.name) not in ids]
    if missing:
        raise DataError(
            f"{path}: {len(missing)} of {len(wanted)} pictures have no map of ids in instances/: {some(missing)}; "
            "add them"
        )
    splits: dict[str, tuple[Entry, ...]] = {}
    for split, sample in wanted:
        splits[split] = (*splits.get(split, ()), _entry(dataset, sample, ids[split, sample.name]))
    words = f"{dataset.layout}; ids of things beside them"
    return Collection(path, "masks-and-ids", "panoptic", dataset.classes, splits, words)


def _entry(dataset: Dataset, sample: Sample, ids: Path) -> Entry:
    return Entry(sample.name, photo_of(sample), partial(_annotation, dataset, sample, ids), file=ids)


def _annotation(dataset: Dataset, sample: Sample, path: Path) -> Annotation:
    labels = dataset.read_truth(sample).labels
    ids = read_ids(path, photo_of(sample), max_pixels=dataset.max_pixels)
    if ids.shape != labels.shape:
        raise DataError(f"{path}: {ids.shape}, but the classes are {labels.shape} (height, width); make them alike")
    return things_annotation(labels, ids, dataset.classes, name=str(path))


def has_ids(path: Path) -> bool:
    """Whether a folder has maps of ids beside masks."""
    return path.is_dir() and any(entry.is_dir() and _of_ids(entry.name) for entry in path.iterdir())


def _of_ids(folder: str) -> bool:
    return any(word in _CALLED for word in folder.lower().replace("-", "_").split("_"))
