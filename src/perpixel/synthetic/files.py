"""A scene's truth in files that other tools read."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from perpixel.files import atomic_write
from perpixel.masks import write_labels
from perpixel.pictures import write_jpeg, write_png
from perpixel.results import Instances, Panoptic
from perpixel.synthetic.scene import Scene

TRUTHS = ("instances", "panoptic", "depth", "occupancy", "scenes")


def write_pair(scene: Scene, root: Path, key: str, *, lossless: bool) -> None:
    """Write `images/KEY.jpg` (or .png, if lossless) and `masks/KEY.png`, class numbers with a palette."""
    if lossless:
        write_png(_file(root, "images", key, ".png"), scene.image)
    else:
        write_jpeg(_file(root, "images", key, ".jpg"), scene.image, quality=95)
    write_labels(_file(root, "masks", key, ".png"), scene.labels)


def write_truth(scene: Scene, root: Path, key: str) -> None:
    """Write everything else that is true of a scene.

    `instances/KEY.png`: 16 bits, 0 where there is none. `panoptic/KEY.png`: 16 bits, every pixel in a segment.
    `depth/KEY.tif`: float32 metres along the optical axis, 0 for the sky. `occupancy/KEY.png`: 0 free road, 1 off the
    road, 2 occupied. `scenes/KEY.json`: camera, pose, lanes, the classes of instances and segments, the grid's extent.
    """
    write_png(_file(root, "instances", key, ".png"), scene.instances.ids.astype(np.uint16))
    write_png(_file(root, "panoptic", key, ".png"), scene.panoptic.ids.astype(np.uint16))
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.where(scene.depth.valid, scene.depth.metres, np.float32(0)), compression="zlib")
    atomic_write(_file(root, "depth", key, ".tif"), buffer.getvalue())
    write_png(_file(root, "occupancy", key, ".png"), scene.occupancy.cells)
    text = json.dumps(describe(scene))
    atomic_write(_file(root, "scenes", key, ".json"), text.encode())


def describe(scene: Scene) -> dict[str, Any]:
    """What is not a map of pixels, as plain JSON data."""
    lanes = zip(scene.lanes.labels, scene.lanes.lines, scene.lane_curves, strict=True)
    return {
        "seed": scene.seed,
        "time": scene.time,
        "weather": scene.weather,
        "camera": scene.camera.to_dict(),
        "pose": scene.pose.tolist(),
        "instances": _names(scene.instances),
        "segments": _names(scene.panoptic),
        "lanes": [
            {
                "class": scene.lanes.classes[label].name,
                "image": line.round(3).tolist(),
                "ground": curve.round(4).tolist(),
            }
            for label, line, curve in lanes
        ],
        "occupancy": {"extent": list(scene.occupancy.extent), "cell": scene.occupancy.cell},
    }


def _names(answer: Instances | Panoptic) -> dict[str, str]:
    return {str(i + 1): answer.classes[label].name for i, label in enumerate(answer.labels)}


def _file(root: Path, kind: str, key: str, suffix: str) -> Path:
    path = root / kind / f"{key}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
