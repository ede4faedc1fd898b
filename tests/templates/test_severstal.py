"""The templates of the steel competition, on small plates in its very layout."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[2]))  # the templates stand beside the package, not in it

from examples import severstal_keras, severstal_pytorch
from perpixel.masks.runs import encode_mask, to_kaggle
from perpixel.models import build
from perpixel.pictures import write_jpeg

SIZE = (32, 64)


@pytest.fixture(scope="module")
def steel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`train_images/`, `test_images/` and a row for each picture and class, as Severstal first had it."""
    root, generator = tmp_path_factory.mktemp("steel"), np.random.default_rng(0)
    rows = ["ImageId_ClassId,EncodedPixels"]
    for number in range(20):
        plate = generator.normal(110, 6, SIZE)
        for label in (1, 2, 3, 4):
            mask = np.zeros(SIZE, np.uint8)
            if number % 5 == label:
                cv2.circle(mask, (int(generator.integers(12, 52)), int(generator.integers(10, 22))), 7, 1, -1)
                plate += mask * (30.0 * label - 100)
            text = to_kaggle(encode_mask(mask > 0))
            rows.append(f"{number:02}.jpg_{label},{text}")
        folder = root / ("test_images" if number >= 18 else "train_images")
        folder.mkdir(exist_ok=True)
        write_jpeg(folder / f"{number:02}.jpg", np.repeat(plate.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2))
    (root / "train.csv").write_text("\n".join(rows[: 1 + 18 * 4]) + "\n")
    return root


def test_the_pytorch_template_has_the_kernel_s_settings_and_what_it_lacked() -> None:
    plan = severstal_pytorch.plan(epochs=20, step=32, crop=(256, 512), backbone="resnet18", pretrained=True, seed=0)
    assert (plan.architecture, plan.backbone, plan.rate) == ("unet", "resnet18", 5e-4)
    assert plan.batch * plan.accumulate == 32
    assert (plan.sampling, plan.decisions) == ("classes", "searched")


def test_the_pytorch_template_goes_from_table_to_submission(
    steel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = severstal_pytorch.plan
    narrow = {"backbone": None, "pretrained": False, "options": {"widths": (4, 8)}}
    monkeypatch.setattr(severstal_pytorch, "plan", lambda **options: replace(made(**options), **narrow))
    out, test = tmp_path / "run", steel / "test_images"
    options = {"epochs": 1, "crop": SIZE, "threads": 1}
    scores = severstal_pytorch.main(steel, out=out, test=test, **options)
    assert scores["task"] == "multilabel"
    assert len(scores["per_class"]) == 4
    with (out / "submission.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["ImageId_ClassId", "EncodedPixels"]
    assert [row[0] for row in rows] == [f"{name}.jpg_{label}" for name in ("18", "19") for label in (1, 2, 3, 4)]
    said = capsys.readouterr().out
    assert "near-duplicates" in said or "every combination of classes" in said
    assert "an empty submission: 0." in said


def test_the_keras_template_shows_what_learning_from_defects_alone_costs(
    steel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(severstal_keras, "WIDTHS", (4, 8))
    first = {"first_epochs": 1, "backbone": "mobilenet_v3_small", "pretrained": False}
    found = severstal_keras.main(steel, out=tmp_path, epochs=1, crop=SIZE, batch=4, threads=1, **first)
    assert list(found) == ["defects", "two stages", "all"]
    for scores in found.values():
        assert 0 <= scores["false_alarms"] <= scores["clean"]
        assert scores["clean"] >= 1
    assert found["two stages"]["false_alarms"] <= found["defects"]["false_alarms"]


def test_the_keras_network_is_the_small_one() -> None:
    """Counted by hand: convolutions down 8-16-32-64-64-128, up 64-64-32-16-8 after skips, 4 sigmoids."""
    plan = severstal_keras.plan(epochs=1, crop=(256, 512), batch=8, seed=0)
    model = build("unet", 4, in_channels=1, options=plan.options)

    def conv(before: int, after: int, side: int = 3) -> int:
        return side * side * before * after + after

    down = [(1, 8), (8, 16), (16, 32), (32, 64), (64, 64), (64, 128)]
    up = [(128, 64), (64, 64), (64, 32), (32, 16), (16, 8)]
    expected = sum(conv(a, b) + conv(b, b) for a, b in down)
    expected += sum(conv(a, b, 2) + conv(2 * b, b) + conv(b, b) for a, b in up) + conv(8, 4, 1)
    assert sum(parameter.numel() for parameter in model.parameters()) == expected
    assert any(isinstance(layer, torch.nn.ELU) for layer in model.modules())
    assert not any(isinstance(layer, torch.nn.ReLU | torch.nn.BatchNorm2d) for layer in model.modules())
