"""From a CSV file of run lengths to a submission: trained, submitted, scored."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from perpixel.cli import run
from perpixel.masks.runs import encode_mask, from_kaggle, to_kaggle
from perpixel.pictures import read_picture, write_png
from perpixel.predict import Predictor

SIZE = (40, 56)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bright scratches (class 1) and dark dents (class 2) on gray plates, most without either."""
    root, generator = tmp_path_factory.mktemp("steel"), np.random.default_rng(0)
    rows = ["ImageId,ClassId,EncodedPixels"]
    (root / "train_images").mkdir()
    for number in range(24):
        plate = generator.normal(120, 6, SIZE)
        for label in (1, 2):
            if number % 4 == label:
                mask = np.zeros(SIZE, np.uint8)
                x, y = int(generator.integers(12, 44)), int(generator.integers(10, 30))
                cv2.circle(mask, (x, y), 8, 1, -1)
                plate += mask * (90.0 if label == 1 else -90.0)
                rows.append(f"{number:02}.png,{label},{to_kaggle(encode_mask(mask > 0))}")
        write_png(root / "train_images" / f"{number:02}.png", plate.clip(0, 255).astype(np.uint8)[:, :, None])
    (root / "train.csv").write_text("\n".join(rows) + "\n")
    return root


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "steel"
    flags = ["--epochs", "25", "--batch", "4", "--crop", "40x56", "--rate", "0.01", "--ema", "0"]
    flags += ["--arch", "unet", "--options", '{"widths": [8, 16]}']
    assert run(["train", str(data), "--masks", "train.csv", "--out", str(out), *flags]) == 0
    return out


def test_training_chooses_thresholds_and_least_areas(trained: Path) -> None:
    spec = json.loads((trained / "best" / "config.json").read_text())
    assert set(spec["thresholds"]) == set(spec["least_areas"]) == {"class_1", "class_2"}
    worth = spec["provenance"]["decisions"]
    assert worth["image_mean_dice"] >= worth["image_mean_dice_at_half"]
    assert json.loads((trained / "plan.json").read_text())["sampling"] == "pictures"  # each class is in a quarter


def test_evaluate_gives_what_the_search_promised(trained: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(data), "--masks", "train.csv", "--model", str(trained), "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    worth = json.loads((trained / "best" / "config.json").read_text())["provenance"]["decisions"]
    assert scores["image_mean_dice"] == pytest.approx(worth["image_mean_dice"], abs=5e-3)
    assert scores["image_mean_dice"] > 0.8


def test_a_submission_has_a_row_for_every_pair_and_scores(
    trained: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "submission.csv"
    assert run(["submit", str(data / "train_images"), "--model", str(trained), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 24
    with out.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["ImageId_ClassId", "EncodedPixels"]
    assert [row[0] for row in rows[:4]] == ["00.png_1", "00.png_2", "01.png_1", "01.png_2"]
    assert len(rows) == 48
    answer = Predictor(trained)(read_picture(data / "train_images" / "01.png"))
    for mask, (_, text) in zip(answer.masks, rows[2:4], strict=True):
        assert np.array_equal(from_kaggle(text, SIZE).decode(), mask)
    assert run(["score", str(out), str(data / "train.csv"), "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["pairs"] == 48
    assert scores["image_mean_dice"] > 0.8
    assert scores["filled_mean_dice"] > 0.5
    assert run(["score", str(out), str(data / "train.csv")]) == 0
    assert "24 pictures, 48 pairs" in capsys.readouterr().out


def test_a_sample_submission_gives_the_columns_and_names_what_is_missing(
    trained: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample, out = tmp_path / "sample_submission.csv", tmp_path / "submission.csv"
    sample.write_text("ImageId,ClassId,EncodedPixels\n00.png,1,\n00.png,2,\n")
    arguments = ["submit", str(data / "train_images"), "--model", str(trained), "--out", str(out)]
    assert run([*arguments, "--like", str(sample), "--empty", "-1"]) == 0
    lines = out.read_text().splitlines()
    assert lines[0] == "ImageId,ClassId,EncodedPixels"
    assert lines[1:3] == ["00.png,1,-1", "00.png,2,-1"]
    out.unlink()
    sample.write_text("ImageId,ClassId,EncodedPixels\nzz.png,1,\nzz.png,2,\n")
    assert run([*arguments, "--like", str(sample)]) == 1
    assert "1 of its 1 pictures are not there: zz.png" in capsys.readouterr().err
    assert not out.exists()


def test_masks_are_brought_to_the_size_that_is_wanted(trained: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "submission.csv"
    assert (
        run(["submit", str(data / "train_images"), "--model", str(trained), "--out", str(out), "--size", "20x28"]) == 0
    )
    with out.open(newline="") as file:
        texts = [row["EncodedPixels"] for row in csv.DictReader(file)]
    areas = [from_kaggle(text, (20, 28)).area for text in texts if text]
    assert areas
    assert max(areas) < 100  # a quarter of a disk of 201


def test_a_broken_picture_gets_empty_rows_and_exit_code_1(
    trained: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "good.png").write_bytes((data / "train_images" / "01.png").read_bytes())
    (folder / "bad.png").write_bytes(b"nothing")
    out = tmp_path / "s.csv"
    assert run(["submit", str(folder), "--model", str(trained), "--out", str(out)]) == 1
    assert "its rows are empty" in capsys.readouterr().err
    assert out.read_text().splitlines()[1:3] == ["bad.png_1,", "bad.png_2,"]


def test_wrong_arguments_are_said(
    trained: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["submit", str(data / "train_images"), "--model", str(trained), "--out", str(tmp_path / "no" / "s.csv")])
    assert "there is no folder" in capsys.readouterr().err
    assert run(["score", str(data / "train.csv"), str(data / "train_images")]) == 2
    assert "one is a CSV file and the other is not" in capsys.readouterr().err
    assert run(["train", str(data), "--masks", "labels.csv", "--out", str(tmp_path / "r"), "--epochs", "1"]) == 1
    assert "no such table of run lengths" in capsys.readouterr().err
