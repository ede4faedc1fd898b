"""Where things are: the camera, its file, the ground seen from above, and what lane lines tell of an unknown camera."""

from perpixel.camera.birds_eye import BirdsEye
from perpixel.camera.camera import Camera
from perpixel.camera.distortion import Distortion
from perpixel.camera.extent import Extent, grid_size
from perpixel.camera.files import read_camera, write_camera
from perpixel.camera.from_lanes import LaneHeight, Orientation, height_from_lane, orientation_from_lanes

__all__ = [
    "BirdsEye",
    "Camera",
    "Distortion",
    "Extent",
    "LaneHeight",
    "Orientation",
    "grid_size",
    "height_from_lane",
    "orientation_from_lanes",
    "read_camera",
    "write_camera",
]
