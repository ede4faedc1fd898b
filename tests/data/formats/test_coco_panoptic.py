"""COCO panoptic: ids as colors, what the file says of segments, and files that do not agree."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_maps import IDS, TABLE, assert_comes_back, panoptic, put
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from small_collection import change, json_values, put_picture_of, read_or_refuse

from perpixel.data.annotation import Annotation, Collection, Entry, Region
from perpixel.data.formats import find_format, read_collection
from perpixel.data.formats.coco_panoptic import COCO_PANOPTIC
from perpixel.errors import DataError, MaskError
from perpixel.masks.runs import encode_mask
from perpixel.pictures import write_png

QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
IDS_KNOWN = np.array([[3937500, 3937500, 7], [0, 66051, 7]])


def _data() -> dict[str, Any]:
    return {
        "images": [{"id": 5, "file_name": "a.jpg", "height": 2, "width": 3}],
        "annotations": [
            {
                "image_id": 5,
                "file_name": "a.png",
                "segments_info": [
                    {"id": 3937500, "category_id": 1, "iscrowd": 0, "area": 2, "bbox": [0, 0, 2, 1]},
                    {"id": 66051, "category_id": 1, "iscrowd": 1, "area": 1, "bbox": [1, 1, 1, 1]},
                    {"id": 7, "category_id": 184, "iscrowd": 0, "area": 2, "bbox": [2, 0, 1, 2]},
                ],
            }
        ],
        "categories": [
            {"id": 1, "name": "person", "isthing": 1, "color": [220, 20, 60]},
            {"id": 184, "name": "tree-merged", "isthing": 0, "color": [107, 142, 35]},
        ],
    }


def _known(root: Path, data: Any, ids: NDArray[Any] = IDS_KNOWN) -> Path:
    put_picture_of(root / "input_images" / "a.jpg", (2, 3))
    (root / "panoptic_examples").mkdir(parents=True)
    colors = np.stack([ids % 256, ids // 256 % 256, ids // 65536], axis=2).astype(np.uint8)
    write_png(root / "panoptic_examples" / "a.png", colors)
    (root / "panoptic_examples.json").write_text(json.dumps(data))
    return root


@QUICK
@given(first=IDS, second=IDS)
def test_all_segments_come_back(first: NDArray[np.int32], second: NDArray[np.int32], tmp_path: Path) -> None:
    assert_comes_back(COCO_PANOPTIC, panoptic(tmp_path, {"train": {"a": first, "town/b": second}, "val": {"a": first}}))
    assert_comes_back(COCO_PANOPTIC, panoptic(tmp_path, {"all": {"a": first}}))


def test_segments_come_back_without_their_pictures(tmp_path: Path) -> None:
    ids = np.array([[0, 1, 2]], np.int32)
    drawn = panoptic(tmp_path, {"train": {"a": ids}, "val": {"b": ids}})
    assert_comes_back(COCO_PANOPTIC, drawn, pictures=False)


def test_a_known_file(tmp_path: Path) -> None:
    collection = read_collection(_known(tmp_path, _data()))
    assert (find_format(tmp_path), collection.kind) == ("coco-panoptic", "panoptic")
    assert [(entry.name, entry.color, entry.thing) for entry in collection.classes] == [
        ("person", (220, 20, 60), True), ("tree-merged", (107, 142, 35), False)
    ]  # fmt: skip
    ((split, entry),) = collection.entries
    assert (split, entry.name, collection.picture_of(entry).name) == ("all", "a", "a.jpg")
    truth = entry.read()
    assert {(region.label, region.thing, region.crowd, region.runs.area) for region in truth.regions} == {
        (0, 3937500, False, 2), (0, None, True, 1), (1, None, False, 2)
    }  # fmt: skip
    assert truth.ignored is not None
    assert truth.ignored.box == (0, 1, 1, 2)
    assert read_collection(tmp_path / "panoptic_examples.json").picture_of(entry).name == "a.jpg"


def test_color_area_and_box_are_those_of_the_reference(tmp_path: Path) -> None:
    masks = np.array([[1, 1, 2], [0, 3, 2]])
    regions = [Region(1, encode_mask(masks == 1), 3937500), Region(0, encode_mask(masks == 2))]
    regions.append(Region(1, encode_mask(masks == 3), None, crowd=True))
    truth = Annotation((2, 3), tuple(regions), encode_mask(masks == 0))
    drawn = Collection(tmp_path, "drawn", "panoptic", TABLE, {"val": (Entry("a", None, lambda: truth),)}, "")
    put(COCO_PANOPTIC, drawn, tmp_path, pictures=False)
    with Image.open(tmp_path / "annotations" / "panoptic_val" / "a.png") as image:
        assert image.mode == "RGB"
        colors = np.array(image).astype(int)
    ids = colors[:, :, 0] + 256 * colors[:, :, 1] + 256**2 * colors[:, :, 2]
    assert ids.tolist() == [[3937500, 3937500, 1], [0, 2, 1]]
    data = json.loads((tmp_path / "annotations" / "panoptic_val.json").read_text())
    assert data["images"] == [{"id": 1, "file_name": "a.png", "height": 2, "width": 3}]
    assert sorted(data["annotations"][0]["segments_info"], key=lambda segment: segment["id"]) == [
        {"id": 1, "category_id": 1, "area": 2, "bbox": [2, 0, 1, 2], "iscrowd": 0},
        {"id": 2, "category_id": 2, "area": 1, "bbox": [1, 1, 1, 1], "iscrowd": 1},
        {"id": 3937500, "category_id": 2, "area": 2, "bbox": [0, 0, 2, 1], "iscrowd": 0},
    ]
    assert [category["isthing"] for category in data["categories"]] == [0, 1, 1]


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([[3937500, 66051, 7], [9, 9, 9]], r"a\.png: segment 9 has pixels, but no segments_info"),
        ([[3937500, 66051, 0], [0, 0, 0]], r"a\.png: segment 7 is not in the PNG"),
    ],
)
def test_png_and_json_must_agree(ids: list[list[int]], words: str, tmp_path: Path) -> None:
    collection = read_collection(_known(tmp_path, _data(), np.array(ids)))
    with pytest.raises(MaskError, match=words):
        collection.entries[0][1].read()


@pytest.mark.parametrize(
    ("key", "words"),
    [("categories", "'categories' is missing"), ("images", "'images' is missing"), ("annotations", "is missing")],
)
def test_what_is_missing_is_said(key: str, words: str, tmp_path: Path) -> None:
    data = _data()
    del data[key]
    with pytest.raises(DataError, match=words):
        read_collection(_known(tmp_path, data))


def test_broken_json_is_said(tmp_path: Path) -> None:
    _known(tmp_path, _data())
    (tmp_path / "panoptic_examples.json").write_text('{"images": [')
    with pytest.raises(DataError, match=r"panoptic_examples\.json: cannot be read as JSON"):
        read_collection(tmp_path)


def test_a_picture_that_is_not_there_has_no_path(tmp_path: Path) -> None:
    _known(tmp_path, _data())
    (tmp_path / "input_images" / "a.jpg").unlink()
    ((_, entry),) = read_collection(tmp_path).entries
    assert entry.picture is None
    assert entry.read().size == (2, 3)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 60), value=json_values)
@example(place=7, value=math.inf)
def test_nothing_but_an_error_of_data_comes_of_a_changed_file(
    place: int, value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = _data()
    change(data, place, value)
    read_or_refuse(COCO_PANOPTIC, _known(tmp_path_factory.mktemp("changed"), data))
