"""YOLO polygons: known folders, what comes back of what is written, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_collection import Drawn, collection_of, json_values, put_picture_of, read_or_refuse, regions, written

from perpixel.data.formats.format import Reading
from perpixel.data.formats.yolo import YOLO
from perpixel.errors import DataError, MaskError

TRIANGLE = "1 0 0 1 0 0 1\n"


def _folder(root: Path, labels: str = TRIANGLE, description: str = "names: [cat, dog]\ntrain: images/train\n") -> Path:
    put_picture_of(root / "images/train/sub/a.png", (4, 8))
    (root / "labels/train/sub").mkdir(parents=True, exist_ok=True)
    (root / "labels/train/sub/a.txt").write_text(labels)
    (root / "data.yaml").write_text(description)
    return root


def test_shares_of_width_and_height(tmp_path: Path) -> None:
    collection = YOLO.read(_folder(tmp_path, "0 0.25 0.5 0.75 0.5 0.75 1 0.25 1\n\n" + TRIANGLE), Reading())
    assert (collection.kind, collection.classes.names) == ("instance", ("cat", "dog"))
    ((split, entry),) = collection.entries
    assert (split, entry.name) == ("train", "sub/a")
    square, triangle = entry.read().regions
    assert (square.label, square.thing, square.runs.box, square.runs.area) == (0, 1, (2, 2, 6, 4), 8)
    assert (triangle.label, triangle.thing) == (1, 2)
    assert triangle.runs.area == pytest.approx(16, abs=2)


def test_splits_in_folders_of_their_own_and_names_by_number(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        put_picture_of(tmp_path / split / "images/a.png", (4, 8))
    (tmp_path / "valid/labels").mkdir()
    (tmp_path / "valid/labels/a.txt").write_text(TRIANGLE)
    (tmp_path / "train/labels").mkdir()
    (tmp_path / "train/labels/other.txt").write_text(TRIANGLE)
    put_picture_of(tmp_path / "train/images/other.png", (4, 8))
    (tmp_path / "data.yaml").write_text(
        "path: ../datasets/mine\ntrain: ../train/images\nval: ../valid/images\ntest: ../test/images\n"
        "names: {1: dog, 0: cat}\n"
    )
    collection = YOLO.read(tmp_path, Reading())
    assert collection.classes.names == ("cat", "dog")
    found = [(split, entry.name, len(entry.read().regions)) for split, entry in collection.entries]
    assert found == [("train", "a", 0), ("train", "other", 1), ("val", "a", 1)]


def test_a_list_of_pictures(tmp_path: Path) -> None:
    root = _folder(tmp_path, description="names: [cat, dog]\ntrain: train.txt\n")
    (root / "train.txt").write_text("./images/train/sub/a.png\n")
    assert [entry.name for _, entry in YOLO.read(root, Reading()).entries] == ["sub/a"]
    (root / "train.txt").write_text("./images/train/b.png\n")
    with pytest.raises(DataError, match=r"b.png is not there"):
        YOLO.read(root, Reading())


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("2 0 0 1 0 0 1", "a.txt: line 1: '2' is no class; the classes are 0 to 1"),
        ("-1 0 0 1 0 0 1", "'-1' is no class"),
        ("x 0 0 1 0 0 1", "'x' is no class"),
        ("99999999999999999999 0 0", "is no class"),
        ("0 0.5 0.5 0.1 0.1", "line 1: it is a box"),
        ("\n0 0 0 1 0 0", "line 2: 5 numbers after the class"),
        ("0 0 0 1 0 0 x", "are no numbers"),
        ("0 0 0 1 0 0 nan", "shares of the picture, 0 to 1; are these pixels"),
        ("0 0 0 640 0 0 480", "shares of the picture, 0 to 1; are these pixels"),
    ],
)
def test_a_damaged_line_is_refused(tmp_path: Path, labels: str, message: str) -> None:
    ((_, entry),) = YOLO.read(_folder(tmp_path, labels), Reading()).entries
    with pytest.raises(MaskError, match=message):
        entry.read()


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ("names: [cat, cat]\ntrain: images/train", "found more than once: cat"),
        ("names: []\ntrain: images/train", "there is no class"),
        ("names: {0: cat, 2: dog}\ntrain: images/train", "are not 0, 1, 2"),
        ("names: [[cat]]\ntrain: images/train", "the name of class 0"),
        ("names: [cat]\ntrain: 7", "7 is no path"),
        ("names: [cat]\ntrain: nowhere", "none of the folders"),
        ("names: [cat]\ntrain: /", "none of the folders"),
        ("names: [cat]\ntrain: images/train/sub\npath: [x]", "is no path"),
        ("classes: [cat]\ntrain: images", "no YAML file with YOLO's `names`"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(tmp_path: Path, description: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        YOLO.read(_folder(tmp_path, description=description), Reading())


def test_pictures_without_any_labels_are_refused(tmp_path: Path) -> None:
    root = _folder(tmp_path)
    (root / "labels/train/sub/a.txt").unlink()
    with pytest.raises(DataError, match="none of the pictures of train has a file of labels"):
        YOLO.read(root, Reading())


def _solid(label: int, top: int, left: int, size: tuple[int, int] = (30, 47)) -> Drawn:
    mask = np.zeros(size, bool)
    mask[top : top + 9, left : left + 7] = True
    mask[top + 3 : top + 5, left : left + 20] = True
    return label, mask


@pytest.mark.parametrize("splits", [("all",), ("train", "val")])
def test_what_is_written_comes_back(tmp_path: Path, splits: tuple[str, ...]) -> None:
    pictures = {
        split: {"a": [_solid(2, 3, 5), _solid(0, 20, 1)], "deep/b": [_solid(1, 0, 27)], "c": []} for split in splits
    }
    collection = collection_of(tmp_path / "in", pictures)
    again = written(YOLO, collection, tmp_path / "out")
    assert again.classes.names == collection.classes.names
    assert regions(again) == regions(collection)


def test_parts_become_things_and_holes_are_filled(tmp_path: Path) -> None:
    mask = np.zeros((9, 9), bool)
    mask[1:4, 1:4] = True
    mask[2, 2] = False
    mask[6:8, 6:8] = True
    again = written(YOLO, collection_of(tmp_path / "in", {"all": {"a": [(0, mask)]}}), tmp_path / "out")
    assert [(region.thing, region.runs.area) for region in again.entries[0][1].read().regions] == [(1, 9), (2, 4)]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=json_values,
    place=st.sampled_from(["images/train", "images", "", ".", "[a, images]", "\x00", "x" * 300]),
    labels=st.lists(
        st.sampled_from(["0", "1", " ", "\n", "0.5", "9", "-", "nan", "1e9", "\ud7ff", "\x00"]), max_size=30
    ),
)
def test_anything_is_read_or_refused(tmp_path: Path, names: object, place: str, labels: list[str]) -> None:
    _folder(tmp_path, "".join(f"{part} " for part in labels), f"names: {names}\ntrain: {place}\n")
    read_or_refuse(YOLO, tmp_path)
    _folder(tmp_path, "".join(f"{part} " for part in labels))
    read_or_refuse(YOLO, tmp_path)
