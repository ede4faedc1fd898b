from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from perpixel.commands.inspect import inspect
from perpixel.data import open_dataset
from perpixel.pictures import write_png


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for name in ("images", "masks"):
        (root / name).mkdir(parents=True)
    for number in range(6):
        noise = np.random.default_rng(number).normal(size=(48, 64, 3))
        image = np.clip(cv2.GaussianBlur(noise, (0, 0), 4) * 400 + 128, 0, 255).astype(np.uint8)
        write_png(root / "images" / f"p{number}.png", image)
        write_png(root / "masks" / f"p{number}.png", (image[:, :, 0] > 128).astype(np.uint8) * 255)
    return root


def test_it_says_what_a_folder_is_and_writes_nothing(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(data.rglob("*"))
    assert inspect(data) == 0
    said = capsys.readouterr().out
    assert said.startswith("no problems")
    for part in ("train 5, val 1", "48x64 (6)", "binary: the masks hold the values 0, 255", "1 foreground", "--out"):
        assert part in said
    assert sorted(data.rglob("*")) == before


def test_the_worst_comes_first_and_makes_the_exit_code(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "masks" / "p2.png").write_bytes(b"rubbish")
    assert inspect(data) == 1
    assert capsys.readouterr().out.startswith("ERROR   masks/p2.png")


def test_json_has_all_and_names_what_was_written(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "masks" / "p2.png").unlink()
    assert inspect(data, json=True, out=tmp_path / "check") == 1
    found = json.loads(capsys.readouterr().out)
    assert [problem["kind"] for problem in found["problems"]] == ["orphans"]
    assert found["problems"][0]["files"] == ["images/p2.png"]
    assert [row["name"] for row in found["classes"]] == ["background", "foreground"]
    assert list(found["written"]) == ["page"]  # training would stop, so there is no contract


def test_the_contract_and_the_page_are_written(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect(data, out=tmp_path / "check") == 0
    assert f"perpixel train {tmp_path / 'check' / 'perpixel.yaml'}" in capsys.readouterr().out
    opened = open_dataset(tmp_path / "check" / "perpixel.yaml")
    assert {name: len(samples) for name, samples in opened.splits.items()} == {"train": 5, "val": 1}
    page = (tmp_path / "check" / "index.html").read_text()
    assert page.count("data:image/jpeg;base64,") == 8  # two each: the emptiest, the oddest, and of both classes
    assert "no problems" in page
    assert "class 1: foreground" in page
    assert "http" not in page  # nothing is loaded


def test_names_are_escaped_in_the_page(data: Path, tmp_path: Path) -> None:
    (data / "classes.yaml").write_text("classes: ['<b>', 'x & y']\n")
    inspect(data, out=tmp_path / "check")
    page = (tmp_path / "check" / "index.html").read_text()
    assert "<b>" not in page.replace("<b style", "")
    assert "x &amp; y" in page
