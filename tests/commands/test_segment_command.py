"""`perpixel segment` as a user runs it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from perpixel.classical import METHODS, find_method
from perpixel.classical.graph import graph_regions
from perpixel.cli import run
from perpixel.pictures import read_picture, write_png


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    image = np.full((40, 60, 3), 30, np.uint8)
    image[:, 30:] = (200, 120, 40)
    image[10:20, 5:15] = (90, 200, 90)
    write_png(tmp_path / "photo.png", image)
    return tmp_path / "photo.png"


def labels_of(path: Path) -> np.ndarray:
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_a_photo_becomes_labels_colors_boundaries_and_a_table(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = photo.parent / "out"
    options = ["--method", "graph", "--sigma", "0", "--scale", "300", "--min-size", "50", "--connectivity", "8"]
    assert run(["segment", str(photo), *options, "--out", str(out)]) == 0
    assert "photo: 3 regions" in capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == [
        "photo.boundaries.jpg",
        "photo.colors.png",
        "photo.csv",
        "photo.png",
    ]
    labels = labels_of(out / "photo.png")
    assert labels.dtype == np.uint16
    np.testing.assert_array_equal(labels, graph_regions(read_picture(photo), sigma=0, scale=300, min_size=50))
    rows = list(csv.DictReader((out / "photo.csv").read_text().splitlines()))
    assert [int(row["region"]) for row in rows] == [0, 1, 2]
    assert sum(int(row["pixels"]) for row in rows) == 40 * 60
    assert [rows[2][key] for key in ("x0", "y0", "x1", "y1", "pixels", "red")] == ["5", "10", "15", "20", "100", "90"]
    assert read_picture(out / "photo.boundaries.jpg").shape == (40, 60, 3)


def test_several_scales_give_a_row_to_choose_from_and_nothing_else(
    photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = photo.parent / "out"
    assert run(["segment", str(photo), "--sigma", "0", "--scale", "50,1e9", "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pictures"][0]["regions"] == {"50": 3, "1e+09": 1}
    assert [path.name for path in out.iterdir()] == ["photo.scales.jpg"]


def test_more_regions_than_16_bits_can_hold_become_a_tiff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perpixel.masks.ids.MOST_IN_PNG", 20)
    write_png(tmp_path / "a.png", np.arange(48, dtype=np.uint8).reshape(6, 8) * 5)
    flags = ["--sigma", "0", "--scale", "0", "--min-size", "1"]
    assert run(["segment", str(tmp_path / "a.png"), *flags, "--out", str(tmp_path / "out")]) == 0
    labels = tifffile.imread(tmp_path / "out" / "a.tif")
    assert labels.dtype == np.uint32
    np.testing.assert_array_equal(labels, np.arange(48).reshape(6, 8))
    assert not (tmp_path / "out" / "a.png").exists()


@pytest.mark.parametrize("method", ["kmeans", "mean-shift", "split-merge", "threshold", "otsu", "adaptive", "contours"])
def test_every_method_that_needs_no_hint_writes_what_it_finds(photo: Path, method: str) -> None:
    assert run(["segment", str(photo), "--method", method, "--out", str(photo.parent / "out")]) == 0
    found = find_method(method).function()(read_picture(photo))
    assert len(np.unique(found)) > 1
    np.testing.assert_array_equal(labels_of(photo.parent / "out" / "photo.png"), found)


def test_seeds_boxes_and_strokes_come_from_the_command_line(photo: Path) -> None:
    out = photo.parent / "out"
    assert run(["segment", str(photo), "--method", "grow", "--points", "8,12 50,3", "--out", str(out)]) == 0
    grown = labels_of(out / "photo.png")
    assert [grown[12, 8], grown[3, 50], grown[3, 3]] == [1, 2, 0]
    assert (grown == 1).sum() == 100
    strokes = np.zeros((40, 60, 3), np.uint8)
    strokes[30, 2:8], strokes[30, 40:50] = (255, 0, 0), (0, 0, 255)
    write_png(photo.parent / "strokes.png", strokes)
    flags = ["--method", "grow", "--strokes", str(photo.parent / "strokes.png")]
    assert run(["segment", str(photo), *flags, "--out", str(out)]) == 0
    grown = labels_of(out / "photo.png")
    assert set(np.unique(grown[:, 30:])) == {1}  # colors are numbered: blue, then red
    assert grown[39, 0] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--method", "grph"], "no method 'grph'; there are graph, kmeans"),
        (["--method", "otsu", "--sigma", "2"], "otsu takes no --sigma; it takes --levels"),
        (["--scale", "-5"], "scale -5.0 must be"),
        (["--scale", "big"], "'big' is not numbers"),
        (["--method", "grow"], "give --strokes or --points"),
        (["--scale", "5,50", "--compat", "skimage"], "several scales"),
        (["--min-sizes", "4"], "min-size"),
    ],
)
def test_a_wrong_argument_is_one_line_and_writes_nothing(
    photo: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["segment", str(photo), *arguments, "--out", str(photo.parent / "out")]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not list((photo.parent / "out").glob("*"))


def test_a_broken_picture_is_reported_and_the_others_are_done(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (photo.parent / "broken.png").write_bytes(photo.read_bytes()[:60])
    assert run(["segment", str(photo.parent), "--out", str(photo.parent / "out")]) == 1
    said = capsys.readouterr()
    assert "1 pictures segmented, 1 skipped" in said.out
    assert "broken.png" in said.err
    assert (photo.parent / "out" / "photo.png").exists()


def test_a_picture_is_never_written_over(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = photo.read_bytes()
    assert run(["segment", str(photo), "--out", str(photo.parent)]) == 1
    assert "would be written over" in capsys.readouterr().err
    assert photo.read_bytes() == before


def test_the_list_tells_every_method_with_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["segment", "--list"]) == 0
    said = capsys.readouterr().out
    for name, method in METHODS.items():
        assert f"{name}: {method.idea}" in said
    assert "--compactness 10.0" in said
