"""Folders of label maps, as `open_dataset` recognizes them, with pictures or without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from perpixel.data.annotation import Annotation, Collection, Entry, Kind
from perpixel.data.contract import find_contract
from perpixel.data.dataset import Dataset
from perpixel.data.formats.format import Reading
from perpixel.data.formats.painting import labels_annotation, layers_annotation
from perpixel.data.formats.paired_files import paired, photo_of
from perpixel.data.layered import LayeredDataset
from perpixel.data.listing import is_picture, list_files
from perpixel.data.names import role_of
from perpixel.data.opening_masks import open_masks
from perpixel.data.pairing import called_mask
from perpixel.data.sample import Sample
from perpixel.data.tables import stated_table
from perpixel.errors import DataError
from perpixel.masks import Encoding, Evidence, infer_encoding, read_raw
from perpixel.pictures import read_file_header

_LOOKED_AT = 24
_NO_LABELS = ("_color", "_instanceids", "_instancetrainids", "_polygons")  # of Cityscapes, for a picture


def mask_files(root: Path, masks: str | None = None) -> list[Path]:
    """The files that their folders say are masks of classes, relative to `root`; else those called so themselves."""
    files = [path for path in list_files(root) if is_picture(path)]
    if masks is not None:
        return [path for path in files if path.is_relative_to(Path(masks))]
    told = [path for path in files if _role(path) == "masks"]
    return told or [path for path in files if called_mask(path.stem) or _beside_photo(path, files)]


def first_mask_is(path: Path, *, palette: bool = False, colors: bool = False) -> bool:
    """Whether `path` is a folder of masks, the first of which has a palette or colors."""
    if not path.is_dir():
        return False
    try:
        masks = mask_files(path)
        if not masks or not (palette or colors):
            return bool(masks)
        header = read_file_header(path / masks[0])
    except DataError:
        return False
    return header.palette if palette else header.channels >= 3


def read_label_folder(path: Path, reading: Reading, *, format: str) -> Collection:
    """A folder of label maps as a collection; of layers where every class has a mask of its own.

    Raises:
        DataError: as `open_dataset`; or there are pictures alone.
    """
    return dataset_collection(open_labels(path, reading), format=format)


def open_labels(path: Path, reading: Reading, *, encoding: Encoding | None = None) -> Dataset:
    """The data set; where there are no pictures, the masks stand in their place.

    Args:
        path: the folder.
        reading: what the files do not tell.
        encoding: of the masks, instead of what `reading` says.

    Raises:
        DataError: no folder, no masks, or as `open_dataset`.
    """
    if not path.is_dir():
        raise DataError(f"{path}: not a folder; give the folder that has the pictures and masks")
    if reading.pictures is not None:
        return _by_hand(path, reading, encoding)
    files = [file for file in list_files(path) if is_picture(file)]
    masks = mask_files(path, reading.masks)
    if masks and len(masks) == len([file for file in files if _role(file) != "other"]):
        return _by_hand(path, reading, encoding)
    agreed = find_contract(path)
    if agreed is not None and not agreed.things:
        told = agreed.encoding if agreed.task == "semantic" and reading.classes is None else None
        reading = replace(reading, classes=reading.classes or agreed.classes, masks=reading.masks or agreed.masks)
        encoding = encoding or (told if reading.encoding is None else None)
    return open_masks(
        path,
        classes=reading.classes,
        ignore=reading.ignore,
        encoding=encoding or reading.encoding,
        masks=reading.masks,
        max_pixels=reading.max_pixels,
    )


def dataset_collection(dataset: Dataset, *, format: str) -> Collection:
    """A data set as a collection. Pictures without truth are left out.

    Raises:
        DataError: no picture has any.
    """
    splits = {
        split: tuple(
            Entry(
                sample.name,
                photo_of(sample),
                partial(sample_annotation, dataset, sample),
            )
            for sample in samples
            if sample.has_truth
        )
        for split, samples in dataset.splits.items()
    }
    splits = {split: entries for split, entries in splits.items() if entries}
    if not splits:
        raise DataError(f"{dataset.root}: {dataset.layout}; there is nothing to read but pictures")
    layered = isinstance(dataset, LayeredDataset)
    left = sum(map(len, dataset.splits.values())) - sum(map(len, splits.values()))
    words = dataset.layout + (f"; {left} pictures without truth are left out" if left else "")
    kind: Kind = "multilabel" if layered else "semantic"
    return Collection(dataset.root, format, kind, dataset.classes, splits, words)


def sample_annotation(dataset: Dataset, sample: Sample) -> Annotation:
    """The truth of a sample as regions.

    Raises:
        DataError: it cannot be read.
    """
    if isinstance(dataset, LayeredDataset):
        truth = dataset.read_truth(sample)
        return layers_annotation(truth.masks, truth.judged)
    return labels_annotation(dataset.read_truth(sample).labels, dataset.classes)


def _by_hand(root: Path, reading: Reading, encoding: Encoding | None) -> Dataset:
    """Masks whose pictures lie elsewhere, or that have none."""
    masks = _one_a_picture(mask_files(root, reading.masks))
    if not masks:
        raise DataError(f"{root}: there are no masks (PNG, TIFF or BMP in a folder such as masks/)")
    splits = paired(root, masks, folder=reading.masks, pictures=reading.pictures)
    samples = [sample for own in splits.values() for sample in own]
    table, stated = stated_table(root, reading.classes, reading.ignore)
    stated = encoding or stated
    if encoding is None and reading.encoding is not None:
        stated = Encoding(cast(Any, reading.encoding), reason="it was asked for")
    if stated is None or table is None:
        evidence = Evidence()
        for sample in samples[:: max(len(samples) // _LOOKED_AT, 1)]:
            if sample.mask is not None:
                evidence.look(read_raw(sample.mask, max_pixels=reading.max_pixels))
        inferred = infer_encoding(evidence, table, ignore=reading.ignore, name=str(root))
        table, stated = inferred.classes, stated or inferred.encoding
    words = "masks without pictures" if reading.pictures is None else f"masks, and their pictures in {reading.pictures}"
    return Dataset(root, table, stated, splits, words, max_pixels=reading.max_pixels)


def _one_a_picture(masks: Sequence[Path]) -> list[Path]:
    """Of Cityscapes' several files, those of classes: labelTrainIds, or else labelIds."""
    chosen = [mask for mask in masks if not mask.stem.lower().endswith(_NO_LABELS)]
    return [mask for mask in chosen if mask.stem.lower().endswith("_labeltrainids")] or chosen


def _role(path: Path) -> str | None:
    role: str | None = None
    for folder in path.parts[:-1]:
        own = role_of(folder)
        role = own if role in (None, "pictures") and own is not None else role
    return role


def _beside_photo(path: Path, files: Sequence[Path]) -> bool:
    return path.suffix.lower() == ".png" and path.with_suffix(".jpg") in files
