from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perpixel.classes import CAMVID
from perpixel.data import open_dataset
from perpixel.errors import DataError
from perpixel.pictures import write_jpeg, write_png

MASK = np.array([[0, 3, 11, 10]] * 3, np.uint8)


def camvid(root: Path, *, suffix: str = ".png", top: int = 11) -> None:
    for split, stems in {"train": "ab", "val": "c"}.items():
        (root / split).mkdir(parents=True)
        (root / f"{split}annot").mkdir()
        for stem in stems:
            write = write_jpeg if suffix == ".jpg" else write_png
            write(root / split / f"{stem}{suffix}", np.zeros((3, 4, 3), np.uint8))
            write_png(root / f"{split}annot" / f"{stem}.png", np.minimum(MASK, top))


def test_camvid_with_lists_of_stems_is_camvid(tmp_path: Path) -> None:
    camvid(tmp_path, suffix=".jpg")
    (tmp_path / "train.txt").write_text("b\na\n")
    (tmp_path / "val.txt").write_text("c\n")
    dataset = open_dataset(tmp_path)
    assert dataset.classes == CAMVID
    assert [sample.name for sample in dataset.samples("train")] == ["b", "a"]
    assert dataset.layout.startswith("CamVid's layout (train/ and trainannot/); 11 classes; masks coded as index")
    _, truth = dataset.read(dataset.samples("val")[0])
    assert truth.labels[0].tolist() == [0, 3, 255, 10]


def test_the_published_lists_of_absolute_paths_are_understood(tmp_path: Path) -> None:
    camvid(tmp_path)
    lines = [f"/SegNet/CamVid/train/{stem}.png /SegNet/CamVid/trainannot/{stem}.png" for stem in "ab"]
    (tmp_path / "train.txt").write_text("\n".join(lines))
    assert [sample.name for sample in open_dataset(tmp_path).samples("train")] == ["a", "b"]


def test_pairs_outside_of_the_lists_are_counted_and_names_without_files_refused(tmp_path: Path) -> None:
    camvid(tmp_path)
    (tmp_path / "train.txt").write_text("a\n")
    assert "1 pairs are in no list" in open_dataset(tmp_path).layout
    (tmp_path / "train.txt").write_text("a\nx\n")
    with pytest.raises(DataError, match=r"train\.txt: 1 of 2 names are of no picture"):
        open_dataset(tmp_path)


def test_a_missing_mask_is_named(tmp_path: Path) -> None:
    camvid(tmp_path)
    (tmp_path / "trainannot" / "b.png").unlink()
    with pytest.raises(DataError, match=r"in train/: 1 of 2 pictures has no mask: train/b\.png"):
        open_dataset(tmp_path)


def test_the_layout_with_other_classes_is_not_camvids_table(tmp_path: Path) -> None:
    camvid(tmp_path)
    write_png(tmp_path / "trainannot" / "a.png", np.array([[0, 12, 13, 14]] * 3, np.uint8))
    assert len(open_dataset(tmp_path).classes) == 15
