"""The few numbers of each task that a person looks at first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORDS = {
    "mean_iou": "mean IoU",
    "mask_ap": "mask AP",
    "pq": "PQ",
    "a1": "a1",
    "volume_iou": "volume IoU",
    "lane_accuracy": "lane accuracy",
}
"""What decides between epochs, and what people call it."""
MEASURES = {
    "semantic": "mean_iou",
    "multilabel": "mean_iou",
    "instance": "mask_ap",
    "panoptic": "pq",
    "depth": "a1",
    "slices": "volume_iou",
    "lanes": "lane_accuracy",
}
"""The same number by its task."""
_BESIDE = {
    "pixel_accuracy": "accuracy",
    "mask_ap50": "AP50",
    "box_ap": "box AP",
    "pq things": "things",
    "pq stuff": "stuff",
    "abs_rel": "abs rel",
    "lane_rows_f1": "rows F1",
}
NAMES = (*WORDS, *_BESIDE)
"""All numbers of `told`."""


def headline(scores: Mapping[str, Any]) -> dict[str, Any]:
    """Of what a score's `compute` gives, the number that decides first, then what stands beside it in curves."""
    if scores["task"] == "instance":
        return {name: scores[name] for name in ("mask_ap", "mask_ap50", "box_ap")}
    if scores["task"] == "panoptic":
        parts = {f"pq {part}": scores[part]["pq"] for part in ("things", "stuff")}
        return {"pq": scores["all"]["pq"], **parts}
    if scores["task"] == "depth":
        return {name: scores[name] for name in ("a1", "abs_rel", "rmse")}
    if scores["task"] == "slices":
        return {name: scores[name] for name in ("volume_iou", "mean_iou", "pixel_accuracy")}
    if scores["task"] == "lanes":  # of maps that tell no lane from another there is no accuracy
        rows = scores.get("painted_rows", {}).get("f1")
        return {"lane_accuracy": rows if scores["accuracy"] is None else scores["accuracy"], "lane_rows_f1": rows}
    return {name: scores[name] for name in ("mean_iou", "pixel_accuracy")}


def by_class(scores: Mapping[str, Any]) -> dict[str, Any]:
    """One number of each class, under a name such as `iou road`."""
    key = {"instance": "mask_ap", "panoptic": "pq"}.get(scores["task"], "iou")
    return {f"{key.removeprefix('mask_')} {name}": values[key] for name, values in scores.get("per_class", {}).items()}


def told(row: Mapping[str, Any]) -> str:
    """The headline of a row of curves in words: `mean IoU 0.7000  accuracy 0.9000`; empty where nothing was judged."""
    parts = []
    for name, words in {**WORDS, **_BESIDE}.items():
        if row.get(name) is not None:
            parts.append(f"{words} {row[name]:.4f}")
    return "  ".join(parts)
