"""Gives every pixel a label: semantic segmentation from a folder of pictures and masks to a running model.

Names are imported when they are first used: `import perpixel` costs nothing, and the light half never loads torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perpixel.camera import BirdsEye, Camera, read_camera
    from perpixel.classes import ClassTable, SegmentClass, class_table
    from perpixel.classical.graph import graph_regions
    from perpixel.classical.lane_curves import lane_curves, lane_view
    from perpixel.data import Dataset, open_dataset
    from perpixel.draw import overlay
    from perpixel.draw.lanes import lanes_over
    from perpixel.errors import PerpixelError
    from perpixel.evaluation import evaluate, score_folders
    from perpixel.export import export_onnx
    from perpixel.masks import write_labels
    from perpixel.metrics import ConfusionMatrix, SemanticScore
    from perpixel.models import build
    from perpixel.occupancy import free_space, occupancy_grid, polar_grid
    from perpixel.pictures import decode_picture, read_picture, write_jpeg, write_png
    from perpixel.plan import Augmentation, Plan
    from perpixel.predict import Predictor, VideoSource, write_video
    from perpixel.results import Depth, Instances, LabelMap, Layers, Panoptic, Polylines
    from perpixel.spec import ModelSpec
    from perpixel.synthetic import drive, street
    from perpixel.training import train

_HOMES = {
    "camera": ("BirdsEye", "Camera", "read_camera"),
    "classical.graph": ("graph_regions",),
    "classical.lane_curves": ("lane_curves", "lane_view"),
    "classes": ("ClassTable", "SegmentClass", "class_table"),
    "data": ("Dataset", "open_dataset"),
    "draw": ("overlay",),
    "draw.lanes": ("lanes_over",),
    "errors": ("PerpixelError",),
    "evaluation": ("evaluate", "score_folders"),
    "export": ("export_onnx",),
    "masks": ("write_labels",),
    "metrics": ("ConfusionMatrix", "SemanticScore"),
    "models": ("build",),
    "occupancy": ("free_space", "occupancy_grid", "polar_grid"),
    "pictures": ("decode_picture", "read_picture", "write_jpeg", "write_png"),
    "plan": ("Augmentation", "Plan"),
    "predict": ("Predictor", "VideoSource", "write_video"),
    "results": ("Depth", "Instances", "LabelMap", "Layers", "Panoptic", "Polylines"),
    "spec": ("ModelSpec",),
    "synthetic": ("drive", "street"),
    "training": ("train",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Augmentation",
    "BirdsEye",
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
    "VideoSource",
    "build",
    "class_table",
    "decode_picture",
    "drive",
    "evaluate",
    "export_onnx",
    "free_space",
    "graph_regions",
    "lane_curves",
    "lane_view",
    "lanes_over",
    "occupancy_grid",
    "open_dataset",
    "overlay",
    "polar_grid",
    "read_camera",
    "read_picture",
    "score_folders",
    "street",
    "train",
    "write_jpeg",
    "write_labels",
    "write_png",
    "write_video",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'perpixel' has no attribute {name!r}")
    value = getattr(import_module(f"perpixel.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
