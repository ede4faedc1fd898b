from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from perpixel.cli import run
from perpixel.data.culane_lanes import write_culane
from perpixel.data.tusimple_lanes import write_tusimple
from perpixel.results.lane_rows import LaneRows

ROWS = np.arange(240.0, 720, 10)
TWO = LaneRows(ROWS, (np.full(48, 400.0), np.full(48, 800.0)))
UPRIGHT = np.array([[800.0, 590], [800, 300]])


def aside(pixels: float) -> np.ndarray:
    """The upright lane, so far to the right."""
    return np.add(UPRIGHT, (pixels, 0))


@pytest.fixture
def tusimple(tmp_path: Path) -> list[str]:
    write_tusimple(tmp_path / "gt.json", {"a.jpg": TWO, "b.jpg": TWO})
    write_tusimple(tmp_path / "pred.json", {"a.jpg": TWO, "b.jpg": LaneRows(ROWS, TWO.lanes[:1])})
    return [str(tmp_path / "pred.json"), str(tmp_path / "gt.json")]


@pytest.fixture
def culane(tmp_path: Path) -> list[str]:
    for side, lines in (("gt", [UPRIGHT]), ("pred", [aside(10), aside(300)])):
        (tmp_path / side / "clip").mkdir(parents=True)
        write_culane(tmp_path / side / "clip" / "a.lines.txt", lines)
    return [str(tmp_path / "pred"), str(tmp_path / "gt")]


def test_json_lines_of_tusimple_are_recognized(tusimple: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", *tusimple, "--json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert captured.err == ""
    assert {key: found[key] for key in ("task", "images", "accuracy", "fp", "fn")} == {
        "task": "lanes", "images": 2, "accuracy": 0.75, "fp": 0, "fn": 0.25
    }  # fmt: skip
    assert run(["score", *tusimple]) == 0
    assert "0.7500" in capsys.readouterr().out


def test_folders_of_culane_are_recognized(
    culane: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["score", *culane, "--json", "--out", str(tmp_path / "report")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {key: found[key] for key in ("task", "images", "f1", "tp", "fp", "fn")} == {
        "task": "lanes", "images": 1, "f1": 2 / 3, "tp": 1, "fp": 1, "fn": 0
    }  # fmt: skip
    assert (tmp_path / "report" / "pictures.csv").read_text().splitlines()[1].startswith("clip/a,")
    assert run(["score", *culane]) == 0
    assert "0.6667" in capsys.readouterr().out


def test_a_picture_without_prediction_has_its_lanes_missed(
    tusimple: list[str], culane: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(tusimple[0]).write_text(Path(tusimple[0]).read_text().splitlines()[0])
    write_culane(Path(culane[1]) / "clip" / "b.lines.txt", [UPRIGHT])
    for files, fn in ((tusimple, 0.5), (culane, 1)):
        assert run(["score", *files, "--json"]) == 0
        captured = capsys.readouterr()
        assert json.loads(captured.out)["fn"] == fn
        assert "1 of 2 pictures have no prediction" in captured.err


def test_files_pair_by_name_where_folders_differ(culane: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", f"{culane[0]}/clip", culane[1], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tp"] == 1
    both = [f"{side}/clip/a.lines.txt" for side in culane]
    assert run(["score", *both, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tp"] == 1


def test_what_goes_wrong_with_lanes_is_one_line(
    tusimple: list[str], culane: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "coco.json").write_text("[]")
    write_culane(Path(culane[0]) / "other.lines.txt", [UPRIGHT])
    for files, message in (
        ([str(tmp_path / "coco.json"), tusimple[1]], "coco.json: line 1: expected an object"),
        (culane, "are not in"),
        ([str(tmp_path / "empty"), culane[1]], "no lanes here"),
        ([str(tmp_path / "nowhere"), culane[1]], "no such file or folder"),
    ):
        assert run(["score", *files]) == 1
        captured = capsys.readouterr()
        assert message in captured.err
        assert (captured.err.count("\n"), captured.out) == (1, "")
