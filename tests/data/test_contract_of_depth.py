"""Depth maps and slices of solids: what `inspect` says of them, and the contract that holds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from perpixel.cli import run
from perpixel.data import open_dataset
from perpixel.data.depths import DepthDataset
from perpixel.data.inspecting import inspect_data
from perpixel.data.solids import SlicesDataset
from perpixel.errors import DataError
from perpixel.pictures import write_jpeg, write_png
from perpixel.predict import FileSource
from perpixel.synthetic import write_solids


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Ten noisy frames; the depth is 1 to 3 m from left to right, and none in a tenth of the rows."""
    generator, folder = np.random.default_rng(0), tmp_path / "recording"
    folder.mkdir()
    depth = np.repeat(np.linspace(1000, 3000, 40).astype(np.uint16)[None], 30, axis=0)
    depth[:3] = 0
    for number in range(10):
        image = generator.integers(0, 256, (30, 40, 3)).astype(np.uint8)
        write_jpeg(folder / f"frame-{number:03d}.color.jpg", image)
        write_png(folder / f"frame-{number:03d}.depth.png", depth)
    return folder


def test_a_recording_is_told_as_depth_and_its_contract_is_held_to(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["inspect", str(recording), "--out", str(tmp_path / "check")]) == 0
    told = capsys.readouterr().out
    assert told.startswith("no problems\n")
    assert "10 pictures with depth maps" in told
    assert "distances 1 to 3 m, 2 m in the middle, of the usual map; 10.0% of the pixels have none" in told
    contract = tmp_path / "check" / "perpixel.yaml"
    written = yaml.safe_load(contract.read_text())
    assert written["task"] == "depth"
    assert not {"classes", "encoding"} & written.keys()
    assert (tmp_path / "check" / "index.html").stat().st_size > 5000
    for task in (None, "depth"):
        dataset = open_dataset(contract, task=task, bins="uniform:8")
        assert isinstance(dataset, DepthDataset)
        assert {name: len(samples) for name, samples in dataset.splits.items()} == {"train": 8, "val": 2}
        assert (dataset.root.resolve(), len(dataset.bins)) == (recording, 8)
    assert len(FileSource([contract])) == 10  # the photos, without the depth maps
    (recording / "frame-009.color.jpg").unlink()
    (recording / "frame-009.depth.png").unlink()
    with pytest.raises(DataError, match="the split train has 7 pictures, the contract 8"):
        open_dataset(contract)


def test_json_has_the_distances(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(recording), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["classes"], found["splits"]) == ("depth", [], {"train": 8, "val": 2})
    assert found["distances"] == {
        "near": pytest.approx(1, abs=0.06),
        "middle": pytest.approx(2, abs=0.06),
        "far": pytest.approx(3, abs=0.06),
        "without": 0.1,
    }


def test_what_is_wrong_with_depth_maps_is_told(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_png(recording / "frame-001.depth.png", np.zeros((30, 40), np.uint16))
    write_png(recording / "frame-002.depth.png", np.ones((30, 41), np.uint16))
    write_png(recording / "frame-003.depth.png", np.ones((30, 40), np.uint8))
    (recording / "frame-004.depth.png").write_bytes(b"no picture")
    assert run(["inspect", str(recording)]) == 1
    told = capsys.readouterr().out
    assert "WARNING 1 depth map without any depth (frame-001" in told
    for number, problem in ((2, "30 x 41"), (3, "is no depth map"), (4, "")):
        (line,) = [line for line in told.splitlines() if f"frame-00{number}" in line and line.startswith("ERROR")]
        assert problem in line


def test_a_picture_without_a_depth_map_is_told(recording: Path) -> None:
    (recording / "frame-005.depth.png").unlink()
    found = inspect_data(recording)
    assert found.source.kind == "pictures"
    assert any("1 pictures have no depth map: frame-005" in problem.text for problem in found.problems)


def test_masks_beside_depth_stay_masks(tmp_path: Path) -> None:
    for number in range(4):
        image = np.random.default_rng(number).integers(0, 256, (16, 16, 3)).astype(np.uint8)
        for folder in ("images", "masks", "depth"):
            (tmp_path / folder).mkdir(exist_ok=True)
        write_png(tmp_path / "images" / f"{number}.png", image)
        write_png(tmp_path / "masks" / f"{number}.png", (image[..., 0] > 99).astype(np.uint8))
        write_png(tmp_path / "depth" / f"{number}.png", np.full((16, 16), 2000, np.uint16))
    assert inspect_data(tmp_path).source.kind == "semantic"


def test_slices_are_told_and_their_contract_is_held_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_solids(tmp_path / "solids", train=3, val=2, slices=4, size=16)
    contract = tmp_path / "check" / "perpixel.yaml"
    assert run(["inspect", str(tmp_path / "solids"), "--out", str(tmp_path / "check"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "slices"
    assert yaml.safe_load(contract.read_text())["task"] == "slices"
    for task in (None, "slices"):
        dataset = open_dataset(contract, task=task)
        assert isinstance(dataset, SlicesDataset)
        assert {name: len(samples) for name, samples in dataset.splits.items()} == {"train": 3, "val": 2}
    assert open_dataset(contract, task="multilabel").task == "multilabel"
    write_png(tmp_path / "solids" / "images" / "val" / "000004.png", np.zeros((16, 16, 3), np.uint8))
    with pytest.raises(DataError, match="has other files"):
        open_dataset(contract)
