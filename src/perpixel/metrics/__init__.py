"""Numbers that judge an answer by its truth. All scores are fractions in [0, 1]."""

from perpixel.metrics.boundary import BoundaryCounts, boundary_f1
from perpixel.metrics.confusion import ConfusionMatrix
from perpixel.metrics.multilabel import MultilabelScore
from perpixel.metrics.rand import RandCounts, rand_error
from perpixel.metrics.score import Score
from perpixel.metrics.semantic import SemanticScore

__all__ = [
    "BoundaryCounts",
    "ConfusionMatrix",
    "MultilabelScore",
    "RandCounts",
    "Score",
    "SemanticScore",
    "boundary_f1",
    "rand_error",
]
