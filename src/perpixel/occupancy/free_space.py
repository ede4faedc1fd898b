"""Which pixels show ground that one may drive on, how surely, and which show something that stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from perpixel.camera import Camera
from perpixel.classes import ClassTable
from perpixel.kernels.ground_rays import GROUND, STANDING, UNJUDGED
from perpixel.results import LabelMap

FREE = ("road", "lane marking", "lane")
FLAT = ("pavement", "sidewalk", "parking", "ground", "terrain", "rail track", "grass", "paved-area", "dirt", "gravel")
UNSEEN = ("sky", "unlabeled", "unlabelled", "void", "ego vehicle")


@dataclass(frozen=True)
class FreeSpace:
    """Free space in the picture.

    Attributes:
        probability: (H, W) float32 in [0, 1] that a pixel shows free ground.
        kinds: (H, W) uint8 of `UNJUDGED` (nothing is said), `GROUND` (flat, free or not: one sees what is behind) and
            `STANDING` (hides what is behind).
    """

    probability: NDArray[np.float32]
    kinds: NDArray[np.uint8]

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.kinds.shape[0], self.kinds.shape[1]

    def straightened(self, camera: Camera) -> FreeSpace:
        """As the camera would see it behind a lens that does not bend."""
        if camera.distortion is None:
            return self
        probability = camera.straightened(self.probability)
        return FreeSpace(probability, camera.straightened(self.kinds, nearest=True, outside=UNJUDGED))


def free_space(
    answer: LabelMap,
    *,
    free: Sequence[str] | None = None,
    flat: Sequence[str] | None = None,
) -> FreeSpace:
    """Free space of a label map, a model's or the truth.

    The probability is the confidence where the label is a free class. Elsewhere the free classes have some of what is
    left to the label: half of it is taken. Without a confidence it is 1 and 0. Ignored pixels and the sky say nothing.

    Args:
        answer: labels (H, W), with or without confidence.
        free: names of the classes on which one may drive; by default road and what is painted on it.
        flat: of other flat ground, on which one may not drive but over which one sees; by default pavement, sidewalk,
            terrain and the like. All other classes but the sky stand.

    Raises:
        ValueError: a name that is no class, or no class is free.
    """
    kinds, drivable = kinds_of(answer.classes, free=free, flat=flat)
    on_it = drivable[answer.labels]
    if answer.confidence is None:
        probability = on_it.astype(np.float32)
    else:
        sure = np.clip(answer.confidence, 0, 1)
        probability = np.where(on_it, sure, (1 - sure) / 2).astype(np.float32)
    return FreeSpace(probability, kinds[answer.labels])


def kinds_of(
    classes: ClassTable, *, free: Sequence[str] | None = None, flat: Sequence[str] | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """For every value of a label map (256 or 65536) its kind, uint8, and whether it is free; as `free_space` says."""
    driven = _chosen(classes, free, FREE, "free")
    if not driven:
        raise ValueError(f"no class is free ground: name some of {', '.join(classes.names)}, such as --free road")
    level = _chosen(classes, flat, FLAT, "flat")
    kinds = np.full(int(np.iinfo(classes.dtype).max) + 1, UNJUDGED, np.uint8)
    for index, name in enumerate(classes.names):
        if index in driven or index in level:
            kinds[index] = GROUND
        elif name.lower() not in UNSEEN:
            kinds[index] = STANDING
    drivable = np.zeros(len(kinds), np.bool_)
    drivable[list(driven)] = True
    return kinds, drivable


def _chosen(classes: ClassTable, names: Sequence[str] | None, usual: Sequence[str], what: str) -> set[int]:
    """Numbers of the named classes; by default of the usual ones that are there."""
    known = {name.lower(): index for index, name in enumerate(classes.names)}
    if names is None:
        return {known[name] for name in usual if name in known}
    for name in names:
        if name.lower() not in known:
            near = get_close_matches(name.lower(), known, n=1)
            guess = f"did you mean {near[0]!r}? " if near else ""
            raise ValueError(f"{what}: {name!r} is no class; {guess}there are {', '.join(classes.names)}")
    return {known[name.lower()] for name in names}
