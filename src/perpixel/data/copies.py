"""Smaller copies of a data set, made once: decoding huge pictures in every epoch takes longer than learning from them.

Pictures shrink by the mean of the area under each pixel, masks by its majority, so that no label is mixed and thin
things do not flicker as they do with the nearest pixel.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classes import save_class_table
from perpixel.data.dataset import Dataset
from perpixel.data.opening import open_dataset
from perpixel.data.sample import Sample
from perpixel.errors import DataError
from perpixel.files import atomic_write, make_folder
from perpixel.kernels.majority import majority
from perpixel.masks import write_labels
from perpixel.pictures import write_png
from perpixel.results import LabelMap
from perpixel.warp import Size

_MADE, _DONE = "copies.json", "done"


def make_copies(
    dataset: Dataset,
    out: Path,
    *,
    fit: Size | None = None,
    tile: Size | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Dataset:
    """Write a data set's pictures and masks smaller or in tiles, and open what was written.

    What is there already and newer than its source stays, so a second call costs nothing, and one that was stopped
    goes on. Splits stay what they were: all tiles of a picture are in its split.

    Args:
        dataset: label maps of pictures with up to 4 channels.
        out: folder of the copies: `images/`, `masks/`, `classes.yaml` and a list for each split.
        fit: (height, width) that pictures are shrunk into, keeping their aspect; smaller ones stay as they are.
        tile: (height, width) of tiles that cover each picture, after `fit`; the last ones of a row or column end where
            the picture ends, so they overlap the ones before. Smaller pictures are one tile.
        progress: called with the pictures done and all pictures.

    Raises:
        DataError: the folder holds other things or copies of other sizes, there is no training split, or a picture or
            mask cannot be read.
        ValueError: a size that is not positive.
    """
    for size in (fit, tile):
        if size is not None and min(size) < 1:
            raise ValueError(f"size {size[0]}x{size[1]}; both sides must be positive")
    splits = {name: samples for name, samples in dataset.splits.items() if samples}
    if "train" not in splits or dataset.task != "semantic" or dataset.channels > 4:
        raise DataError(
            f"{dataset.root}: {dataset.task}, {dataset.channels} channels, splits {', '.join(splits) or 'none'}; "
            "copies can be made of label maps with up to 4 channels and a split `train`"
        )
    called = _names(dataset, splits)
    _claim(out, {"of": str(dataset.root.resolve()), "fit": fit, "tile": tile})
    for folder in ("images", "masks", _DONE):
        make_folder(out / folder)
    save_class_table(replace(dataset.classes, ignore=dataset.classes.ignored), out / "classes.yaml")
    done, total = 0, sum(map(len, splits.values()))
    for split, samples in splits.items():
        names: list[str] = []
        for sample in samples:
            names += _copy(dataset, sample, out, called[split, sample.name], fit, tile)
            done += 1
            if progress is not None:
                progress(done, total)
        atomic_write(out / f"{split}.txt", ("\n".join(names) + "\n").encode())
    return open_dataset(out, encoding="index")


def shrink(picture: NDArray[Any], fit: Size) -> NDArray[Any]:
    """A picture (H, W, C) by areas, as large as fits into `fit` with its aspect; a smaller one as it is."""
    height, width = fitted((picture.shape[0], picture.shape[1]), fit)
    if (height, width) == picture.shape[:2]:
        return picture
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small.reshape(height, width, -1))


def shrink_labels(truth: LabelMap, fit: Size) -> LabelMap:
    """A label map by majority, to the size that `shrink` gives its picture."""
    size = fitted(truth.size, fit)
    if size == truth.size:
        return truth
    small = np.empty(size, truth.labels.dtype)
    majority(np.ascontiguousarray(truth.labels), small)
    return LabelMap(small, truth.classes)


def fitted(size: Size, fit: Size) -> Size:
    """The largest size of this aspect that fits into `fit` and is not larger than it was; at least 1 x 1."""
    share = min(1.0, fit[0] / size[0], fit[1] / size[1])
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def tiles(size: Size, tile: Size) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of tiles that cover a picture; each is `tile` large, or as large as the picture."""
    starts = []
    for length, side in zip(size, tile, strict=True):
        last = max(0, length - side)
        starts.append([*range(0, last, side), last])
    for row in starts[0]:
        for column in starts[1]:
            yield slice(row, min(row + tile[0], size[0])), slice(column, min(column + tile[1], size[1]))


def _names(dataset: Dataset, splits: Mapping[str, Sequence[Sample]]) -> dict[tuple[str, str], str]:
    """What the copies of each sample are called, by its split and name: one word without slashes."""
    found = {(split, sample.name): _flat(sample.name) for split, samples in splits.items() for sample in samples}
    twice = {name for name, times in Counter(found.values()).items() if times > 1}
    found = {key: f"{key[0]}_{name}" if name in twice else name for key, name in found.items()}
    again = [name for name, times in Counter(found.values()).items() if times > 1]
    if again:
        raise DataError(f"{dataset.root}: several pictures would be copied as {again[0]}; rename one")
    return found


def _flat(name: str) -> str:
    return "_".join(name.replace("/", " ").split())


def _copy(dataset: Dataset, sample: Sample, out: Path, name: str, fit: Size | None,
          tile: Size | None) -> list[str]:  # fmt: skip
    """Write what is not there yet of one sample; the names of its copies."""
    listing = out / _DONE / f"{name}.txt"  # what it was copied as: written last
    if _newer(listing, sample):
        return listing.read_text(encoding="utf-8").split("\n")
    picture, truth = dataset.read(sample)
    if fit is not None:
        picture, truth = shrink(picture, fit), shrink_labels(truth, fit)
    names = []
    for rows, columns in tiles(truth.size, tile or truth.size):
        own = name if tile is None else f"{name}_{rows.start:05d}_{columns.start:05d}"
        write_png(out / "images" / f"{own}.png", np.ascontiguousarray(picture[rows, columns]))
        write_labels(out / "masks" / f"{own}.png", truth[rows, columns])
        names.append(own)
    atomic_write(listing, "\n".join(names).encode())
    return names


def _newer(copy: Path, sample: Sample) -> bool:
    sources = [path for path in (sample.picture, sample.mask) if path is not None]
    try:
        return all(copy.stat().st_mtime_ns >= path.stat().st_mtime_ns for path in sources)
    except OSError:
        return False


def _claim(out: Path, made: dict[str, Any]) -> None:
    """Begin a folder of copies, or see that these are the copies it holds."""
    make_folder(out)
    text = json.dumps(made) + "\n"
    if (out / _MADE).is_file():
        found = (out / _MADE).read_text(encoding="utf-8")
        if found != text:
            raise DataError(f"{out} holds other copies ({found.strip()}); give another folder, or delete it")
        return
    first = next(iter(sorted(out.iterdir())), None)
    if first is not None:
        raise DataError(f"{out} holds other things ({first.name}); give a folder that is empty or not there yet")
    atomic_write(out / _MADE, text.encode())
