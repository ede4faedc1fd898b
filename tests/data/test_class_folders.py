"""Which folders are taken as a folder of masks for every class, and how they are split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.data import Dataset, LayeredDataset, open_dataset
from perpixel.errors import DataError, MaskError
from perpixel.pictures import write_png

FIVE = ("a", "b", "c", "d", "e")


def lay(
    root: Path,
    classes: Sequence[str],
    names: Sequence[str] = FIVE,
    *,
    mask: Callable[[str, str], str] = lambda layer, name: f"masks/{layer}/{name}.png",
    picture: Callable[[str], str] = lambda name: f"images/{name}.png",
) -> Path:
    for name in names:
        write(root / picture(name), np.zeros((4, 6, 3), np.uint8))
        for layer in classes:
            write(root / mask(layer, name), np.full((4, 6, 1), 255, np.uint8))
    return root


def write(path: Path, values: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, values)


def names(dataset: Dataset) -> dict[str, list[str]]:
    return {split: [sample.name for sample in samples] for split, samples in dataset.splits.items()}


def test_pictures_may_lie_in_folders_of_their_own_on_both_sides(tmp_path: Path) -> None:
    dataset = open_dataset(lay(tmp_path, ["cat", "dog"], ["s1/a", "s2/a"]))
    assert isinstance(dataset, LayeredDataset)
    assert sorted(name for split in names(dataset).values() for name in split) == ["s1/a", "s2/a"]


def test_a_mask_may_be_called_one(tmp_path: Path) -> None:
    dataset = open_dataset(lay(tmp_path, ["cat"], mask=lambda layer, name: f"masks/{layer}/{name}_mask.png"))
    assert all(sample.layers[0] for split in dataset.splits.values() for sample in split)


def test_other_pictures_are_left_aside(tmp_path: Path) -> None:
    lay(tmp_path, ["cat"])
    write(tmp_path / "preview.png", np.zeros((2, 2, 3), np.uint8))
    write(tmp_path / "depth" / "a.png", np.zeros((4, 6, 1), np.uint8))
    assert sum(map(len, open_dataset(tmp_path).splits.values())) == 5


def test_split_lists_count(tmp_path: Path) -> None:
    lay(tmp_path, ["cat"])
    (tmp_path / "train.txt").write_text("a\nb\nc\n")
    (tmp_path / "val.txt").write_text("d\n")
    dataset = open_dataset(tmp_path)
    assert names(dataset) == {"train": ["a", "b", "c"], "val": ["d"]}
    assert "1 pictures are in no list" in dataset.layout


def test_split_folders_may_be_on_the_side_of_the_masks_alone(tmp_path: Path) -> None:
    def split(name: str) -> str:
        return "val" if name in "de" else "train"

    lay(tmp_path, ["cat"], mask=lambda layer, name: f"masks/{split(name)}/{layer}/{name}.png")
    assert names(open_dataset(tmp_path)) == {"train": ["a", "b", "c"], "val": ["d", "e"]}
    write(tmp_path / "images" / "f.png", np.zeros((4, 6, 3), np.uint8))
    with pytest.raises(DataError, match=r"1 pictures lie in no split folder, nor do their masks: images/f\.png"):
        open_dataset(tmp_path)


def test_a_split_without_any_mask_has_no_truth(tmp_path: Path) -> None:
    lay(
        tmp_path,
        ["cat"],
        ["train/a", "train/b", "train/c"],
        mask=lambda layer, name: f"masks/{name[:6]}{layer}{name[5:]}.png",
    )
    write(tmp_path / "images" / "test" / "x.png", np.zeros((4, 6, 3), np.uint8))
    dataset = open_dataset(tmp_path)
    (sample,) = dataset.samples("test")
    with pytest.raises(DataError, match="the picture has no masks"):
        dataset.read(sample)


def test_a_class_that_is_called_like_a_split_must_be_in_the_table(tmp_path: Path) -> None:
    lay(tmp_path, ["train", "car"])
    with pytest.raises(DataError):
        open_dataset(tmp_path)
    dataset = open_dataset(tmp_path, classes=ClassTable.named(("car", "train")))
    assert (dataset.classes.names, sorted(names(dataset))) == (("car", "train"), ["train", "val"])


def test_a_kind_of_truth_is_no_class_unless_the_table_has_it(tmp_path: Path) -> None:
    lay(tmp_path, ["semantic"], mask=lambda layer, name: f"labels/{layer}/{name}.png")
    assert open_dataset(tmp_path, classes=ClassTable.named(("x", "y"))).task == "semantic"
    assert open_dataset(tmp_path, classes=ClassTable.named(("semantic",))).task == "multilabel"


def test_a_folder_of_things_for_each_picture_is_no_class(tmp_path: Path) -> None:
    lay(tmp_path, FIVE, mask=lambda layer, name: f"masks/{layer}/{name}.png")
    with pytest.raises(DataError, match="no picture and mask have the same name"):
        open_dataset(tmp_path)


def test_label_maps_in_folders_stay_label_maps(tmp_path: Path) -> None:
    lay(tmp_path, ["unused"], ["s1/a", "s2/a"], mask=lambda layer, name: f"masks/{name}.png")
    assert open_dataset(tmp_path, classes=ClassTable.named(("x", "y"))).task == "semantic"


def test_a_class_folder_without_masks_is_named(tmp_path: Path) -> None:
    lay(tmp_path, ["cat"])
    (tmp_path / "masks" / "bird").mkdir()
    with pytest.raises(DataError, match="bird: there is no mask in this class folder"):
        open_dataset(tmp_path)
    assert open_dataset(tmp_path, classes=ClassTable.named(("cat", "bird"))).classes.names == ("cat", "bird")


def test_the_first_class_is_not_black(tmp_path: Path) -> None:
    assert open_dataset(lay(tmp_path, ["cat", "dog"])).classes.colors.any(axis=1).all()


def test_masks_of_16_bits_are_read(tmp_path: Path) -> None:
    lay(tmp_path, ["cat"])
    for name in FIVE:
        write_png(tmp_path / "masks" / "cat" / f"{name}.png", np.full((4, 6, 1), 65535, np.uint16))
    dataset = open_dataset(tmp_path)
    assert dataset.read_truth(dataset.samples("train")[0]).masks.all()  # type: ignore[attr-defined]


def test_two_pictures_of_one_name_and_two_masks_of_one_class_are_named(tmp_path: Path) -> None:
    lay(tmp_path, ["cat"])
    (tmp_path / "images" / "b.jpg").write_bytes((tmp_path / "images" / "b.png").read_bytes())
    with pytest.raises(DataError, match=r"images/b\.\w+ and images/b\.\w+ have the same name"):
        open_dataset(tmp_path)
    (tmp_path / "images" / "b.jpg").unlink()
    (tmp_path / "masks" / "cat" / "a.tif").write_bytes((tmp_path / "masks" / "cat" / "a.png").read_bytes())
    with pytest.raises(DataError, match="are masks of one class and picture"):
        open_dataset(tmp_path)


def test_soft_edges_are_named_with_their_place(tmp_path: Path) -> None:
    lay(tmp_path, ["cat"])
    soft = np.full((4, 6, 1), 255, np.uint8)
    soft[2, 3] = 128
    for name in FIVE:
        write(tmp_path / "masks" / "cat" / f"{name}.png", soft)
    dataset = open_dataset(tmp_path)
    with pytest.raises(MaskError, match=r"value 128 at row 2, column 3; .*threshold it"):
        dataset.read_truth(dataset.samples("train")[0])
