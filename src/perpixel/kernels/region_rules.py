"""What a two-stage network looks at and what it keeps, as plain numbers: they stand in a model's `config.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RegionRules:
    """What a two-stage network looks at and what it keeps: plain numbers, to be written beside its graphs.

    Attributes:
        sizes: of the anchors on each level: the side of the square that has their area, in pixels.
        ratios: height over width of the anchors at every position.
        strides: of the levels, one for each size.
        proposals: regions that the second stage sees at most, and at most so many are considered on each level.
        proposal_overlap: intersection over union above which the weaker of two regions of a level is dropped.
        threshold: the least score of what is found.
        overlap: intersection over union above which the weaker of two boxes of a class is dropped.
        detections: things that are found in a picture at most.
        shown: the least score of a thing that is counted and drawn; those below it are for measures, which look at all.
    """

    sizes: tuple[float, ...] = (32.0, 64.0, 128.0, 256.0, 512.0)
    ratios: tuple[float, ...] = (0.5, 1.0, 2.0)
    strides: tuple[int, ...] = (4, 8, 16, 32, 64)
    proposals: int = 1000
    proposal_overlap: float = 0.7
    threshold: float = 0.05
    overlap: float = 0.5
    detections: int = 100
    shown: float = 0.5

    def __post_init__(self) -> None:
        if len(self.sizes) != len(self.strides) or min(self.sizes) <= 0:
            raise ValueError(f"sizes {self.sizes} must be positive, one for each of the strides {self.strides}")
        if not self.ratios or min(self.ratios) <= 0:
            raise ValueError(f"ratios {self.ratios} must be positive, at least one")
        if min(self.proposals, self.detections) < 1:
            raise ValueError(f"proposals {self.proposals} and detections {self.detections} must be at least 1")
        if not (0 <= self.threshold <= 1 and 0 <= self.shown <= 1):
            raise ValueError(f"threshold {self.threshold} and shown {self.shown} must be from 0 to 1")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RegionRules:
        """Read what `dataclasses.asdict` and JSON made of one; a line that is missing takes its default.

        Raises:
            TypeError, ValueError: a line that is not known, or numbers that cannot be.
        """
        lines: dict[str, Any] = {name: tuple(x) if isinstance(x, list) else x for name, x in data.items()}
        return cls(**lines)

    @property
    def canonical(self) -> float:
        """The side of a box that is read at stride 16: 224 for the paper's sizes, and in proportion for others."""
        return 7 * self.sizes[0]

    def grids(self, size: tuple[int, int]) -> list[tuple[int, int]]:
        """Rows and columns of each level for a picture (height, width) as the network sees it, padded."""
        return [(-(-size[0] // stride), -(-size[1] // stride)) for stride in self.strides]
