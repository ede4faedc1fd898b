"""`perpixel export`, and the page about what it writes."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
import torch

from perpixel.architecture import Segmenter
from perpixel.classes import CAMVID
from perpixel.cli import run
from perpixel.commands.arguments import parse_size
from perpixel.export import save_checkpoint
from perpixel.models import build
from perpixel.spec import ModelSpec

PAGE = Path(__file__).parents[2] / "docs" / "graph.md"


@pytest.fixture(scope="module")
def model() -> Segmenter:
    torch.manual_seed(0)
    return build("unet", len(CAMVID), options={"widths": (8, 16, 24)}).eval()


@pytest.fixture(scope="module")
def trained(model: Segmenter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with one checkpoint, as training leaves it."""
    folder = tmp_path_factory.mktemp("runs") / "a"
    folder.mkdir()
    save_checkpoint(folder / "best", model, ModelSpec("test", "semantic", CAMVID), graph=False)
    return folder


@pytest.fixture(scope="module")
def exported(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    path = tmp_path_factory.mktemp("exported") / "model.onnx"
    said, told = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(told):
        assert run(["export", str(trained), "--out", str(path), "--half", "--json"]) == 0
    assert told.getvalue() == ""
    return path, json.loads(said.getvalue())


def test_a_run_becomes_one_file_and_json_says_how_well_it_agrees(exported: tuple[Path, dict[str, object]]) -> None:
    path, answer = exported
    assert answer["file"] == str(path)
    assert answer["bytes"] == path.stat().st_size
    rows = answer["agreement"]
    assert isinstance(rows, list)
    assert [row["traced"] for row in rows] == [True, False, False]
    assert all(row["labels_equal"] >= 0.999 for row in rows)


def test_a_table_is_printed_for_people(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(trained / "best"), "--out", str(tmp_path / "m.onnx"), "--size", "60x90"]) == 0
    captured = capsys.readouterr()
    assert "60 x 90" in captured.out
    assert "labels equal" in captured.out
    assert captured.err == f"{tmp_path / 'm.onnx'}: {(tmp_path / 'm.onnx').stat().st_size / 1e6:.1f} MB\n"


def test_the_pages_program_gives_the_networks_labels(
    exported: tuple[Path, dict[str, object]], model: Segmenter
) -> None:
    folder = exported[0].parent
    picture = np.random.default_rng(0).integers(0, 256, (45, 71, 3), dtype=np.uint8)
    np.save(folder / "picture.npy", picture)
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.S)
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shares = [float(line.rpartition(" ")[2].rstrip("%")) for line in done.stdout.splitlines()]
    assert sum(shares) == pytest.approx(100, abs=1)
    with torch.inference_mode():
        expected = model(torch.from_numpy(picture).permute(2, 0, 1)[None].float())
    labels = torch.from_numpy(np.load(folder / "labels.npy").astype(np.int64))
    taken = expected[0].gather(0, labels[None])[0]  # float16 weights may tip a tie: then the logits are close
    assert float((expected[0].amax(dim=0) - taken).max()) < 0.02 * float(expected.max() - expected.min())
    assert float((labels == expected[0].argmax(dim=0)).float().mean()) > 0.99


@pytest.mark.parametrize("text", ["360", "360x", "0x480", "360x480x3", "-1x4", "axb"])
def test_a_size_that_is_none_is_a_usage_error(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "nowhere", "--out", "m.onnx", f"--size={text}"]) == 2
    assert "is not HEIGHTxWIDTH, such as 360x480" in capsys.readouterr().err


def test_sizes_are_height_by_width() -> None:
    assert parse_size("360x480") == parse_size(" 360 X 480 ") == parse_size("360×480") == (360, 480)


def test_a_missing_model_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(tmp_path), "--out", str(tmp_path / "m.onnx")]) == 1
    error = capsys.readouterr().err
    assert "no config.json in it" in error
    assert error.count("\n") == 1
