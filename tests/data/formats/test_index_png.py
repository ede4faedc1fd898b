"""Masks whose value is the class number: known ones, what comes back of what is written, and the layouts it reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_maps import MAPS, assert_comes_back, put, semantic, truths
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray
from PIL import Image
from small_collection import put_picture_of

from perpixel.classes import ClassTable
from perpixel.data.formats import find_format, read_collection
from perpixel.data.formats.format import Format, Reading
from perpixel.data.formats.index_png import INDEX_PNG
from perpixel.data.formats.palette_png import PALETTE_PNG
from perpixel.data.formats.rgb_png import RGB_PNG
from perpixel.errors import DataError, MaskError
from perpixel.pictures import write_png

MASK = np.array([[0, 1, 1], [2, 255, 0]], np.uint8)
ALL = [INDEX_PNG, PALETTE_PNG, RGB_PNG]
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _folder(root: Path, values: NDArray[np.uint8] = MASK, *, pictures: str = "images", masks: str = "masks") -> Path:
    put_picture_of(root / pictures / "a.jpg", (values.shape[0], values.shape[1]))
    (root / masks).mkdir(parents=True, exist_ok=True)
    write_png(root / masks / "a.png", values)
    return root


@pytest.mark.parametrize("form", ALL, ids=["index", "palette", "rgb"])
@QUICK
@given(first=MAPS, second=MAPS)
def test_every_label_map_comes_back(
    form: Format, first: NDArray[np.uint8], second: NDArray[np.uint8], tmp_path: Path
) -> None:
    assert_comes_back(form, semantic(tmp_path, {"train": {"a": first, "town/b": second}, "val": {"a": second}}))
    assert_comes_back(form, semantic(tmp_path, {"all": {"a": first, "b": second}}))


@pytest.mark.parametrize("form", ALL, ids=["index", "palette", "rgb"])
def test_masks_come_back_without_their_pictures(form: Format, tmp_path: Path) -> None:
    maps = {"train": {"a": MASK, "b": MASK}, "val": {"c": MASK[:1]}}
    assert_comes_back(form, semantic(tmp_path, maps), pictures=False)


def test_the_values_in_the_file_are_the_class_numbers(tmp_path: Path) -> None:
    put(INDEX_PNG, semantic(tmp_path / "in", {"all": {"a": MASK}}), tmp_path, pictures=True)
    with Image.open(tmp_path / "masks" / "a.png") as image:
        assert image.mode == "L"
        np.testing.assert_array_equal(np.array(image), MASK)
    assert (tmp_path / "classes.yaml").read_text().startswith("encoding: index\n")


def test_more_than_255_classes_take_16_bits(tmp_path: Path) -> None:
    classes = ClassTable.named([f"class {number}" for number in range(300)])
    drawn = semantic(tmp_path, {"all": {"a": np.array([[0, 299, 65535]], np.uint16)}}, classes)
    assert_comes_back(INDEX_PNG, drawn)
    assert_comes_back(RGB_PNG, drawn)


def test_a_known_folder(tmp_path: Path) -> None:
    _folder(tmp_path)
    (tmp_path / "classes.yaml").write_text("classes: [sky, road, car]\n")
    collection = read_collection(tmp_path)
    assert (find_format(tmp_path), collection.format, collection.kind) == ("index-png", "index-png", "semantic")
    known = ("car", [1, 1, 4]), ("road", [2, 1, 1, 1, 1]), ("sky", [0, 1, 4, 1])
    assert truths(collection)["all", "a"] == ((2, 3), [3, 1, 2], [(name, runs, False, False) for name, runs in known])


def test_the_layout_of_the_drone_data_with_blanks_in_its_table(tmp_path: Path) -> None:
    values = np.array([[0, 1, 2]], np.uint8)
    _folder(tmp_path, values, pictures="original_images", masks="label_images_semantic")
    (tmp_path / "class_dict_seg.csv").write_text(
        "name, r, g, b\nunlabeled, 0, 0, 0\npaved-area, 128, 64, 128\ndirt, 130, 76, 0\n"
    )
    collection = read_collection(tmp_path)
    assert collection.classes.names == ("unlabeled", "paved-area", "dirt")
    assert [region.label for region in collection.entries[0][1].read().regions] == [0, 1, 2]


def test_camvid_as_published_keeps_its_splits_and_void(tmp_path: Path) -> None:
    for split in ("train", "val"):
        _folder(tmp_path, np.array([[0, 3, 11]], np.uint8), pictures=split, masks=f"{split}annot")
    collection = read_collection(tmp_path)
    assert "CamVid's layout" in collection.words
    assert list(collection.splits) == ["train", "val"]
    assert truths(collection)["val", "a"] == (
        (1, 3), [2, 1], [("road", [1, 1, 1], False, False), ("sky", [0, 1, 2], False, False)]
    )  # fmt: skip


def test_a_split_by_chance_is_none_of_the_data(tmp_path: Path) -> None:
    for name in "abcdefghij":
        put_picture_of(tmp_path / "images" / f"{name}.png", (2, 3))
        (tmp_path / "masks").mkdir(exist_ok=True)
        write_png(tmp_path / "masks" / f"{name}.png", MASK)
    collection = read_collection(tmp_path)
    assert {split: len(entries) for split, entries in collection.splits.items()} == {"all": 10}
    assert "held out" not in collection.words


def test_layers_of_a_folder_for_each_class_are_multilabel(tmp_path: Path) -> None:
    put_picture_of(tmp_path / "images" / "a.png", (1, 3))
    for name, values in {"stain": [[255, 255, 0]], "scratch": [[0, 255, 255]]}.items():
        (tmp_path / "masks" / name).mkdir(parents=True)
        write_png(tmp_path / "masks" / name / "a.png", np.array(values, np.uint8))
    collection = read_collection(tmp_path)
    assert (collection.kind, collection.classes.names) == ("multilabel", ("scratch", "stain"))
    assert [region.runs.area for region in collection.entries[0][1].read().regions] == [2, 2]


def test_pictures_that_lie_elsewhere(tmp_path: Path) -> None:
    put_picture_of(tmp_path / "photos elsewhere" / "a.png", (2, 3))
    (tmp_path / "data" / "masks").mkdir(parents=True)
    write_png(tmp_path / "data" / "masks" / "a.png", MASK)
    collection = read_collection(tmp_path / "data", reading=Reading(pictures=tmp_path / "photos elsewhere"))
    assert collection.picture_of(collection.entries[0][1]).name == "a.png"


def test_what_is_wrong_is_said_with_the_file(tmp_path: Path) -> None:
    _folder(tmp_path)
    (tmp_path / "classes.yaml").write_text("classes: [sky, road]\nencoding: index\n")
    with pytest.raises(MaskError, match=r"a\.png: label 2 at row 1, column 0"):
        read_collection(tmp_path).entries[0][1].read()
    (tmp_path / "masks" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    with pytest.raises(DataError, match=r"a\.png"):
        read_collection(tmp_path)


def test_pictures_alone_are_no_collection(tmp_path: Path) -> None:
    put_picture_of(tmp_path / "images" / "a.png", (2, 3))
    with pytest.raises(DataError, match="look like none of the formats"):
        read_collection(tmp_path)
    with pytest.raises(DataError, match="nothing to read but pictures"):
        read_collection(tmp_path, "index-png")


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        find_format(tmp_path / "no")
    with pytest.raises(ValueError, match="there is no format 'png'; there are"):
        read_collection(tmp_path, "png")
