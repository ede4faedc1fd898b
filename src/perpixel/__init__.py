"""Gives every pixel a label: semantic segmentation from a folder of pictures and masks to a running model.

Names are imported when they are first used: `import perpixel` costs nothing, and the light half never loads torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perpixel.camera import Camera
    from perpixel.classes import ClassTable, SegmentClass, class_table
    from perpixel.classical.graph import graph_regions
    from perpixel.data import Dataset, open_dataset
    from perpixel.draw import overlay
    from perpixel.errors import PerpixelError
    from perpixel.evaluation import evaluate, score_folders
    from perpixel.export import export_onnx
    from perpixel.masks import write_labels
    from perpixel.metrics import ConfusionMatrix, SemanticScore
    from perpixel.models import build
    from perpixel.pictures import decode_picture, read_picture, write_jpeg, write_png
    from perpixel.plan import Augmentation, Plan
    from perpixel.predict import Predictor
    from perpixel.results import Depth, Instances, LabelMap, Layers, Panoptic, Polylines
    from perpixel.spec import ModelSpec
    from perpixel.synthetic import drive, street
    from perpixel.training import train

_HOMES = {
    "camera": ("Camera",),
    "classical.graph": ("graph_regions",),
    "classes": ("ClassTable", "SegmentClass", "class_table"),
    "data": ("Dataset", "open_dataset"),
    "draw": ("overlay",),
    "errors": ("PerpixelError",),
    "evaluation": ("evaluate", "score_folders"),
    "export": ("export_onnx",),
    "masks": ("write_labels",),
    "metrics": ("ConfusionMatrix", "SemanticScore"),
    "models": ("build",),
    "pictures": ("decode_picture", "read_picture", "write_jpeg", "write_png"),
    "plan": ("Augmentation", "Plan"),
    "predict": ("Predictor",),
    "results": ("Depth", "Instances", "LabelMap", "Layers", "Panoptic", "Polylines"),
    "spec": ("ModelSpec",),
    "synthetic": ("drive", "street"),
    "training": ("train",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Augmentation",
    "Camera",
    "ClassTable",
    "ConfusionMatrix",
    "Dataset",
    "Depth",
    "Instances",
    "LabelMap",
    "Layers",
    "ModelSpec",
    "Panoptic",
    "PerpixelError",
    "Plan",
    "Polylines",
    "Predictor",
    "SegmentClass",
    "SemanticScore",
    "build",
    "class_table",
    "decode_picture",
    "drive",
    "evaluate",
    "export_onnx",
    "graph_regions",
    "open_dataset",
    "overlay",
    "read_picture",
    "score_folders",
    "street",
    "train",
    "write_jpeg",
    "write_labels",
    "write_png",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'perpixel' has no attribute {name!r}")
    value = getattr(import_module(f"perpixel.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
