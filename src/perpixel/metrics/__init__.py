"""Numbers that judge an answer by its truth. All scores are fractions in [0, 1], but information is in bits."""

from collections.abc import Callable

from perpixel.classes import ClassTable
from perpixel.metrics.boundary import BoundaryCounts, boundary_f1
from perpixel.metrics.confusion import ConfusionMatrix
from perpixel.metrics.instances import InstanceScore
from perpixel.metrics.multilabel import MultilabelScore
from perpixel.metrics.panoptic import PanopticScore
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

MANY = 1000  # detections in a picture: COCO's 100 cap pictures of many cells
AnyScore = SemanticScore | MultilabelScore | InstanceScore | PanopticScore
SCORES: dict[str, Callable[[ClassTable, bool], AnyScore]] = {
    "semantic": lambda classes, boundary: SemanticScore(classes, boundary=boundary),
    "multilabel": lambda classes, _: MultilabelScore(classes),
    "instance": lambda classes, _: InstanceScore(classes, max_detections=MANY),
    "panoptic": lambda classes, _: PanopticScore(classes),
}
"""An empty score by task, of a class table, with boundary F1 or without; only label maps have it."""

__all__ = [
    "SCORES",
    "AnyScore",
    "BoundaryCounts",
    "BoundaryPairs",
    "ConfusionMatrix",
    "InstanceScore",
    "MultilabelScore",
    "PanopticScore",
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
