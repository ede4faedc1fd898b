"""A mask for every class: how the folder is recognized, read, and what is said of one that does not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.data import LayeredDataset, census, open_dataset
from perpixel.data.layered import layered
from perpixel.errors import DataError, MaskError
from perpixel.pictures import write_png


def write(path: Path, values: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, values if values.ndim == 3 else values[:, :, None])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(5):
        write(tmp_path / "images" / f"p{number}.png", np.full((4, 6, 3), number, np.uint8))
        left, top = np.zeros((4, 6), np.uint8), np.zeros((4, 6), np.uint8)
        left[:, :3], top[:2] = 255, 1
        write(tmp_path / "masks" / "left" / f"p{number}.png", left)
        if number:
            write(tmp_path / "masks" / "top" / f"p{number}.png", top)
    return tmp_path


def test_mask_folders_of_classes_are_recognized_and_overlap(folder: Path) -> None:
    dataset = open_dataset(folder)
    assert isinstance(dataset, LayeredDataset)
    assert dataset.task == "multilabel"
    assert dataset.classes.names == ("left", "top")
    samples = {sample.name: sample for split in dataset.splits.values() for sample in split}
    assert len(samples) == 5
    picture, truth = dataset.read(samples["p1"])
    assert picture.shape == (4, 6, 3)
    assert truth.masks.sum(axis=(1, 2)).tolist() == [12, 12]
    assert truth.masks.all(axis=0).sum() == 6


def test_a_class_without_a_mask_is_not_there(folder: Path) -> None:
    dataset = open_dataset(folder)
    sample = next(s for split in dataset.splits.values() for s in split if s.name == "p0")
    assert dataset.read_truth(sample).masks.any(axis=(1, 2)).tolist() == [True, False]


@pytest.mark.parametrize("outer", ["split first", "role first"])
def test_split_folders_may_stand_on_either_level(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, outer: str
) -> None:
    root = tmp_path_factory.mktemp("split")
    for path in folder.rglob("*.png"):
        role, *rest = path.relative_to(folder).parts
        split = "val" if path.stem == "p4" else "train"
        place = root / split / role if outer == "split first" else root / role / split
        (place / "/".join(rest)).parent.mkdir(parents=True, exist_ok=True)
        (place / "/".join(rest)).write_bytes(path.read_bytes())
    splits = {name: [sample.name for sample in samples] for name, samples in open_dataset(root).splits.items()}
    assert splits == {"train": ["p0", "p1", "p2", "p3"], "val": ["p4"]}


def test_the_census_counts_every_layer(folder: Path) -> None:
    dataset = open_dataset(folder)
    counted = [census(dataset, split) for split in ("train", "val")]
    assert sum(c.pixels for c in counted).tolist() == [5 * 12, 4 * 12]
    assert sum(c.ignored for c in counted) == 0


def test_what_is_packed_comes_back(folder: Path) -> None:
    dataset = open_dataset(folder)
    truth = dataset.read_truth(dataset.samples("train")[0])
    again = dataset.unpack(dataset.pack(truth))
    assert np.array_equal(again.masks, truth.masks)  # type: ignore[attr-defined]


def test_label_maps_are_taken_apart_and_what_they_ignore_is_not_judged(tmp_path: Path) -> None:
    labels = np.array([[0, 1, 2], [255, 1, 0]], np.uint8)
    write(tmp_path / "images" / "a.png", np.zeros((2, 3, 3), np.uint8))
    write(tmp_path / "masks" / "a.png", labels)
    dataset = open_dataset(tmp_path, classes=ClassTable.named(("background", "x", "y")), task="multilabel")
    assert dataset.classes.names == ("x", "y")
    (sample,) = (s for split in dataset.splits.values() for s in split)
    truth = dataset.read_truth(sample)
    assert truth.masks.tolist() == [[[0, 1, 0], [0, 1, 0]], [[0, 0, 1], [0, 0, 0]]]  # type: ignore[attr-defined]
    assert truth.judged.tolist() == [[1, 1, 1], [0, 1, 1]]  # type: ignore[attr-defined]
    packed = dataset.pack(truth)
    assert packed[:, 1, 0].tolist() == [255, 255]
    assert layered(dataset) is dataset


def test_masks_of_0_and_255_give_one_class_there_or_not(tmp_path: Path) -> None:
    for name in "ab":
        write(tmp_path / "images" / f"{name}.png", np.zeros((2, 3, 3), np.uint8))
        write(tmp_path / "masks" / f"{name}.png", np.array([[0, 255, 0], [255, 0, 0]], np.uint8))
    assert len(open_dataset(tmp_path, task="multilabel").classes) == 1


def test_a_mask_that_does_not_fit_is_named(folder: Path) -> None:
    def reads(name: str) -> None:
        dataset = open_dataset(folder)
        dataset.read_truth(next(s for split in dataset.splits.values() for s in split if s.name == name))

    write(folder / "masks" / "top" / "p1.png", np.zeros((5, 6), np.uint8))
    with pytest.raises(MaskError, match=r"p1\.png: the mask is 5 x 6"):
        reads("p1")
    write(folder / "masks" / "top" / "p2.png", np.full((4, 6), 7, np.uint8))
    with pytest.raises(MaskError, match="value 7 at row 0, column 0"):
        reads("p2")
    write(folder / "masks" / "top" / "p3.png", np.zeros((4, 6, 3), np.uint8))
    with pytest.raises(MaskError, match="the mask has colors"):
        reads("p3")


def test_masks_without_a_picture_and_unknown_classes_are_named(folder: Path) -> None:
    with pytest.raises(DataError, match="the mask folders top are no classes of the table; it has left"):
        open_dataset(folder, classes=ClassTable.named(("left",)))
    write(folder / "masks" / "top" / "p9.png", np.zeros((4, 6), np.uint8))
    with pytest.raises(DataError, match=r"1 mask has no picture: .*p9\.png"):
        open_dataset(folder)
