from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_graph import shade_picture, shades_spec, write_checkpoint, write_shades

from perpixel.cli import run
from perpixel.pictures import write_jpeg, write_png
from perpixel.predict import Predictor
from perpixel.spec import Terms


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(write_shades(tmp_path / "shades.onnx"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "in"
    (place / "deep").mkdir(parents=True)
    write_png(place / "a.png", shade_picture((20, 30)))
    write_jpeg(place / "deep" / "b.jpg", shade_picture((17, 9)))
    return place


def test_a_folder_becomes_label_maps_overlays_and_a_table(folder: Path, model: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(["predict", str(folder), "--model", model, "--out", str(out)]) == 0
    expected = {f"{name}{end}" for name in ("a", "deep/b") for end in (".png", ".overlay.jpg", ".confidence.png")}
    assert {str(path.relative_to(out)) for path in out.rglob("*.*")} == {*expected, "predictions.json"}
    with Image.open(out / "a.png") as labels:
        assert np.array_equal(np.asarray(labels), Predictor(model)(shade_picture((20, 30))).labels)


def test_broken_file_is_reported_skipped_and_told_by_the_exit_code(
    folder: Path, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.jpg").write_bytes((folder / "deep" / "b.jpg").read_bytes()[:200])
    out = tmp_path / "out"
    assert run(["predict", str(folder), "--model", model, "--out", str(out)]) == 1
    captured = capsys.readouterr()
    assert captured.out == f"2 pictures labelled, 1 skipped: {out}\n"
    assert captured.err.startswith("skipped: ")
    assert "broken.jpg" in captured.err
    assert captured.err.count("\n") == 1
    assert (out / "deep" / "b.png").is_file()
    assert json.loads((out / "predictions.json").read_text())["skipped"][0]["name"] == "broken"


def test_picture_that_the_model_does_not_take_is_skipped(folder: Path, tmp_path: Path) -> None:
    spec = shades_spec(channels=5)
    five = str(write_shades(tmp_path / "five.onnx", spec))
    assert run(["predict", str(folder), "--model", five, "--out", str(tmp_path / "out")]) == 1
    skipped = json.loads((tmp_path / "out" / "predictions.json").read_text())["skipped"]
    assert [row["name"] for row in skipped] == ["a", "deep/b"]
    assert "a.png" in skipped[0]["problem"]
    assert "3 channels" in skipped[0]["problem"]


def test_json_is_the_table(folder: Path, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run(["predict", str(folder / "a.png"), "--model", model, "--out", str(out), "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert table == json.loads((out / "predictions.json").read_text())
    assert (table["task"], table["images"]) == ("semantic", 1)
    assert sum(table["predictions"][0]["shares"].values()) == pytest.approx(1, abs=1e-5)


def test_several_models_flip_and_confidence_are_passed_on(folder: Path, model: str, tmp_path: Path) -> None:
    other = write_checkpoint(tmp_path / "run" / "best")
    out = tmp_path / "out"
    names = f"{model},{other.parent}"
    options = ["--flip", "--confidence", "none", "--threads", "1"]
    assert run(["predict", str(folder), "--model", names, "--out", str(out), *options]) == 0
    assert not list(out.rglob("*.confidence.png"))


def test_terms_are_said_once_and_can_be_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    terms = Terms(data="photos that are not free", commercial=False)
    bound = str(write_shades(tmp_path / "bound.onnx", replace(shades_spec(), terms=terms)))
    assert run(["predict", str(folder), "--model", f"{bound},{bound}", "--out", str(tmp_path / "out")]) == 0
    captured = capsys.readouterr()
    assert captured.err == "note: shades is for research use only: photos that are not free\n"
    assert run(["predict", str(folder), "--model", bound, "--commercial-only", "--out", str(tmp_path / "no")]) == 1
    assert "not free for commercial use" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()


def test_predicting_into_the_input_folder_leaves_the_pictures(folder: Path, model: str) -> None:
    before = (folder / "a.png").read_bytes()
    assert run(["predict", str(folder), "--model", model, "--out", str(folder)]) == 1
    assert (folder / "a.png").read_bytes() == before


def test_a_second_run_predicts_the_same_pictures(model: str, tmp_path: Path) -> None:
    write_jpeg(tmp_path / "photo.jpg", shade_picture((20, 30)))
    (tmp_path / "shades.onnx").rename(tmp_path / "m.onnx")
    for _ in range(2):
        arguments = [str(tmp_path), "--model", str(tmp_path / "m.onnx"), "--out", str(tmp_path / "out")]
        assert run(["predict", *arguments]) == 0
        assert json.loads((tmp_path / "out" / "predictions.json").read_text())["images"] == 1


def test_no_sources_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict"]) == 2
    assert "no pictures were given" in capsys.readouterr().err


def test_unknown_model_and_empty_folder_are_one_line_each(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    for arguments in ([str(folder), "--model", "nothing"], [str(tmp_path / "empty")]):
        assert run(["predict", *arguments, "--out", str(tmp_path / "out")]) == 1
        assert capsys.readouterr().err.count("\n") == 1


def in_fresh_process(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


LOADED = "import sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"


def test_predicting_never_loads_torch(folder: Path, model: str, tmp_path: Path) -> None:
    arguments = ["predict", str(folder), "--model", model, "--out", str(tmp_path / "out"), "--flip"]
    loaded = in_fresh_process(f"from perpixel.cli import run; assert run({arguments!r}) == 0; {LOADED}")
    assert "onnxruntime" in loaded
    assert not {"torch", "torchvision", "accelerate", "onnx", "onnxscript", "safetensors", "matplotlib"} & set(loaded)


def test_importing_the_command_loads_nothing_heavy() -> None:
    loaded = in_fresh_process(f"import perpixel.commands.predict; {LOADED}")
    assert not {"numpy", "numba", "cv2", "onnxruntime", "PIL", "rich", "torch"} & set(loaded)
