"""What a ladder's table shows of each task: three numbers over all pictures, one of each class, one of each picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Measures:
    """The numbers of one task.

    Attributes:
        columns: what they are called in `Outcome.scores`, and the headings of their columns; the first decides which
            line is best.
        of_class: what the number of each class is called there, and what people call it.
        of_picture: what the number of one picture is, in words.
        protocol: how all pictures are put together, in words.
        legend: whether the colors of answers are those of classes, not of single things.
    """

    columns: Mapping[str, str]
    of_class: tuple[str, str]
    of_picture: str
    protocol: str
    legend: bool = True


_PIXELS = Measures(
    {"mean_iou": "mean IoU", "boundary_f1": "boundary F1", "pixel_accuracy": "pixel accuracy"},
    ("iou", "IoU"),
    "mean IoU",
    "one confusion matrix over all of them",
)
MEASURES: dict[str, Measures] = {
    "semantic": _PIXELS,
    "multilabel": _PIXELS,
    "instance": Measures(
        {"mask_ap": "mask AP", "mask_ap50": "AP50", "boundary_ap": "boundary AP"},
        ("mask_ap", "mask AP"),
        "bowl score",
        "average precision of the things of all of them",
        legend=False,
    ),
    "panoptic": Measures(
        {"pq": "PQ", "pq things": "PQ things", "pq stuff": "PQ stuff"},
        ("pq", "PQ"),
        "PQ",
        "panoptic quality of the segments of all of them",
    ),
}
"""By task; others have no ladder."""
