"""nnU-Net's raw data: imagesTr/NAME_0000.png, labelsTr/NAME.png, imagesTs/, labelsTs/ and dataset.json.

https://github.com/MIC-DKFZ/nnUNet/blob/master/documentation/dataset_format.md
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import IGNORED_8
from perpixel.data.annotation import Annotation, Collection, Entry, Kind, Region
from perpixel.data.formats.format import Format, Progress, Reading
from perpixel.data.formats.id_maps import read_ids
from perpixel.data.formats.index_png import LOST_IN_LABELS
from perpixel.data.formats.nnunet_json import (
    FOLDS,
    DatasetJson,
    first_label,
    read_dataset_json,
    read_fold,
    write_dataset_json,
)
from perpixel.data.formats.painting import paint_labels
from perpixel.data.formats.picture_files import place_of
from perpixel.data.formats.written_names import in_one
from perpixel.data.listing import is_picture, list_files, some
from perpixel.data.names import in_order
from perpixel.errors import DataError, MaskError
from perpixel.files import atomic_write
from perpixel.masks.runs import labels_to_runs, union
from perpixel.pictures import encode_png, read_file_header, read_picture, write_png

_PARTS = {"Tr": "train", "Ts": "test"}


def _recognize(path: Path) -> bool:
    return (path / "dataset.json").is_file() and (path / "labelsTr").is_dir()


def _read(path: Path, reading: Reading) -> Collection:
    if not _recognize(path):
        raise DataError(f"{path}: there is no dataset.json with labelsTr/ beside it; give the folder DatasetNNN_NAME")
    said = read_dataset_json(path / "dataset.json", reading.classes)
    fold = read_fold(path / FOLDS)
    splits: dict[str, list[Entry]] = defaultdict(list)
    for part, split in _PARTS.items():
        for entry in _entries(path, part, said, reading.max_pixels):
            splits[fold.get(entry.name, "train") if part == "Tr" and fold else split].append(entry)
    if set(splits) == {"train"}:
        splits["all"] = splits.pop("train")
    kind: Kind = "multilabel" if said.regions else "semantic"
    words = f"nnU-Net's folders (imagesTr/, labelsTr/), {len(said.classes)} classes of dataset.json"
    ordered = {split: tuple(splits[split]) for split in in_order(list(splits))}
    return Collection(path, "nnunet", kind, said.classes, ordered, words)


def _entries(root: Path, part: str, said: DatasetJson, max_pixels: int) -> list[Entry]:
    """The labels of a part with their pictures, one file or one for each channel."""
    folder = root / f"labels{part}"
    if not folder.is_dir():
        return []
    odd = [file for file in list_files(folder) if not is_picture(file)]
    labels = [file for file in list_files(folder) if is_picture(file)]
    if odd and not labels:
        raise DataError(f"{folder}: {some(odd)}: medical volumes are not read; PNG, TIFF and BMP are (file_ending)")
    files = list_files(root / f"images{part}") if (root / f"images{part}").is_dir() else []
    photos: dict[str, list[Path]] = defaultdict(list)
    for file in filter(is_picture, files):
        name, _, channel = file.stem.rpartition("_")
        if name and channel.isdecimal():
            photos[name].append(root / f"images{part}" / file)
    entries = []
    for file in labels:
        own = photos.pop(file.stem, [])
        if files and not own:
            raise DataError(f"{folder / file}: the label has no picture imagesTr/{file.stem}_0000{file.suffix}; add it")
        truth = partial(_annotation, folder / file, own[0] if own else None, said, max_pixels)
        load = partial(_stacked, own, max_pixels) if len(own) > 1 else None
        entries.append(Entry(file.stem, own[0] if len(own) == 1 else None, truth, load))
    if photos and part == "Tr":
        raise DataError(f"{root}: {len(photos)} pictures of images{part}/ have no label: {some(sorted(photos))}")
    return entries


def _stacked(files: Sequence[Path], max_pixels: int) -> NDArray[Any]:
    """(H, W, C) of one file for each channel.

    Raises:
        DataError: files of different sizes, types or of several channels.
    """
    channels = [read_picture(file, max_pixels=max_pixels) for file in files]
    first = channels[0]
    for file, channel in zip(files, channels, strict=True):
        if channel.shape != (*first.shape[:2], 1) or channel.dtype != first.dtype:
            raise DataError(f"{file}: {channel.dtype} {channel.shape}; a file for each channel has one, all alike")
    return np.concatenate(channels, axis=2)


def _annotation(path: Path, photo: Path | None, said: DatasetJson, max_pixels: int) -> Annotation:
    values = read_ids(path, photo, max_pixels=max_pixels)
    found = labels_to_runs(values)
    ignored = found.pop(said.ignore, None) if said.ignore is not None else None
    known = {value for own in said.values for value in own} | ({0} if said.regions else set())
    if odd := sorted(found.keys() - known):
        row, column = np.argwhere(values == odd[0])[0]
        raise MaskError(
            f"{path}: label {odd[0]} at row {row}, column {column} is not one of dataset.json's {sorted(known)}"
        )
    regions = []
    for label, own in enumerate(said.values):
        runs = [found[value] for value in own if value in found]
        if runs:
            regions.append(Region(label, union(runs)))
    return Annotation(values.shape, tuple(regions), ignored)


def _write(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    """Train, val and all are written as Tr, with the fold in splits_final.json; test as Ts.

    Pictures are written as PNG, all channels in one file, as nnU-Net's reader of natural pictures has them.
    """
    classes, total = collection.classes, len(collection.entries)
    fold: dict[str, list[str]] = {"train": [], "val": []}
    channels, ignored = 3, False
    shift = first_label(classes)
    values = np.full(classes.ignored + 1, len(classes) + shift, np.uint8 if len(classes) < IGNORED_8 else np.uint16)
    values[: len(classes)] = np.arange(shift, len(classes) + shift)
    for done, ((split, _), entry) in enumerate(zip(collection.entries, in_one(collection), strict=True), start=1):
        part = "Ts" if split == "test" else "Tr"
        if split in fold:
            fold[split].append(entry.name)
        if pictures:
            data, channels = _png(collection.picture_of(entry))
            atomic_write(place_of(out / f"images{part}", f"{entry.name}_0000", ".png"), data)
        labels = paint_labels(entry.read(), classes)
        ignored = ignored or bool((labels == classes.ignored).any())
        write_png(place_of(out / f"labels{part}", entry.name, ".png"), values[labels])
        if progress is not None:
            progress(done, total)
    training = sum(split != "test" for split, _ in collection.entries)
    write_dataset_json(out / "dataset.json", classes, channels=channels, ignored=ignored, training=training)
    if all(fold.values()):
        atomic_write(out / FOLDS, (json.dumps([fold], indent=1) + "\n").encode())


def _png(photo: Path) -> tuple[bytes, int]:
    """A picture as PNG, and how many channels it has."""
    header = read_file_header(photo)
    if header.format == "PNG" and header.orientation == 1:
        return photo.read_bytes(), 3 if header.palette else header.channels
    image = read_picture(photo)
    if image.shape[2] not in (1, 3, 4):
        raise DataError(f"{photo}: a picture of {image.shape[2]} channels; a PNG has 1, 3 or 4: use another format")
    return encode_png(image), image.shape[2]


NNUNET = Format(
    "nnU-Net: imagesTr/NAME_0000.png, labelsTr/NAME.png and dataset.json",
    _recognize,
    _read,
    _write,
    LOST_IN_LABELS,
    ("semantic",),
)
