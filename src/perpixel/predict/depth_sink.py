"""Depths into a folder: millimetres, a picture, and where the camera is known heights and a point cloud."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from perpixel.camera import Camera
from perpixel.draw.depth import Span, depth_beside, height_map
from perpixel.draw.shown import as_shown
from perpixel.files import atomic_write, make_folder
from perpixel.pictures import write_jpeg, write_png
from perpixel.pictures.ply import write_ply
from perpixel.predict.sink import FolderSink
from perpixel.predict.source import Frame
from perpixel.results import Depth
from perpixel.results.point_cloud import PointCloud
from perpixel.spec import ModelSpec

OF_CAMERA = (".height.tif", ".height.jpg", ".ply")
_FARTHEST = 65534  # millimetres in 16 bits; 65535 is commonly "no depth"


class DepthSink(FolderSink):
    """Writes what `write_depth` does for every frame; `predictions.json` when it is closed."""

    endings = (".depth.png", ".depth.jpg")
    video_ending = ".depth.mp4"

    def summary(self) -> dict[str, Any]:
        """What `predictions.json` says."""
        bins = [] if self.spec.bins is None else [round(edge, 6) for edge in self.spec.bins.edges]
        said = super().summary()
        del said["classes"]  # the bins, by names
        return {**said, "bins": bins}

    def facts(self, answer: Depth) -> dict[str, Any]:
        """How far the depths reach."""
        return depth_facts(answer)

    def still(self, image: NDArray[Any], answer: Depth) -> NDArray[np.uint8]:
        """What is seen of an answer in a video: colors mean the same distance in every frame."""
        return depth_beside(image, answer, reach_of(self.spec))

    def _write(self, frame: Frame, answer: Depth) -> None:
        place = self.folder / frame.name
        make_folder(place.parent)
        write_depth(place, frame.image, answer, frame.camera)


def write_depth(place: Path, image: NDArray[Any] | None, depth: Depth, camera: Camera | None = None) -> None:
    """Write `NAME.depth.png` (16 bits, millimetres, 0 is none) and `NAME.depth.jpg`, picture and depth in colors.

    With a camera also `NAME.height.tif` (float32 metres above the ground, NaN is none), `NAME.height.jpg`, and
    `NAME.ply`, the points in the vehicle's frame in the colors of the picture.
    """
    whole = np.clip(np.rint(depth.metres.astype(np.float64) * 1000), 1, _FARTHEST).astype(np.uint16)
    write_png(place.with_name(f"{place.name}.depth.png"), np.where(depth.valid, whole, np.uint16(0)))
    if image is not None:
        write_jpeg(place.with_name(f"{place.name}.depth.jpg"), depth_beside(image, depth))
    if camera is None:
        return
    cloud = PointCloud.of(depth, camera)
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, cloud.heights, compression="zlib")
    atomic_write(place.with_name(f"{place.name}.height.tif"), buffer.getvalue())
    write_jpeg(place.with_name(f"{place.name}.height.jpg"), height_map(cloud.heights))
    colors = None if image is None else as_shown(image)[cloud.valid]
    write_ply(place.with_name(f"{place.name}.ply"), cloud.points[cloud.valid], colors=colors)


def reach_of(spec: ModelSpec) -> Span | None:
    """(near, far) metres that a model tells apart: the middles of its first and last bin; None where it has no bins."""
    return None if spec.bins is None else (float(spec.bins.centers[0]), float(spec.bins.centers[-1]))


def depth_facts(depth: Depth) -> dict[str, Any]:
    """Nearest, median and farthest in metres (1st, 50th and 99th percentile), None where nothing is valid."""
    metres = depth.metres[depth.valid]
    found = np.percentile(metres, (1, 50, 99)).round(3).tolist() if metres.size else [None] * 3
    return dict(zip(("near", "median", "far"), found, strict=True))
