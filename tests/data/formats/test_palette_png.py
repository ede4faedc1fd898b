"""Masks with a palette: the bytes that other tools see, and palettes whose places differ from file to file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_maps import TABLE, put, semantic, truths
from PIL import Image
from small_collection import put_picture_of

from perpixel.classes import ClassTable
from perpixel.data.formats import find_format, read_collection
from perpixel.data.formats.palette_png import PALETTE_PNG
from perpixel.errors import DataError

MASK = np.array([[0, 1, 1], [2, 255, 0]], np.uint8)


def test_value_and_color_are_those_of_the_class(tmp_path: Path) -> None:
    put(PALETTE_PNG, semantic(tmp_path / "in", {"all": {"a": MASK}}), tmp_path, pictures=False)
    with Image.open(tmp_path / "masks" / "a.png") as image:
        assert image.mode == "P"
        np.testing.assert_array_equal(np.array(image), MASK)
        colors = np.array(image.convert("RGB"))
    np.testing.assert_array_equal(colors[0, 1], TABLE[1].color)
    np.testing.assert_array_equal(colors[1, 1], (255, 255, 255))
    assert find_format(tmp_path) == "palette-png"


def test_colors_count_where_the_places_differ(tmp_path: Path) -> None:
    (tmp_path / "masks").mkdir()
    for name, order in {"a": (0, 1), "b": (1, 0)}.items():
        put_picture_of(tmp_path / "images" / f"{name}.png", (1, 2))
        image = Image.fromarray(np.array([order], np.uint8))
        colors = [(10, 20, 30), (200, 100, 0)]
        image.putpalette(np.array([colors[place] for place in order], np.uint8).tobytes())
        image.save(tmp_path / "masks" / f"{name}.png")
    (tmp_path / "classes.csv").write_text("name,r,g,b\nsea,10,20,30\nland,200,100,0\n")
    (tmp_path / "classes.yaml").write_text(
        "encoding: palette\nclasses: [{name: sea, color: [10, 20, 30]}, {name: land, color: [200, 100, 0]}]\n"
    )
    found = truths(read_collection(tmp_path))
    assert found["all", "a"] == found["all", "b"]
    assert found["all", "a"][2] == [("land", [1, 1], False, False), ("sea", [0, 1, 1], False, False)]


def test_a_palette_holds_255_classes(tmp_path: Path) -> None:
    classes = ClassTable.named([str(number) for number in range(256)])
    drawn = semantic(tmp_path / "in", {"all": {"a": np.zeros((1, 1), np.uint16)}}, classes)
    with pytest.raises(DataError, match="256 classes; a palette has 256 places, one for what is ignored"):
        put(PALETTE_PNG, drawn, tmp_path, pictures=False)
