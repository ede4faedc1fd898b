"""A data set that was recognized: its classes, its splits, and how its masks are coded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.data.pair import read_pair, read_truth
from perpixel.data.sample import Sample
from perpixel.errors import DataError
from perpixel.masks import Encoding
from perpixel.pictures import MAX_PIXELS, read_bytes
from perpixel.results import LabelMap

Task = Literal["semantic", "multilabel", "instance", "panoptic", "depth", "slices", "lanes"]
OF_THINGS = ("instance", "panoptic")
"""Tasks in which things are told apart."""


@dataclass(frozen=True)
class Dataset:
    """Pictures and masks, by split. Nothing is held in memory but the paths.

    Attributes:
        root: the folder.
        classes: what the labels mean.
        encoding: how the mask files code them.
        splits: samples of each split, in the order of their names or of the split list.
        layout: what the folder was recognized as, in words.
        channels: of every picture as `read` gives it: 1, 3 or more.
        max_pixels: no larger picture is decoded.
    """

    root: Path
    classes: ClassTable
    encoding: Encoding
    splits: Mapping[str, tuple[Sample, ...]]
    layout: str
    channels: int = 3
    max_pixels: int = MAX_PIXELS

    task: ClassVar[Task] = "semantic"
    overlapping: ClassVar[bool] = False  # whether several classes may be at one pixel
    classed: ClassVar[bool] = True  # whether truths have classes, and are judged by them

    @property
    def things(self) -> bool:
        """Whether things are told apart."""
        return self.task in OF_THINGS

    @property
    def learned(self) -> ClassTable:
        """What the channels of a network that learns from these data mean."""
        return self.classes

    def flat(self, truth: Any) -> Any:
        """A truth as a label map by the numbers of `learned`; layers, which have no such map, as they are."""
        return truth

    @property
    def unjudged(self) -> int:
        """The value where nothing is judged, in what `pack` gives."""
        return self.classes.ignored

    def samples(self, split: str) -> tuple[Sample, ...]:
        """The samples of a split.

        Raises:
            DataError: there is no such split; the message lists those that there are.
        """
        if split not in self.splits:
            known = ", ".join(f"{name} ({len(samples)})" for name, samples in self.splits.items())
            everything = [sample for samples in self.splits.values() for sample in samples]
            alone = "" if any(sample.has_truth for sample in everything) else self.layout
            raise DataError(
                f"{self.root}: there is no split {split!r}; there are {known}" + (f" ({alone})" if alone else "")
            )
        return self.splits[split]

    def read(self, sample: Sample) -> tuple[NDArray[np.uint8], LabelMap]:
        """The picture (H, W, channels) uint8, upright, and the truth (H, W) that lies on it.

        Raises:
            PictureError: the picture cannot be read, or its channels cannot be made `channels`.
            MaskError: the mask cannot be read, has another size, or a value without a class.
            DataError: the sample has no mask.
        """
        return read_pair(sample, self.classes, self.encoding, channels=self.channels, max_pixels=self.max_pixels)

    def read_truth(self, sample: Sample) -> LabelMap:
        """The truth alone; of the picture, only the header is read, for its size.

        Raises:
            DataError: as `read`.
        """
        return read_truth(sample, self.classes, self.encoding, max_pixels=self.max_pixels)

    def pack(self, truth: LabelMap) -> NDArray[Any]:
        """A truth as the one array that is kept in memory and learnt from: (H, W), the labels."""
        return truth.labels

    @property
    def truth_bytes(self) -> int:
        """Of one pixel in what `pack` gives."""
        return np.dtype(self.classes.dtype).itemsize

    def unpack(self, packed: NDArray[Any]) -> LabelMap:
        """What `pack` packed."""
        return LabelMap(packed, self.classes)

    def fingerprint(self, split: str) -> str:
        """A hexadecimal digest of the names and contents of a split: it changes when any file does.

        Raises:
            DataError: no such split, or a file that cannot be read.
        """
        digest = blake2b(digest_size=16)
        for sample in self.samples(split):
            layers = ((f"layer {number}", file) for number, file in enumerate(sample.layers))
            things = (("things", sample.entry.file),) if sample.entry is not None else ()
            for part, file in (("picture", sample.picture), ("mask", sample.mask), *layers, *things):
                data = b"" if file is None else read_bytes(file)
                digest.update(f"{sample.name}\0{part}\0{len(data)}\0".encode())
                digest.update(data)
            digest.update("\0".join(sample.runs).encode())
        return digest.hexdigest()
