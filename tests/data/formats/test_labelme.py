"""LabelMe's JSON files: known ones, what comes back of what is written, and what is refused."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_collection import (
    change,
    collection_of,
    json_values,
    put_picture_of,
    random_masks,
    read_or_refuse,
    regions,
    written,
)

from perpixel.data.formats.format import Reading
from perpixel.data.formats.labelme import LABELME
from perpixel.errors import DataError, MaskError
from perpixel.pictures import encode_png

CROSS = np.array([[0, 1, 0], [1, 1, 1]], np.uint8)


def _shape(label: str, points: Any, kind: str | None = "polygon", **more: Any) -> dict[str, Any]:
    return {"label": label, "points": points, "shape_type": kind, "group_id": None, "flags": {}} | more


def _mask(label: str, x: int, y: int) -> dict[str, Any]:
    return _shape(label, [[x, y], [x + 2, y + 1]], "mask", mask=base64.b64encode(encode_png(CROSS)).decode())


def _write(path: Path, *shapes: dict[str, Any], **changes: Any) -> Path:
    data = {"shapes": shapes, "imagePath": "a.png", "imageData": None, "imageHeight": 10, "imageWidth": 12} | changes
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))
    return path


def test_every_shape_is_drawn_and_a_group_is_one_thing(tmp_path: Path) -> None:
    _write(
        tmp_path / "a.json",
        _shape("cat", [[0, 0], [2, 0], [2, 3], [0, 3]], None, group_id=7),
        _shape("dog", [[4, 3], [1, 1]], "rectangle"),
        _shape("cat", [[10, 8], [12, 10]], "rectangle", group_id=7),
        _shape("cat", [[6, 5], [6, 8]], "circle"),
        _mask("dog", 9, 8),
        _shape("cat", [[1, 1], [2, 2]], "linestrip"),
        _shape("__ignore__", [[0, 9], [12, 10]], "rectangle"),
    )
    collection = LABELME.read(tmp_path, Reading())
    assert (collection.kind, collection.classes.names) == ("instance", ("cat", "dog"))
    assert "1 of type linestrip" in collection.words
    ((split, entry),) = collection.entries
    assert (split, entry.name, entry.picture) == ("all", "a", None)
    truth = entry.read()
    cat, dog, circle, mask = truth.regions
    assert [(region.label, region.thing) for region in truth.regions] == [(0, 1), (1, 2), (0, 3), (1, 4)]
    assert (cat.runs.area, dog.runs.box, dog.runs.area) == (10, (1, 1, 4, 3), 6)
    assert circle.runs.area == 32  # pixels whose centers are within 3 of the corner (6, 5)
    np.testing.assert_array_equal(mask.runs.decode()[8:10, 9:12], CROSS)
    assert truth.ignored is not None
    assert truth.ignored.box == (0, 9, 12, 10)


def test_pictures_are_found_beside_the_file_or_by_the_path_it_says(tmp_path: Path) -> None:
    put_picture_of(tmp_path / "train/a.png", (10, 12))
    put_picture_of(tmp_path / "val/images/b.png", (10, 12))
    _write(tmp_path / "train/a.json", _shape("cat", [[0, 0], [1, 1]], "rectangle"), imageHeight=None, imageWidth=None)
    _write(tmp_path / "val/annotations/b.json", imagePath="..\\images\\b.png")
    found = [(split, entry.name, entry.picture) for split, entry in LABELME.read(tmp_path, Reading()).entries]
    assert found == [("train", "a", tmp_path / "train/a.png"), ("val", "b", tmp_path / "val/images/b.png")]
    assert LABELME.read(tmp_path, Reading()).entries[0][1].read().size == (10, 12)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ({"label": "cat"}, "a.json: shape 1, 'cat': points are a list of pairs"),
        (_shape("cat", [[0, 0], [1, 1]]), "a polygon of 2 points"),
        (_shape("cat", [[0, 0]], "circle"), "a circle has two points; this has 1"),
        (_mask("cat", 11, 0), "is not within 10 x 12"),
        (_mask("cat", 0, 0) | {"mask": "!"}, "the mask is no base64"),
        (_mask("cat", 0, 0) | {"mask": "AAAA"}, "not a picture"),
        (_mask("cat", 0, 0) | {"points": [[0, 0], [1, 1]]}, "the mask is 2 x 3 with 1 channels; its box is 2 x 2"),
    ],
)
def test_a_damaged_shape_is_refused_when_it_is_read(tmp_path: Path, shape: dict[str, Any], message: str) -> None:
    ((_, entry),) = LABELME.read(_write(tmp_path / "a.json", shape), Reading()).entries
    with pytest.raises(MaskError, match=message):
        entry.read()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shapes": 7}, "a.json: shapes: expected a list"),
        ({"shapes": [7]}, "shape 1: expected an object"),
        ({"shapes": [{"label": 7}]}, "shape 1: label: expected a text"),
        ({"shapes": [_shape("cat", [], "star")]}, "shape 1 is of type 'star'; polygon, rectangle, circle, mask"),
        ({"shapes": [_shape("cat", [], group_id=[1])]}, "shape 1 has the group_id"),
        ({"shapes": []}, "there is no class"),
        ({"imagePath": None}, "imagePath: expected a text"),
        ({"imageHeight": 0}, "a size of 0 x 12"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        LABELME.read(_write(tmp_path / "a.json", **changes), Reading())


def test_a_size_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.json", _shape("cat", [[0, 0], [1, 1]], "rectangle"), imageHeight=10**8)
    with pytest.raises(MaskError, match="the limit is"):
        LABELME.read(path, Reading()).entries[0][1].read()


@pytest.mark.parametrize("splits", [("all",), ("train", "val")])
def test_what_is_written_comes_back(tmp_path: Path, splits: tuple[str, ...]) -> None:
    generator = np.random.default_rng(2)
    pictures = {
        split: {"a": random_masks(generator, 4, (7, 5)), "deep/b": random_masks(generator, 2, (1, 8)), "empty": []}
        for split in splits
    }
    collection = collection_of(tmp_path / "in", pictures)
    again = written(LABELME, collection, tmp_path / "out")
    assert again.classes == collection.classes
    assert regions(again) == regions(collection)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 40), json_values), min_size=1, max_size=3), cut=st.integers(0, 800))
def test_any_change_to_a_good_file_is_read_or_refused(tmp_path: Path, changes: list[tuple[int, Any]], cut: int) -> None:
    path = _write(tmp_path / "a.json", _mask("cat", 1, 1), _shape("dog", [[4, 3], [1, 1]], "circle"))
    data = json.loads(path.read_text())
    for place, value in changes:
        change(data, place, value)
    text = json.dumps(data)
    path.write_text(text if cut > 400 else text[:-cut])
    read_or_refuse(LABELME, tmp_path)
    read_or_refuse(LABELME, path)
