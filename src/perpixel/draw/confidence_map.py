"""How sure an answer is, as a picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.results import LabelMap


def confidence_map(answer: LabelMap) -> NDArray[np.uint8]:
    """The confidence of an answer from dark blue (0) over green to yellow (1): the colormap viridis.

    Equal steps of confidence look equally large, also in gray and to the color-blind.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        ValueError: the answer has no confidence.
    """
    if answer.confidence is None:
        raise ValueError('the answer has no confidence; predict with confidence="exact"')
    levels = np.rint(np.clip(answer.confidence, 0, 1) * 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS), cv2.COLOR_BGR2RGB), np.uint8)
