"""Maps of ids: known ones, of 8, 16 and 32 bits, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from drawn_maps import IDS, put, truths
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray
from PIL import Image
from small_collection import collection_of, put_picture_of, read_or_refuse, regions, written

from perpixel.data.formats import find_format, read_collection
from perpixel.data.formats.format import Reading
from perpixel.data.formats.instance_png import INSTANCE_PNG
from perpixel.errors import DataError, MaskError
from perpixel.masks.raw import read_raw
from perpixel.pictures import write_png

QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _folder(root: Path, ids: list[list[int]], name: str = "a.png") -> Path:
    put_picture_of(root / "images" / "a.jpg", (len(ids), len(ids[0])))
    (root / "instance_masks").mkdir(parents=True)
    values = np.array(ids)
    if name.endswith(".tif"):
        tifffile.imwrite(root / "instance_masks" / name, values.astype(np.uint32))
    else:
        write_png(root / "instance_masks" / name, values.astype(np.uint16 if values.max() > 255 else np.uint8))
    return root


@QUICK
@given(first=IDS, second=IDS)
def test_all_things_come_back(
    first: NDArray[np.int32], second: NDArray[np.int32], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("ids")
    maps = {"train": {"a": first, "town/b": second}, "val": {"a": second}}
    splits = {
        split: {name: [(0, ids == n) for n in (1, 2, 3) if (ids == n).any()] for name, ids in own.items()}
        for split, own in maps.items()
    }
    sizes = {(split, name): ids.shape for split, own in maps.items() for name, ids in own.items()}
    for (split, name), size in sizes.items():
        put_picture_of(root / "in" / split / f"{name}.png", (size[0], size[1]))
    drawn = collection_of(root / "in", splits, names=("cell",))
    again = written(INSTANCE_PNG, drawn, root / "out")
    assert again.classes.names == ("cell",)
    assert regions(again) == regions(drawn)
    assert [entry.read().size for _, entry in again.entries] == [entry.read().size for _, entry in drawn.entries]


@pytest.mark.parametrize(("number", "name"), [(200, "a.png"), (40_000, "a.png"), (100_000, "a.tif")])
def test_a_known_map(number: int, name: str, tmp_path: Path) -> None:
    collection = read_collection(_folder(tmp_path, [[0, 1, number], [0, 1, 0]], name))
    assert (find_format(tmp_path), collection.kind, collection.classes.names) == (
        "instance-png",
        "instance",
        ("thing",),
    )
    truth = collection.entries[0][1].read()
    assert [(region.thing, region.runs.counts.tolist()) for region in truth.regions] == [
        (1, [2, 2, 2]),
        (number, [4, 1, 1]),
    ]


def test_later_things_cover_earlier_ones(tmp_path: Path) -> None:
    whole, part = np.ones((2, 3), bool), np.array([[0, 0, 1], [0, 0, 0]], bool)
    drawn = collection_of(tmp_path / "in", {"all": {"a": [(0, whole), (2, part)]}})
    put(INSTANCE_PNG, drawn, tmp_path / "out", pictures=True)
    assert read_raw(tmp_path / "out" / "instance_masks" / "a.png").values.tolist() == [[1, 1, 2], [1, 1, 1]]
    assert read_collection(tmp_path / "out").classes.names == ("thing",)


def test_things_without_their_pictures(tmp_path: Path) -> None:
    drawn = collection_of(
        tmp_path / "in", {"train": {"a": [(0, np.ones((1, 4), bool))]}, "val": {"b": []}}, names=("x",)
    )
    put(INSTANCE_PNG, drawn, tmp_path / "out", pictures=False)
    again = read_collection(tmp_path / "out")
    assert truths(again) == truths(drawn)
    assert [entry.picture for _, entry in again.entries] == [None, None]


def test_a_folder_of_ids_that_the_names_do_not_tell(tmp_path: Path) -> None:
    _folder(tmp_path, [[0, 1]])
    (tmp_path / "instance_masks").rename(tmp_path / "cells")
    with pytest.raises(DataError, match="no folder of ids such as instance_masks/; name it"):
        read_collection(tmp_path, "instance-png")
    assert len(read_collection(tmp_path, "instance-png", Reading(masks="cells")).entries) == 1


def test_what_is_wrong_is_said_with_the_file(tmp_path: Path) -> None:
    _folder(tmp_path, [[0, 1]])
    write_png(tmp_path / "instance_masks" / "a.png", np.zeros((1, 2, 3), np.uint8))
    with pytest.raises(MaskError, match=r"a\.png: the file has colors; ids are numbers"):
        read_collection(tmp_path).entries[0][1].read()
    write_png(tmp_path / "instance_masks" / "a.png", np.zeros((2, 2), np.uint8))
    with pytest.raises(MaskError, match=r"a\.png: the mask is 2 x 2 .*, its picture"):
        read_collection(tmp_path).entries[0][1].read()
    (tmp_path / "classes.yaml").write_text("classes: [cat, dog]\n")
    with pytest.raises(DataError, match="2 classes; in maps of ids all things are of one"):
        read_collection(tmp_path)


def test_a_picture_without_ids_is_said(tmp_path: Path) -> None:
    put_picture_of(_folder(tmp_path, [[0, 1]]) / "images" / "b.jpg", (1, 2))
    with pytest.raises(DataError, match=r"1 of 2 pictures has no mask: images/b\.jpg"):
        read_collection(tmp_path)


@QUICK
@given(place=..., value=...)
def test_damaged_files_are_refused(place: int, value: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = _folder(tmp_path_factory.mktemp("damaged"), [[0, 1], [2, 0]])
    file = root / "instance_masks" / "a.png"
    data = bytearray(file.read_bytes())
    data[place % len(data)] = value % 256
    file.write_bytes(data)
    read_or_refuse(INSTANCE_PNG, root)


@pytest.mark.parametrize("turned", [False, True])
def test_ids_lie_on_a_turned_picture_as_label_maps_do(turned: bool, tmp_path: Path) -> None:
    ids = np.array([[1, 1, 0], [0, 0, 2]], np.uint8)  # as stored; upright, it is turned to the right
    root = _folder(tmp_path, (np.rot90(ids, -1) if turned else ids).tolist())
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (3, 2)).save(root / "images" / "a.jpg", exif=exif)
    truth = read_collection(root).entries[0][1].read()
    assert truth.size == (3, 2)
    assert [np.argwhere(region.runs.decode()).tolist() for region in truth.regions] == [[[0, 1], [1, 1]], [[2, 0]]]
