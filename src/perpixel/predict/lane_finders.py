"""Finding the lines of a road, by looking for paint or by a network that has learnt them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from perpixel.camera import Camera
from perpixel.classical.lane_camera import LOOKED_AT, LaneCameras, fitting
from perpixel.classical.lane_curves import LaneCurves, clearest_lanes, curves_through
from perpixel.classical.lane_tracking import LaneTracker
from perpixel.errors import ModelError, PictureError
from perpixel.kernels.lane_votes import compile_votes
from perpixel.pictures import read_picture
from perpixel.predict.predictor import Predictor
from perpixel.results import Polylines
from perpixel.tasks.lanes import sided


@dataclass(frozen=True)
class FoundLanes:
    """Lines in a picture, and on the ground.

    Attributes:
        lines: in pixels, each from near to far.
        curves: in metres, where the camera is known: else they mean nothing.
    """

    lines: Polylines
    curves: LaneCurves | None


class LaneFinder(Protocol):
    """Whatever finds lines."""

    def look(self, files: Sequence[Path]) -> None:
        """Learn what can be learnt from pictures before any is answered."""

    def find(self, image: NDArray[Any]) -> FoundLanes:
        """The lines of a picture by itself."""

    def follow(self, image: NDArray[Any]) -> FoundLanes:
        """The lines of the next frame of a video."""

    def begin(self) -> None:
        """Another video begins."""


class PaintedLanes:
    """Looks for paint: `perpixel.classical.lane_curves`.

    Args:
        camera: None guesses it from the pictures.
        width: of a lane, metres, from which the height of an unknown camera follows.
    """

    def __init__(self, camera: Camera | None, *, width: float) -> None:
        compile_votes()  # now, so that it is no part of the first picture's time
        self.cameras = LaneCameras(camera, width=width)
        self.tracker = LaneTracker()

    def look(self, files: Sequence[Path]) -> None:
        """Guess the camera from pictures spread over all; what cannot be read is told later."""
        if self.cameras.given is None:
            for path in files[:: max(-(-len(files) // LOOKED_AT), 1)]:
                with suppress(PictureError, ValueError, TypeError):
                    self.cameras.look(read_picture(path))

    def find(self, image: NDArray[Any]) -> FoundLanes:
        """Each picture may have a camera of its own."""
        curves, view = clearest_lanes(image, self.cameras.views(image, alone=True))
        return self._found(curves, view.camera)

    def begin(self) -> None:
        self.tracker = LaneTracker()

    def follow(self, image: NDArray[Any]) -> FoundLanes:
        """Smoothed over the frames."""
        self.cameras.look(image)
        seen, view = clearest_lanes(image, self.cameras.views(image, alone=False))
        return self._found(self.tracker.update(seen), view.camera)

    def _found(self, curves: LaneCurves, camera: Camera) -> FoundLanes:
        return FoundLanes(curves.in_picture(camera), curves if self.cameras.given is not None else None)


class LearnedLanes:
    """Asks a network, for each picture and each frame by itself.

    Args:
        predictor: of a model of lanes.
        camera: for curves in metres.

    Raises:
        ModelError: a model for something else.
    """

    def __init__(self, predictor: Predictor, camera: Camera | None) -> None:
        if predictor.spec.task != "lanes":
            raise ModelError(
                f"{predictor.spec.name} is for {predictor.spec.task}: take a model of `train --task lanes`, or leave "
                "out --model to look for paint"
            )
        self.predictor, self.camera = predictor, camera

    def look(self, files: Sequence[Path]) -> None:
        pass

    def begin(self) -> None:
        pass

    def find(self, image: NDArray[Any]) -> FoundLanes:
        """The network's lines, and the parallel curves on the ground that fit them best."""
        lines = sided(self.predictor(image))
        camera = None if self.camera is None else fitting(self.camera, (image.shape[0], image.shape[1]))
        return FoundLanes(lines, None if camera is None else curves_through(lines, camera))

    def follow(self, image: NDArray[Any]) -> FoundLanes:
        return self.find(image)
