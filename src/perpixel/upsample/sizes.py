"""Which sizes a small map may be made larger to."""

from __future__ import annotations

import torch
from torch import Tensor

Size = tuple[int, int]


def enlarged(x: Tensor, factor: int, size: Size | None) -> Size:
    """The size (H, W) of x (N, C, h, w) made `factor` times larger, or `size` if one is given.

    An odd map halves to a smaller one that stands for two sizes, so the size to come back to must be said: any from
    `factor * (h - 1) + 1` to `factor * h`, and the same across.

    Raises:
        ValueError: the factor is not at least 1, or the size is not one of these.
    """
    if factor < 1:
        raise ValueError(f"factor {factor} must be at least 1")
    whole = (x.shape[2] * factor, x.shape[3] * factor)
    if size is None:
        return whole
    if torch.compiler.is_exporting():  # a graph of any size cannot compare sizes
        return size
    for name, side, most in zip(("height", "width"), size, whole, strict=True):
        if not most - factor < side <= most:
            raise ValueError(
                f"{name} {side}: a map of {most // factor} at {factor} gives {most - factor + 1} to {most}"
            )
    return size
