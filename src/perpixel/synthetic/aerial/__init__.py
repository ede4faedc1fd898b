"""The ground as a drone sees it: sites from 5 to 30 metres above, with exact labels of 24 classes."""

from perpixel.synthetic.aerial.classes import DRONE
from perpixel.synthetic.aerial.dataset import draw_aerial
from perpixel.synthetic.aerial.scene import AerialScene, aerial

__all__ = ["DRONE", "AerialScene", "aerial", "draw_aerial"]
