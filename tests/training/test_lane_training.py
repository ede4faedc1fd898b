"""Lanes from the command line: trained, judged, drawn."""

import json
from pathlib import Path

import pytest

from perpixel.cli import run as perpixel
from perpixel.data.tusimple_lanes import read_tusimple
from perpixel.synthetic import draw_street

QUICK = [
    "--epochs",
    "1",
    "--batch",
    "4",
    "--backbone",
    "mobilenet_v3_small",
    "--options",
    '{"width": 8, "size": [64, 96]}',
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Drawn streets, and a run of one epoch on them."""
    root = tmp_path_factory.mktemp("lanes")
    draw_street(root / "drawn", count=5, size=(72, 128), val=0.2, truth="all")
    command = ["train", str(root / "drawn"), "--task", "lanes", "--out", str(root / "run"), "--no-pretrained", *QUICK]
    assert perpixel(command) == 0
    return root / "drawn", root / "run"


def test_a_run_is_judged_by_tusimples_rules(run: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    data, model = run
    assert perpixel(["evaluate", str(data), "--model", str(model), "--split", "val", "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert (scores["task"], scores["images"], scores["rules"]) == ("lanes", 1, "tusimple")
    assert 0 <= scores["accuracy"] <= 1
    assert (model / "curves.csv").read_text().splitlines()[0].count("lane_accuracy") == 1


def test_the_lanes_command_asks_the_model(
    run: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, model = run
    assert perpixel(["lanes", str(data / "images/val"), "--model", str(model), "--out", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["model"], told["camera"], told["images"]) == (str(model), None, 1)
    name = told["pictures"][0]["name"]
    assert (tmp_path / f"{name}.lanes.jpg").exists()
    assert len(read_tusimple(tmp_path / "lanes.json")) == 1


def test_other_commands_and_models_say_where_to_go(
    run: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, model = run
    assert perpixel(["predict", str(data / "images/val"), "--model", str(model), "--out", str(tmp_path / "p")]) != 0
    assert "`perpixel lanes --model`" in capsys.readouterr().err
    assert perpixel(["lanes", str(data / "images/val"), "--model", "street", "--out", str(tmp_path / "q")]) == 1
    assert "take a model of `train --task lanes`" in capsys.readouterr().err
    assert not (tmp_path / "p").exists()
    assert not (tmp_path / "q").exists()
