"""Kaggle's tables: known ones, what comes back of what is written, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_collection import by_class, collection_of, put_picture_of, random_masks, read_or_refuse, regions, written

from perpixel.data.formats.format import Format, Reading
from perpixel.data.formats.kaggle import KAGGLE_CLASS, KAGGLE_CLASS_JOINED, KAGGLE_OBJECT
from perpixel.data.kaggle_csv import class_rows, read_kaggle_csv, style_of
from perpixel.errors import DataError, MaskError

A = np.array([[0, 1, 1, 0], [0, 1, 0, 0], [1, 0, 0, 1]], bool)
ALL = [KAGGLE_CLASS, KAGGLE_CLASS_JOINED, KAGGLE_OBJECT]


def _folder(root: Path, text: str, *pictures: str, name: str = "train.csv") -> Path:
    for picture in pictures:
        put_picture_of(root / picture, (3, 4))
    (root / name).write_text(text, encoding="utf-8")
    return root


def test_a_table_of_pictures_and_classes(tmp_path: Path) -> None:
    table = "ImageId,ClassId,EncodedPixels\na.png,2,3 3 7 1 12 1\nb.png,1,1 12\n"
    root = _folder(tmp_path, table, "images/a.png", "images/sub/b.png", "images/c.png")
    collection = KAGGLE_CLASS.read(root, Reading())
    assert (collection.kind, collection.classes.names) == ("multilabel", ("class_1", "class_2"))
    (split,) = collection.splits.values()
    assert [entry.name for entry in split] == ["a", "c", "sub/b"]
    a, c, b = (entry.read() for entry in split)
    assert a.regions[0].label == 1
    np.testing.assert_array_equal(a.regions[0].runs.decode(), A)
    assert c.regions == ()
    assert b.regions[0].runs.area == 12
    assert class_rows(root / "train.csv") == {"a.png": {2: "3 3 7 1 12 1"}, "b.png": {1: "1 12"}}


def test_a_joined_table_has_a_row_for_every_class(tmp_path: Path) -> None:
    table = "ImageId_ClassId,EncodedPixels\na_1.png_1,3 3\na_1.png_2,\na_1.png_3,nan\n"
    root = _folder(tmp_path, table, "train_images/a_1.png", "test_images/z.png")
    collection = KAGGLE_CLASS_JOINED.read(root, Reading())
    assert {split: [entry.name for entry in entries] for split, entries in collection.splits.items()} == {
        "train": ["a_1"]
    }
    assert collection.classes.names == ("class_1", "class_2", "class_3")
    (region,) = collection.entries[0][1].read().regions
    assert (region.label, region.runs.area, region.thing) == (0, 3, None)
    assert class_rows(root / "train.csv") == {"a_1.png": {1: "3 3", 2: "", 3: ""}}


def test_a_table_of_objects(tmp_path: Path) -> None:
    table = "ImageId,EncodedPixels\na,1 2\na,2 4\nb,\n"
    root = _folder(tmp_path, table, "stage1_train/a/images/a.png", "stage1_train/b/images/b.png")
    put_picture_of(root / "stage1_train/a/masks/a.png", (3, 4))
    collection = KAGGLE_OBJECT.read(root, Reading())
    assert (collection.kind, collection.classes.names) == ("instance", ("object",))
    a, b = (entry.read() for _, entry in collection.entries)
    assert [(region.thing, region.runs.area) for region in a.regions] == [(1, 2), (2, 4)]
    assert b.regions == ()


def test_names_instead_of_numbers_and_other_names_of_columns(tmp_path: Path) -> None:
    table = "Image_Label,EncodedPixels\nx.jpg_Sugar,1 1\nx.jpg_Fish,2 1\n"
    found = read_kaggle_csv(_folder(tmp_path, table) / "train.csv")
    assert found.names == ("Fish", "Sugar")
    assert {row.class_id: row.text for row in found.rows["x.jpg"]} == {1: "2 1", 2: "1 1"}
    _folder(tmp_path, " rle , class ,id\n1 1,large_bowel,slice_1\n", name="other.csv")
    assert style_of(tmp_path / "other.csv") == "class"
    assert read_kaggle_csv(tmp_path / "other.csv").names == ("large_bowel",)


def test_the_class_table_beside_the_csv_names_the_numbers(tmp_path: Path) -> None:
    root = _folder(tmp_path, "ImageId,ClassId,EncodedPixels\na,2.0,1 1\n", "a.png")
    (root / "classes.yaml").write_text("[scratch, dent]")
    collection = KAGGLE_CLASS.read(root, Reading())
    assert collection.classes[collection.entries[0][1].read().regions[0].label].name == "dent"
    (root / "classes.yaml").write_text("[scratch]")
    with pytest.raises(DataError, match="class 2 occurs, but the class table has 1: 1 is 'scratch'"):
        KAGGLE_CLASS.read(root, Reading())


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "the table is empty"),
        ("a,b\n1,2\n", "the columns are a, b; expected ImageId,ClassId,EncodedPixels"),
        ("ImageId,ClassId,EncodedPixels\na,1,1 1\na,1,3 1\n", "lines 2 and 3 are both of a, class 1"),
        ("ImageId,ClassId,EncodedPixels\na,0,1 1\n", "class 0 is not from 1 to 1000"),
        ("ImageId,ClassId,EncodedPixels\na,99999999,1 1\n", "class 99999999 is not from 1"),
        ("ImageId,ClassId,EncodedPixels\na,,1 1\n", "line 2: a has pixels of no class"),
        ("ImageId,ClassId,EncodedPixels\n,1,1 1\n", "line 2 names no picture"),
        ("ImageId,ClassId,EncodedPixels\na\n", "line 2 has 1 cells"),
        ("ImageId_ClassId,EncodedPixels\na,1 1\n", "line 2: 'a' is no picture and class"),
    ],
)
def test_a_damaged_table_is_refused_with_its_line(tmp_path: Path, table: str, message: str) -> None:
    root = _folder(tmp_path, table)
    with pytest.raises(DataError, match=message):
        read_kaggle_csv(root / "train.csv")


def test_rows_without_a_picture_and_names_of_several_are_refused(tmp_path: Path) -> None:
    header = "ImageId,ClassId,EncodedPixels\n"
    root = _folder(tmp_path, header + "a,1,1 1\nb,1,1 1\n", "x/a.png", "y/a.png")
    with pytest.raises(DataError, match=r"2 pictures below .* are called 'a'"):
        KAGGLE_CLASS.read(root, Reading())
    _folder(tmp_path, header + "x/a,1,1 1\nb,1,1 1\n")
    with pytest.raises(DataError, match=r"1 of 2 pictures are not below .*: b"):
        KAGGLE_CLASS.read(root, Reading())
    _folder(tmp_path, header + "x/a,1,1 1\nx/a.png,2,1 1\n")
    with pytest.raises(DataError, match=r"'x/a' and 'x/a\.png' are both"):
        KAGGLE_CLASS.read(root, Reading())


def test_run_lengths_that_do_not_fit_are_said_with_line_and_picture(tmp_path: Path) -> None:
    root = _folder(tmp_path, "ImageId,EncodedPixels\na.png,1 2\na.png,12 2\n", "a.png")
    ((_, entry),) = KAGGLE_OBJECT.read(root, Reading()).entries
    with pytest.raises(MaskError, match=r"train.csv: line 3, a.png: pair 1 of 1 \(12 2\) ends 1 beyond"):
        entry.read()


def test_several_tables_are_of_the_splits_or_refused(tmp_path: Path) -> None:
    header = "ImageId,ClassId,EncodedPixels\n"
    root = _folder(tmp_path, header + "a.png,1,1 1\n", "train/a.png", "val/a.png", "val/b.png")
    _folder(tmp_path, header + "a.png,2,1 2\n", name="val.csv")
    collection = KAGGLE_CLASS.read(root, Reading())
    assert collection.classes.names == ("class_1", "class_2")
    found = [(split, entry.name, len(entry.read().regions)) for split, entry in collection.entries]
    assert found == [("train", "a", 1), ("val", "a", 1), ("val", "b", 0)]
    (root / "val.csv").rename(root / "fixed.csv")
    with pytest.raises(DataError, match="no folder of pictures is called fixed"):
        KAGGLE_CLASS.read(root, Reading())
    assert list(KAGGLE_CLASS.read(root, Reading(masks="train.csv")).splits) == ["train"]


@pytest.mark.parametrize("form", ALL)
def test_what_is_written_comes_back(tmp_path: Path, form: Format) -> None:
    generator = np.random.default_rng(0)
    kind = "instance" if form is KAGGLE_OBJECT else "multilabel"
    names = ("cat",) if form is KAGGLE_OBJECT else ("cat", "dog", "street lamp")
    pictures = {
        split: {name: random_masks(generator, count, (5, 1 + count)) for name, count in (("a", 3), ("deep/b", 7))}
        for split in ("train", "val")
    }
    pictures["val"]["nothing"] = []
    if form is KAGGLE_OBJECT:
        pictures = {s: {n: [(0, m) for _, m in drawn] for n, drawn in own.items()} for s, own in pictures.items()}
    collection = collection_of(tmp_path / "in", pictures, kind=kind, names=names)
    again = written(form, collection, tmp_path / "out")
    assert (again.kind, again.classes) == (kind, collection.classes)
    if form is KAGGLE_OBJECT:
        assert regions(again) == regions(collection)
    else:
        assert by_class(again) == by_class(collection)


def test_without_splits_one_table_is_written(tmp_path: Path) -> None:
    collection = collection_of(tmp_path / "in", {"all": {"a": [(1, A)], "b": []}}, kind="multilabel")
    assert by_class(written(KAGGLE_CLASS, collection, tmp_path / "out")) == by_class(collection)
    assert (tmp_path / "out/masks.csv").read_text() == "ImageId,ClassId,EncodedPixels\na.png,2,3 3 7 1 12 1\n"
    assert by_class(written(KAGGLE_CLASS_JOINED, collection, tmp_path / "joined")) == by_class(collection)
    assert (tmp_path / "joined/masks.csv").read_text().splitlines()[1:4] == [
        "a.png_1,",
        "a.png_2,3 3 7 1 12 1",
        "a.png_3,",
    ]


def test_a_cell_may_be_longer_than_pythons_csv_takes_by_itself(tmp_path: Path) -> None:
    text = " ".join(f"{pixel} 1" for pixel in range(1, 100_000, 2))
    root = _folder(tmp_path, f"ImageId,EncodedPixels\na.png,{text}\n")
    put_picture_of(root / "a.png", (400, 250))
    assert KAGGLE_OBJECT.read(root, Reading()).entries[0][1].read().regions[0].runs.area == 50_000


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.sampled_from(
        [b"ImageId,ClassId,EncodedPixels\n", b"ImageId_ClassId,EncodedPixels\n", b"id,rle\n", b"\xff", b""]
    ),
    cells=st.lists(
        st.one_of(
            st.sampled_from(
                [b"a.png", b"a", b"1", b"1 2", b",", b"\n", b'"', b"_", b"a_1", b"-1", b"..", b"/", b"3 9"]
            ),
            st.binary(max_size=6),
        ),
        max_size=20,
    ),
)
def test_any_bytes_are_read_or_refused(tmp_path: Path, header: bytes, cells: list[bytes]) -> None:
    put_picture_of(tmp_path / "a.png", (3, 4))
    (tmp_path / "train.csv").write_bytes(header + b"".join(cells))
    for form in ALL:
        read_or_refuse(form, tmp_path)
        read_or_refuse(form, tmp_path / "train.csv")
