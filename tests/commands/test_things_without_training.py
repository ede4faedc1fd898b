"""Things of a model of classes and of masks on disk, told apart by the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_graph import shades_spec, write_shades

from perpixel.classes import ClassTable, SegmentClass, save_class_table
from perpixel.cli import run
from perpixel.pictures import write_png


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(write_shades(tmp_path / "shades.onnx", shades_spec(stride=1, multiple=8)))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Two bright squares of 256 pixels with a bridge of 32, and one of 64 by itself, on dark ground."""
    image = np.full((40, 64, 3), 26, np.uint8)
    image[8:24, 4:20] = image[8:24, 28:44] = image[14:18, 20:28] = image[30:38, 50:58] = 230
    write_png(tmp_path / "a.png", image)
    return tmp_path / "a.png"


@pytest.mark.parametrize(("way", "things"), [("components", 2), ("watershed", 3)])
def test_a_model_of_classes_gives_things(
    model: str, picture: Path, tmp_path: Path, way: str, things: int, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    options = ["--things", way, "--things-of", "bright", "--out", str(out), "--json"]
    assert run(["predict", str(picture), "--model", model, *options]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["task"], told["predictions"][0]["counts"]) == ("instance", {"bright": things})
    with Image.open(out / "a.png") as ids:
        areas = np.bincount(np.asarray(ids).ravel())[1:].tolist()
    assert (len(areas), sum(areas), areas[-1]) == (things, 608, 64)
    assert min(areas[:-1]) >= 256
    rows = list(csv.DictReader((out / "things.csv").read_text().splitlines()))
    assert [(row["class"], int(row["area"])) for row in rows] == [("bright", area) for area in areas]
    found = json.loads((out / "instances.json").read_text())
    assert [category["name"] for category in found["categories"]] == ["bright"]
    assert [annotation["area"] for annotation in found["annotations"]] == areas
    assert (out / "a.overlay.jpg").is_file()


def test_small_things_are_dropped(model: str, picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--things", "components", "--things-of", "bright", "--least-area", "100", "--out", str(out)]
    assert run(["predict", str(picture), "--model", model, *options]) == 0
    assert len((out / "things.csv").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--things", "watershed"], "none of the classes dark, gray, bright is a thing"),
        (["--things", "watershed", "--things-of", "brigt"], "did you mean 'bright'?"),
        (["--things-of", "bright"], "add `--things watershed` or components"),
        (["--things", "hope"], 'Choose from: "components", "watershed"'),
    ],
)
def test_what_cannot_be_counted_is_told_in_a_line_and_nothing_is_written(
    model: str, picture: Path, tmp_path: Path, options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["predict", str(picture), "--model", model, "--out", str(tmp_path / "out"), *options]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_masks_on_disk_become_cocos_things_and_things_are_not_split_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    for name in ("images", "masks"):
        (data / name).mkdir(parents=True)
    table = ClassTable((SegmentClass("ground", (0, 0, 0)), SegmentClass("cell", (200, 0, 0), thing=True)))
    save_class_table(table, data / "classes.yaml")
    mask = np.zeros((40, 64), np.uint8)
    mask[8:24, 4:20] = mask[8:24, 28:44] = mask[14:18, 20:28] = 1
    write_png(data / "images" / "a.png", np.zeros((40, 64, 3), np.uint8))
    write_png(data / "masks" / "a.png", mask)
    assert run(["convert", str(data), str(tmp_path / "coco"), "--to", "coco", "--things", "watershed", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["regions"] == {"written": 2, "same": 2}
    (file,) = (tmp_path / "coco" / "annotations").iterdir()
    areas = [annotation["area"] for annotation in json.loads(file.read_text())["annotations"]]
    assert (len(areas), sum(areas)) == (2, 544)
    again = ["convert", str(tmp_path / "coco"), str(tmp_path / "more"), "--to", "coco", "--things", "components"]
    assert run(again) == 1
    assert "the truth is instance; things are told apart in label maps" in capsys.readouterr().err
