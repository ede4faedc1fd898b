"""What is settled where distances are learnt, whatever else the data are like."""

from __future__ import annotations

from typing import Any

from perpixel.training.planning.draft import Choice
from perpixel.training.planning.survey import Survey


def settled(data: Survey) -> dict[str, Choice[Any]]:
    """Lines for depth; none for data of classes."""
    if not data.distances:
        return {}
    bins = f"{len(data.classes)} bins of distance"
    focal = "a zoomed picture is that of another camera, in which the same size means another distance"
    upright = "distance is read from what stands on the floor, and how high it stands in the picture"
    return {
        "architecture": ("ladder", f"{bins}: a light network that knows ImageNet and sees far"),
        "loss": (("information-gain",), f"{bins} have an order: one beside the true one is nearly right"),
        "class_weights": ("none", f"{bins}: what counts is how far off a pixel is, not how rare its bin"),
        "rare": (0.0, f"{bins}: crops of nearly the whole picture have them all"),
        "scale": ((1.0, 1.0), focal),
        "rotate": (0.0, upright),
        "elastic": (0.0, upright),
    }
