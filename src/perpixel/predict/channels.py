"""A picture as a model takes it: its channels, its type."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.errors import PictureError
from perpixel.pictures import conform
from perpixel.spec import InputSpec


def fit_input(image: NDArray[Any], expected: InputSpec) -> NDArray[Any]:
    """The picture (H, W[, C]) with the channels and the type that a graph takes.

    Channels, and 16 bits to 8, as `perpixel.pictures.conform` makes them, in training too: gray becomes three equal
    channels, color becomes gray by its luminance, alpha is dropped, 16 bits are divided by 257. For a graph of 16 bits,
    8 are multiplied by 257. A graph of floats takes floats, in the range that it was trained on.

    Raises:
        PictureError: another number of channels, or a type that cannot be made the model's.
    """
    image = image[:, :, None] if image.ndim == 2 else image
    if image.ndim != 3 or not image.size:
        raise PictureError(f"the picture is {image.shape}; expected (H, W, C) with at least one pixel")
    if image.dtype == np.bool_:
        image = image.astype(np.uint8) * np.uint8(255)
    wanted = np.dtype(expected.dtype)
    if wanted == np.uint8:
        return conform(image, expected.channels)
    if image.shape[2] != expected.channels:
        raise PictureError(f"the picture has {image.shape[2]} channels; the model takes {expected.channels}")
    if image.dtype == np.uint8 and wanted == np.uint16:
        return image.astype(np.uint16) * np.uint16(257)
    if image.dtype != wanted:
        raise PictureError(f"the picture's values are {image.dtype}; the model takes {wanted}")
    return np.ascontiguousarray(image)
