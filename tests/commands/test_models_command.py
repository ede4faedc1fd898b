from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import perpixel
from perpixel import models
from perpixel.cli import run
from perpixel.models import MODELS, Rung
from perpixel.predict import embedded

LISTED = [name for name, rung in MODELS.items() if rung.extra is None]


def listed(capsys: pytest.CaptureFixture[str], *flags: str) -> dict[str, dict[str, Any]]:
    assert run(["models", "--json", *flags]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert all(next(iter(row)) == "name" for row in rows)
    return {row["name"]: row for row in rows}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Rung]:
    """Two rungs and one that needs a package that is not here."""
    table = {name: MODELS[name] for name in ("unet", "ladder")}
    table["elsewhere"] = Rung(2020, "of somebody else", "elsewhere:Network", extra="not_a_package")
    monkeypatch.setattr(models, "MODELS", table)
    return table


def test_every_rung_is_listed_with_its_numbers_in_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    began = time.process_time()
    rows = listed(capsys)
    assert time.process_time() - began < 60
    assert [name for name, row in rows.items() if row["kind"] == "architecture" and name in LISTED] == LISTED
    for name in LISTED:
        row = rows[name]
        assert (row["year"], row["idea"]) == (MODELS[name].year, MODELS[name].idea)
        assert row["parameters"] > 10_000
        assert row["flops"] > 1e9
        assert (row["size"], row["classes"], row["options"]) == ([360, 480], 11, {})
        assert (Path(perpixel.__file__).parent / row["file"]).is_file()


def test_embedded_weights_are_listed_with_their_terms(capsys: pytest.CaptureFixture[str], few: object) -> None:
    row = listed(capsys)["street"]
    assert (row["kind"], row["architecture"], row["backbone"]) == ("weights", "ladder", "efficientnet_lite1")
    assert row["commercial"] is False
    assert "research use only" in row["data_terms"]
    assert "data's terms" in row["licence"]
    assert row["bytes"] == embedded()["street"].stat().st_size


def test_size_classes_and_light_change_the_numbers(capsys: pytest.CaptureFixture[str], few: object) -> None:
    pytest.importorskip("torch")
    plain = listed(capsys)["unet"]
    assert plain["parameters"] == 31_038_283
    twice = listed(capsys, "--size", "720x480")["unet"]
    assert twice["flops"] == pytest.approx(2 * plain["flops"], rel=0.03)
    assert twice["parameters"] == plain["parameters"]
    more = listed(capsys, "--classes", "12")["unet"]
    assert more["parameters"] - plain["parameters"] == 64 + 1
    light = listed(capsys, "--light")["unet"]
    assert light["options"] == {"widths": [16, 32, 64, 128, 256]}
    assert light["flops"] < plain["flops"] / 10


def test_a_table_for_people_has_all_of_it(capsys: pytest.CaptureFixture[str], few: object) -> None:
    pytest.importorskip("torch")
    assert run(["models", "--light"]) == 0
    shown = capsys.readouterr().out
    for words in (
        "unet",
        "2015",
        "1.94 M",
        "16.4",
        "models/unet.py",
        "street",
        "8.2 MB",
        "FLOPs are 2 x multiply-adds",
    ):
        assert words in " ".join(shown.split())


def test_a_network_whose_package_is_missing_is_named_on_stderr(capsys: pytest.CaptureFixture[str], few: object) -> None:
    assert run(["models", "--json"]) == 0
    captured = capsys.readouterr()
    assert "elsewhere" not in {row["name"] for row in json.loads(captured.out)}
    assert 'elsewhere, which needs not_a_package: pip install "perpixel[elsewhere]"' in captured.err


def test_without_torch_the_rungs_are_listed_without_numbers() -> None:
    code = "import sys; sys.modules['torch'] = None; from perpixel.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "models", "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert set(LISTED) <= set(rows)
    assert rows["unet"]["idea"] == MODELS["unet"].idea
    assert rows["unet"]["parameters"] is None
    assert rows["unet"]["flops"] is None
    assert rows["street"]["bytes"] > 0
    assert 'pip install "perpixel[train]"' in done.stderr


@pytest.mark.parametrize(
    ("flags", "words"),
    [(["--size", "360"], "size '360' is not HEIGHTxWIDTH"), (["--classes", "0"], "classes 0 must be at least 1")],
)
def test_a_wrong_flag_is_one_line(capsys: pytest.CaptureFixture[str], flags: list[str], words: str) -> None:
    assert run(["models", *flags]) == 2
    text = capsys.readouterr().err
    assert words in text
    assert text.count("\n") == 1
