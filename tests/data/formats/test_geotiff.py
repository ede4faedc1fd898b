"""GeoTIFF: label maps that lie where their pictures do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from drawn_maps import MAPS, TABLE, put, truths
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray

from perpixel.data.annotation import Collection, Entry
from perpixel.data.formats import find_format, read_collection
from perpixel.data.formats.format import Format
from perpixel.data.formats.georeference import georeference
from perpixel.data.formats.geotiff import GEOTIFF
from perpixel.data.formats.painting import labels_annotation
from perpixel.data.formats.tiff import TIFF_BANDS, TIFF_PAGES

SCALE = (0.5, 0.5, 0.0)
TIEPOINTS = (0.0, 0.0, 0.0, 440720.0, 3751320.0, 0.0)
KEYS = (1, 1, 0, 4, 1024, 0, 1, 1, 1025, 0, 1, 1, 1026, 34737, 20, 0, 3072, 0, 1, 32611)
TAGS: list[Any] = [
    (33550, "d", 3, SCALE, True),
    (33922, "d", 6, TIEPOINTS, True),
    (34735, "H", 20, KEYS, True),
    (34736, "d", 2, (6378137.0, 298.25), True),
    (34737, "s", 0, "WGS 84 / UTM zone 11N|", True),
]


def _geotiff(path: Path, values: NDArray[Any], extra: list[Any] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, values, photometric="minisblack", metadata=None, extratags=[*TAGS, *(extra or [])])
    return path


def _drawn(root: Path, *maps: NDArray[np.uint8]) -> Collection:
    entries = []
    for number, labels in enumerate(maps):
        photo = _geotiff(root / f"{number}.tif", np.zeros(labels.shape, np.uint8))
        truth = labels_annotation(labels, TABLE)
        entries.append(Entry(str(number), photo, lambda truth=truth: truth))  # type: ignore[misc]
    return Collection(root, "drawn", "semantic", TABLE, {"all": tuple(entries)}, "")


def _place(path: Path) -> dict[int, Any]:
    return {int(code): value for code, _, _, value, _ in georeference(path)}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=MAPS, second=MAPS)
def test_every_label_map_comes_back(
    first: NDArray[np.uint8], second: NDArray[np.uint8], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("geo")
    drawn = _drawn(root / "in", first, second)
    put(GEOTIFF, drawn, root / "out", pictures=True)
    assert find_format(root / "out") == "geotiff"
    assert truths(read_collection(root / "out")) == truths(drawn)


def test_the_georeference_is_that_of_the_picture(tmp_path: Path) -> None:
    drawn = _drawn(tmp_path / "in", np.array([[0, 1, 255]], np.uint8))
    put(GEOTIFF, drawn, tmp_path, pictures=False)
    with tifffile.TiffFile(tmp_path / "masks" / "0.tif") as file:
        page = file.pages.first
        assert page.tags[33550].value == SCALE
        assert page.tags[33922].value == TIEPOINTS
        assert page.tags[34735].value == KEYS
        assert page.tags[34736].value == (6378137.0, 298.25)
        assert page.tags[34737].value == "WGS 84 / UTM zone 11N|"
        assert page.tags[42113].value == "255"
        assert page.geotiff_tags["ProjectedCSTypeGeoKey"] == 32611
        np.testing.assert_array_equal(page.asarray(), [[0, 1, 255]])


@pytest.mark.parametrize("form", [TIFF_PAGES, TIFF_BANDS], ids=["pages", "bands"])
def test_layers_keep_it_too(form: Format, tmp_path: Path) -> None:
    drawn = _drawn(tmp_path / "in", np.array([[0, 1, 2]], np.uint8))
    put(form, drawn, tmp_path, pictures=False)
    assert _place(tmp_path / "masks" / "0.tif") == _place(tmp_path / "in" / "0.tif")


def test_the_value_of_nothing_is_not_judged(tmp_path: Path) -> None:
    _geotiff(tmp_path / "images" / "a.tif", np.zeros((1, 4), np.uint8))
    _geotiff(tmp_path / "masks" / "a.tif", np.array([[0, 1, 2, 9]], np.uint8), [(42113, "s", 0, "9", True)])
    truth = read_collection(tmp_path).entries[0][1].read()
    assert len(truth.regions) == 3
    assert truth.ignored is not None
    assert truth.ignored.box == (3, 0, 4, 1)


def test_a_picture_without_a_place_gives_a_plain_mask(tmp_path: Path) -> None:
    assert georeference(None) == []
    assert georeference(tmp_path / "none.tif") == []
    (tmp_path / "broken.tif").write_bytes(b"II*\0no")
    assert georeference(tmp_path / "broken.tif") == []
