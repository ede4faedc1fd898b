"""Cameras in small YAML or JSON files."""

from __future__ import annotations

from pathlib import Path

import yaml

from perpixel.camera.camera import Camera
from perpixel.errors import DataError
from perpixel.files import atomic_write

_TEXT = """\
# A camera on a vehicle, as perpixel reads it. Lengths in metres, angles in radians, pixel centers at whole numbers.
# Pitch is positive toward the ground, roll clockwise seen from behind, yaw to the left.
"""


def read_camera(path: Path) -> Camera:
    """The camera of a file, which is YAML or JSON.

        image_size: [375, 1242]        # height, width
        focal_length: [721.5, 721.5]   # pixels
        principal_point: [609.6, 172.9]
        height: 1.65                   # metres over the ground
        pitch: 0.0                     # and roll, yaw: radians; may be left out
        radial_distortion: [-0.3, 0.1]         # k1, k2[, k3], as OpenCV and MathWorks have them; may be left out
        tangential_distortion: [0.001, 0.0]    # p1, p2

    In a file that describes more, such as `scenes/KEY.json` of a drawn scene, these stand under `camera`.

    Raises:
        DataError: no such file, or it is not a camera's; says what is wrong in one line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise DataError(f"{path}: no camera can be read there: {why}; see `perpixel occupancy --help`") from error
    try:
        data = yaml.safe_load(text)
        if isinstance(data, dict) and isinstance(data.get("camera"), dict):
            data = data["camera"]
        if not isinstance(data, dict):
            raise ValueError("expected lines such as `height: 1.65`")
        return Camera.from_dict(data)
    except (ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        raise DataError(f"{path}: not a camera: {' '.join(str(error).split())}") from error


def write_camera(path: Path, camera: Camera) -> None:
    """Write a camera as YAML; `read_camera` gives the same one back, to the last bit.

    Raises:
        PerpixelError: the file cannot be written.
    """
    text = yaml.safe_dump(camera.to_dict(), sort_keys=False, default_flow_style=None)
    atomic_write(path, (_TEXT + text).encode())
