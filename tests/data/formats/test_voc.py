"""Pascal VOC: its palette and lists to the byte, things, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_maps import IDS, MAPS, TABLE, assert_comes_back, panoptic, put, semantic, truths
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray
from PIL import Image
from small_collection import collection_of, put_picture_of

from perpixel.classes import ClassTable
from perpixel.data.adapting import adapt, adaptation
from perpixel.data.formats import find_format, read_collection
from perpixel.data.formats.voc import VOC
from perpixel.errors import DataError, MaskError

QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _palette_png(path: Path, values: list[list[int]], palette: bytes = b"") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.array(values, np.uint8))
    image.putpalette(palette or bytes(range(256)) * 3)
    image.save(path)


def _voc(root: Path, labels: list[list[int]], ids: list[list[int]]) -> Path:
    put_picture_of(root / "JPEGImages" / "a.jpg", (len(labels), len(labels[0])))
    _palette_png(root / "SegmentationClass" / "a.png", labels)
    _palette_png(root / "SegmentationObject" / "a.png", ids)
    return root


@QUICK
@given(first=MAPS, second=MAPS)
def test_every_label_map_comes_back(first: NDArray[np.uint8], second: NDArray[np.uint8], tmp_path: Path) -> None:
    assert_comes_back(VOC, semantic(tmp_path, {"train": {"a": first, "b": second}, "val": {"c": second}}))


@QUICK
@given(first=IDS, second=IDS)
def test_all_things_come_back(first: NDArray[np.int32], second: NDArray[np.int32], tmp_path: Path) -> None:
    drawn = panoptic(tmp_path / "in", {"train": {"a": first}, "val": {"b": second}})
    with_stuff = ClassTable((*TABLE.classes[1:], TABLE[0]))  # no background comes first, so that nothing is left out
    again = assert_comes_back(VOC, panoptic(tmp_path / "in", {"all": {"a": first}}, with_stuff))
    assert again.classes.names == ("cat", "street lamp", "background")
    assert drawn.kind == "panoptic"


def test_without_the_background_things_alone_are_instances(tmp_path: Path) -> None:
    left, right = np.array([[1, 1, 0], [1, 0, 0]], bool), np.array([[0, 0, 1], [0, 0, 1]], bool)
    drawn = collection_of(tmp_path / "in", {"all": {"a": [(2, left), (0, right)]}})
    put(VOC, adapt(drawn, adaptation(drawn, VOC)), tmp_path, pictures=True)
    again = read_collection(tmp_path)
    assert (again.format, again.kind, again.classes.names) == ("voc", "instance", drawn.classes.names)
    assert truths(again) == truths(drawn)
    with Image.open(tmp_path / "SegmentationClass" / "a.png") as image:
        assert np.array(image).tolist() == [[3, 3, 1], [3, 0, 1]]
    with Image.open(tmp_path / "SegmentationObject" / "a.png") as image:
        assert np.array(image).tolist() == [[1, 1, 2], [1, 0, 2]]


def test_the_palette_is_that_of_voc(tmp_path: Path) -> None:
    drawn = semantic(tmp_path / "in", {"all": {"a": np.array([[0, 1, 2, 255]], np.uint8)}})
    put(VOC, drawn, tmp_path, pictures=False)
    with Image.open(tmp_path / "SegmentationClass" / "a.png") as image:
        palette = image.getpalette()
    assert palette is not None
    assert [palette[3 * n : 3 * n + 3] for n in (0, 1, 2, 3, 15, 20, 255)] == [
        [0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [192, 128, 128], [0, 64, 128], [224, 224, 192]
    ]  # fmt: skip


def test_the_lists_have_a_name_a_line(tmp_path: Path) -> None:
    one = np.zeros((1, 1), np.uint8)
    drawn = semantic(tmp_path / "in", {"train": {"b": one, "town/a": one}, "val": {"c": one}})
    put(VOC, drawn, tmp_path, pictures=True)
    lists = tmp_path / "ImageSets" / "Segmentation"
    assert {path.name: path.read_text() for path in lists.iterdir()} == {
        "train.txt": "b\ntown__a\n",
        "val.txt": "c\n",
        "trainval.txt": "b\ntown__a\nc\n",
    }


def test_a_known_folder_of_voc(tmp_path: Path) -> None:
    _voc(tmp_path, [[0, 15, 255, 15], [0, 7, 255, 15]], [[0, 1, 255, 2], [0, 3, 255, 2]])
    assert find_format(tmp_path) == "voc"
    collection = read_collection(tmp_path)
    assert (collection.kind, len(collection.classes), collection.classes.names[14]) == ("instance", 20, "person")
    truth = collection.entries[0][1].read()
    found = [(collection.classes[region.label].name, region.thing, region.runs.area) for region in truth.regions]
    assert found == [("person", 1, 1), ("person", 2, 2), ("car", 3, 1)]
    assert truth.ignored is not None
    assert truth.ignored.area == 2


def test_an_object_of_two_classes_is_refused(tmp_path: Path) -> None:
    collection = read_collection(_voc(tmp_path, [[15, 7]], [[1, 1]]))
    with pytest.raises(MaskError, match=r"a\.png: id 1 has pixels of car and of person"):
        collection.entries[0][1].read()


def test_255_things_are_one_too_many(tmp_path: Path) -> None:
    ids = np.arange(1, 256, dtype=np.int32).reshape(1, 255)
    masks = [(0, ids == number) for number in range(1, 256)]
    drawn = collection_of(tmp_path / "in", {"all": {"a": masks}})
    with pytest.raises(DataError, match="a: 255 things; Pascal VOC holds 254 a picture"):
        put(VOC, adapt(drawn, adaptation(drawn, VOC)), tmp_path, pictures=False)


def test_a_missing_file_of_objects_is_said(tmp_path: Path) -> None:
    _voc(tmp_path, [[0, 15]], [[0, 1]])
    (tmp_path / "SegmentationObject" / "a.png").unlink()
    with pytest.raises(MaskError, match=r"SegmentationObject/a\.png: cannot be read"):
        read_collection(tmp_path).entries[0][1].read()
