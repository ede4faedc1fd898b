"""What a region is like, a row each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.region_facts import region_facts

CHANNELS = {1: ("gray",), 3: ("red", "green", "blue")}


def region_table(image: NDArray[Any], labels: NDArray[np.int32]) -> str:
    """A CSV: number, pixels, share of the picture, box x0 y0 x1 y1 (half-open) and mean values of each region.

    Args:
        image: (H, W, C).
        labels: (H, W) int32 from 0 on; a number that does not occur has no row.
    """
    pixels, means, boxes = region_facts(image, labels)
    depth = image.shape[2]
    names = CHANNELS.get(depth, tuple(f"channel{c}" for c in range(depth)))
    lines = [",".join(("region", "pixels", "share", "x0", "y0", "x1", "y1", *names))]
    for number in np.flatnonzero(pixels):
        facts = (number, pixels[number], f"{pixels[number] / labels.size:.6f}", *boxes[number])
        lines.append(",".join([*map(str, facts), *(f"{mean:.6g}" for mean in means[number])]))
    return "\n".join(lines) + "\n"
