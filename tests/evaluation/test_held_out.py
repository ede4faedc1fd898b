"""Judging on pictures that a run may have learnt from is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from perpixel.data import open_dataset
from perpixel.evaluation import not_held_out
from perpixel.pictures import write_png


@pytest.fixture
def run_and_data(tmp_path: Path) -> tuple[Path, Path]:
    data, run = tmp_path / "data", tmp_path / "run"
    for folder in (data / "images", data / "masks", run / "best"):
        folder.mkdir(parents=True)
    for number in range(10):
        noise = np.random.default_rng(number).integers(0, 255, (64, 64)).astype(np.uint8)
        write_png(data / "images" / f"{number}.png", noise)
        write_png(data / "masks" / f"{number}.png", (noise > 99).astype(np.uint8))
    dataset = open_dataset(data)
    splits = {
        name: {"pictures": len(dataset.samples(name)), "fingerprint": dataset.fingerprint(name)}
        for name in dataset.splits
    }
    (run / "data.json").write_text(json.dumps({"root": str(data), "splits": splits}))
    return run, data


def test_the_split_of_the_run_is_quiet(run_and_data: tuple[Path, Path]) -> None:
    run, data = run_and_data
    assert not_held_out(run, open_dataset(data), "val") is None
    assert not_held_out(run / "best", open_dataset(data), "train") is None


def test_another_split_of_the_same_folder_is_said(run_and_data: tuple[Path, Path]) -> None:
    run, data = run_and_data
    for model in (run, run / "best"):
        said = not_held_out(model, open_dataset(data, split_seed=1), "val")
        assert said is not None
        assert said.startswith(f"val is not what {model} held out (2 pictures then, 2 now, or their files changed)")


def test_what_tells_nothing_is_quiet(run_and_data: tuple[Path, Path], tmp_path: Path) -> None:
    run, data = run_and_data
    other = open_dataset(data, split_seed=1)
    assert not_held_out("street", other, "val") is None
    assert not_held_out(tmp_path / "model.onnx", other, "val") is None
    assert not_held_out(run, open_dataset(data, split_seed=None), "all") is None
    moved = tmp_path / "moved"
    data.rename(moved)
    assert not_held_out(run, open_dataset(moved, split_seed=1), "val") is None
    for broken in ("[", "[1]", '{"root": 3}', "{}"):
        (run / "data.json").write_text(broken)
        assert not_held_out(run, open_dataset(moved), "val") is None
