"""What is counted of one picture: a method's answers at all of its scales against every person's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.bsds.layout import Truth
from perpixel.metrics.region_boundaries import BoundaryPairs, region_boundaries
from perpixel.metrics.regions import RegionOverlap


@dataclass(frozen=True)
class Answer:
    """What a method says at one scale: boundaries (H, W) one pixel wide, and regions (H, W), if it finds any."""

    boundaries: NDArray[np.bool_]
    regions: NDArray[Any] | None

    @classmethod
    def of_regions(cls, regions: NDArray[Any]) -> Answer:
        return cls(region_boundaries(regions), regions)


@dataclass(frozen=True)
class Scale:
    """One picture at one scale.

    Attributes:
        pairs: boundary pixels.
        covered: best IoU of each region that people drew, times its pixels, summed; None without regions, as below.
        rand: mean Rand index over people.
        information: mean variation of information over people, in bits.
        regions: how many there are.
    """

    pairs: BoundaryPairs
    covered: float | None
    rand: float | None
    information: float | None
    regions: int | None


@dataclass(frozen=True)
class Counts:
    """One picture.

    Attributes:
        name: its name.
        scales: one for each scale of the method.
        pixels: of all people's maps together, over which the covering is a mean.
        best: as `covered`, with the best region of all scales for each of people's regions.
    """

    name: str
    scales: list[Scale]
    pixels: int
    best: float | None

    def plain(self) -> dict[str, Any]:
        """The same as data for JSON."""
        return asdict(self)


def judge(truth: Truth, answers: Iterable[Answer]) -> Counts:
    """Compare a method's answers, one a scale, with a picture's truths."""
    scales, fits = [], []
    for answer in answers:
        pairs = BoundaryPairs.of(truths=truth.boundaries, prediction=answer.boundaries)
        if answer.regions is None:
            scales.append(Scale(pairs, None, None, None, None))
            continue
        overlaps = [RegionOverlap.of(truth=each, prediction=answer.regions) for each in truth.regions]
        areas = np.concatenate([overlap.true for overlap in overlaps])
        fits.append(np.concatenate([overlap.best_ious for overlap in overlaps]))
        scales.append(
            Scale(
                pairs,
                float(fits[-1] @ areas),
                float(np.mean([overlap.rand_index for overlap in overlaps])),
                float(np.mean([overlap.variation_of_information for overlap in overlaps])),
                int(overlaps[0].predicted.size),
            )
        )
    pixels = sum(each.size for each in truth.regions)
    return Counts(truth.name, scales, pixels, float(np.max(fits, axis=0) @ areas) if fits else None)


def judge_people(truth: Truth) -> Counts:
    """Each person against the others, as if one scale: what agreement can be asked for. Needs two people."""
    pairs = BoundaryPairs(0, 0, 0, 0)
    covered, pixels, rands, informations = 0.0, 0, [], []
    for one, (regions, boundaries) in enumerate(zip(truth.regions, truth.boundaries, strict=True)):
        others = Truth(
            truth.name,
            truth.image,
            truth.regions[:one] + truth.regions[one + 1 :],
            truth.boundaries[:one] + truth.boundaries[one + 1 :],
        )
        counts = judge(others, [Answer(boundaries, regions)])
        (scale,) = counts.scales
        assert scale.covered is not None
        pairs, covered, pixels = pairs + scale.pairs, covered + scale.covered, pixels + counts.pixels
        rands.append(scale.rand)
        informations.append(scale.information)
    scale = Scale(pairs, covered, float(np.mean(rands)), float(np.mean(informations)), None)  # type: ignore[arg-type]
    return Counts(truth.name, [scale], pixels, None)
