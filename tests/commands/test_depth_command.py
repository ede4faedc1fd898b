"""Depth from the command line: what is written, what is refused, and a run from data to points."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_graph import write_graph

from perpixel.classes.depth_bins import DepthBins
from perpixel.cli import run
from perpixel.pictures import read_picture, write_png
from perpixel.plan import Plan
from perpixel.predict import Predictor
from perpixel.spec import Geometry, ModelSpec, OutputSpec

BINS = DepthBins.uniform(1, 5, 4)


def write_far(path: Path) -> Path:
    """A model whose depth is 1.5, 2.5, 3.5 or 4.5 m by brightness."""
    centers = np.array([0.1, 0.35, 0.65, 0.9])
    spec = ModelSpec(
        "far",
        "depth",
        BINS.table(),
        bins=BINS,
        outputs=(OutputSpec("logits", 4),),
        geometry=Geometry(multiple=4, minimum=4),
    )
    weights = np.repeat(2 * 400 * centers[:, None] / 3, 3, axis=1)[:, :, None, None]
    return write_graph(path, spec, weights, -400 * centers**2)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    image = np.repeat(np.linspace(0, 255, 32, dtype=np.uint8)[None, :, None], 24, 0).repeat(3, 2)
    (tmp_path / "photos").mkdir()
    write_png(tmp_path / "photos" / "a.png", image)
    write_png(tmp_path / "photos" / "a.depth.png", np.ones((24, 32), np.uint16))  # left out: not a photo
    return tmp_path / "photos"


def test_depths_heights_and_points_are_written(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out, camera = write_far(tmp_path / "far.onnx"), tmp_path / "out", tmp_path / "camera.yaml"
    camera.write_text("image_size: [24, 32]\nfocal_length: [30, 30]\nprincipal_point: [15.5, 11.5]\nheight: 1.5\n")
    code = run(["depth", str(photos), "--model", str(model), "--camera", str(camera), "--out", str(out), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert told["images"] == 1
    assert told["pictures"][0]["near"] == pytest.approx(1.5, abs=0.05)
    millimetres = read_picture(out / "a.depth.png")[:, :, 0]
    assert millimetres.dtype == np.uint16
    assert millimetres[0, 0] == pytest.approx(1500, abs=20)
    assert millimetres[0, -1] == pytest.approx(4500, abs=20)
    header, _, body = (out / "a.ply").read_bytes().partition(b"end_header\n")
    assert b"element vertex 768" in header
    kind = [("xyz", "<f4", 3), ("rgb", "u1", 3)]
    points = np.frombuffer(body, kind).reshape(24, 32)
    x, y, z = points["xyz"][0, 0]
    assert (x, y, z) == pytest.approx((1.5, 1.5 * 15.5 / 30, 1.5 + 1.5 * 11.5 / 30), rel=0.02)
    assert points["rgb"][0, -1].tolist() == [255, 255, 255]
    assert (out / "a.height.tif").is_file()
    assert (out / "a.depth.jpg").is_file()


def test_predict_writes_depths_too(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, out = write_far(tmp_path / "far.onnx"), tmp_path / "out"
    assert run(["predict", str(photos / "a.png"), "--model", str(model), "--out", str(out), "--flip"]) == 0
    assert (out / "a.depth.png").is_file()
    written = json.loads((out / "predictions.json").read_text())
    assert written["task"] == "depth"
    assert written["bins"] == [1, 2, 3, 4, 5]


def test_a_model_of_classes_is_refused_in_one_line(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["depth", str(photos), "--model", "street"]) == 2
    assert "street is for semantic" in capsys.readouterr().err


def test_a_run_learns_is_judged_and_answers_without_torch_as_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    import torch

    from perpixel import training
    from perpixel.export import load_checkpoint
    from perpixel.tasks import Window, task_for
    from perpixel.training import run as run_module

    def make_plan(dataset: object, *, given: dict[str, Any], **rest: object) -> Plan:
        return Plan().with_reason("as you said", **given)  # a real plan is tried for some seconds

    for module in (training, run_module):
        monkeypatch.setattr(module, "make_plan", make_plan)
    data, out, generator = tmp_path / "data", tmp_path / "run", np.random.default_rng(0)
    data.mkdir()
    for number in range(5):
        shade = generator.integers(0, 255, (3, 4), np.uint8).repeat(8, 0).repeat(8, 1)
        write_png(data / f"{number}.color.png", shade[:, :, None].repeat(3, 2))
        write_png(data / f"{number}.depth.png", (shade.astype(np.uint16) * 12 + 900).astype(np.uint16))
    flags = ["--epochs", "1", "--crop", "24x32", "--batch", "2", "--workers", "0", "--arch", "unet"]
    lines = ["--options", '{"widths": [4, 8]}', "--loss", "ordinal", "--bins", "uniform:5", "--precision", "float32"]
    assert run(["train", str(data), "--task", "depth", "--out", str(out), *flags, *lines, "--json"]) == 0
    trained = json.loads(capsys.readouterr().out)
    assert trained["task"] == "depth"
    assert run(["evaluate", str(data), "--model", str(out), "--json", "--out", str(tmp_path / "report")]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["images"] == 1
    assert scores["a1"] == pytest.approx(trained["a1"], abs=0.02)
    assert 0 <= scores["constant"]["a1"] <= 1
    assert list((tmp_path / "report" / "worst").glob("*.jpg"))
    picture = read_picture(data / "4.color.png")
    model, spec = load_checkpoint(out)
    with torch.inference_mode():
        outputs = model.to_decode(torch.from_numpy(picture)[None].permute(0, 3, 1, 2).float())
    with_torch = task_for(spec).decode({name: value.numpy() for name, value in outputs.items()}, Window((24, 32)))
    without = Predictor(out)(picture)
    assert (np.abs(without.metres - with_torch.metres) > 1e-3).mean() < 0.01  # a probability of just a half may tip
