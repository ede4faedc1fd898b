from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from perpixel.classical.edges import canny, canny_thresholds
from perpixel.cli import run
from perpixel.pictures import read_picture, write_png


def disc(size: tuple[int, int] = (60, 80)) -> np.ndarray:
    image = np.full((*size, 3), (30, 60, 30), np.uint8)
    cv2.circle(image, (40, 30), 15, (200, 180, 90), -1)
    return image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "in"
    (place / "deep").mkdir(parents=True)
    write_png(place / "a.png", disc())
    write_png(place / "deep" / "b.png", disc((50, 70))[:, :, 0])
    return place


def test_edges_and_overlays_are_written_at_the_pictures_size(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(["edges", str(folder), "--out", str(out)]) == 0
    expected = {f"{name}{end}" for name in ("a", "deep/b") for end in (".edges.png", ".edges.overlay.jpg")}
    assert {path.relative_to(out).as_posix() for path in out.rglob("*.*")} == expected
    written = read_picture(out / "a.edges.png")[:, :, 0]
    assert np.array_equal(written, np.where(canny(disc()), 255, 0))
    assert read_picture(out / "a.edges.overlay.jpg").shape == (60, 80, 3)


def test_json_tells_the_thresholds_and_the_share(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["edges", str(folder / "a.png"), "--out", str(tmp_path / "out"), "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    low, high = canny_thresholds(disc())
    row = table["pictures"][0]
    assert (table["images"], row["name"], row["size"]) == (1, "a", [60, 80])
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=1e-3)
    assert row["share"] == pytest.approx(canny(disc()).mean(), abs=1e-6)


def test_thresholds_are_passed_on(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--low", "30", "--high", "2000", "--sigma", "1"]
    assert run(["edges", str(folder / "a.png"), "--out", str(tmp_path / "out"), *options]) == 0
    assert capsys.readouterr().out.startswith("a: 0.0% of pixels, thresholds 30.0 and 2000.0\n")


def test_a_broken_picture_is_told_and_skipped(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken.png").write_bytes((folder / "a.png").read_bytes()[:60])
    out = tmp_path / "out"
    assert run(["edges", str(folder), "--out", str(out)]) == 1
    captured = capsys.readouterr()
    assert captured.out.endswith(f"edges of 2 pictures, 1 skipped: {out}\n")
    assert captured.err.startswith("skipped: ")
    assert "broken.png" in captured.err
    assert captured.err.count("\n") == 1


def test_a_second_run_into_the_folder_of_the_pictures_does_not_read_its_own_files(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert run(["edges", str(folder), "--out", str(folder)]) == 0
        assert "edges of 2 pictures" in capsys.readouterr().out


def test_no_picture_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.png", "a.edges.png"):
        write_png(tmp_path / name, disc())
    before = (tmp_path / "a.edges.png").read_bytes()
    assert run(["edges", str(tmp_path / "a.png"), str(tmp_path / "a.edges.png"), "--out", str(tmp_path)]) == 1
    assert "would be written over" in capsys.readouterr().err
    assert (tmp_path / "a.edges.png").read_bytes() == before


@pytest.mark.parametrize("arguments", [[], ["IN", "--low", "9", "--high", "3"], ["IN", "--sigma", "-1"]])
def test_wrong_use_is_one_line_and_exit_2(
    arguments: list[str], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(folder) if part == "IN" else part for part in arguments]
    assert run(["edges", *given, "--out", str(tmp_path / "out")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
