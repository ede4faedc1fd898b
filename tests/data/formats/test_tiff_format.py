"""TIFF masks: bands, pages of classes and of things, stacks of slices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from drawn_maps import IDS, put, truths
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from small_collection import collection_of, put_picture_of, random_masks, read_or_refuse, regions, written

from perpixel.data.annotation import Collection
from perpixel.data.formats import find_format, read_collection
from perpixel.data.formats.format import Reading
from perpixel.data.formats.tiff import TIFF_BANDS, TIFF_PAGES
from perpixel.errors import DataError, MaskError

QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
A, B = np.array([[1, 1, 0]], bool), np.array([[0, 1, 1]], bool)


def _layers(root: Path, values: NDArray[np.uint8], **options: object) -> Path:
    put_picture_of(root / "images" / "a.png", (1, 3))
    (root / "masks").mkdir(parents=True)
    tifffile.imwrite(root / "masks" / "a.tif", values, photometric="minisblack", metadata=None, **options)  # type: ignore[arg-type]
    return root


def _areas(collection: Collection) -> list[tuple[str, int]]:
    return [
        (collection.classes[region.label].name, region.runs.area) for region in collection.entries[0][1].read().regions
    ]


@QUICK
@given(seed=st.integers(0, 2**20), height=st.integers(1, 5), width=st.integers(1, 6), count=st.integers(0, 4))
def test_things_that_overlap_come_back_as_pages(
    seed: int, height: int, width: int, count: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root, generator = tmp_path_factory.mktemp("pages"), np.random.default_rng(seed)
    masks = {name: random_masks(generator, count, (height, width)) for name in ("a", "town/b")}
    drawn = collection_of(root / "in", {"train": masks, "val": {"c": random_masks(generator, 2, (height, width))}})
    again = written(TIFF_PAGES, drawn, root / "out")
    assert again.kind == "instance"
    assert regions(again) == regions(drawn)


@pytest.mark.parametrize("name", ["tiff-pages", "tiff-bands"])
@QUICK
@given(first=IDS, second=IDS)
def test_layers_of_classes_come_back(
    name: str, first: NDArray[np.int32], second: NDArray[np.int32], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("layers")
    maps = {"all": {"a": first, "b": second}}
    splits = {
        split: {key: [(n, ids != n) for n in (0, 1, 2) if (ids != n).any()] for key, ids in own.items()}
        for split, own in maps.items()
    }
    drawn = collection_of(root / "in", splits, kind="multilabel")
    form = TIFF_PAGES if name == "tiff-pages" else TIFF_BANDS
    again = written(form, drawn, root / "out")
    assert (again.kind, again.classes.names) == ("multilabel", drawn.classes.names)
    assert regions(again) == regions(drawn)


def test_a_page_is_named_by_its_class_and_number(tmp_path: Path) -> None:
    drawn = collection_of(tmp_path / "in", {"all": {"a": [(1, A), (0, B)], "b": []}})
    put(TIFF_PAGES, drawn, tmp_path, pictures=True)
    with tifffile.TiffFile(tmp_path / "masks" / "a.tif") as file:
        assert [page.tags[285].value for page in file.pages] == ["dog #1", "cat #2"]
        np.testing.assert_array_equal(file.pages[1].asarray(), [[0, 255, 255]])
    with Image.open(tmp_path / "masks" / "a.tif") as image:
        assert image.n_frames == 2  # type: ignore[attr-defined]
    with tifffile.TiffFile(tmp_path / "masks" / "b.tif") as file:
        assert len(file.pages) == 1


def test_pages_without_names_are_the_classes_in_order(tmp_path: Path) -> None:
    _layers(tmp_path, np.stack([A, B]).astype(np.uint8))
    (tmp_path / "classes.yaml").write_text("classes: [scratch, stain]\n")
    collection = read_collection(tmp_path)
    assert (find_format(tmp_path), collection.kind) == ("tiff-pages", "multilabel")
    assert _areas(collection) == [("scratch", 2), ("stain", 2)]


def test_pages_without_names_or_classes_are_things(tmp_path: Path) -> None:
    collection = read_collection(_layers(tmp_path, np.stack([A, B]).astype(np.uint8) * 255))
    assert (collection.kind, _areas(collection)) == ("instance", [("thing", 2), ("thing", 2)])
    assert [region.thing for region in collection.entries[0][1].read().regions] == [1, 2]


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_bands_are_classes(planar: str, tmp_path: Path) -> None:
    bands = np.stack([A, B, A], axis=2 if planar == "contig" else 0).astype(np.uint8)
    collection = read_collection(_layers(tmp_path, bands, planarconfig=planar))
    assert (find_format(tmp_path), collection.kind) == ("tiff-bands", "multilabel")
    assert _areas(collection) == [("band_1", 2), ("band_2", 2), ("band_3", 2)]


def test_stacks_of_slices_are_a_picture_a_page(tmp_path: Path) -> None:
    for folder, stack in {"images": np.arange(6), "masks": np.array([0, 1, 2, 0, 1, 255])}.items():
        (tmp_path / folder).mkdir()
        pages = stack.reshape(2, 1, 3).astype(np.uint8)
        tifffile.imwrite(tmp_path / folder / "volume.tif", pages, photometric="minisblack")
    (tmp_path / "classes.yaml").write_text("classes: [sky, road, car]\n")
    collection = read_collection(tmp_path)
    assert (collection.kind, [entry.name for _, entry in collection.entries]) == (
        "semantic",
        ["volume_0000", "volume_0001"],
    )
    assert truths(collection)["all", "volume_0001"] == (
        (1, 3), [2, 1], [("road", [1, 1, 1], False, False), ("sky", [0, 1, 2], False, False)]
    )  # fmt: skip
    load = collection.entries[1][1].load
    assert load is not None
    assert load().tolist() == [[[3], [4], [5]]]


def test_what_is_wrong_is_said_with_the_file(tmp_path: Path) -> None:
    _layers(tmp_path, np.array([[[0, 1, 7]], [[0, 0, 0]]], np.uint8))
    with pytest.raises(MaskError, match=r"a\.tif: layer 1 has the values 1 and 7; a layer has 0 and one other"):
        read_collection(tmp_path).entries[0][1].read()
    put_picture_of(tmp_path / "images" / "a.png", (2, 3))
    with pytest.raises(MaskError, match=r"a\.tif: layer 1 is \(1, 3\) \(height, width\), expected \(2, 3\)"):
        read_collection(tmp_path).entries[0][1].read()
    with pytest.raises(DataError, match="no TIFF masks"):
        read_collection(tmp_path / "images", "tiff-pages")


def test_too_many_pixels_are_refused(tmp_path: Path) -> None:
    _layers(tmp_path, np.stack([A, B]).astype(np.uint8))
    with pytest.raises(DataError, match="more than the limit of 2 pixels"):
        read_collection(tmp_path, reading=Reading(max_pixels=2)).entries[0][1].read()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 2000), value=st.integers(0, 255))
@example(place=501, value=0)  # no bands
def test_damaged_files_are_refused(place: int, value: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = _layers(tmp_path_factory.mktemp("damaged"), np.stack([A, B]).astype(np.uint8), compression="zlib")
    data = bytearray((root / "masks" / "a.tif").read_bytes())
    data[place % len(data)] = value
    (root / "masks" / "a.tif").write_bytes(data)
    read_or_refuse(TIFF_PAGES, root)
    read_or_refuse(TIFF_BANDS, root)
