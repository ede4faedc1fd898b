"""Scores as a table for a terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from perpixel.metrics.depth import MEASURES


def scores_table(scores: dict[str, Any]) -> Table:
    """One row for each class and one for their means, from what `SemanticScore.compute` gives; fractions."""
    edges = scores["boundary_f1"] is not None
    table = Table(caption=_caption(scores), caption_justify="left")
    table.add_column("class")
    for heading in ("IoU", "Dice", "accuracy", *(["boundary F1"] if edges else []), "pixels"):
        table.add_column(heading, justify="right")
    for name, row in scores["per_class"].items():
        numbers = [row["iou"], row["dice"], row["accuracy"], *([row["boundary_f1"]] if edges else [])]
        table.add_row(name, *map(_shown, numbers), f"{row['pixels']:,}")
    table.add_section()
    means = [scores["mean_iou"], scores["mean_dice"], scores["mean_accuracy"]]
    means += [scores["boundary_f1"]] if edges else []
    pixels = sum(row["pixels"] for row in scores["per_class"].values())
    table.add_row("mean", *map(_shown, means), f"{pixels:,}", style="bold")
    return table


def tables_table(scores: dict[str, Any]) -> Table:
    """One row for each class and one for all, from what `score_tables` gives."""
    images, pairs = scores["images"], scores["pairs"]
    table = Table(caption=f"{images} pictures, {pairs} pairs of a picture and a class", caption_justify="left")
    table.add_column("class")
    for heading in ("mean Dice", "where there is some", "where there is none", "masks"):
        table.add_column(heading, justify="right")
    for name, row in scores["per_class"].items():
        table.add_row(name, *_dice_cells(row))
    table.add_section()
    table.add_row("all", *_dice_cells(scores), style="bold")
    return table


def _dice_cells(row: dict[str, Any]) -> list[str]:
    parts = ("image_mean_dice", "filled_mean_dice", "empty_mean_dice")
    return [*(_shown(row[part]) for part in parts), f"{row['filled']:,}"]


def _caption(scores: dict[str, Any]) -> str:
    images = f"{scores['images']} picture" + ("" if scores["images"] == 1 else "s")
    return (
        f"{images}; pixel accuracy {_shown(scores['pixel_accuracy'])}, "
        f"frequency-weighted IoU {_shown(scores['frequency_weighted_iou'])}, "
        f"mean of the pictures' own mean IoU {_shown(scores['image_mean_iou'])}"
    )


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def things_table(scores: dict[str, Any]) -> Table:
    """One row for each class and one for all, from what `InstanceScore.compute` gives."""
    images = f"{scores['images']} picture" + ("" if scores["images"] == 1 else "s")
    most = f"at most {scores['max_detections']} things of a class in a picture"
    cells = f"bowl score {_shown(scores['bowl'])}, AJI {_shown(scores['aji'])}, Dice {_shown(scores['dice'])}"
    table = Table(caption=f"{images}, {most}; {cells}", caption_justify="left")
    edges = scores["boundary_ap"] is not None
    columns = ("mask_ap", "mask_ap50", "mask_ap75", *(["boundary_ap"] if edges else []), "box_ap")
    table.add_column("class")
    for heading in ("mask AP", "AP50", "AP75", *(["boundary AP"] if edges else []), "box AP", "true", "found", "hits"):
        table.add_column(heading, justify="right")
    for name, row in scores["per_class"].items():
        counts = [f"{row[part]:,}" for part in ("truths", "predictions", "hits")]
        table.add_row(name, *(_shown(row[column]) for column in columns), *counts)
    table.add_section()
    rows = scores["per_class"].values()
    counts = [f"{sum(row[part] for row in rows):,}" for part in ("truths", "predictions", "hits")]
    table.add_row("all", *(_shown(scores[column]) for column in columns), *counts, style="bold")
    return table


def panoptic_table(scores: dict[str, Any]) -> Table:
    """One row for each class that has a segment and three for their means, from what `PanopticScore.compute` gives."""
    images = f"{scores['images']} picture" + ("" if scores["images"] == 1 else "s")
    table = Table(caption=images, caption_justify="left")
    table.add_column("class")
    for heading in ("PQ", "SQ", "RQ", "found", "wrong", "missed"):
        table.add_column(heading, justify="right")
    for name, row in scores["per_class"].items():
        if row["pq"] is not None:
            counts = [f"{row[part]:,}" for part in ("tp", "fp", "fn")]
            table.add_row(name, *(_shown(row[part]) for part in ("pq", "sq", "rq")), *counts)
    table.add_section()
    for name in ("things", "stuff", "all"):
        table.add_row(name, *(_shown(scores[name][part]) for part in ("pq", "sq", "rq")), "", "", "", style="bold")
    return table


def lanes_table(scores: dict[str, Any]) -> Table:
    """One row for each set of rules, from what `TuSimpleScore.compute` or `CULaneScore.compute` gives."""
    images = f"{scores['images']} picture" + ("" if scores["images"] == 1 else "s")
    maps = scores.get("painted_rows", {"images": 0})
    if maps["images"]:
        parts = ", ".join(f"{part} {_shown(maps[part])}" for part in ("precision", "recall", "f1"))
        images += f"; rows of {maps['images']} maps: {parts}"
    table = Table(caption=images, caption_justify="left")
    if scores["rules"] == "tusimple":
        rows = {"TuSimple": scores, "TuSimple, later rules": scores["later_rules"]}
        columns, counts = ["accuracy", "fp", "fn"], list[str]()
    else:
        rows = {"CULane, IoU over 0.5": scores, "IoU over 0.3": scores["loose"]}
        columns, counts = ["f1", "precision", "recall"], ["tp", "fp", "fn"]
    table.add_column("rules")
    words = {"f1": "F1", "fp": "FP", "fn": "FN", "tp": "found"} | ({"fp": "wrong", "fn": "missed"} if counts else {})
    for column in (*columns, *counts):
        table.add_column(words.get(column, column), justify="right")
    for name, row in rows.items():
        table.add_row(name, *(_shown(row[part]) for part in columns), *(f"{row[part]:,}" for part in counts))
    return table


def volume_table(scores: dict[str, Any]) -> Table:
    """One row, from what `VolumeScore.compute` gives."""
    images = f"{scores['images']} picture" + ("" if scores["images"] == 1 else "s")
    table = Table(caption=f"{images}, {len(scores['per_class'])} slices", caption_justify="left")
    for heading in ("volume IoU", "mean IoU of the slices", "pixel accuracy"):
        table.add_column(heading, justify="right")
    table.add_row(*(_shown(scores[name]) for name in ("volume_iou", "mean_iou", "pixel_accuracy")), style="bold")
    return table


def depth_table(scores: dict[str, Any]) -> Table:
    """One row for the model and one for the constant, from what `DepthScore.compute` gives."""
    images = f"{scores['images']} picture" + ("" if scores["images"] == 1 else "s")
    abs_rel, a1 = _shown(scores["image_mean_abs_rel"]), _shown(scores["image_mean_a1"])
    own = f"means of the pictures' own: abs rel {abs_rel}, a1 {a1}"
    table = Table(caption=f"{images}, {scores['pixels']:,} pixels; {own}", caption_justify="left")
    table.add_column("answer")
    for measure in MEASURES:
        table.add_column(measure.replace("_", " "), justify="right")
    constant = scores["constant"]
    metres = "–" if constant["metres"] is None else f"{constant['metres']:.2f} m"
    table.add_row("model", *(_shown(scores[measure]) for measure in MEASURES), style="bold")
    table.add_row(f"the median of all, {metres}", *(_shown(constant[measure]) for measure in MEASURES))
    return table


TABLES = {
    "semantic": scores_table,
    "multilabel": scores_table,
    "instance": things_table,
    "panoptic": panoptic_table,
    "depth": depth_table,
    "slices": volume_table,
    "lanes": lanes_table,
}
"""The table of each task."""
