"""A tiny data set on disk: colored boxes on a gray ground."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perpixel.classes import ClassTable, save_class_table

SIZE = (32, 40)
CLASSES = ClassTable.named(["ground", "red", "green"])


def write_boxes(folder: Path, *, train: int = 10, val: int = 3, seed: int = 0) -> Path:
    """Pictures and masks under `folder`, in two splits, with the class table beside them."""
    generator = np.random.default_rng(seed)
    for split, count in (("train", train), ("val", val)):
        for number in range(count):
            labels = np.zeros(SIZE, np.uint8)
            for label in (1, 2):
                top, left = generator.integers(0, 16, 2)
                labels[top : top + 14, left : left + 18] = label
            picture = np.array([[90, 90, 90], [220, 40, 40], [40, 200, 60]], np.uint8)[labels]
            picture = np.clip(picture + generator.normal(0, 12, picture.shape), 0, 255).astype(np.uint8)
            for kind, array in (("images", picture), ("masks", labels)):
                path = folder / kind / split / f"{number:02}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(array).save(path)
    save_class_table(CLASSES, folder / "classes.yaml")
    return folder


@pytest.fixture
def boxes(tmp_path: Path) -> Path:
    return write_boxes(tmp_path / "boxes")
