"""Masks as run lengths: one kind in memory, and every format that tools and competitions keep them in.

`Runs` is the common ground; each format has a function `to_...` and one `from_...`. Whoever reads a format says what
the text does not: the picture's size, and for Kaggle's the order and the base. A wrong order gives a mask of the same
area, so that no check can find it; look at the mask.
"""

from perpixel.masks.runs.coco import from_coco, from_coco_counts, from_coco_text, to_coco, to_coco_counts, to_coco_text
from perpixel.masks.runs.cvat import from_cvat, from_cvat_attributes, to_cvat, to_cvat_attributes
from perpixel.masks.runs.kaggle import (
    EMPTY_TOKENS,
    from_carvana,
    from_kaggle,
    from_siim,
    to_carvana,
    to_kaggle,
    to_siim,
)
from perpixel.masks.runs.label_studio import from_label_studio, to_label_studio
from perpixel.masks.runs.labels import coco_to_labels, labels_to_coco, labels_to_runs, runs_to_labels
from perpixel.masks.runs.runs import Runs, encode_mask, intersection, iou_matrix, union
from perpixel.masks.runs.vot import from_vot, to_vot

__all__ = [
    "EMPTY_TOKENS",
    "Runs",
    "coco_to_labels",
    "encode_mask",
    "from_carvana",
    "from_coco",
    "from_coco_counts",
    "from_coco_text",
    "from_cvat",
    "from_cvat_attributes",
    "from_kaggle",
    "from_label_studio",
    "from_siim",
    "from_vot",
    "intersection",
    "iou_matrix",
    "labels_to_coco",
    "labels_to_runs",
    "runs_to_labels",
    "to_carvana",
    "to_coco",
    "to_coco_counts",
    "to_coco_text",
    "to_cvat",
    "to_cvat_attributes",
    "to_kaggle",
    "to_label_studio",
    "to_siim",
    "to_vot",
    "union",
]
