"""Data sets whose classes may overlap: a mask for every class, or label maps taken apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.data.dataset import Dataset
from perpixel.data.layout import Layout
from perpixel.data.listing import is_picture, some
from perpixel.data.names import in_order, role_of, split_of
from perpixel.data.pair import turn_of_mask
from perpixel.data.sample import Sample
from perpixel.data.splitting import by_chance
from perpixel.errors import DataError, MaskError
from perpixel.masks import read_raw
from perpixel.pictures import Header, conform, decode_picture, read_bytes, read_file_header, read_header, upright
from perpixel.results import LabelMap, Layers

UNJUDGED = 255
_BACKGROUND = re.compile(r"background|bg|none|nothing|unlabell?ed", re.IGNORECASE)


@dataclass(frozen=True)
class LayeredDataset(Dataset):
    """Pictures and, for every class, where it is: several classes may be at one pixel, or none.

    Attributes:
        base: the data set of label maps that this one takes apart; None where every class has mask files of its own,
            of the values 0 and 1 or 0 and 255.
    """

    base: Dataset | None = None

    task: ClassVar[Literal["semantic", "multilabel"]] = "multilabel"

    def read(self, sample: Sample) -> tuple[NDArray[np.uint8], Layers]:  # type: ignore[override]
        """The picture (H, W, channels) uint8, upright, and the layers (K, H, W) that lie on it.

        Raises:
            DataError: as `Dataset.read`.
        """
        if self.base is not None:
            picture, truth = self.base.read(sample)
            return picture, take_apart(truth, self.classes)
        data, name = read_bytes(sample.picture), str(sample.picture)
        header = read_header(data, max_pixels=self.max_pixels, name=name)
        image = conform(decode_picture(data, max_pixels=self.max_pixels, name=name), self.channels, name=name)
        return image, self._layers(sample, header)

    def read_truth(self, sample: Sample) -> Layers:  # type: ignore[override]
        """The layers alone; of the picture, only the header is read, for its size.

        Raises:
            DataError: as `read`.
        """
        if self.base is not None:
            return take_apart(self.base.read_truth(sample), self.classes)
        return self._layers(sample, read_file_header(sample.picture, max_pixels=self.max_pixels))

    def pack(self, truth: Layers) -> NDArray[Any]:  # type: ignore[override]
        """(K, H, W) uint8: 1 where a class is, 0 where it is not, 255 where nothing is judged."""
        packed = truth.masks.astype(np.uint8)
        if truth.judged is not None:
            packed[:, ~truth.judged] = UNJUDGED
        return packed

    def unpack(self, packed: NDArray[Any]) -> Layers:  # type: ignore[override]
        """What `pack` packed."""
        return Layers(packed == 1, self.classes, packed[0] != UNJUDGED)

    def _layers(self, sample: Sample, header: Header) -> Layers:
        if not sample.layers:
            raise DataError(f"{sample.picture}: the picture has no masks, so it can be neither learned from nor judged")
        masks = np.zeros((len(self.classes), *header.upright_size), np.bool_)
        for number, file in enumerate(sample.layers):
            if file is not None:
                masks[number] = _mask(file, sample.picture, header, self.max_pixels)
        return Layers(masks, self.classes)


def _mask(file: Path, picture: Path, header: Header, max_pixels: int) -> NDArray[np.bool_]:
    raw = read_raw(file, max_pixels=max_pixels)
    turn = turn_of_mask(raw, header, mask_name=file, picture_name=picture)
    if raw.values.ndim != 2:
        raise MaskError(f"{file}: the mask has colors; a mask of one class has one channel of 0 and 255, or 0 and 1")
    found = np.unique(raw.values).tolist()
    if not set(found) <= {0, 255} and not set(found) <= {0, 1}:
        odd = next(value for value in found if value not in (0, 255))
        row, column = (int(place) for place in np.argwhere(raw.values == odd)[0])
        raise MaskError(
            f"{file}: value {odd} at row {row}, column {column}; a mask of one class has 0 and 255, or 0 and 1: "
            "threshold it, or give label maps in one folder"
        )
    mask = raw.values > 0
    return np.asarray(mask if turn == 1 else upright(mask.astype(np.uint8), turn) > 0)


def take_apart(truth: LabelMap, classes: ClassTable) -> Layers:
    """A label map as layers of those of its classes that `classes` has; what it ignores is not judged."""
    masks = np.stack([truth.labels == truth.classes.index(name) for name in classes.names])
    return Layers(masks, classes, truth.labels != truth.classes.ignored)


def layered(dataset: Dataset) -> LayeredDataset:
    """A data set of label maps as one of layers.

    A first class that is called background (or none, unlabelled, ...) becomes no class: where no other is, it is. Masks
    of 0 and 255 so give a single class, there or not, decided by one sigmoid.
    """
    if isinstance(dataset, LayeredDataset):
        return dataset
    entries = dataset.classes.classes
    if len(entries) > 1 and _BACKGROUND.fullmatch(entries[0].name):
        entries = entries[1:]
    classes = replace(dataset.classes, classes=entries)
    words = f"{dataset.layout}; taken apart into {len(entries)} layers"
    return LayeredDataset(
        dataset.root, classes, dataset.encoding, dataset.splits, words, dataset.channels, dataset.max_pixels, dataset
    )


def recognize(
    root: Path, files: Sequence[Path], *, table: ClassTable | None, split_seed: int
) -> tuple[Layout, ClassTable] | None:
    """`images/NAME` with `masks/CLASS/NAME`, also with a split folder in the path of both; None if it is not that.

    A picture without a mask of some class does not have that class in it.

    Raises:
        DataError: masks without a picture, or classes that the stated table does not have.
    """
    pictures: dict[tuple[str, str], Path] = {}
    masks: dict[tuple[str, str], dict[str, Path]] = defaultdict(dict)
    for path in files:
        if not is_picture(path):
            continue
        folders = path.parts[:-1]
        roles = [role_of(folder) for folder in folders]
        split = next((name for folder in folders if (name := split_of(folder))), "")
        rest = [f for f, role in zip(folders, roles, strict=True) if role is None and split_of(f) is None]
        if "masks" in roles and len(rest) == 1 and folders[-1] == rest[0]:
            masks[split, path.stem][rest[0]] = path
        elif "pictures" in roles and "masks" not in roles and not rest:
            pictures[split, path.stem] = path
        else:
            return None
    if not masks or not pictures:
        return None
    found = sorted({name for layers in masks.values() for name in layers})
    left = sorted(path for key, layers in masks.items() if key not in pictures for path in layers.values())
    if len(left) == sum(map(len, masks.values())):
        return None  # nothing fits: another layout, or one that the reader of label maps has better words for
    if left:
        raise DataError(f"{root}: {len(left)} masks have no picture: {some(left)}. Add it, or take them out")
    classes = table or ClassTable.named(found)
    unknown = [name for name in found if name not in classes.names]
    if unknown:
        raise DataError(
            f"{root}: the mask folders {', '.join(unknown)} are no classes of the table; it has "
            f"{', '.join(classes.names)}"
        )
    return Layout(_splits(root, pictures, masks, classes, split_seed), _words(found)), classes


def _splits(
    root: Path,
    pictures: Mapping[tuple[str, str], Path],
    masks: Mapping[tuple[str, str], Mapping[str, Path]],
    classes: ClassTable,
    seed: int,
) -> dict[str, tuple[Sample, ...]]:
    splits: dict[str, list[Sample]] = defaultdict(list)
    for (split, stem), path in sorted(pictures.items()):
        own = masks.get((split, stem), {})
        layers = tuple(root / own[name] if name in own else None for name in classes.names)
        splits[split].append(Sample(stem, root / path, None, layers))
    if set(splits) == {""}:
        return dict(by_chance(tuple(splits[""]), seed))
    named = {name: tuple(splits[name]) for name in in_order([name for name in splits if name])}
    if "train" in named and "val" not in named:
        return dict(by_chance(named.pop("train"), seed)) | named
    return named


def _words(found: Sequence[str]) -> str:
    return f"a mask folder for each of {len(found)} classes, which may overlap: {', '.join(found[:8])}"
