"""Drawn scenes with exact truth, for tests, demos and training."""

from perpixel.synthetic.dataset import Drawn, draw_street
from perpixel.synthetic.journey import drive, street
from perpixel.synthetic.scene import FREE, LANES, OCCUPIED, OFF_ROAD, Occupancy, Scene

__all__ = [
    "FREE",
    "LANES",
    "OCCUPIED",
    "OFF_ROAD",
    "Drawn",
    "Occupancy",
    "Scene",
    "draw_street",
    "drive",
    "street",
]
