"""Folders whose masks are in a CSV file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perpixel.data import LayeredDataset, census, open_dataset
from perpixel.errors import DataError, MaskError
from perpixel.pictures import write_png

ROWS = {"a.png": {1: "1 2"}, "b.png": {2: "3 2 7 1"}, "c.png": {1: "1 1", 2: "12 1"}}


def folder(root: Path, rows: str, names: tuple[str, ...] = ("a", "b", "c", "d"), where: str = "images") -> Path:
    (root / where).mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        noise = np.random.default_rng(number).integers(0, 255, (3, 4, 3)).astype(np.uint8)
        write_png(root / where / f"{name}.png", noise)
    (root / "train.csv").write_text(rows)
    return root


def apart() -> str:
    lines = [f"{name},{number},{text}" for name, own in ROWS.items() for number, text in own.items()]
    return "\n".join(["ImageId,ClassId,EncodedPixels", *lines]) + "\n"


def joined() -> str:
    lines = [f"{name}_{number},{own.get(number, '')}" for name, own in ROWS.items() for number in (1, 2)]
    return "\n".join(["ImageId_ClassId,EncodedPixels", *lines]) + "\n"


@pytest.mark.parametrize("rows", [apart(), joined()])
def test_rows_become_layers_down_the_columns_from_1(tmp_path: Path, rows: str) -> None:
    dataset = open_dataset(folder(tmp_path, rows))
    assert isinstance(dataset, LayeredDataset)
    assert dataset.classes.names == ("class_1", "class_2")
    by_name = {sample.name: sample for samples in dataset.splits.values() for sample in samples}
    assert sorted(by_name) == ["a", "b", "c", "d"]
    picture, truth = dataset.read(by_name["b"])
    assert picture.shape == (3, 4, 3)
    assert truth.masks[0].sum() == 0
    assert truth.masks[1].astype(int).tolist() == [[0, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0]]
    assert not dataset.read_truth(by_name["d"]).masks.any()


def test_the_census_knows_which_picture_has_what(tmp_path: Path) -> None:
    dataset = open_dataset(folder(tmp_path, apart()))
    for split, samples in dataset.splits.items():
        found = census(dataset, split)
        assert found.present.tolist() == [[bool(text) for text in sample.runs] for sample in samples]
        assert found.pictures.tolist() == found.present.sum(axis=0).tolist()


def test_masks_and_a_table_are_two_truths_of_which_one_must_be_chosen(tmp_path: Path) -> None:
    folder(tmp_path, apart())
    for name in "abcd":
        (tmp_path / "masks").mkdir(exist_ok=True)
        write_png(tmp_path / "masks" / f"{name}.png", np.ones((3, 4, 1), np.uint8))
    with pytest.raises(
        DataError, match=r"masks/ and train\.csv are both the truth.*--masks masks or --masks train\.csv"
    ):
        open_dataset(tmp_path)
    assert open_dataset(tmp_path, masks="train.csv").task == "multilabel"
    assert open_dataset(tmp_path, masks="masks").task == "semantic"


def test_a_sample_of_a_submission_is_no_truth(tmp_path: Path) -> None:
    (folder(tmp_path, apart()) / "train.csv").rename(tmp_path / "sample_submission.csv")
    assert list(open_dataset(tmp_path).splits) == ["all"]


def test_ids_have_folders_or_no_suffix_or_neither(tmp_path: Path) -> None:
    rows = "ImageId,ClassId,EncodedPixels\nx/a,1,1 2\nb.png,1,1 1\n"
    folder(tmp_path, rows, ("a",), "images/x")
    folder(tmp_path, rows, ("b",), "images/y")
    assert "2 of them with run lengths" in open_dataset(tmp_path).layout


def test_split_folders_count_and_a_test_split_without_rows_has_no_truth(tmp_path: Path) -> None:
    rows = "ImageId,ClassId,EncodedPixels\na.png,1,1 2\n"
    folder(tmp_path, rows, ("a", "b", "c"), "train_images")
    folder(tmp_path, rows, ("t", "u"), "test_images")
    dataset = open_dataset(tmp_path)
    assert set(dataset.splits) == {"train", "val", "test"}
    assert not any(sample.has_truth for sample in dataset.samples("test"))
    assert all(sample.has_truth for split in ("train", "val") for sample in dataset.samples(split))


def test_known_photos_divide_a_table_too_and_lists_are_not_divided(tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(10)]
    rows = "ImageId,ClassId,EncodedPixels\n" + "".join(f"{name}.png,1,1 2\n" for name in names)
    folder(tmp_path, rows, tuple(names))
    dataset = open_dataset(tmp_path, groups_of=lambda samples: [int(sample.name[1:]) // 2 for sample in samples])
    first, second = sorted(sample.name for sample in dataset.samples("val"))
    assert int(first[1:]) // 2 == int(second[1:]) // 2
    assert list(open_dataset(tmp_path, split_seed=None).splits) == ["all"]
    (tmp_path / "train.txt").write_text("\n".join(names[:7]))
    assert {name: len(own) for name, own in open_dataset(tmp_path).splits.items()} == {"train": 7}


def test_pictures_outside_of_split_folders_are_named(tmp_path: Path) -> None:
    rows = "ImageId,ClassId,EncodedPixels\na.png,1,1 2\n"
    folder(tmp_path, rows, ("a", "b"), "images/train")
    folder(tmp_path, rows, ("c",), "images")
    with pytest.raises(DataError, match=r"1 pictures lie outside of the split folders train: images/c\.png"):
        open_dataset(tmp_path)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("ImageId,ClassId,EncodedPixels\nz.png,1,1 2\n", r"1 of 1 ImageIds are of no picture in .*: z\.png"),
        ("ImageId,ClassId,EncodedPixels\n", "no row with a class"),
        ("ImageId,ClassId,EncodedPixels\na.png,1,1 2\na,2,1 2\n", "named in two ways"),
    ],
)
def test_what_does_not_fit_is_said(tmp_path: Path, rows: str, said: str) -> None:
    folder(tmp_path, rows)
    with pytest.raises(DataError, match=said):
        open_dataset(tmp_path, masks="train.csv")


def test_rows_without_a_class_are_things(tmp_path: Path) -> None:
    folder(tmp_path, "ImageId,EncodedPixels\na.png,1 2\na.png,6 1\n", ("a",))
    dataset = open_dataset(tmp_path, split_seed=None)
    assert dataset.task == "instance"
    assert dataset.read_truth(dataset.samples("all")[0]).areas.tolist() == [2, 1]
    with pytest.raises(DataError, match="each row is a thing without a class"):
        open_dataset(tmp_path, masks="train.csv", task="multilabel")


def test_an_id_of_two_pictures_and_a_table_that_is_not_there_are_said(tmp_path: Path) -> None:
    rows = "ImageId,ClassId,EncodedPixels\na.png,1,1 2\n"
    folder(tmp_path, rows, ("a",), "images/x")
    folder(tmp_path, rows, ("a",), "images/y")
    with pytest.raises(DataError, match=r"a\.png may be any of 2 pictures"):
        open_dataset(tmp_path)
    with pytest.raises(DataError, match=r"no such table"):
        open_dataset(tmp_path, masks="labels.csv")


def test_a_class_beyond_the_table_is_said(tmp_path: Path) -> None:
    folder(tmp_path, apart())
    (tmp_path / "classes.yaml").write_text("classes: [crack]\n")
    with pytest.raises(DataError, match="ClassId 2, and the class table has 1 classes"):
        open_dataset(tmp_path)


def test_run_lengths_of_another_size_name_picture_and_class(tmp_path: Path) -> None:
    dataset = open_dataset(folder(tmp_path, "ImageId,ClassId,EncodedPixels\na.png,1,12 2\n"))
    sample = next(sample for samples in dataset.splits.values() for sample in samples if sample.name == "a")
    with pytest.raises(MaskError, match=r"a\.png: the run lengths of class class_1: pair 1 .* beyond"):
        dataset.read_truth(sample)


def test_the_fingerprint_changes_with_a_row(tmp_path: Path) -> None:
    before = open_dataset(folder(tmp_path / "one", apart()))
    after = open_dataset(folder(tmp_path / "two", apart().replace("1 2", "1 3")))
    assert before.splits.keys() == after.splits.keys()
    assert any(before.fingerprint(split) != after.fingerprint(split) for split in before.splits)
