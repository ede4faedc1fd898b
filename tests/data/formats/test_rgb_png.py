"""Colored masks and their CSV file of classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from drawn_maps import TABLE, assert_comes_back, put, semantic, truths
from PIL import Image
from small_collection import put_picture_of

from perpixel.classes import ClassTable, SegmentClass
from perpixel.data.formats import find_format, read_collection
from perpixel.data.formats.rgb_png import RGB_PNG
from perpixel.pictures import write_png

MASK = np.array([[0, 1, 1], [2, 255, 0]], np.uint8)


def test_the_colors_are_those_of_the_table_and_what_is_not_judged_is_of_no_class(tmp_path: Path) -> None:
    put(RGB_PNG, semantic(tmp_path / "in", {"all": {"a": MASK}}), tmp_path, pictures=True)
    assert (tmp_path / "class_dict.csv").read_text() == (
        "name,r,g,b,thing\nbackground,0,0,0,0\ncat,128,0,0,1\nstreet lamp,0,128,0,1\n"
    )
    with Image.open(tmp_path / "masks" / "a.png") as image:
        colors = np.array(image)
    assert colors[1].tolist() == [list(TABLE[2].color), [255, 255, 255], [0, 0, 0]]
    assert find_format(tmp_path) == "rgb-png"


def test_a_known_table_with_blanks(tmp_path: Path) -> None:
    put_picture_of(tmp_path / "images" / "a.png", (1, 3))
    (tmp_path / "masks").mkdir()
    write_png(tmp_path / "masks" / "a.png", np.array([[[128, 64, 128], [0, 102, 0], [0, 0, 0]]], np.uint8))
    (tmp_path / "class_dict_seg.csv").write_text("name, r, g, b\npaved-area, 128, 64, 128\ngrass, 0, 102, 0\n")
    collection = read_collection(tmp_path)
    assert truths(collection)["all", "a"] == (
        (1, 3), [2, 1], [("grass", [1, 1, 1], False, False), ("paved-area", [0, 1, 2], False, False)]
    )  # fmt: skip


def test_a_rare_ignored_color_is_known_though_no_mask_that_was_looked_at_has_it(tmp_path: Path) -> None:
    plain = np.array([[0, 1]], np.uint8)
    maps = {f"{number:03d}": plain for number in range(60)} | {"011": np.array([[0, 255]], np.uint8)}
    assert_comes_back(RGB_PNG, semantic(tmp_path, {"train": maps, "val": {"z": plain}}))


def test_classes_of_one_color_get_colors_of_their_own(tmp_path: Path) -> None:
    colors = ((9, 9, 9), (9, 9, 9), (0, 0, 0))
    classes = ClassTable(tuple(SegmentClass(str(number), color) for number, color in enumerate(colors)))
    again = assert_comes_back(RGB_PNG, semantic(tmp_path, {"all": {"a": MASK}}, classes))
    assert len({entry.color for entry in again.classes}) == 3


def test_more_classes_than_good_colors_come_back(tmp_path: Path) -> None:
    classes = ClassTable(tuple(SegmentClass(str(number), (1, 1, 1)) for number in range(400)))
    labels = np.arange(400, dtype=np.uint16).reshape(20, 20)
    assert_comes_back(RGB_PNG, semantic(tmp_path, {"all": {"a": labels}}, classes))
