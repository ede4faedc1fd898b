from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from perpixel.cli import run
from perpixel.pictures import read_picture, write_png


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Bright below row 50 across the picture; a disc; nothing."""
    place = tmp_path / "in"
    place.mkdir()
    half = np.full((100, 120, 3), 40, np.uint8)
    half[50:] = 200
    write_png(place / "half.png", half)
    disc = np.full((100, 120), 40, np.uint8)
    cv2.circle(disc, (60, 45), 20, 200, -1, cv2.LINE_AA)
    write_png(place / "disc.png", disc)
    write_png(place / "plain.png", np.full((100, 120), 40, np.uint8))
    return place


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "lines.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_segments_are_drawn_listed_and_counted(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["lines", str(folder / "half.png"), str(folder / "plain.png"), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"half: 1\nplain: 0\n1 segments in 2 pictures: {out}\n"
    assert {path.name for path in out.iterdir()} == {"half.lines.jpg", "plain.lines.jpg", "lines.csv"}
    assert rows(out) == [{"picture": "half", "x0": "0", "y0": "49", "x1": "119", "y1": "49"}]
    drawn = read_picture(out / "half.lines.jpg").astype(int)
    assert drawn.shape == (100, 120, 3)
    assert (drawn[49, :, 0] - drawn[49, :, 1]).min() > 60  # the color of the line, of which the gray photo has none


def test_lines_have_rho_theta_and_the_ends_in_the_picture(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(["lines", str(folder / "half.png"), "--kind", "lines", "--out", str(out)]) == 0
    (row,) = rows(out)
    assert row.pop("picture") == "half"
    found = {name: float(value) for name, value in row.items()}
    assert (found["rho"], found["theta"]) == pytest.approx((49, math.pi / 2), abs=1e-4)
    assert {found["x0"], found["x1"]} == {0, 119}
    assert found["y0"] == found["y1"] == pytest.approx(49, abs=1e-3)


def test_circles_as_json(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run(["lines", str(folder), "--kind", "circles", "--max-radius", "30", "--out", str(out), "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert (table["kind"], table["images"]) == ("circles", 3)
    found = {row["name"]: row["circles"] for row in table["pictures"]}
    assert (found["half"], found["plain"]) == ([], [])
    (circle,) = found["disc"]
    assert circle == pytest.approx({"x": 60, "y": 45, "radius": 20}, abs=1)


def test_a_broken_picture_is_told_and_skipped(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken.png").write_bytes((folder / "half.png").read_bytes()[:60])
    assert run(["lines", str(folder), "--out", str(tmp_path / "out")]) == 1
    captured = capsys.readouterr()
    assert "in 3 pictures, 1 skipped: " in captured.out
    assert captured.err.count("\n") == 1
    assert "broken.png" in captured.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--kind", "circles", "--votes", "9"], "--votes is of segments and lines, not of circles"),
        (["--min-radius", "9"], "--min-radius is of circles, not of segments"),
        (["--votes", "0"], "votes 0"),
        (["--kind", "arcs"], "arcs"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(
    options: list[str], message: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["lines", str(folder), "--out", str(tmp_path / "out"), *options]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert message in captured.err
