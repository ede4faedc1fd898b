"""The camera of each picture, from what `--camera` names."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perpixel.camera import Camera


def cameras_of(path: Path) -> Callable[[Path, tuple[int, int]], Camera]:
    """A function from a picture's name and size to its camera, which raises PictureError where there is none."""
    from perpixel.camera import read_camera
    from perpixel.errors import PictureError

    one = None if path.is_dir() else read_camera(path)

    def of(name: Path, size: tuple[int, int]) -> Camera:
        camera = one
        if camera is None:
            places = [path / f"{name}{suffix}" for suffix in (".yaml", ".json")]
            file = next((place for place in places if place.is_file()), None)
            if file is None:
                raise PictureError(f"no camera for it: there is neither {places[0]} nor {places[1].name}")
            camera = read_camera(file)
        if camera.size == size:
            return camera
        if abs(math.log(size[0] * camera.size[1] / (size[1] * camera.size[0]))) > 0.01:
            ours, theirs = (f"{height}x{width}" for height, width in (size, camera.size))
            raise PictureError(
                f"the picture is {ours}, its camera's are {theirs}, which is another shape; give its own"
            )
        return camera.resized(size)

    return of
