"""Solids into a folder: their slices, a picture, and the surface."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from perpixel.classical.marching import surface
from perpixel.files import make_folder
from perpixel.masks import write_layers
from perpixel.pictures import write_jpeg
from perpixel.pictures.ply import write_ply
from perpixel.predict.sink import FolderSink
from perpixel.predict.source import Frame
from perpixel.results import Layers
from perpixel.tasks import task_for


class SolidSink(FolderSink):
    """Writes `masks/<slice>/<name>.png` of 0 and 255, `<name>.front.jpg`, and `<name>.ply`, the surface in pixels.

    All slices together are as deep as the picture's longer side. The surface needs scikit-image.
    """

    endings = (".front.jpg", ".ply")
    video_ending = ".front.mp4"

    def still(self, image: NDArray[Any], answer: Layers) -> NDArray[np.uint8]:
        """What is seen of an answer, in pictures and videos."""
        return np.asarray(cast(Any, task_for(self.spec)).picture(image, answer), np.uint8)

    def _write(self, frame: Frame, answer: Layers) -> None:
        place = self.folder / frame.name
        make_folder(place.parent)
        points, faces = surface(answer.masks, thickness=max(answer.size) / len(answer))
        write_layers(self.folder / "masks", frame.name, answer)
        if frame.image is not None:
            write_jpeg(place.with_name(f"{place.name}.front.jpg"), self.still(frame.image, answer))
        write_ply(place.with_name(f"{place.name}.ply"), points, faces=faces)
