"""Whether boundaries are where people drew them: each pixel has one partner at most.

Martin, Fowlkes & Malik, "Learning to detect natural image boundaries using local brightness, color, and texture cues",
2004, as in the BSDS500 benchmark (Arbelaez et al., 2011). `metrics.boundary` is the other, simpler measure: of classes,
and without partners, so that a thick boundary costs nothing there.

Differs from the benchmark's program in one thing. It pairs at the least cost: the sum of distances, each pixel left
over counting as a hundred times the tolerance, which makes it a maximum matching, too, except where its shortcut
(a pixel can be left over in six ways, drawn at random) fails. Hence each person's recall is the same. Which predicted
pixels have partners may differ, so the precision, of pixels with a partner in any of several truths, may, slightly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.pixel_matching import pixel_pairs
from perpixel.kernels.thinning import thinned

TOLERANCE = 0.0075
"""Of the picture's diagonal: 4.3 pixels at 481 x 321."""


def region_boundaries(ids: NDArray[Any]) -> NDArray[np.bool_]:
    """Lines, one pixel wide, between the regions of a map.

    A pixel is marked if its right, its lower or its lower right neighbor is of another region; the marks are thinned.
    So the lines lie half a pixel left of and above the true edges, as in BSDS500, whose drawn boundaries are exactly
    this of its regions: predictions and truths are shifted alike, and a half pixel is no error.

    Args:
        ids: (H, W) region ids. The edge of the picture is no boundary.

    Returns:
        (H, W) bool.

    Raises:
        ValueError: not (H, W).
    """
    if ids.ndim != 2:
        raise ValueError(f"the map has shape {ids.shape}; expected (H, W)")
    marked = np.zeros(ids.shape, np.bool_)
    marked[:, :-1] |= ids[:, :-1] != ids[:, 1:]
    marked[:-1] |= ids[:-1] != ids[1:]
    marked[:-1, :-1] |= ids[:-1, :-1] != ids[1:, 1:]
    return thinned(marked)


@dataclass(frozen=True)
class BoundaryPairs:
    """Boundary pixels of one picture, or summed with `+` over several.

    Attributes:
        true: on the boundaries of all truths together: a pixel that three people drew counts three times.
        found: of these, paired with a predicted pixel.
        predicted: on the predicted boundaries.
        right: of these, paired with a pixel of at least one truth.
    """

    true: int
    found: int
    predicted: int
    right: int

    @classmethod
    def of(
        cls, *, truths: Sequence[NDArray[Any]], prediction: NDArray[Any], tolerance: float = TOLERANCE
    ) -> BoundaryPairs:
        """Pair a prediction with each person's truth in turn, as many pixels as can be.

        A predicted pixel can serve every person, but only one pixel of each. Boundaries should be one pixel wide
        (`region_boundaries`, or `thinned` edges): the rest of a thick line has no partner.

        Args:
            truths: masks (H, W) of boundaries; what is not 0 is boundary.
            prediction: (H, W) likewise.
            tolerance: as a share of the picture's diagonal, up to which two pixels can be partners.

        Raises:
            ValueError: no truth, masks that are not (H, W) of one size, or a negative tolerance.
        """
        if not len(truths):
            raise ValueError("there is no truth to compare with; give one mask at least")
        distance = tolerance * float(np.hypot(*prediction.shape)) if prediction.ndim == 2 else 0.0
        right = np.zeros(prediction.shape, np.bool_)
        true = found = 0
        for truth in truths:
            paired = pixel_pairs(prediction, truth, distance=distance) >= 0
            right |= paired
            found += int(paired.sum())
            true += int(np.count_nonzero(truth))
        return cls(true, found, int(np.count_nonzero(prediction)), int(right.sum()))

    def __add__(self, other: BoundaryPairs) -> BoundaryPairs:
        return BoundaryPairs(
            self.true + other.true,
            self.found + other.found,
            self.predicted + other.predicted,
            self.right + other.right,
        )

    @property
    def precision(self) -> float:
        """Of the predicted pixels, the share that is right; 0 if nothing is predicted."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Of the true pixels, the share that is found; 0 if there is none."""
        return self.found / self.true if self.true else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0
