"""Where a thing stands and how it is turned: from its own axes to those of the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Place:
    """A place x, y in metres; own axes are ahead, left and up, turned by `turn` radians and `scale` times as long."""

    x: float
    y: float
    turn: float
    scale: float = 1.0

    def __call__(self, ahead: float, left: float, up: float = 0.0) -> NDArray[np.float64]:
        """(3,) a point given in own axes."""
        cosine, sine = np.cos(self.turn) * self.scale, np.sin(self.turn) * self.scale
        return np.array([self.x + ahead * cosine - left * sine, self.y + ahead * sine + left * cosine, up * self.scale])

    def away(self, ahead: float, left: float, up: float = 0.0) -> NDArray[np.float64]:
        """(3,) a direction given in own axes."""
        return self(ahead, left, up) - (self.x, self.y, 0.0)
