"""The six kinds of answer, and the grid of the ground. A truth and a prediction of the same thing are of one type."""

from perpixel.results.depth import Depth
from perpixel.results.instances import Instances
from perpixel.results.label_map import LabelMap
from perpixel.results.layers import Layers
from perpixel.results.occupancy_grid import OccupancyGrid
from perpixel.results.panoptic import Panoptic
from perpixel.results.polylines import Polylines

Answer = LabelMap | Layers | Instances | Panoptic | Depth | Polylines

__all__ = ["Answer", "Depth", "Instances", "LabelMap", "Layers", "OccupancyGrid", "Panoptic", "Polylines"]
