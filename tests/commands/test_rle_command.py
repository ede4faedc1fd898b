"""`perpixel rle` as a user runs it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from perpixel.cli import run
from perpixel.masks.raw import read_raw
from perpixel.pictures import write_png


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    write_png(tmp_path / "mask.png", np.array([[0, 255, 255, 0], [0, 255, 0, 0], [255, 0, 0, 255]], np.uint8))
    return tmp_path / "mask.png"


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["rle", *arguments]) == 0
    return capsys.readouterr().out


def test_a_text_is_shown_as_a_mask(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "decode", "231N30", "--format", "coco", "--size", "3x4")
    assert shown == "0 1 1 0\n0 1 0 0\n1 0 0 1\n"
    assert said(capsys, "decode", "-1", "--format", "kaggle", "--size", "2x2") == "0 0\n0 0\n"
    assert said(capsys, "decode", "", "--format", "kaggle", "--size", "1x2") == "0 0\n"
    assert said(capsys, "decode", '{"size": [1, 2], "counts": [1, 1]}', "--format", "coco-counts") == "0 1\n"


def test_a_mask_of_one_label_is_one_text(mask: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = {
        "coco": "231N30",
        "coco-counts": "[2, 3, 1, 1, 4, 1]",
        "kaggle": "3 3 7 1 12 1",
        "carvana": "2 2 6 1 9 1 12 1",
        "siim": "2 3 1 1 4 1",
        "vot": "m0,0,4,3,1,2,2,1,2,1,2,1",
        "cvat": "[1, 2, 2, 1, 2, 1, 2, 1, 0, 0, 3, 2]",
    }
    for name, text in texts.items():
        assert said(capsys, "encode", str(mask), "--format", name) == text + "\n"
        assert said(capsys, "convert", text, "--from", name, "--to", "coco", "--size", "3x4") == "231N30\n"
    assert (
        said(capsys, "encode", str(mask), "--format", "kaggle", "--order", "row", "--base", "0") == "1 2 5 1 8 1 11 1\n"
    )


def test_every_label_has_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_png(tmp_path / "labels.png", np.array([[0, 1, 1], [7, 7, 0]], np.uint8))
    place = str(tmp_path / "labels.png")
    assert said(capsys, "encode", place, "--format", "kaggle") == "1\t3 1 5 1\n7\t2 1 4 1\n"
    assert said(capsys, "encode", place, "--format", "kaggle", "--label", "7") == "2 1 4 1\n"
    assert said(capsys, "encode", place, "--format", "kaggle", "--label", "0") == "1 1 6 1\n"
    assert said(capsys, "encode", place, "--format", "kaggle", "--label", "9", "--empty", "-1") == "-1\n"
    found = json.loads(said(capsys, "encode", place, "--format", "coco-counts", "--json"))
    assert found == {"size": [2, 3], "format": "coco-counts", "labels": {"1": [2, 1, 1, 1, 1], "7": [1, 1, 1, 1, 2]}}
    write_png(tmp_path / "black.png", np.zeros((3, 4), np.uint8))
    assert said(capsys, "encode", str(tmp_path / "black.png")) == "<\n"


def test_a_mask_is_written_and_read_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "mask.png"
    monkeypatch.setattr("sys.stdin", io.StringIO("25611 10 25867 10 26123 10\n"))
    shown = said(capsys, "decode", "--format", "kaggle", "--size", "256x1600", "--out", str(place))
    assert shown == f"30 pixels inside, box 100 10 103 20: {place}\n"
    values = read_raw(place).values
    assert (values[10:20, 100:103] == 255).all()
    assert np.count_nonzero(values) == 30
    assert said(capsys, "encode", str(place)) == "ZPi0:f7000fWf;\n"
    facts = json.loads(said(capsys, "decode", "ZPi0:f7000fWf;", "--size", "256x1600", "--json"))
    assert facts == {"size": [256, 1600], "area": 30, "box": [100, 10, 103, 20]}


def test_kaggle_options_belong_to_the_side_that_is_kaggle(capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["--size", "3x4", "--order", "row", "--base", "0"]
    assert said(capsys, "convert", "1 2 5 1 8 1 11 1", "--from", "kaggle", "--to", "coco", *rows) == "231N30\n"
    assert said(capsys, "convert", "231N30", "--from", "coco", "--to", "kaggle", *rows) == "1 2 5 1 8 1 11 1\n"
    assert said(capsys, "convert", "<", "--from", "coco", "--to", "siim", "--size", "3x4", "--empty", "-") == "-\n"
    found = json.loads(said(capsys, "convert", "231N30", "--from", "coco", "--to", "cvat", "--size", "3x4", "--json"))
    assert found["value"] == [1, 2, 2, 1, 2, 1, 2, 1, 0, 0, 3, 2]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["decode", "231N30"], 2, "does not tell the picture's size"),
        (["decode", "231N30", "--size", "4"], 2, "not HEIGHTxWIDTH"),
        (["decode", "231N30", "--size", "4x4"], 1, "sum is 12, but 4 x 4 has 16 pixels"),
        (["decode", "3 3 7", "--format", "kaggle", "--size", "3x4"], 1, "3 numbers"),
        (["decode", "0ooo1", "--size", "1000000x1000000"], 1, "the limit is"),
        (["decode", "10000", "--format", "coco-counts", "--size", "100x100"], 2, "--out mask.png"),
        (["decode", '{"size": [1, 2], "counts"', "--size", "1x2"], 1, "no JSON"),
        (["decode", "<", "--size", "3x4", "--order", "row"], 2, "order and base are of kaggle"),
        (["convert", "<", "--size", "3x4"], 2, "--from and --to"),
        (["convert", "<", "--from", "coco", "--to", "vot", "--size", "3x4", "--base", "0"], 2, "of kaggle"),
        (["convert", "<", "--from", "coco", "--to", "vot", "--size", "3x4", "--empty", "-"], 2, "needs none"),
        (["encode", "nowhere.png"], 1, "nowhere.png"),
        (["encode"], 2, "mask file"),
        (["turn", "<"], 2, "turn"),
        (["decode", "<", "--size", "3x4", "--label", "3"], 2, "--label is of encode"),
    ],
)
def test_what_is_wrong_is_one_line(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rle", *arguments]) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
