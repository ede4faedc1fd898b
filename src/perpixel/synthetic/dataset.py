"""Drawn streets as a data set on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import CAMVID, ClassTable, save_class_table
from perpixel.errors import DataError
from perpixel.synthetic.files import write_pair, write_truth
from perpixel.synthetic.journey import drive
from perpixel.warp import Size

SMALLEST, LARGEST = 32, 4096


@dataclass(frozen=True)
class Drawn:
    """A data set that was drawn.

    Attributes:
        root: its folder.
        classes: of its masks.
        pictures: how many each split has.
        pixels: (K,) int64, of each class in all masks.
    """

    root: Path
    classes: ClassTable
    pictures: dict[str, int]
    pixels: NDArray[np.int64]


def draw_street(
    out: Path,
    *,
    count: int = 200,
    size: Size = (360, 480),
    seed: int = 0,
    frames: int = 1,
    val: float = 0.2,
    truth: Literal["labels", "all"] = "labels",
    lossless: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Drawn:
    """Draw streets into a folder with `images/`, `masks/` (each with train/ and val/) and `classes.yaml`.

    No street is in both splits. The same arguments write the same truth, and the same pictures with the same OpenCV.

    Args:
        out: a folder that is empty or not there yet.
        count: how many streets, of the seeds from `seed` on.
        size: (height, width) of the pictures.
        frames: how many pictures of each street, a tenth of a second apart on a drive.
        val: share of the streets that go to the validation split, 0 to 1.
        truth: "labels", or "all" for instances, panoptic segments, depth, occupancy, lanes, camera and pose, too.
        lossless: PNG pictures, not JPEG of quality 95.
        progress: called with the pictures done and all pictures.

    Raises:
        ValueError: an argument out of its range.
        DataError: `out` holds other things, or is not a folder.
        PerpixelError: a file cannot be written.
    """
    if count < 1 or frames < 1 or seed < 0 or not 0 <= val <= 1:
        raise ValueError(
            f"count {count}, frames {frames}, seed {seed}, val {val}; expected at least 1, 1 and 0, and val from 0 to 1"
        )
    if min(size) < SMALLEST or max(size) > LARGEST:
        raise ValueError(f"size {size[0]}x{size[1]}; sides from {SMALLEST} to {LARGEST} pixels can be drawn")
    claim(out)
    save_class_table(CAMVID, out / "classes.yaml")
    pictures = {"train": 0, "val": 0}
    pixels = np.zeros(len(CAMVID), np.int64)
    for index in range(count):
        split = "val" if int((index + 1) * val + 1e-9) > int(index * val + 1e-9) else "train"
        for frame, scene in enumerate(drive(seed + index, frames=frames, size=size)):
            key = f"{split}/{seed + index:06d}" + (f"_{frame:04d}" if frames > 1 else "")
            write_pair(scene, out, key, lossless=lossless)
            if truth == "all":
                write_truth(scene, out, key)
            pictures[split] += 1
            pixels += np.bincount(scene.labels.labels.ravel(), minlength=len(CAMVID))
            if progress is not None:
                progress(index * frames + frame + 1, count * frames)
    return Drawn(out, CAMVID, pictures, pixels)


def claim(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise DataError(f"{out} is a file; drawn scenes need a folder of their own")
    try:
        first = next(iter(sorted(out.iterdir())), None) if out.exists() else None
        if first is not None:
            raise DataError(f"{out} holds other things ({first.name}); give a folder that is empty or not there yet")
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{out}: cannot be used: {error.strerror or error}") from error
