"""What is in a split: every mask is read once, before training starts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.data.dataset import Dataset
from perpixel.data.sample import Sample
from perpixel.errors import DataError
from perpixel.results import LabelMap, Layers

Size = tuple[int, int]
_EXACT_IN_FLOAT32 = 2**24


@dataclass(frozen=True)
class Census:
    """Counts over one split.

    Attributes:
        images: pictures.
        pixels: (K,) int64 pixels of each class that a network of these data learns (`Dataset.learned`).
        pictures: (K,) int64 pictures in which each class occurs.
        pixels_where_present: (K,) int64 pixels, judged or not, of those pictures: what median frequencies divide by.
        ignored: pixels that are not judged.
        sizes: how many pictures have each (height, width), upright.
        present: (images, K) bool: which classes occur in each picture, in the order of the split.
        overlapping: whether several classes may be at one pixel.
    """

    images: int
    pixels: NDArray[np.int64]
    pictures: NDArray[np.int64]
    pixels_where_present: NDArray[np.int64]
    ignored: int
    sizes: Mapping[Size, int]
    present: NDArray[np.bool_]
    overlapping: bool = False

    @property
    def judged(self) -> int:
        """Pixels that are judged."""
        return sum(height * width * images for (height, width), images in self.sizes.items()) - self.ignored

    @property
    def shares(self) -> NDArray[np.float64]:
        """(K,) share of each class among all judged pixels; of classes that overlap, together more than 1 maybe."""
        return self.pixels / max(self.judged, 1)


def census(dataset: Dataset, split: str, *, progress: Callable[[int, int], None] | None = None) -> Census:
    """Read and check every mask of a split, and count.

    Of the pictures only the headers are read, so that a size which does not fit is found.

    Args:
        dataset: the data set.
        split: one of its splits.
        progress: called with the number of masks that are read, and of all.

    Raises:
        DataError: no such split, an empty one, or pictures without masks.
        MaskError: the first mask, in order, that does not fit.
    """
    samples = dataset.samples(split)
    if not samples:
        raise DataError(f"{dataset.root}: split {split!r} is empty")
    classes = len(dataset.learned)
    pixels, pictures, where_present = (np.zeros(classes, np.int64) for _ in range(3))
    ignored, sizes = 0, Counter[Size]()
    present = np.zeros((len(samples), classes), np.bool_)
    for done, truth in enumerate(map(dataset.flat, _truths(dataset, samples)), start=1):
        counts = _counts(truth)
        pixels += counts
        present[done - 1] = counts > 0
        pictures += counts > 0
        area = truth.size[0] * truth.size[1]
        where_present += np.where(counts > 0, area, 0)
        ignored += _ignored(truth)
        sizes[truth.size] += 1
        if progress is not None:
            progress(done, len(samples))
    return Census(len(samples), pixels, pictures, where_present, ignored, sizes, present, dataset.overlapping)


def _truths(dataset: Dataset, samples: tuple[Sample, ...]) -> Iterator[LabelMap | Layers]:
    """In order, a few read ahead: decoding leaves Python's lock."""
    threads = min(os.cpu_count() or 1, 8)
    with ThreadPoolExecutor(threads) as pool:
        waiting = [pool.submit(dataset.read_truth, sample) for sample in samples[: 2 * threads]]
        try:
            for following in range(2 * threads, 2 * threads + len(samples)):
                yield waiting.pop(0).result()
                if following < len(samples):
                    waiting.append(pool.submit(dataset.read_truth, samples[following]))
        finally:
            for future in waiting:
                future.cancel()


def _ignored(truth: LabelMap | Layers) -> int:
    """Pixels that are not judged."""
    if isinstance(truth, LabelMap):
        return int(np.count_nonzero(truth.labels == truth.classes.ignored))
    return 0 if truth.judged is None else int(np.count_nonzero(~truth.judged))


def _counts(truth: LabelMap | Layers) -> NDArray[np.int64]:
    """(K,) pixels of each class."""
    if isinstance(truth, Layers):
        inside = truth.masks if truth.judged is None else truth.masks & truth.judged
        return np.asarray(inside.sum(axis=(1, 2)), np.int64)
    labels, classes = truth.labels, len(truth.classes)
    if labels.dtype == np.uint8 and labels.size < _EXACT_IN_FLOAT32:  # OpenCV counts in float32, several times faster
        return cv2.calcHist([labels], [0], None, [256], [0, 256]).ravel()[:classes].astype(np.int64)
    return np.bincount(labels.ravel(), minlength=classes)[:classes].astype(np.int64)
