from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perpixel.classes import CAMVID, CITYSCAPES, PALETTES, VOC, ClassTable, SegmentClass, class_table, save_class_table
from perpixel.errors import DataError

LANES = ClassTable(
    (SegmentClass("left", (1, 2, 3), mirror="right"), SegmentClass("right", (4, 5, 6), mirror="left")), ignore=7
)


def table(tmp_path: Path, name: str, text: str) -> ClassTable:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return class_table(tmp_path / name)


@pytest.mark.parametrize("name", ["camvid", "cityscapes", "voc"])
def test_known_tables_go_by_name(name: str) -> None:
    assert class_table(name) is PALETTES[name]


def test_known_tables_have_the_published_sizes() -> None:
    assert (len(CAMVID), len(CITYSCAPES), len(VOC)) == (11, 19, 21)
    assert VOC.colors[15].tolist() == [192, 128, 128]  # person, as the devkit's color map has it
    assert CAMVID.ignore == 11


@pytest.mark.parametrize("known", [CAMVID, CITYSCAPES, VOC, LANES])
def test_a_saved_table_reads_back_equal(known: ClassTable, tmp_path: Path) -> None:
    save_class_table(known, tmp_path / "classes.yaml")
    assert class_table(tmp_path / "classes.yaml") == known


def test_yaml_may_be_a_list_of_names(tmp_path: Path) -> None:
    assert table(tmp_path, "a.yaml", "- road\n- sky\n").names == ("road", "sky")
    assert table(tmp_path, "b.yml", "classes: [road, {name: car, thing: true}]\nignore: 9\n").ignore == 9


def test_yaml_may_name_a_known_table(tmp_path: Path) -> None:
    assert table(tmp_path, "a.yaml", "classes: camvid\n") == CAMVID
    assert table(tmp_path, "b.yaml", "classes: camvid\nignore: 255\n").ignore == 255


def test_the_drone_sets_csv_with_blanks_in_its_header_is_read(tmp_path: Path) -> None:
    text = "name, r, g, b\nunlabeled, 0, 0, 0\npaved-area, 128, 64, 128\ndirt, 130, 76, 0\n"
    drone = table(tmp_path, "class_dict_seg.csv", text)
    assert drone.names == ("unlabeled", "paved-area", "dirt")
    assert drone.colors[1].tolist() == [128, 64, 128]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffname,r,g,b\r\nroad,1,2,3\r\n",
        "Class;Red;Green;Blue\nroad;1;2;3\n",
        "id,name,r,g,b\n0,road,1,2,3\n255,void,0,0,0\n",
        'label,r,g,b,comment\n"road",1,2,3,"dry, or wet"\n',
    ],
)
def test_common_kinds_of_csv_are_read(text: str, tmp_path: Path) -> None:
    read = table(tmp_path, "classes.csv", text)
    assert read.names == ("road",)
    assert read[0].color == (1, 2, 3)


@pytest.mark.parametrize(
    "text", ["road\nfire truck\n", "0 road\n1 fire truck\n", "0: road\n1: fire truck", "0,road\n\n1,fire truck\n"]
)
def test_text_is_a_name_a_line_perhaps_after_its_number(text: str, tmp_path: Path) -> None:
    assert table(tmp_path, "labels.txt", text).names == ("road", "fire truck")


def test_text_may_give_colors_and_labelmes_ignored_class(tmp_path: Path) -> None:
    assert table(tmp_path, "label_colors.txt", "64 128 64\tAnimal\n192 0 128\t\tArchway\n")[1].color == (192, 0, 128)
    assert table(tmp_path, "class_names.txt", "__ignore__\n_background_\ncat\n").names == ("_background_", "cat")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.yaml", "classes: 3", "expected a list, or camvid, cityscapes, voc, under `classes:`"),
        ("a.yaml", "a: [", "while parsing"),
        ("a.yaml", "- {color: [1, 2, 3]}", "missing 'name'"),
        ("a.yaml", "- {name: a, colour: [1, 2, 3]}", "unknown key 'colour'; known are name, color"),
        ("a.yaml", "- {name: a, color: [1, 2]}", "not a class table"),
        ("a.yaml", "- {name: a, color: [1, 2, 256]}", "not three numbers from 0 to 255"),
        ("a.yaml", "[a, a]", "found more than once: a"),
        ("a.yaml", "[]", "at least one class"),
        ("a.csv", "r,g,b\n1,2,3\n", "a header with a `name` column"),
        ("a.csv", "", "a header with a `name` column"),
        ("a.csv", "name,r,g,b\na,1,x,3\n", "invalid literal"),
        ("a.csv", "id,name\n1,a\n", "'a' has id 1 and is number 0; list the classes by id, from 0"),
        ("a.txt", "\n\n", "expected a class name a line"),
    ],
)
def test_what_is_no_table_is_one_line_that_says_why(name: str, text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        table(tmp_path, name, text)
    assert str(tmp_path / name) in str(error.value)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    for name in ("camvit", str(tmp_path)):
        with pytest.raises(DataError, match="neither a known class table \\(camvid, cityscapes, voc\\)"):
            class_table(name)


@given(st.binary(max_size=60), st.sampled_from(["yaml", "csv", "txt"]))
def test_any_bytes_are_a_table_or_an_error(tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzz.{suffix}"
    path.write_bytes(data)
    try:
        assert len(class_table(path)) > 0
    except DataError as error:
        assert str(path) in str(error)  # noqa: PT017
