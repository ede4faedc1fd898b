"""COCO instances: known files, what pycocotools reads of ours, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO as PycocotoolsCoco  # noqa: N811
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

from perpixel.data.formats.coco import COCO
from perpixel.data.formats.coco_json import read_coco_json
from perpixel.data.formats.format import Reading
from perpixel.data.formats.picture_files import split_folder
from perpixel.errors import DataError, MaskError

CATEGORIES = [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}]
SQUARE = [1, 1, 1, 3, 4, 3, 4, 1]
IMAGE = {"id": 1, "file_name": "a.png", "height": 5, "width": 6}


def _data(*annotations: dict[str, Any], **changes: Any) -> dict[str, Any]:
    whole = [{"id": n, "image_id": 1, "category_id": 3} | given for n, given in enumerate(annotations, 1)]
    return {"images": [IMAGE], "annotations": whole, "categories": CATEGORIES} | changes


def _write(path: Path, data: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))
    return path


def test_polygons_run_lengths_and_categories_with_gaps(tmp_path: Path) -> None:
    counts = {"size": [5, 6], "counts": [0, 4, 26]}
    data = _data(
        {"segmentation": [SQUARE, [5, 4, 6, 4, 6, 5, 5, 5]]},
        {"segmentation": {"size": [5, 6], "counts": "6230009"}, "category_id": 7},
        {"segmentation": counts, "iscrowd": 1},
        {"segmentation": [[9, 9, 8, 9, 8, 8]]},
    )
    collection = COCO.read(_write(tmp_path / "x.json", data), Reading())
    assert (collection.kind, collection.classes.names) == ("instance", ("cat", "dog"))
    ((split, entry),) = collection.entries
    assert (split, entry.name, entry.picture) == ("all", "a", None)
    truth = entry.read()
    assert truth.size == (5, 6)
    assert [(region.label, region.thing, region.crowd, region.runs.area) for region in truth.regions] == [
        (0, 1, False, 7),
        (1, 2, False, 6),
        (0, 3, True, 4),
    ]
    assert truth.ignored is None


def test_images_are_sorted_by_id_and_pictures_found_in_their_folder(tmp_path: Path) -> None:
    images = [{"id": 2, "file_name": "b.jpg"}, {"id": 10, "file_name": "c.jpg"}, {"id": 1, "file_name": "sub/a.jpg"}]
    for picture in ("train2017/sub/a.jpg", "train2017/b.jpg", "train2017/c.jpg", "val2017/b.jpg"):
        put_picture_of(tmp_path / picture, (5, 6))
    _write(tmp_path / "annotations/instances_train2017.json", _data({"segmentation": [SQUARE]}, images=images))
    _write(tmp_path / "annotations/instances_val2017.json", _data(images=images[:1]))
    _write(tmp_path / "annotations/person_keypoints_train2017.json", _data(images=images))
    collection = COCO.read(tmp_path, Reading())
    found = {split: [entry.picture for entry in entries] for split, entries in collection.splits.items()}
    train = [tmp_path / "train2017" / name for name in ("sub/a.jpg", "b.jpg", "c.jpg")]
    assert found == {"train": train, "val": [tmp_path / "val2017/b.jpg"]}
    assert collection.entries[0][1].read().regions[0].runs.area == 6


def test_a_file_beside_the_pictures_of_each_split(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        put_picture_of(tmp_path / split / "a.png", (5, 6))
        _write(tmp_path / split / "_annotations.coco.json", _data({"segmentation": [SQUARE]}))
    collection = COCO.read(tmp_path, Reading())
    assert [(split, entry.picture) for split, entry in collection.entries] == [
        ("train", tmp_path / "train/a.png"),
        ("val", tmp_path / "valid/a.png"),
    ]


def test_a_box_without_a_mask_is_not_judged_and_boxes_alone_are_refused(tmp_path: Path) -> None:
    box = {"bbox": [1, 1, 3, 2]}
    path = _write(tmp_path / "x.json", _data({"segmentation": [SQUARE]}, box | {"segmentation": [[]]}, box))
    collection = COCO.read(path, Reading())
    assert "2 annotations have a box and no mask" in collection.words
    truth = collection.entries[0][1].read()
    assert truth.ignored is not None
    assert truth.ignored.box == (1, 1, 4, 3)
    with pytest.raises(DataError, match="none of the 1 annotations has a mask"):
        COCO.read(_write(tmp_path / "x.json", _data(box)), Reading())


def test_a_mask_of_a_picture_as_stored_is_turned_with_it(tmp_path: Path) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    Image.new("RGB", (6, 5)).save(tmp_path / "a.png", exif=exif)
    path = _write(tmp_path / "x.json", _data({"segmentation": [[0, 0, 0, 1, 2, 1, 2, 0]]}))
    ((_, entry),) = COCO.read(path, Reading()).entries
    truth = entry.read()
    assert truth.size == (6, 5)
    assert truth.regions[0].runs.box == (4, 0, 5, 2)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "expected an object"),
        ({"images": [], "annotations": []}, "categories: expected a list"),
        (_data(categories=[]), "there is no class"),
        (_data(categories=[{"id": "x", "name": "cat"}]), "category 1 has the id 'x'"),
        (_data(categories=[{"id": 1, "name": ""}]), "the name of category 1: expected a text"),
        (_data(images=[IMAGE, IMAGE]), "image 2 has the id 1; ids are numbers or texts, each once"),
        (_data(images=[{"id": 1}]), "file_name of the image 1: expected a text"),
        (_data(images=[IMAGE | {"height": -1}]), "a.png: a size of -1 x 6"),
        (_data({"image_id": 8}), "annotation 1 is of the image 8, which is not listed"),
        (_data({"category_id": 8}), "annotation 1 is of the category 8, which is not listed"),
        (
            _data({"segmentation": [SQUARE]}, {"category_id": 7}, categories=[CATEGORIES[0], {"id": 3, "name": "dog"}]),
            "found more than once: dog",
        ),
        (_data(images=[IMAGE, IMAGE | {"id": 2, "file_name": "a.jpg"}]), "two pictures are called 'a'"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, data: Any, message: str) -> None:
    path = _write(tmp_path / "x.json", data)
    with pytest.raises(DataError, match=message):
        COCO.read(path, Reading()) if COCO.recognize(path) else read_coco_json(path)


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        ({"segmentation": [[0, 0, 1, 1]]}, "x.json: a.png: annotation 1: a polygon of 2 points"),
        ({"segmentation": {"size": [6, 5], "counts": "6230009"}}, "run lengths of 6 x 5 in a picture of 5 x 6"),
        ({"segmentation": {"size": [5, 6], "counts": "623000"}}, "annotation 1: COCO text"),
        ({"segmentation": "x"}, "COCO polygons are lists"),
    ],
)
def test_a_damaged_mask_is_refused_when_it_is_read(tmp_path: Path, annotation: dict[str, Any], message: str) -> None:
    ((_, entry),) = COCO.read(_write(tmp_path / "x.json", _data(annotation)), Reading()).entries
    with pytest.raises(MaskError, match=message):
        entry.read()


def test_a_size_that_is_huge_or_not_the_pictures_is_refused(tmp_path: Path) -> None:
    data = _data({"segmentation": [SQUARE]}, images=[IMAGE | {"height": 10**6, "width": 10**6}])
    path = _write(tmp_path / "x.json", data)
    with pytest.raises(MaskError, match="the limit is"):
        COCO.read(path, Reading()).entries[0][1].read()
    put_picture_of(tmp_path / "a.png", (5, 6))
    with pytest.raises(MaskError, match="annotated at 1000000 x 1000000"):
        COCO.read(path, Reading()).entries[0][1].read()


def test_splits_with_other_categories_and_pictures_that_lack_are_refused(tmp_path: Path) -> None:
    _write(tmp_path / "instances_train.json", _data({"segmentation": [SQUARE]}))
    other = _write(tmp_path / "instances_val.json", _data(categories=[{"id": 3, "name": "cow"}]))
    with pytest.raises(DataError, match="the categories of all splits must be the same"):
        COCO.read(tmp_path, Reading())
    other.unlink()
    put_picture_of(tmp_path / "a.png", (5, 6))
    _write(tmp_path / "instances_train.json", _data(images=[IMAGE, {"id": 2, "file_name": "b.png"}]))
    with pytest.raises(DataError, match=r"1 of 2 pictures are not below .*: b.png"):
        COCO.read(tmp_path, Reading())


def test_an_unused_category_of_a_name_that_another_has_is_passed_over(tmp_path: Path) -> None:
    categories = [{"id": 0, "name": "cat"}, {"id": 3, "name": "cat"}]
    collection = COCO.read(
        _write(tmp_path / "x.json", _data({"segmentation": [SQUARE]}, categories=categories)), Reading()
    )
    assert collection.classes.names == ("cat",)


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # of pycocotools with numpy 2
@pytest.mark.parametrize("splits", [("all",), ("train", "val")])
def test_what_is_written_comes_back_and_pycocotools_reads_the_same(tmp_path: Path, splits: tuple[str, ...]) -> None:
    generator = np.random.default_rng(1)
    pictures = {
        split: {"a": random_masks(generator, 4, (7, 5)), "deep/b": random_masks(generator, 2, (1, 8)), "empty": []}
        for split in splits
    }
    collection = collection_of(tmp_path / "in", pictures)
    again = written(COCO, collection, tmp_path / "out")
    assert again.classes == collection.classes
    assert regions(again) == regions(collection)
    for split in splits:
        theirs = PycocotoolsCoco(str(tmp_path / f"out/annotations/instances_{split}.json"))
        for image in theirs.imgs.values():
            assert cv2.imread(str(split_folder(tmp_path / "out/images", split) / image["file_name"])) is not None
            drawn = pictures[split][image["file_name"].removesuffix(".png")]
            found = theirs.loadAnns(theirs.getAnnIds(imgIds=[image["id"]]))
            assert len(found) == len(drawn)
            for annotation, (label, mask) in zip(found, drawn, strict=True):
                np.testing.assert_array_equal(theirs.annToMask(annotation).astype(bool), mask)
                own = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
                assert annotation["segmentation"]["counts"] == own["counts"].decode()
                assert annotation["area"] == coco_mask.area(own)
                assert annotation["bbox"] == coco_mask.toBbox(own).tolist()
                assert annotation["category_id"] == label + 1


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 40), json_values), min_size=1, max_size=3), cut=st.integers(0, 600))
def test_any_change_to_a_good_file_is_read_or_refused(tmp_path: Path, changes: list[tuple[int, Any]], cut: int) -> None:
    data = _data(
        {"segmentation": [SQUARE], "bbox": [1, 1, 3, 2]}, {"segmentation": {"size": [5, 6], "counts": "6230009"}}
    )
    for place, value in changes:
        change(data, place, value)
    text = json.dumps(data)
    (tmp_path / "x.json").write_text(text if cut > 300 else text[:-cut])
    read_or_refuse(COCO, tmp_path)
    read_or_refuse(COCO, tmp_path / "x.json")
