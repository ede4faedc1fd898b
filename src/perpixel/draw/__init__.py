"""Pictures of answers. All are (H, W, 3) uint8 RGB."""

from perpixel.draw.confidence_map import confidence_map
from perpixel.draw.confusion_chart import confusion_chart
from perpixel.draw.error_map import error_map
from perpixel.draw.legend import with_legend, with_names
from perpixel.draw.overlay import overlay
from perpixel.draw.shown import as_shown

__all__ = ["as_shown", "confidence_map", "confusion_chart", "error_map", "overlay", "with_legend", "with_names"]
