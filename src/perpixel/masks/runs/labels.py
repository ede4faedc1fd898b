"""Label maps and run lengths: all labels in one pass over the pixels, and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.errors import MaskError
from perpixel.kernels.run_lengths import Many, compress, label_runs, paint_runs
from perpixel.masks.runs.coco import read_texts, rle_parts
from perpixel.masks.runs.runs import Runs, checked_size, together
from perpixel.pictures import MAX_PIXELS


def labels_to_runs(labels: NDArray[Any], *, ignore: int | Collection[int] | None = None) -> dict[int, Runs]:
    """The runs of every label that occurs, in one pass: classes or instances.

    0 is a label like any other; where it is the background, say `ignore=0`.

    Args:
        labels: (H, W) uint8, uint16 or int32.
        ignore: labels that are left out.

    Returns:
        Runs by label, ascending.

    Raises:
        TypeError: another type.
        ValueError: another shape, or no pixel.
    """
    present, counts, offsets = _every(labels)
    left_out = _left_out(ignore)
    return {
        label: Runs(labels.shape, counts[offsets[i] : offsets[i + 1]])
        for i, label in enumerate(present)
        if label not in left_out
    }


def runs_to_labels(
    masks: Mapping[int, Runs], *, background: int = 0, dtype: Any = None, max_pixels: int = MAX_PIXELS
) -> NDArray[Any]:
    """The label map of several masks; where they overlap, the later in the mapping covers the earlier.

    Args:
        masks: runs by label, all of one size.
        background: the label of pixels that are in none.
        dtype: uint8, uint16 or int32; by default the first that holds all labels.
        max_pixels: the most that are decoded.

    Returns:
        (H, W) labels.

    Raises:
        ValueError: no mask, different sizes, or labels that the type does not hold.
        MaskError: more than `max_pixels` pixels.
    """
    sizes = {runs.size for runs in masks.values()}
    if len(sizes) != 1:
        raise ValueError(f"masks of {len(sizes)} sizes; expected at least one mask, and all of one picture")
    size = checked_size(sizes.pop(), max_pixels=max_pixels)
    return _painted(together(list(masks.values())), list(masks), size, background, dtype)


def labels_to_coco(labels: NDArray[Any], *, ignore: int | Collection[int] | None = None) -> dict[int, dict[str, Any]]:
    """COCO's compressed run lengths of every label: what `to_coco` makes of `labels_to_runs`, without the way there.

    Args:
        labels: (H, W) uint8, uint16 or int32.
        ignore: labels that are left out.

    Returns:
        `{"size": [height, width], "counts": text}` by label, ascending; ready for JSON.

    Raises:
        TypeError: another type.
        ValueError: another shape, or no pixel.
    """
    present, counts, offsets = _every(labels)
    characters, ends = compress((counts, offsets), pixels=labels.size)
    text, places = characters.tobytes().decode("ascii"), ends.tolist()
    left_out, (height, width) = _left_out(ignore), labels.shape
    return {
        label: {"size": [height, width], "counts": text[places[i] : places[i + 1]]}
        for i, label in enumerate(present)
        if label not in left_out
    }


def coco_to_labels(
    rles: Mapping[int, Mapping[str, Any]], *, background: int = 0, dtype: Any = None, max_pixels: int = MAX_PIXELS
) -> NDArray[Any]:
    """The reverse, as `runs_to_labels`, of compressed run lengths.

    Raises:
        MaskError: run lengths that cannot be read, with their label.
        ValueError: as of `runs_to_labels`.
    """
    if not rles:
        raise ValueError("no mask; expected at least one, and all of one picture")
    every = list(rles.values())
    size, _ = rle_parts(every[0], max_pixels=max_pixels)
    texts = []
    for label, rle in rles.items():
        if rle.get("size") != every[0]["size"]:
            raise ValueError(f"label {label} has the size {rle.get('size')}, another has {every[0]['size']}")
        if not isinstance(rle.get("counts"), str | bytes):
            raise MaskError(f"label {label}: its counts are no text; read it with `from_coco`, then `runs_to_labels`")
        texts.append(rle["counts"])
    return _painted(
        read_texts(texts, size, [f"of label {label}" for label in rles]), list(rles), size, background, dtype
    )


def _every(labels: NDArray[Any]) -> tuple[list[int], NDArray[np.int64], NDArray[np.int64]]:
    if labels.dtype not in (np.uint8, np.uint16, np.int32):
        raise TypeError(f"labels of {labels.dtype}; expected uint8, uint16 or int32: use `labels.astype(np.int32)`")
    if labels.ndim != 2 or not labels.size:
        raise ValueError(f"labels of shape {labels.shape}; expected (H, W) with at least one pixel")
    present, (counts, offsets) = label_runs(labels)
    return present.tolist(), counts, offsets


def _left_out(ignore: int | Collection[int] | None) -> Collection[int]:
    return () if ignore is None else (int(ignore),) if isinstance(ignore, int | np.integer) else ignore


def _painted(many: Many, labels: list[int], size: tuple[int, int], background: int, dtype: Any) -> NDArray[Any]:
    least, most = min(*labels, background), max(*labels, background)
    kinds = [np.uint8, np.uint16, np.int32] if dtype is None else [dtype]
    for kind in map(np.dtype, kinds):
        if kind not in (np.uint8, np.uint16, np.int32):
            raise TypeError(f"a map of {kind}; expected uint8, uint16 or int32")
        if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max:
            return paint_runs(many, np.array(labels, kind), size, background=background)
    raise ValueError(f"labels from {least} to {most} do not fit {np.dtype(kinds[-1])}")
