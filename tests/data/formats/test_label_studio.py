"""Label Studio's export: known files, what comes back of what is written, and what is refused."""

from __future__ import annotations

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
from perpixel.data.formats.label_studio import LABEL_STUDIO
from perpixel.errors import DataError, MaskError
from perpixel.masks.runs import encode_mask, to_label_studio

CROSS = np.zeros((10, 20), bool)
CROSS[2, 3:6] = CROSS[1:4, 4] = True


def _result(kind: str, label: str, **value: Any) -> dict[str, Any]:
    size = {"original_width": 20, "original_height": 10, "image_rotation": 0}
    return {"id": "x", "type": kind, "value": value | {kind: [label]}} | size


def _brush(label: str) -> dict[str, Any]:
    return _result("brushlabels", label, format="rle", rle=to_label_studio(encode_mask(CROSS)))


def _task(*results: Any, image: Any = "/data/upload/1/0a1b2c3d-a.png", **more: Any) -> dict[str, Any]:
    return {"id": 1, "data": {"image": image}, "annotations": [{"result": list(results)} | more], "predictions": []}


def _write(root: Path, *tasks: Any, name: str = "export.json") -> Path:
    (root / name).write_text(json.dumps(list(tasks)))
    return root / name


def test_every_result_is_drawn(tmp_path: Path) -> None:
    task = _task(
        _brush("cat"),
        _result("polygonlabels", "dog", points=[[5, 10], [5, 30], [20, 30], [20, 10]]),
        _result("rectanglelabels", "cat", x=50, y=50, width=10, height=20, rotation=0),
        _result("rectanglelabels", "cat", x=50, y=0, width=30, height=20, rotation=90),
        _result("ellipselabels", "dog", x=50, y=50, radiusX=20, radiusY=30),
        _result("keypointlabels", "dog", x=50, y=50),
        {"type": "relation", "from_id": "x", "to_id": "y"},
    )
    collection = LABEL_STUDIO.read(_write(tmp_path, task), Reading())
    assert (collection.kind, collection.classes.names) == ("instance", ("cat", "dog"))
    assert "2 results that are no labelled area" in collection.words
    ((split, entry),) = collection.entries
    assert (split, entry.picture) == ("all", None)
    brush, polygon, rectangle, turned, ellipse = entry.read().regions
    np.testing.assert_array_equal(brush.runs.decode(), CROSS)
    assert (polygon.label, polygon.runs.box, polygon.runs.area) == (1, (1, 1, 4, 3), 6)
    assert (rectangle.runs.box, rectangle.runs.area) == ((10, 5, 12, 7), 4)
    assert turned.runs.box == (8, 0, 10, 6)
    assert ellipse.runs.area == pytest.approx(np.pi * 12, abs=4)


def test_the_first_annotation_that_was_not_cancelled_counts(tmp_path: Path) -> None:
    put_picture_of(tmp_path / "images/a.png", (10, 20))
    put_picture_of(tmp_path / "images/b.png", (10, 20))
    task = _task(_brush("dog"), was_cancelled=True)
    task["annotations"] += [{"result": [_brush("cat")]}, {"result": []}]
    nothing = _task(image="/data/local-files/?d=images/b.png")
    _write(tmp_path, task, nothing, _task() | {"annotations": []})
    collection = LABEL_STUDIO.read(tmp_path, Reading())
    assert "1 tasks without an annotation" in collection.words
    found = [(entry.picture, len(entry.read().regions)) for _, entry in collection.entries]
    assert found == [(tmp_path / "images/a.png", 1), (tmp_path / "images/b.png", 0)]
    assert collection.classes.names == ("cat",)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (_result("brushlabels", "cat", rle=[1, 2]), "export.json: .*a.png: result 1, brushlabels: Label Studio brush"),
        (_result("brushlabels", "cat", rle="x"), "rle: expected a list"),
        (_result("brushlabels", "cat", format="png"), "the format 'png' is not read"),
        (_result("polygonlabels", "cat", points=[[1, 2]]), "a polygon of 1 points"),
        (_result("polygonlabels", "cat"), "points are a list of pairs"),
        (_result("rectanglelabels", "cat", x=1), "y: expected a number"),
        (_brush("cat") | {"image_rotation": 90}, "turned by 90 degrees"),
        (_brush("cat") | {"original_width": 21}, "Label Studio brush"),
    ],
)
def test_a_damaged_result_is_refused_when_it_is_read(tmp_path: Path, result: dict[str, Any], message: str) -> None:
    ((_, entry),) = LABEL_STUDIO.read(_write(tmp_path, _task(result)), Reading()).entries
    with pytest.raises(MaskError, match=message):
        entry.read()


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (_task(_brush("cat"), image="a.txt"), "task 1: nothing under `data` is the path of a picture"),
        (_task(_brush("cat")) | {"data": {"result": 1}}, "task 1: nothing under `data`"),
        (_task(_brush("cat"), 7), "task 1: expected an object"),
        (_task(_brush("cat")) | {"annotations": 7, "x": "result"}, "task 1: annotations: expected a list"),
        (_task(_brush(" ")), "brushlabels: expected a text"),
        (_task(_result("brushlabels", "cat") | {"value": 7}), "the value of a result of type brushlabels"),
        (_task(_brush("cat"), _brush("cat") | {"original_width": 21}), "the results are of 2 sizes"),
        (_task(_brush("cat") | {"original_width": "20"}), "a size of 10 x '20'"),
        (_task(), "there is no class"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, task: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        LABEL_STUDIO.read(_write(tmp_path, task), Reading())


@pytest.mark.parametrize("splits", [("all",), ("train", "val")])
def test_what_is_written_comes_back(tmp_path: Path, splits: tuple[str, ...]) -> None:
    generator = np.random.default_rng(4)
    pictures = {
        split: {"a": random_masks(generator, 4, (7, 5)), "deep/b": random_masks(generator, 2, (1, 8)), "empty": []}
        for split in splits
    }
    collection = collection_of(tmp_path / "in", pictures)
    again = written(LABEL_STUDIO, collection, tmp_path / "out")
    assert again.classes == collection.classes
    assert regions(again) == regions(collection)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 150), json_values), min_size=1, max_size=3), cut=st.integers(0, 800))
def test_any_change_to_a_good_file_is_read_or_refused(tmp_path: Path, changes: list[tuple[int, Any]], cut: int) -> None:
    polygon = _result("polygonlabels", "dog", points=[[5, 10], [5, 30], [20, 30]])
    data: list[Any] = [_task(polygon, _brush("cat"), _result("ellipselabels", "dog", x=5, y=5, radiusX=2, radiusY=3))]
    for place, value in changes:
        change(data, place, value)
    text = json.dumps(data)
    (tmp_path / "x.json").write_text(text if cut > 400 else text[:-cut])
    read_or_refuse(LABEL_STUDIO, tmp_path)
    read_or_refuse(LABEL_STUDIO, tmp_path / "x.json")
