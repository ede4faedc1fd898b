from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classes import ClassTable, save_class_table
from perpixel.cli import run
from perpixel.pictures import write_png
from perpixel.results import LabelMap
from perpixel.spec import ModelSpec

THREE = ClassTable.named(["dark", "gray", "bright"])


@dataclass(frozen=True)
class StandIn:
    """A model without a network: the right answer for the pictures below."""

    spec: ModelSpec

    def __call__(self, image: NDArray[Any]) -> LabelMap:
        return LabelMap((image.max(axis=2) // 100).astype(np.uint8), self.spec.classes)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    model = StandIn(ModelSpec("stand-in", "semantic", THREE))
    monkeypatch.setattr("perpixel.predict.Predictor", lambda name, **options: model, raising=False)
    generator = np.random.default_rng(0)
    for split, count in (("train", 3), ("val", 2)):
        for folder in ("images", "masks"):
            (tmp_path / "set" / folder / split).mkdir(parents=True)
        for number in range(count):
            labels = generator.integers(0, 3, (8, 10)).astype(np.uint8)
            picture = np.repeat((labels * 100 + 20)[:, :, None], 3, axis=2)
            write_png(tmp_path / "set" / "images" / split / f"{number}.png", picture)
            write_png(tmp_path / "set" / "masks" / split / f"{number}.png", labels)
    return tmp_path / "set"


def test_scores_are_strict_json_on_stdout(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_class_table(THREE, data / "classes.yaml")
    assert run(["evaluate", str(data), "--json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out, parse_constant=lambda token: pytest.fail(f"{token} is no JSON"))
    assert (found["task"], found["images"], found["mean_iou"]) == ("semantic", 2, 1)
    assert list(found["per_class"]) == ["dark", "gray", "bright"]
    assert captured.err == ""


def test_split_and_report_are_chosen(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_class_table(THREE, data / "classes.yaml")
    out = tmp_path / "report"
    assert run(["evaluate", str(data), "--split", "train", "--out", str(out)]) == 0
    assert "3 pictures" in capsys.readouterr().out
    scores = json.loads((out / "scores.json").read_text())
    assert (scores["images"], scores["model"], scores["split"]) == (3, "street", "train")
    assert len(list((out / "worst").iterdir())) == 3


def test_data_set_without_class_names_is_read_by_the_models(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(data), "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["mean_iou"] == 1
    assert captured.err.strip() == f"{data} names no classes; its numbers are taken to be those of street"


def test_data_set_with_other_classes_is_refused(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_class_table(ClassTable.named(["cat", "dog", "cow"]), data / "classes.yaml")
    assert run(["evaluate", str(data)]) == 1
    captured = capsys.readouterr()
    assert "the model's classes (dark, gray, bright) are not those of" in captured.err
    assert captured.err.count("\n") == 1


def test_unknown_split_is_answered_with_the_known_ones(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(data), "--split", "test"]) == 1
    assert "there is no split 'test'; there are train (3), val (2)" in capsys.readouterr().err
