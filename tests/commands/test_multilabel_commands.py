"""Overlapping classes from the command line: trained, judged, predicted, exported, resumed."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from perpixel.cli import run
from perpixel.data import LayeredDataset, open_dataset
from perpixel.pictures import read_picture, write_png
from perpixel.predict import Predictor

NARROW = '{"widths": [8, 16]}'


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Disks tint red, boxes tint green, and they overlap."""
    root, generator = tmp_path_factory.mktemp("layers"), np.random.default_rng(0)
    for number in range(10):
        image = generator.normal(60, 8, (48, 64, 3))
        for channel, name in enumerate(("disk", "box")):
            mask = np.zeros((48, 64), np.uint8)
            x, y = (int(value) for value in generator.integers(14, 34, 2))
            if name == "disk":
                cv2.circle(mask, (x, y), 12, 255, -1)
            else:
                cv2.rectangle(mask, (x, y - 12), (x + 20, y + 8), 255, -1)
            image[..., channel] += mask / 2
            (root / "masks" / name).mkdir(parents=True, exist_ok=True)
            write_png(root / "masks" / name / f"p{number}.png", mask[:, :, None])
        (root / "images").mkdir(exist_ok=True)
        write_png(root / "images" / f"p{number}.png", image.clip(0, 255).astype(np.uint8))
    return root


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "a"
    flags = ["--epochs", "40", "--batch", "4", "--crop", "48x64", "--rate", "0.01", "--ema", "0", "--repeat", "2"]
    assert run(["train", str(data), "--out", str(out), "--arch", "unet", "--options", NARROW, *flags]) == 0
    return out


def test_it_learns_that_classes_overlap(trained: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(data), "--model", str(trained), "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["task"] == "multilabel"
    assert set(scores["per_class"]) == {"box", "disk"}
    assert scores["mean_iou"] > 0.8


def test_answers_are_laid_out_as_a_data_set(trained: Path, data: Path, tmp_path: Path) -> None:
    assert run(["predict", str(data / "images"), "--model", str(trained), "--out", str(tmp_path / "images")]) == 0
    masks = tmp_path / "images" / "masks"
    assert sorted(path.name for path in masks.iterdir()) == ["box", "disk"]
    assert len(list((masks / "disk").glob("*.png"))) == 10
    assert len(list((tmp_path / "images").glob("*.overlay.jpg"))) == 10
    told = json.loads((tmp_path / "images" / "predictions.json").read_text())
    assert told["task"] == "multilabel"
    assert set(told["predictions"][0]["shares"]) == {"box", "disk"}
    copy = tmp_path / "again"
    (copy / "images").mkdir(parents=True)
    for path in (data / "images").iterdir():
        (copy / "images" / path.name).write_bytes(path.read_bytes())
    masks.rename(copy / "masks")
    assert isinstance(open_dataset(copy), LayeredDataset)


def test_mirrored_and_averaged_answers_agree_with_the_plain_one(trained: Path, data: Path) -> None:
    image = read_picture(data / "images" / "p1.png")
    plain, twice = Predictor(trained)(image), Predictor([trained, trained])(image)
    mirrored = Predictor(trained, flip=True)(image)
    assert np.array_equal(plain.masks, twice.masks)
    overlap = (plain.masks & mirrored.masks).sum() / (plain.masks | mirrored.masks).sum()
    assert overlap > 0.8


def test_the_exported_file_and_its_threshold(trained: Path, data: Path, tmp_path: Path) -> None:
    assert run(["export", str(trained), "--out", str(tmp_path / "m.onnx")]) == 0
    predictor = Predictor(tmp_path / "m.onnx")
    assert predictor.spec.outputs[0].kind == "binary logits"
    for size in ((37, 53), (61, 29)):
        image = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
        assert np.array_equal(predictor(image).masks, Predictor(trained)(image).masks)


def test_a_run_is_resumed(trained: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", str(data), "--out", str(trained), "--resume", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["task"] == "multilabel"


def test_what_is_for_one_label_a_pixel_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--arch", "unet", "--options", NARROW, "--epochs", "1", "--mix", "0.5", "--crop", "48x64", "--batch", "2"]
    assert run(["train", str(data), "--out", str(tmp_path / "r"), *flags]) == 1
    assert "mix and border are for one label a pixel" in capsys.readouterr().err


def test_a_model_of_label_maps_is_not_judged_on_layers(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(data), "--model", "street"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
