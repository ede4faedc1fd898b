"""What can be had without a network: "do I need one?" is answered by the same evaluator."""

from perpixel.training.ladder.baselines.baseline import Answers, Baseline, Bound, Oracle
from perpixel.training.ladder.baselines.brightness import class_by_brightness
from perpixel.training.ladder.baselines.clusters import kmeans_clusters
from perpixel.training.ladder.baselines.fixed import class_by_place, one_class
from perpixel.training.ladder.baselines.forest import random_forest
from perpixel.training.ladder.baselines.regions import regions_oracle

__all__ = ["BASELINES", "Answers", "Baseline", "Bound", "Oracle", "class_by_place", "one_class"]

BASELINES = (
    Baseline("one_class", "the most frequent class everywhere", one_class),
    Baseline("class_by_place", "the most frequent class at each place", class_by_place),
    Baseline("brightness", "a class for each brightness: the best that fixed thresholds can do", class_by_brightness),
    Baseline("kmeans", "k-means groups of color and place, each with its commonest class", kmeans_clusters),
    Baseline("random_forest", "a random forest on color, edges, blobs and place", random_forest, needs="sklearn"),
    Bound("regions_oracle", "graph regions named by looking at the TRUTH: a bound, not a method", regions_oracle),
)
"""In the order of the table; all but the bound learn from the training split only."""
