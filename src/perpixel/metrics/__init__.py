"""Numbers that judge an answer by its truth. All scores are fractions in [0, 1], but information is in bits."""

from collections.abc import Callable

from perpixel.classes import ClassTable
from perpixel.metrics.boundary import BoundaryCounts, boundary_f1
from perpixel.metrics.confusion import ConfusionMatrix
from perpixel.metrics.depth import DepthScore, depth_measures
from perpixel.metrics.instances import InstanceScore
from perpixel.metrics.lanes import LaneScore
from perpixel.metrics.lanes_culane import CULaneScore
from perpixel.metrics.lanes_tusimple import TuSimpleScore
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
from perpixel.metrics.volume import VolumeScore

LIKELY = 0.3  # score from which a thing is an answer: shown, counted, judged by all but AP
MANY = 1000  # detections in a picture: COCO's 100 cap pictures of many cells
AnyScore = (
    SemanticScore
    | MultilabelScore
    | InstanceScore
    | PanopticScore
    | DepthScore
    | TuSimpleScore
    | CULaneScore
    | LaneScore
)
SCORES: dict[str, Callable[[ClassTable, bool], AnyScore]] = {
    "semantic": lambda classes, boundary: SemanticScore(classes, boundary=boundary),
    "multilabel": lambda classes, _: MultilabelScore(classes),
    "instance": lambda classes, boundary: InstanceScore(
        classes, max_detections=MANY, least_score=LIKELY, boundary=boundary
    ),
    "panoptic": lambda classes, _: PanopticScore(classes),
    "depth": lambda *_: DepthScore(),
    "slices": lambda classes, _: VolumeScore(classes),
    "lanes": lambda *_: LaneScore(),
}
"""An empty score by task, of a class table, with boundaries (F1 of label maps, AP of things) or without."""

__all__ = [
    "SCORES",
    "AnyScore",
    "BoundaryCounts",
    "BoundaryPairs",
    "ConfusionMatrix",
    "DepthScore",
    "InstanceScore",
    "LaneScore",
    "MultilabelScore",
    "PanopticScore",
    "RandCounts",
    "RegionOverlap",
    "Score",
    "SemanticScore",
    "VolumeScore",
    "boundary_f1",
    "depth_measures",
    "probabilistic_rand_index",
    "rand_error",
    "segmentation_covering",
    "variation_of_information",
]
