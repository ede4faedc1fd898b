"""Numbers that judge an answer by its truth. All scores are fractions in [0, 1], but information is in bits."""

from collections.abc import Callable

from perpixel.classes import ClassTable
from perpixel.metrics.boundary import BoundaryCounts, boundary_f1
from perpixel.metrics.confusion import ConfusionMatrix
from perpixel.metrics.multilabel import MultilabelScore
from perpixel.metrics.rand import RandCounts, rand_error
from perpixel.metrics.region_boundaries import BoundaryPairs
from perpixel.metrics.regions import (
    RegionOverlap,
    probabilistic_rand_index,
    segmentation_covering,
    variation_of_information,
)
from perpixel.metrics.score import Score
from perpixel.metrics.semantic import SemanticScore

SCORES: dict[str, Callable[[ClassTable, bool], SemanticScore | MultilabelScore]] = {
    "semantic": lambda classes, boundary: SemanticScore(classes, boundary=boundary),
    "multilabel": lambda classes, _: MultilabelScore(classes),
}
"""An empty score by task, of a class table, with boundary F1 or without; layers have none."""

__all__ = [
    "SCORES",
    "BoundaryCounts",
    "BoundaryPairs",
    "ConfusionMatrix",
    "MultilabelScore",
    "RandCounts",
    "RegionOverlap",
    "Score",
    "SemanticScore",
    "boundary_f1",
    "probabilistic_rand_index",
    "rand_error",
    "segmentation_covering",
    "variation_of_information",
]
