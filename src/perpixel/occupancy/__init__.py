"""From free space in a picture to where one may drive: grid, polar grid, costmap, fusion over a drive, files."""

from perpixel.occupancy.costmap import Costmap, Vehicle
from perpixel.occupancy.free_space import FreeSpace, free_space
from perpixel.occupancy.fusion import Fusion
from perpixel.occupancy.grid import occupancy_grid
from perpixel.occupancy.mathworks import mathworks_grid, mean_of_samples
from perpixel.occupancy.polar import PolarGrid, polar_grid

__all__ = [
    "Costmap",
    "FreeSpace",
    "Fusion",
    "PolarGrid",
    "Vehicle",
    "free_space",
    "mathworks_grid",
    "mean_of_samples",
    "occupancy_grid",
    "polar_grid",
]
