"""Scores as a table for a terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table


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
