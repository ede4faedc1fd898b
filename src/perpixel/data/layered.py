"""Data sets whose classes may overlap: a mask for every class, or label maps taken apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.classes.background import has_background
from perpixel.data.dataset import Dataset, Task
from perpixel.data.pair import turn_of_mask
from perpixel.data.sample import Sample
from perpixel.errors import DataError, MaskError
from perpixel.masks import read_raw
from perpixel.masks.runs import from_kaggle
from perpixel.pictures import Header, conform, decode_picture, read_bytes, read_file_header, read_header, upright
from perpixel.results import LabelMap, Layers

UNJUDGED = 255


@dataclass(frozen=True)
class LayeredDataset(Dataset):
    """Pictures and, for every class, where it is: several classes may be at one pixel, or none.

    Attributes:
        base: the data set of label maps that this one takes apart; None where every class has mask files of its own,
            of the values 0 and 1 or 0 and 255, or where a table has the masks as run lengths.
    """

    base: Dataset | None = None

    task: ClassVar[Task] = "multilabel"
    overlapping: ClassVar[bool] = True

    @property
    def unjudged(self) -> int:
        """The value where nothing is judged, in what `pack` gives."""
        return UNJUDGED

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

    @property
    def truth_bytes(self) -> int:
        """Of one pixel in what `pack` gives."""
        return len(self.classes)

    def unpack(self, packed: NDArray[Any]) -> Layers:  # type: ignore[override]
        """What `pack` packed."""
        return Layers(packed == 1, self.classes, packed[0] != UNJUDGED)

    def _layers(self, sample: Sample, header: Header) -> Layers:
        if not sample.layers and not sample.runs:
            raise DataError(f"{sample.picture}: the picture has no masks, so it can be neither learned from nor judged")
        masks = np.zeros((len(self.classes), *header.upright_size), np.bool_)
        for number, file in enumerate(sample.layers):
            if file is not None:
                masks[number] = _mask(file, sample.picture, header, self.max_pixels)
        for number, text in enumerate(sample.runs):
            if text:
                masks[number] = self._decoded(sample, number, text, header.upright_size)
        return Layers(masks, self.classes)

    def _decoded(self, sample: Sample, number: int, text: str, size: tuple[int, int]) -> NDArray[np.bool_]:
        try:
            return from_kaggle(text, size, max_pixels=self.max_pixels).decode(max_pixels=self.max_pixels)
        except MaskError as error:
            name = self.classes[number].name
            raise MaskError(f"{sample.picture}: the run lengths of class {name}: {error}") from error


def _mask(file: Path, picture: Path, header: Header, max_pixels: int) -> NDArray[np.bool_]:
    raw = read_raw(file, max_pixels=max_pixels)
    turn = turn_of_mask(raw, header, mask_name=file, picture_name=picture)
    if raw.values.ndim != 2:
        raise MaskError(f"{file}: the mask has colors; a mask of one class has one channel of 0 and 255, or 0 and 1")
    found = np.unique(raw.values).tolist()
    if not any(set(found) <= {0, yes} for yes in (1, 255, 65535)):
        odd = next(value for value in found if value not in (0, 255))
        row, column = (int(place) for place in np.argwhere(raw.values == odd)[0])
        raise MaskError(
            f"{file}: value {odd} at row {row}, column {column}; a mask of one class has 0 and 255, or 0 and 1: "
            "threshold it, or give label maps in one folder"
        )
    mask = raw.values > 0
    return np.asarray(mask if turn == 1 else upright(mask.astype(np.uint8), turn) > 0)


def take_apart(truth: LabelMap, classes: ClassTable) -> Layers:
    """A label map as layers of the last of its classes, as many as `classes` names; what it ignores is not judged."""
    first = len(truth.classes) - len(classes)
    masks = np.stack([truth.labels == number for number in range(first, len(truth.classes))])
    return Layers(masks, classes, truth.labels != truth.classes.ignored)


def layered(dataset: Dataset) -> LayeredDataset:
    """A data set of label maps as one of layers.

    A first class that is called background (or none, unlabelled, ...) becomes no class: where no other is, it is. Masks
    of 0 and 255 so give a single class, there or not, decided by one sigmoid.
    """
    if isinstance(dataset, LayeredDataset):
        return dataset
    entries = dataset.classes.classes
    if has_background(dataset.classes):
        entries = entries[1:]
    classes = replace(dataset.classes, classes=entries)
    words = f"{dataset.layout}; taken apart into {len(entries)} layers"
    return LayeredDataset(
        dataset.root, classes, dataset.encoding, dataset.splits, words, dataset.channels, dataset.max_pixels, dataset
    )
