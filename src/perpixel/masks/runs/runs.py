"""Runs: the pixels of one mask as run lengths down the columns, and what can be reckoned without decoding them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.errors import MaskError
from perpixel.kernels.run_lengths import Many, combine, extents, intersections, paint_runs, scan
from perpixel.pictures import MAX_PIXELS

_MOST = 2**36  # pixels of any mask: sums of counts then never overflow


@dataclass(frozen=True, eq=False)
class Runs:
    """One mask, as COCO keeps it uncompressed.

    The pixels are taken down the columns, not along the rows: the second is the one *below* the first.

    Attributes:
        size: (height, width).
        counts: (N,) int64: pixels outside, then inside, then outside, and so on; the first is 0 if the first pixel is
            inside, no other is 0, and the sum is height times width. Any whole numbers are taken and brought to this
            form; the array cannot be written to.

    Raises:
        ValueError: counts that are negative, no whole numbers, or do not fit the size.
    """

    size: tuple[int, int]
    counts: NDArray[np.int64]

    def __post_init__(self) -> None:
        size = checked_size(self.size, max_pixels=None)
        given = np.asarray(self.counts)
        if given.ndim != 1 or given.dtype.kind not in "iu" or not given.size:
            raise ValueError(f"counts are {given.dtype} {given.shape}; expected whole numbers (N,), at least one")
        counts = given.astype(np.int64)
        pixels = size[0] * size[1]
        if counts.view(np.uint64).max() > pixels or counts.sum() != pixels:  # a negative one is huge without a sign
            raise ValueError(
                f"counts from {given.min()} to {given.max()} with the sum {sum(given.tolist())}; expected numbers from "
                f"0 on with the sum {pixels}, the pixels of {size[0]} x {size[1]}"
            )
        if not counts[1:].all():
            counts = combine(counts, counts.copy(), both=True)
        counts.flags.writeable = False
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "counts", counts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Runs) and self.size == other.size and np.array_equal(self.counts, other.counts)

    def __hash__(self) -> int:
        return hash((self.size, self.counts.tobytes()))

    @property
    def area(self) -> int:
        """Pixels inside."""
        return int(self.counts[1::2].sum())

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x0 y0 x1 y1, half-open; zeros if the mask is empty. (COCO's `bbox` is x0, y0, width, height.)"""
        if self.counts.size < 2:
            return 0, 0, 0, 0
        starts, ends = self.spans.T
        columns, lasts = starts // self.size[0], (ends - 1) // self.size[0]
        x0, x1 = int(columns[0]), int(lasts[-1]) + 1
        if (lasts > columns).any():  # a run that goes on at the top of the next column
            return x0, 0, x1, self.size[0]
        above = columns * self.size[0]
        return x0, int((starts - above).min()), x1, int((ends - above).max())

    @property
    def spans(self) -> NDArray[np.int64]:
        """(N, 2) where each run inside begins and ends (half-open), pixels numbered from 0 down the columns."""
        ends = np.cumsum(self.counts)
        return np.stack([ends[0::2][: ends.size // 2], ends[1::2]], axis=1)

    def decode(self, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.bool_]:
        """(H, W) bool, true inside.

        Raises:
            MaskError: more than `max_pixels` pixels: a short text can ask for any number of them.
        """
        checked_size(self.size, max_pixels=max_pixels)
        return paint_runs(together([self]), np.ones(1, np.uint8), self.size).view(np.bool_)

    def iou(self, other: Runs) -> float:
        """Intersection over union; 0 where both are empty, as COCO has it."""
        return float(iou_matrix([self], [other])[0, 0])

    def __and__(self, other: Runs) -> Runs:
        """The pixels of both."""
        return intersection([self, other])

    def __or__(self, other: Runs) -> Runs:
        """The pixels of either."""
        return union([self, other])


def encode_mask(mask: NDArray[Any]) -> Runs:
    """The runs of one mask. For a label map, `labels_to_runs` gives those of all labels in one pass.

    Args:
        mask: (H, W) bool.

    Raises:
        TypeError: not bool: 0 and 255 mean inside in some files and a class in others.
        ValueError: another shape, or no pixel.
    """
    if mask.dtype != np.bool_:
        raise TypeError(f"a mask of {mask.dtype}; expected bool: say which values are inside, as in `mask > 0`")
    if mask.ndim != 2 or not mask.size:
        raise ValueError(f"a mask of shape {mask.shape}; expected (H, W) with at least one pixel")
    return Runs(mask.shape, mask_counts(mask, columns=True))


def mask_counts(mask: NDArray[np.bool_], *, columns: bool) -> NDArray[np.int64]:
    """Counts of a bool mask, outside first, down the columns or along the rows."""
    ends, inside = scan(mask.view(np.uint8), columns=columns)
    counts = np.diff(ends, prepend=0)
    return np.append(0, counts) if inside[0] else counts


def union(masks: Iterable[Runs]) -> Runs:
    """The pixels of any of some masks of one size.

    Raises:
        ValueError: no mask, or masks of different sizes.
    """
    return _fold(masks, both=False)


def intersection(masks: Iterable[Runs]) -> Runs:
    """The pixels that all of some masks of one size have.

    Raises:
        ValueError: no mask, or masks of different sizes.
    """
    return _fold(masks, both=True)


def iou_matrix(a: Sequence[Runs], b: Sequence[Runs], *, crowd: Sequence[bool] | None = None) -> NDArray[np.float64]:
    """(N, M) intersection over union of each of `a` with each of `b`; 0 where both are empty.

    Args:
        a: N masks; where `b` is the truth, the predictions.
        b: M masks.
        crowd: (M,) those of `b` that stand for a whole group: the intersection is then over the area of `a` alone, as
            COCO has it.

    Raises:
        ValueError: different sizes, or another number of crowds.
    """
    if crowd is not None and len(crowd) != len(b):
        raise ValueError(f"{len(crowd)} crowds for {len(b)} masks; give one for each")
    if not a or not b:
        return np.zeros((len(a), len(b)))
    _common_size([*a, *b])
    many_a, many_b = together(a), together(b)
    (a_boxes, a_areas), (b_boxes, b_areas) = (extents(many, height=a[0].size[0]) for many in (many_a, many_b))
    common = intersections(many_a, many_b, a_boxes=a_boxes, b_boxes=b_boxes)
    of_a, of_b = a_areas[:, None], b_areas
    over = of_a + of_b - common if crowd is None else np.where(crowd, of_a, of_a + of_b - common)
    return common / np.maximum(over, 1)


def together(masks: Sequence[Runs]) -> Many:
    """The counts of several masks in one array, with offsets."""
    lengths = [0, *(mask.counts.size for mask in masks)]
    return np.concatenate([mask.counts for mask in masks]), np.cumsum(lengths, dtype=np.int64)


def checked_size(size: Sequence[int], *, max_pixels: int | None) -> tuple[int, int]:
    """(height, width) as plain numbers.

    Raises:
        ValueError: not two positive whole numbers.
        MaskError: more than `max_pixels` pixels.
    """
    numbers = tuple(size)
    if len(numbers) != 2 or not all(isinstance(side, int | np.integer) and side > 0 for side in numbers):
        raise ValueError(f"a size of {numbers}; expected (height, width), two whole numbers from 1 on")
    height, width = int(numbers[0]), int(numbers[1])
    if height * width > (_MOST if max_pixels is None else max_pixels):
        raise MaskError(
            f"a mask of {height} x {width} pixels; the limit is {max_pixels or _MOST}: "
            "raise `max_pixels` if you trust where it comes from"
        )
    return height, width


def _fold(masks: Iterable[Runs], *, both: bool) -> Runs:
    every = list(masks)
    size = _common_size(every)
    counts = every[0].counts.copy()
    for other in every[1:]:
        counts = combine(counts, other.counts.copy(), both=both)
    return Runs(size, counts)


def _common_size(masks: Sequence[Runs]) -> tuple[int, int]:
    sizes = {mask.size for mask in masks}
    if len(sizes) != 1:
        found = " and ".join(f"{height} x {width}" for height, width in sorted(sizes)[:2]) or "no size: there is none"
        raise ValueError(f"masks of {found}; all must be of one picture")
    return masks[0].size
