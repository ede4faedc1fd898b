"""Cityscapes: raw ids, train ids and the ids of things, its own classes and others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_maps import IDS, MAPS, TABLE, assert_comes_back, panoptic, put, semantic
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray
from small_collection import put_picture_of

from perpixel.classes import CITYSCAPES as CLASSES
from perpixel.classes import ClassTable
from perpixel.data.annotation import Annotation, Collection, Entry, Region
from perpixel.data.formats import find_format, read_collection
from perpixel.data.formats.cityscapes import CITYSCAPES
from perpixel.errors import DataError, MaskError
from perpixel.masks.raw import read_raw
from perpixel.masks.runs import encode_mask
from perpixel.pictures import write_png

QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _known(root: Path, values: list[list[int]], name: str = "aachen_000000_000019") -> Path:
    size = len(values), len(values[0])
    put_picture_of(root / "leftImg8bit" / "train" / "aachen" / f"{name}_leftImg8bit.png", size)
    folder = root / "gtFine" / "train" / "aachen"
    folder.mkdir(parents=True, exist_ok=True)
    ids = np.array(values)
    write_png(folder / f"{name}_gtFine_labelIds.png", np.where(ids >= 1000, ids // 1000, ids).astype(np.uint8))
    write_png(folder / f"{name}_gtFine_instanceIds.png", ids.astype(np.uint16))
    write_png(folder / f"{name}_gtFine_color.png", np.zeros((*size, 3), np.uint8))
    return root


@QUICK
@given(first=MAPS, second=MAPS)
def test_every_label_map_comes_back(first: NDArray[np.uint8], second: NDArray[np.uint8], tmp_path: Path) -> None:
    maps = {"train": {"city/a": first, "city/b": second}, "val": {"city/a": second}}
    assert_comes_back(CITYSCAPES, semantic(tmp_path, maps))
    assert_comes_back(CITYSCAPES, semantic(tmp_path, maps, ClassTable(CLASSES.classes[:3])))


@QUICK
@given(first=IDS, second=IDS)
def test_all_things_come_back(first: NDArray[np.int32], second: NDArray[np.int32], tmp_path: Path) -> None:
    assert_comes_back(CITYSCAPES, panoptic(tmp_path, {"train": {"city/a": first, "ulm/b": second}}))


def test_masks_come_back_without_their_pictures(tmp_path: Path) -> None:
    ids = np.array([[0, 1, 2, 3, 3]], np.int32)
    assert_comes_back(
        CITYSCAPES, panoptic(tmp_path, {"train": {"city/a": ids}, "val": {"city/b": ids}}), pictures=False
    )


def test_a_known_folder(tmp_path: Path) -> None:
    collection = read_collection(_known(tmp_path, [[7, 26001, 26002, 24, 3], [7, 26001, 26002, 24, 0]]))
    assert (find_format(tmp_path), collection.kind, collection.classes) == ("cityscapes", "panoptic", CLASSES)
    ((split, entry),) = collection.entries
    assert (split, entry.name) == ("train", "aachen/aachen_000000_000019")
    truth = entry.read()
    found = [(CLASSES[region.label].name, region.thing, region.crowd) for region in truth.regions]
    assert found == [("road", None, False), ("person", None, True), ("car", 26001, False), ("car", 26002, False)]
    assert truth.ignored is not None
    assert truth.ignored.box == (4, 0, 5, 2)


def test_the_values_are_those_of_cityscapes(tmp_path: Path) -> None:
    masks = np.array([[0, 1, 2, 3, 4, 5]])
    regions = [
        Region(CLASSES.index(name), encode_mask(masks == column), thing, crowd)
        for column, (name, thing, crowd) in enumerate(
            [("road", None, False), ("car", 7, False), ("car", 9, False), ("person", 2, False), ("person", None, True)]
        )
    ]
    truth = Annotation((1, 6), tuple(regions), encode_mask(masks == 5))
    drawn = Collection(tmp_path, "drawn", "panoptic", CLASSES, {"val": (Entry("ulm/a", None, lambda: truth),)}, "")
    put(CITYSCAPES, drawn, tmp_path, pictures=False)
    place = tmp_path / "gtFine" / "val" / "ulm"
    values = {
        kind: read_raw(place / f"a_gtFine_{kind}.png").values.tolist()
        for kind in ("labelIds", "labelTrainIds", "instanceIds")
    }
    assert values == {
        "labelIds": [[7, 26, 26, 24, 24, 0]],
        "labelTrainIds": [[0, 13, 13, 11, 11, 255]],
        "instanceIds": [[7, 26000, 26001, 24000, 24, 0]],
    }
    assert not (tmp_path / "classes.yaml").exists()


def test_other_classes_have_their_number_plus_one(tmp_path: Path) -> None:
    drawn = panoptic(tmp_path / "in", {"all": {"a": np.array([[0, 1, 3, 2]], np.int32)}})
    put(CITYSCAPES, drawn, tmp_path, pictures=True)
    values = read_raw(tmp_path / "gtFine" / "train" / "city" / "a_gtFine_instanceIds.png").values
    assert values.tolist() == [[1, 2000, 2001, 3000]]
    assert read_collection(tmp_path).classes.names == TABLE.names


def test_an_unknown_id_is_refused(tmp_path: Path) -> None:
    collection = read_collection(_known(tmp_path, [[7, 26001]]))
    write_png(next(tmp_path.rglob("*_instanceIds.png")), np.array([[7, 50001]], np.uint16))
    with pytest.raises(MaskError, match=r"instanceIds\.png: value 50001 is of id 50, which is no class"):
        collection.entries[0][1].read()


def test_more_than_a_thousand_things_of_a_class_are_refused(tmp_path: Path) -> None:
    ids = np.arange(1001).reshape(1, -1)
    regions = tuple(Region(1, encode_mask(ids == number), number + 1) for number in range(1001))
    entry = Entry("a", None, lambda: Annotation((1, 1001), regions))
    drawn = Collection(tmp_path, "drawn", "panoptic", TABLE, {"train": (entry,)}, "")
    with pytest.raises(DataError, match="a: 1001 things"):
        put(CITYSCAPES, drawn, tmp_path, pictures=False)
