"""What is drawn by lot: seeds of textures, and colors from a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def fresh_seed(generator: np.random.Generator) -> int:
    """The seed of one texture."""
    return int(generator.integers(1 << 20))


def one_of(generator: np.random.Generator, colors: Sequence[tuple[int, int, int]], *, least: float = 0.85,
           most: float = 1.15) -> NDArray[np.float64]:  # fmt: skip
    """(3,) a color of the table, darker or lighter by a factor from `least` to `most`."""
    color = np.array(colors[int(generator.integers(len(colors)))], np.float64)
    return color * generator.uniform(least, most)
