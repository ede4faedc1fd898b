from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from perpixel.classes import CAMVID
from perpixel.cli import run
from perpixel.masks import write_labels
from perpixel.pictures import write_jpeg, write_png
from perpixel.results import LabelMap


@pytest.fixture
def folders(tmp_path: Path) -> tuple[str, str]:
    generator = np.random.default_rng(0)
    truth, predictions = tmp_path / "truth", tmp_path / "predictions"
    for folder in (truth, predictions):
        folder.mkdir()
    for name in ("one", "two"):
        labels = generator.integers(0, 11, (6, 8)).astype(np.uint8)
        write_png(truth / f"{name}.png", np.where(labels == 3, 11, labels).astype(np.uint8))
        write_labels(predictions / f"{name}.png", LabelMap(labels, CAMVID))
        write_jpeg(predictions / f"{name}.overlay.jpg", np.zeros((6, 8, 3), np.uint8))
    return str(predictions), str(truth)


def test_scores_are_strict_json_on_stdout(folders: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", *folders, "--classes", "camvid", "--json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out, parse_constant=lambda token: pytest.fail(f"{token} is no JSON"))
    assert list(found)[:3] == ["task", "images", "mean_iou"]
    assert (found["task"], found["images"], found["mean_iou"]) == ("semantic", 2, 1)
    assert found["per_class"]["road"] == {
        "iou": None, "dice": None, "accuracy": None, "boundary_f1": None, "pixels": 0
    }  # fmt: skip
    assert captured.err == ""


def test_table_names_every_class(folders: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", *folders, "--classes", "camvid", "--no-boundary"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in CAMVID.names)
    assert "boundary" not in shown


def test_class_table_that_lies_beside_is_named(folders: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    beside = Path(folders[0]) / "predictions.json"
    beside.write_text(json.dumps({"task": "semantic", "images": 2, "classes": CAMVID.to_dict()}))
    assert run(["score", *folders, "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["mean_iou"] == 1
    assert f"(from {beside})" in captured.err


def test_report_is_written_on_request(folders: tuple[str, str], tmp_path: Path) -> None:
    out = tmp_path / "reports" / "a"
    assert run(["score", *folders, "--classes", "camvid", "--out", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == {
        "scores.json", "confusion.csv", "confusion.png", "pictures.csv", "worst"
    }  # fmt: skip
    assert len(list((out / "worst").iterdir())) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "no class table lies beside"),
        (["--classes", "camvd"], "neither a known class table"),
        (["--classes", "camvid", "--ignore", "255"], "label 11 at row"),
    ],
)
def test_what_goes_wrong_is_one_line(
    folders: tuple[str, str], options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["score", *folders, *options]) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
