"""Drawn scenes with exact truth, for tests, demos and training."""

from perpixel.synthetic.aerial import AerialScene, aerial, draw_aerial
from perpixel.synthetic.dataset import Drawn, draw_street
from perpixel.synthetic.journey import drive, street
from perpixel.synthetic.scene import FREE, LANES, OCCUPIED, OFF_ROAD, Occupancy, Scene
from perpixel.synthetic.solids import write_solids

__all__ = [
    "FREE",
    "LANES",
    "OCCUPIED",
    "OFF_ROAD",
    "AerialScene",
    "Drawn",
    "Occupancy",
    "Scene",
    "aerial",
    "draw_aerial",
    "draw_street",
    "drive",
    "street",
    "write_solids",
]
