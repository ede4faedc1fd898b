"""Pictures that are the same photo: after JPEG, at another size, mirrored, brighter or darker, or several of these.

A first look compares the details of all pairs at 16 x 16: the cosine transform of a small gray picture, weighted so
that each frequency counts alike. Whatever is alike there gets a second look at 64 x 64: one picture must explain the
other by a curve of brightness, everywhere. So frames of a video in which somebody walks on are not one photo.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.data.signatures import SIDE, Signature, Signatures, signature, signature_of, signatures
from perpixel.kernels.likeness import unexplained

__all__ = ["Signature", "Signatures", "groups", "signature", "signature_of", "signatures"]

_FREQUENCIES = 16
_ALIKE = 0.8  # correlation of details; pairs of other photos have about 0, two frames of a second up to 0.99
_BLOCK, _COMPARED = 512, 2**22  # pictures, and pairs of them, that a thread compares at once: 32 MB
_AT_ONCE = 256  # pictures whose frequencies are told at once
_PARTNERS = 8  # where most are alike, those that get a second look; more copies than these still hang together
_FLAT = 0.5  # levels of brightness; what varies less has no details
_BUSY = 128  # pixels of the shorter side, below which noise stays in the small picture and is averaged further

# How far the curve may be off, in the mean and a third of the worst place together, of the brightness's deviation.
# Copies of photos stay below 0.19, frames of a camera that stands still are above 0.22. Frames that follow each other
# within a fifteenth of a second come down to 0.19 too, but are off by 0.11 in the mean; so are those copies only whose
# details correlate by more than 0.994, as those frames do not. What is nearly flat has noise, in levels.
_OFF, _NOISE = 0.21, 3.0
_MEAN_OFF, _MEAN_NOISE = 0.1, 2.0
_ALL_ALIKE = 0.994
_BRIGHT = 228.0  # above this, brighter copies are cut off


def groups(signatures: Signatures) -> NDArray[np.intp]:
    """(N,) the number of each picture's group, from 0 on in the order of first members; most have one of their own.

    Pictures in one group are the same photo, or files with the same bytes, directly or through others. A picture that
    cannot be read belongs with its exact copies only.
    """
    first: dict[bytes, int] = {}
    own = [
        number if not digest else first.setdefault(digest, number) for number, digest in enumerate(signatures.digests)
    ]
    different, place = np.unique(np.array(own, np.intp), return_inverse=True)
    return _joined(signatures.at(different))[place]


def _joined(signatures: Signatures) -> NDArray[np.intp]:
    """(N,) as `groups`, of files that are not exact copies."""
    parent = list(range(len(signatures)))

    def top(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for one, other, alike, mirrored in _alike(signatures):
        first_top, other_top = top(one), top(other)
        if first_top != other_top and _same(signatures, one, other, alike, mirrored):
            parent[max(first_top, other_top)] = min(first_top, other_top)
    tops = np.array([top(number) for number in range(len(parent))], np.intp)
    return np.unique(tops, return_inverse=True)[1].astype(np.intp).reshape(-1)


def members(numbers: NDArray[np.intp]) -> list[list[int]]:
    """The pictures of each group that has several, by their places."""
    found: dict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(numbers.tolist()):
        found[number].append(place)
    return [places for places in found.values() if len(places) > 1]


def _alike(signatures: Signatures) -> Iterator[tuple[int, int, float, bool]]:
    """Pairs whose details correlate, most alike first within a block, how much, and whether one is mirrored."""
    even, odd = _details(signatures.grays)
    rows = max(min(_BLOCK, _COMPARED // max(len(signatures), 1)), 1)

    def of_block(start: int) -> list[tuple[int, int, float, bool]]:
        here = slice(start, start + rows)
        alike = even[here] @ even[start:].T
        across = odd[here] @ odd[start:].T  # a mirror turns the sign of these
        alike += np.abs(across)
        alike[np.tri(*alike.shape, dtype=np.bool_)] = 0  # each pair once
        ones, others = _strongest(alike)
        fits = _proportions_fit(signatures.sizes[start + ones], signatures.sizes[start + others])
        ones, others = ones[fits], others[fits]
        strongest = np.argsort(-alike[ones, others], kind="stable")
        ones, others = ones[strongest], others[strongest]
        found = start + ones, start + others, alike[ones, others], across[ones, others] < 0
        return list(zip(*(values.tolist() for values in found), strict=True))

    with _threads() as pool:
        for pairs in pool.map(of_block, range(0, len(signatures), rows)):
            yield from pairs


def _strongest(alike: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the pairs that are alike enough: of each row, the most alike only."""
    enough = np.flatnonzero(alike > _ALIKE)
    if len(enough) <= _PARTNERS * len(alike):
        rows, columns = np.divmod(enough, alike.shape[1])
        return rows, columns
    columns = np.argpartition(-alike, min(_PARTNERS, alike.shape[1] - 1), axis=1)[:, :_PARTNERS].ravel()
    rows = np.repeat(np.arange(len(alike)), columns.size // len(alike))
    partners = alike[rows, columns] > _ALIKE
    return rows[partners], columns[partners]


def _details(grays: NDArray[np.float16]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N, 128) twice: the weighted frequencies of each picture, even and odd across, together of length 1."""
    rows, columns = np.indices((_FREQUENCIES, _FREQUENCIES))
    weights = np.hypot(rows, columns).astype(np.float32)
    weights[weights < 1.5] = 0  # the mean and a slope say nothing of details
    waves = cv2.dct(np.eye(SIDE, dtype=np.float32), flags=cv2.DCT_ROWS)[:, :_FREQUENCIES]
    found = np.zeros((len(grays), _FREQUENCIES, _FREQUENCIES), np.float32)

    def tell(start: int) -> None:
        small = grays[start : start + _AT_ONCE].astype(np.float32)
        frequencies = waves.T @ (small @ waves) * weights
        lengths = np.linalg.norm(frequencies, axis=(1, 2)).clip(1e-6)
        busy = small.std(axis=(1, 2)) >= _FLAT
        found[start : start + _AT_ONCE] = frequencies * (busy / lengths)[:, None, None]

    with _threads() as pool:
        list(pool.map(tell, range(0, len(grays), _AT_ONCE)))
    return (
        np.ascontiguousarray(found[:, :, 0::2].reshape(len(grays), _FREQUENCIES**2 // 2)),
        np.ascontiguousarray(found[:, :, 1::2].reshape(len(grays), _FREQUENCIES**2 // 2)),
    )


def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(min(os.cpu_count() or 1, 8))


def _proportions_fit(sizes: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(P,) whether heights are to widths alike, up to a pixel and a half of rounding."""
    shortest = np.maximum(np.minimum(sizes.min(axis=1), others.min(axis=1)), 1)
    ones, twos = (np.log(np.maximum(both, 1)) @ (1.0, -1.0) for both in (sizes, others))
    return np.asarray(np.abs(ones - twos) <= 1.5 / shortest + 0.01)


def _same(signatures: Signatures, one: int, other: int, alike: float, mirrored: bool) -> bool:
    """The second look."""
    first, second = (signatures.grays[number].astype(np.float32) for number in (one, other))
    if mirrored:
        second = np.ascontiguousarray(second[:, ::-1])
    window = 4
    if signatures.sizes[[one, other]].min() < _BUSY:
        first, second = (
            cv2.resize(gray, (SIDE // 2, SIDE // 2), interpolation=cv2.INTER_AREA) for gray in (first, second)
        )
        window = 2
    mean = _MEAN_OFF if alike < _ALL_ALIKE else _OFF
    return _explains(first, second, window, mean) or _explains(second, first, window, mean)


def _explains(first: NDArray[np.float32], second: NDArray[np.float32], window: int, mean: float) -> bool:
    """Whether the second (n, n) is the first through a curve of brightness."""
    mean_off, worst_off = unexplained(first, second, window=window, bright=_BRIGHT)
    spread = float(second.std())
    if mean_off > max(mean * spread, min(_MEAN_NOISE, 0.3 * spread)):
        return False
    return mean_off + worst_off / 3 <= max(_OFF * spread, min(_NOISE, 0.45 * spread))
