"""CVAT for images: known files, what comes back of what is written, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_collection import collection_of, put_picture_of, random_masks, read_or_refuse, regions, written

from perpixel.data.formats.cvat import CVAT
from perpixel.data.formats.format import Reading
from perpixel.errors import DataError, MaskError

META = (
    "<version>1.1</version><meta><task><name>x</name><labels><label><name>dog</name><color>#0a0b0c</color>"
    "<attributes><attribute><name>age</name></attribute></attributes></label><label><name>cat</name></label>"
    "<label><name>nose</name><type>points</type></label></labels></task></meta>"
)
KNOWN = """
<polygon label="dog" points="1,1;1,3;4,3;4,1" z_order="1"></polygon>
<box label="cat" xtl="0" ytl="4" xbr="2" ybr="6" z_order="0"/>
<mask label="dog" rle="1, 2, 2, 1, 2, 1, 2, 1" left="5" top="2" width="4" height="3" group_id="3" z_order="2"/>
<box label="dog" xtl="0" ytl="0" xbr="1" ybr="1" group_id="3" z_order="3"/>
<ellipse label="cat" cx="6" cy="3" rx="3" ry="2" z_order="4"/>
<box label="cat" xtl="2" ytl="2" xbr="8" ybr="4" rotation="90" z_order="5"/>
<polyline label="dog" points="1,1;2,2"/><points label="nose" points="1,1"/>
"""


def _write(
    root: Path, shapes: str = KNOWN, meta: str = META, head: str = "", more: str = 'width="10" height="7"'
) -> Path:
    path = root / "annotations.xml"
    path.write_text(
        f'<?xml version="1.0" encoding="utf-8"?>{head}\n<annotations>{meta}'
        f'<image id="0" name="sub/a.png" {more}>{shapes}</image></annotations>'
    )
    return path


def test_every_shape_is_drawn_the_lowest_first_and_a_group_is_one_thing(tmp_path: Path) -> None:
    collection = CVAT.read(_write(tmp_path), Reading())
    assert (collection.kind, collection.classes.names) == ("instance", ("dog", "cat"))
    assert collection.classes[0].color == (10, 11, 12)
    assert "1 polyline, 1 points" in collection.words
    ((split, entry),) = collection.entries
    assert (split, entry.name, entry.picture) == ("all", "sub/a", None)
    box, polygon, mask, ellipse, turned = entry.read().regions
    assert (box.label, box.runs.box) == (1, (0, 4, 2, 6))
    assert (polygon.label, polygon.runs.box, polygon.runs.area) == (0, (1, 1, 4, 3), 6)
    drawn = mask.runs.decode()
    np.testing.assert_array_equal(drawn[2:5, 5:9], [[0, 1, 1, 0], [0, 1, 0, 0], [1, 0, 0, 1]])
    assert drawn[0, 0]
    assert ellipse.runs.area == pytest.approx(np.pi * 6, abs=3)
    assert turned.runs.box == (4, 0, 6, 6)


def test_pictures_and_subsets(tmp_path: Path) -> None:
    put_picture_of(tmp_path / "images/Train/sub/a.png", (7, 10))
    _write(tmp_path, more='subset="Train" width="10" height="7"')
    ((split, entry),) = CVAT.read(tmp_path, Reading()).entries
    assert (split, entry.picture) == ("train", tmp_path / "images/Train/sub/a.png")
    assert len(entry.read().regions) == 5


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ('<polygon label="dog" points="1,1;2"/>', "annotations.xml: sub/a.png: polygon 1, 'dog': points are"),
        ('<polygon label="dog" points="1,1;2,2"/>', "a polygon of 2 points"),
        ('<polygon label="dog"/>', "points are"),
        ('<box label="dog" xtl="0" ytl="0" xbr="1"/>', "ybr is None; expected a number"),
        ('<box label="dog" xtl="0" ytl="0" xbr="1" ybr="nan"/>', "ybr is 'nan'"),
        ('<mask label="dog" rle="1" left="0" top="0" width="1"/>', "without height"),
        ('<mask label="dog" rle="0, 9" left="9" top="0" width="3" height="3"/>', "mask 1, 'dog'"),
        ('<box label="dog" z_order="x"/>', "z_order is 'x'"),
    ],
)
def test_a_damaged_shape_is_refused_when_it_is_read(tmp_path: Path, shape: str, message: str) -> None:
    ((_, entry),) = CVAT.read(_write(tmp_path, shape), Reading()).entries
    with pytest.raises(MaskError, match=message):
        entry.read()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"head": '<!DOCTYPE a [<!ENTITY x "y">]>'}, "it declares a document type"),
        ({"head": '<!DOCTYPE a SYSTEM "file:///etc/passwd">'}, "it declares a document type"),
        ({"shapes": "<box"}, "not XML, or cut off"),
        ({"shapes": '<box label="cow"/>'}, "there is no class 'cow'"),
        ({"shapes": "<box/>"}, "a shape has no label"),
        ({"shapes": "", "meta": ""}, "there is no class"),
        ({"meta": META + '<track label="dog"/>'}, "tracks of a video"),
        ({"meta": META.replace("<name>cat</name>", "<name/>")}, "has no name"),
        ({"more": 'width="0" height="7"'}, "a size of 7 x 0"),
        ({"more": 'width="x" height="7"'}, "a size of 7 x 'x'"),
        ({"shapes": "<a>" * 200}, "elements within each other"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        CVAT.read(_write(tmp_path, **changes), Reading())


def test_entities_are_not_expanded_and_a_huge_size_is_refused(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    with pytest.raises(DataError, match="it declares a document type"):
        CVAT.read(_write(tmp_path, "&l9;", head=f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]>'), Reading())
    ((_, entry),) = CVAT.read(_write(tmp_path, more='width="99999999" height="99999999"'), Reading()).entries
    with pytest.raises(MaskError, match="the limit is"):
        entry.read()


def test_labels_that_no_list_names_are_those_that_occur(tmp_path: Path) -> None:
    assert CVAT.read(_write(tmp_path, meta=""), Reading()).classes.names == ("cat", "dog")


@pytest.mark.parametrize("splits", [("all",), ("train", "val")])
def test_what_is_written_comes_back(tmp_path: Path, splits: tuple[str, ...]) -> None:
    generator = np.random.default_rng(3)
    pictures = {
        split: {'a "&<': random_masks(generator, 4, (7, 5)), "deep/b": random_masks(generator, 2, (1, 8)), "empty": []}
        for split in splits
    }
    collection = collection_of(tmp_path / "in", pictures, names=("<cat>", "d&g", "bürd"))
    again = written(CVAT, collection, tmp_path / "out")
    assert [(entry.name, entry.color) for entry in again.classes] == [
        (entry.name, entry.color) for entry in collection.classes
    ]
    assert {(split, name.replace("_", " ")): found for (split, name), found in regions(again).items()} == regions(
        collection
    )


others = st.one_of(st.text(max_size=4), st.sampled_from(["9", "<", '"']))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 12), others)))
def test_any_change_to_a_good_file_is_read_or_refused(tmp_path: Path, changes: list[tuple[int, int, str]]) -> None:
    path = _write(tmp_path)
    text = path.read_text()
    for place, length, other in changes:
        text = text[:place] + other + text[place + length :]
    path.write_bytes(text.encode("utf-8", "replace"))
    read_or_refuse(CVAT, tmp_path)
    read_or_refuse(CVAT, path)
