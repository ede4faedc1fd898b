"""What lies where: DATA/images/SPLIT/NAME.jpg and DATA/groundTruth/SPLIT/NAME_k_seg.png, NAME_k_bdry.png."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.errors import DataError

GET = (
    "BSDS500 is free for research: https://github.com/BIDS/BSDS500 (Arbelaez et al., 2011). "
    "Its .mat truths must be saved as PNGs first; docs/bsds.md says how"
)


@dataclass(frozen=True)
class Truth:
    """A picture and what people drew: (H, W, 3) uint8 RGB, maps (H, W) of region ids, masks (H, W) of boundaries."""

    name: str
    image: NDArray[np.uint8]
    regions: list[NDArray[Any]]
    boundaries: list[NDArray[np.bool_]]


def photos(data: Path, split: str) -> list[Path]:
    """The photos of a split, by name.

    Raises:
        DataError: there is no such folder, or no photo or truth in it.
    """
    images, truths = data / "images" / split, data / "groundTruth" / split
    for folder in (data, images, truths):
        if not folder.is_dir():
            splits = ", ".join(sorted(each.name for each in (data / "images").glob("*") if each.is_dir()))
            there = f"; there are the splits {splits}" if splits else f". {GET}"
            raise DataError(f"there is no folder {folder}{there}")
    found = sorted(images.glob("*.jpg"))
    if not found:
        raise DataError(f"{images} has no .jpg. {GET}")
    return found


def read(photo: Path) -> Truth:
    """A photo and its truths.

    Raises:
        DataError: a file is missing or of another size; the message names it.
    """
    folder = photo.parents[2] / "groundTruth" / photo.parent.name
    image = _open(photo, cv2.IMREAD_COLOR_RGB)
    named = sorted(folder.glob(f"{photo.stem}_*_seg.png"))
    if not named:
        raise DataError(f"{folder} has no {photo.stem}_k_seg.png for {photo}; docs/bsds.md says how to make them")
    regions, boundaries = [], []
    for path in named:
        regions.append(_open(path, cv2.IMREAD_UNCHANGED))
        drawn = path.with_name(path.name.replace("_seg.png", "_bdry.png"))
        boundaries.append(_open(drawn, cv2.IMREAD_UNCHANGED) > 0)
        for file, array in ((path, regions[-1]), (drawn, boundaries[-1])):
            if array.shape != image.shape[:2]:
                raise DataError(f"{file} is {array.shape}, but its photo {photo.name} is {image.shape[:2]}")
    return Truth(photo.stem, image, regions, boundaries)


def _open(path: Path, flags: int) -> NDArray[Any]:
    if not path.is_file():
        raise DataError(f"there is no file {path}; docs/bsds.md says what must be there")
    array = cv2.imread(str(path), flags)
    if array is None:
        raise DataError(f"{path} cannot be read as a picture; copy it again")
    return np.asarray(array)
