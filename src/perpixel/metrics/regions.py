"""How well one cutting of a picture into regions agrees with another: covering, Rand index, variation of information.

Arbelaez, Maire, Fowlkes & Malik, "Contour detection and hierarchical image segmentation", 2011, section 2.3, the
scores of the BSDS500 benchmark; Unnikrishnan, Pantofaru & Hebert, 2007 (Rand index); Meila, 2005 (information).
Regions have no classes: only which pixels are together counts, not what the regions are called.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.raster import in_raster_order

_CELLS_PER_PIXEL = 16
"""A table of all pairs of regions may have so many cells a pixel; beyond that the pairs that occur are sorted out."""


@dataclass(frozen=True)
class RegionOverlap:
    """Pixels that each region of the truth shares with each of the prediction, in one picture.

    Attributes:
        true: (T,) pixels of each region of the truth, in raster order of their first pixels.
        predicted: (P,) likewise of the prediction.
        pairs: (N, 2) numbers of a region of the truth and one of the prediction that share pixels.
        shared: (N,) how many they share.
    """

    true: NDArray[np.int64]
    predicted: NDArray[np.int64]
    pairs: NDArray[np.int64]
    shared: NDArray[np.int64]

    @classmethod
    def of(cls, *, truth: NDArray[Any], prediction: NDArray[Any]) -> RegionOverlap:
        """Compare two maps (H, W) of ids: any integers; the same id is the same region, connected or not.

        Raises:
            ValueError: maps that are not (H, W) of one size, that have no pixels, or whose ids are no integers.
        """
        if truth.shape != prediction.shape or truth.ndim != 2 or not truth.size:
            raise ValueError(
                f"truth is {truth.shape} and prediction is {prediction.shape}; both must be (H, W) of one size, "
                "with a pixel at least"
            )
        (first, true), (second, predicted) = _numbered("truth", truth), _numbered("prediction", prediction)
        cell = first.astype(np.int64) * predicted + second
        if true * predicted <= _CELLS_PER_PIXEL * truth.size:
            table = np.bincount(cell.reshape(-1), minlength=true * predicted)
            cells = np.flatnonzero(table)
            shared = table[cells]
        else:
            cells, shared = np.unique(cell, return_counts=True)
        pairs = np.stack(np.divmod(cells, predicted), axis=1)
        return cls(
            np.bincount(first.reshape(-1), minlength=true).astype(np.int64),
            np.bincount(second.reshape(-1), minlength=predicted).astype(np.int64),
            pairs.astype(np.int64),
            shared.astype(np.int64),
        )

    @property
    def best_ious(self) -> NDArray[np.float64]:
        """(T,) of each region of the truth: the intersection over union with the region that fits it best."""
        unions = self.true[self.pairs[:, 0]] + self.predicted[self.pairs[:, 1]] - self.shared
        best = np.zeros(self.true.size)
        np.maximum.at(best, self.pairs[:, 0], self.shared / unions)
        return best

    @property
    def covering(self) -> float:
        """The mean of `best_ious` over the truth's pixels: of the truth by the prediction, not the other way round."""
        return float(self.best_ious @ self.true / self.true.sum())

    @property
    def rand_index(self) -> float:
        """Of all pairs of two pixels, the share that both maps put together or both put apart. 1 for a single pixel."""
        pixels = int(self.true.sum())
        apart_in_one = _squares(self.true) + _squares(self.predicted) - 2 * _squares(self.shared)
        return 1 - apart_in_one / (pixels * (pixels - 1)) if pixels > 1 else 1.0

    @property
    def variation_of_information(self) -> float:
        """Bits by which either map leaves the other open: H(truth | prediction) + H(prediction | truth). 0 is best."""
        return max(2 * _bits(self.shared) - _bits(self.true) - _bits(self.predicted), 0.0)


def segmentation_covering(*, truths: Sequence[NDArray[Any]], prediction: NDArray[Any]) -> float:
    """How well a map's regions cover those of one or several people: mean best IoU over people's pixels, 1 is best.

        >>> segmentation_covering(truths=[np.array([[1, 1, 2, 2]])], prediction=np.array([[0, 0, 0, 0]]))
        0.5

    It is not symmetric, and it is generous: one region may cover several. It is 1 only for equal regions.

    Args:
        truths: maps (H, W) of region ids, by each of the people.
        prediction: (H, W) region ids.
    """
    return _mean([RegionOverlap.of(truth=truth, prediction=prediction).covering for truth in truths])


def probabilistic_rand_index(*, truths: Sequence[NDArray[Any]], prediction: NDArray[Any]) -> float:
    """The mean over people of the Rand index: 1 is best. Most pairs are far apart, so even poor maps get .7.

    Args:
        truths: maps (H, W) of region ids, by each of the people.
        prediction: (H, W) region ids.
    """
    return _mean([RegionOverlap.of(truth=truth, prediction=prediction).rand_index for truth in truths])


def variation_of_information(*, truths: Sequence[NDArray[Any]], prediction: NDArray[Any]) -> float:
    """The mean over people of the variation of information in bits, as BSDS500 has it: 0 is best.

    Times log 2 it is in nats, the unit of Meila's paper.

    Args:
        truths: maps (H, W) of region ids, by each of the people.
        prediction: (H, W) region ids.
    """
    return _mean([RegionOverlap.of(truth=truth, prediction=prediction).variation_of_information for truth in truths])


def _numbered(name: str, ids: NDArray[Any]) -> tuple[NDArray[np.int32], int]:
    if ids.dtype.kind not in "bui":
        raise ValueError(f"{name} is of type {ids.dtype}; ids of regions are integers")
    if ids.dtype.kind == "b":
        ids = ids.view(np.uint8)
    if int(ids.min()) < 0:
        ids = np.unique(ids, return_inverse=True)[1].reshape(ids.shape)
    return in_raster_order(ids)


def _mean(scores: list[float]) -> float:
    if not scores:
        raise ValueError("there is no truth to compare with; give one map at least")
    return float(np.mean(scores))


def _squares(sizes: NDArray[np.int64]) -> int:
    return int((sizes * sizes).sum())


def _bits(sizes: NDArray[np.int64]) -> float:
    """Entropy in bits of a pixel's region."""
    shares = sizes / sizes.sum()
    return float(-(shares * np.log2(shares)).sum())
