"""Drawn sites as a data set on disk, in the layout of the Semantic Drone Dataset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from perpixel.files import atomic_write, make_folder
from perpixel.pictures import write_jpeg, write_png
from perpixel.synthetic.aerial.classes import DRONE, class_csv
from perpixel.synthetic.aerial.scene import AerialScene, aerial, check_size
from perpixel.synthetic.dataset import Drawn, claim
from perpixel.warp import Size

PICTURES, LABELS, CLASSES = "original_images", "label_images_semantic", "class_dict_seg.csv"


def draw_aerial(
    out: Path,
    *,
    count: int = 200,
    size: Size = (704, 1056),
    seed: int = 0,
    val: float = 0.2,
    lossless: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Drawn:
    """Draw sites into a folder with `original_images/`, `label_images_semantic/` and `class_dict_seg.csv`.

    Labels are gray PNGs of class numbers. `train.txt` and `val.txt` name the pictures of each split; they are left out
    where one would be empty. The same arguments write the same labels, and the same pictures with the same OpenCV.

    Args:
        out: a folder that is empty or not there yet.
        count: how many sites, of the seeds from `seed` on.
        size: (height, width) of the pictures. The drone set's own are (4000, 6000).
        val: share of the sites that go to the validation split, 0 to 1.
        lossless: PNG pictures, not JPEG of quality 95.
        progress: called with the pictures done and all pictures.

    Raises:
        ValueError: an argument out of its range.
        DataError: `out` holds other things, or is not a folder.
        PerpixelError: a file cannot be written.
    """
    if count < 1 or seed < 0 or not 0 <= val <= 1:
        raise ValueError(f"count {count}, seed {seed}, val {val}; expected at least 1 and 0, and val from 0 to 1")
    check_size(size)
    claim(out)
    for folder in (PICTURES, LABELS):
        make_folder(out / folder)
    atomic_write(out / CLASSES, class_csv().encode())
    names: dict[str, list[str]] = {"train": [], "val": []}
    pixels = np.zeros(len(DRONE), np.int64)
    for index in range(count):
        name = f"{seed + index:03d}"
        scene = aerial(seed + index, size=size)
        _write(scene, out, name, lossless=lossless)
        split = "val" if int((index + 1) * val + 1e-9) > int(index * val + 1e-9) else "train"
        names[split].append(name)
        pixels += np.bincount(scene.labels.labels.ravel(), minlength=len(DRONE))
        if progress is not None:
            progress(index + 1, count)
    if all(names.values()):
        for split, listed in names.items():
            atomic_write(out / f"{split}.txt", ("\n".join(listed) + "\n").encode())
    return Drawn(out, DRONE, {split: len(listed) for split, listed in names.items()}, pixels)


def _write(scene: AerialScene, out: Path, name: str, *, lossless: bool) -> None:
    if lossless:
        write_png(out / PICTURES / f"{name}.png", scene.image)
    else:
        write_jpeg(out / PICTURES / f"{name}.jpg", scene.image, quality=95)
    write_png(out / LABELS / f"{name}.png", scene.labels.labels)
