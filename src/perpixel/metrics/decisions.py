"""From which probability on a class is there, and how large its parts must be: searched by the mean Dice of pictures.

Where most masks are empty, one false pixel costs a whole picture's Dice, so the best threshold is rarely 0.5 and small
parts are better dropped. Both are chosen for each class on pictures that were not learnt from. What is then measured on
these same pictures flatters a little.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

THRESHOLDS = tuple(np.round(np.arange(0.05, 1, 0.05), 2).tolist())
LEAST_AREAS = (0, *(round(2 ** (step / 2)) for step in range(2, 41)))
"""Pixels: from 2 on, two to a doubling."""


@dataclass(frozen=True)
class Decisions:
    """What was found for each of K classes.

    Attributes:
        thresholds: of the probability.
        least_areas: of a component, in pixels.
        mean_dice: (K,) mean over the pictures of each one's Dice, 1 where both are empty.
        even_dice: (K,) the same at 0.5 and with all components.
    """

    thresholds: tuple[float, ...]
    least_areas: tuple[int, ...]
    mean_dice: NDArray[np.float64]
    even_dice: NDArray[np.float64]


class DecisionSearch:
    """Tries every threshold with every least area, for each class by itself, while pictures come one by one."""

    def __init__(self, classes: int) -> None:
        self._sums = np.zeros((classes, len(THRESHOLDS), len(LEAST_AREAS)))
        self._pictures = 0

    def look(self, *, probabilities: NDArray[np.float32], truth: NDArray[np.bool_]) -> None:
        """Take in one picture.

        Args:
            probabilities: (K, H, W) of each class by itself.
            truth: (K, H, W).

        Raises:
            ValueError: they differ in shape, or have another number of classes.
        """
        if probabilities.shape != truth.shape or len(truth) != len(self._sums):
            raise ValueError(
                f"probabilities {probabilities.shape} and truth {truth.shape}; expected both ({len(self._sums)}, H, W)"
            )
        for number, (plane, mask) in enumerate(zip(probabilities, truth, strict=True)):
            for place, threshold in enumerate(THRESHOLDS):
                self._sums[number, place] += _dice_by_area(plane > threshold, mask)
        self._pictures += 1

    def best(self) -> Decisions:
        """For each class the best pair, whose neighbors are good too; among equals the nearest to 0.5 and no area.

        The mean with the neighbors in the grid is compared, so that no lucky single cell wins.

        Raises:
            ValueError: no picture was looked at.
        """
        if not self._pictures:
            raise ValueError("no picture was looked at")
        dice = self._sums / self._pictures
        thresholds, areas, found = [], [], []
        for grid in dice:
            smooth = cv2.blur(grid, (3, 3), borderType=cv2.BORDER_REPLICATE)
            far = np.abs(np.array(THRESHOLDS)[:, None] - 0.5) + np.arange(len(LEAST_AREAS)) / 1e3
            place, size = np.unravel_index(np.argmax(np.round(smooth, 9) - 1e-9 * far), grid.shape)
            thresholds.append(THRESHOLDS[place])
            areas.append(LEAST_AREAS[size])
            found.append(grid[place, size])
        even = dice[:, THRESHOLDS.index(0.5), 0]
        return Decisions(tuple(thresholds), tuple(areas), np.array(found), even)


def _dice_by_area(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Dice for each of `LEAST_AREAS`: of a mask whose smaller components were dropped."""
    true = int(np.count_nonzero(truth))
    if not mask.any():
        return np.full(len(LEAST_AREAS), float(true == 0))
    found, labels, facts, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    areas = facts[1:, cv2.CC_STAT_AREA].astype(np.int64)
    hits = np.bincount(labels[truth], minlength=found)[1:] if true else np.zeros_like(areas)
    order = np.argsort(areas)
    kept = np.searchsorted(areas[order], LEAST_AREAS)  # components from here on are large enough
    area_left = np.append(np.cumsum(areas[order][::-1])[::-1], 0)[kept]
    hits_left = np.append(np.cumsum(hits[order][::-1])[::-1], 0)[kept]
    size = area_left + true
    return np.where(size == 0, 1.0, 2 * hits_left / np.maximum(size, 1))
