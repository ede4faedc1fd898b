"""One form for all pictures of a data set or a model: the number of channels, 8 bits."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.errors import PictureError


def conform(image: NDArray[Any], channels: int, *, name: str = "picture") -> NDArray[np.uint8]:
    """Bring (H, W, C) to (H, W, channels) uint8; training and predicting must do it alike.

    Gray becomes three equal channels, color becomes gray by its luminance, a fourth channel is dropped where three are
    wanted (it is transparency). 16 bits become 8 by division by 257, so that white stays white.

    Raises:
        PictureError: other channels, which no rule makes of those that are there.
    """
    found = image.shape[2]
    if found == 2 and channels in (1, 3):
        image, found = image[:, :, :1], 1
    if found == 4 and channels in (1, 3):
        image, found = image[:, :, :3], 3
    if found == 1 and channels == 3:
        image = np.repeat(image, 3, axis=2)
    elif found == 3 and channels == 1:
        image = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)[:, :, None]
    elif found != channels:
        raise PictureError(f"{name}: the picture has {found} channels, {channels} are expected; give pictures alike")
    if image.dtype == np.uint8:
        return np.ascontiguousarray(image)
    if image.dtype != np.uint16:
        raise PictureError(f"{name}: the picture's values are {image.dtype}; 8 or 16 bits without a sign are expected")
    return ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
