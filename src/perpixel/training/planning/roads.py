"""What is settled where lanes are learnt, whatever else the data are like."""

from __future__ import annotations

from typing import Any

from perpixel.training.planning.draft import Choice
from perpixel.training.planning.survey import Survey

FITTING = 4  # the network's sides are multiples of it


def settled(data: Survey) -> dict[str, Choice[Any]]:
    """Lines for lanes; none for other data."""
    if not data.lanes:
        return {}
    height, width = (max(side - side % FITTING, 32) for side in data.typical)
    whole = "where a line is to be expected depends on all of the picture"
    upright = "roads lie below, and their lines meet at the horizon"
    return {
        "architecture": ("lanenet", "lanes are told apart by vectors, with one light network"),
        "crop": ((height, width), f"whole pictures: {whole}"),
        "scale": ((0.9, 1.2), f"a little: {whole}"),
        "loss": (("cross-entropy", "dice"), "lines are thin: dice counts them as much as all else"),
        "class_weights": ("none", "dice weighs the lines already"),
        "rare": (0.0, f"whole pictures: {whole}"),
        "rotate": (0.0, upright),
        "elastic": (0.0, upright),
    }
