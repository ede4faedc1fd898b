"""The embedded model `cells`, on nuclei that are drawn here."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.cli import run
from perpixel.pictures import write_png
from perpixel.predict import find_model

NUCLEI = [(24, 30, 9, 7), (60, 22, 8, 8), (100, 40, 10, 7), (30, 84, 7, 9), (48, 88, 7, 9), (96, 96, 11, 8)]


def drawn() -> NDArray[np.uint8]:
    """Six bright, soft ellipses on a dark ground with grain; two of them touch."""
    image = np.full((128, 128), 12, np.float32)
    for number, (x, y, wide, high) in enumerate(NUCLEI):
        cv2.ellipse(image, (x, y), (wide, high), 20 * number, 0, 360, 110 + 10 * number, -1)
    image = cv2.GaussianBlur(image, (0, 0), 0.8) + np.random.default_rng(0).normal(0, 2, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)[:, :, None].repeat(3, axis=2)


def test_nuclei_are_counted_and_touching_ones_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_png(tmp_path / "cells.png", drawn())
    assert (
        run(["predict", str(tmp_path / "cells.png"), "--model", "cells", "--out", str(tmp_path / "o"), "--json"]) == 0
    )
    told = capsys.readouterr()
    assert json.loads(told.out)["predictions"][0]["counts"] == {"nucleus": len(NUCLEI)}
    assert len((tmp_path / "o" / "things.csv").read_text().splitlines()) == 1 + len(NUCLEI)


def test_it_is_free_for_any_use_and_small() -> None:
    model = find_model("cells")
    assert model.spec.terms.commercial is True
    assert model.graphs["main"].stat().st_size < 5_000_000


def test_the_line_for_people_says_how_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_png(tmp_path / "cells.png", drawn())
    assert run(["predict", str(tmp_path / "cells.png"), "--model", "cells", "--out", str(tmp_path / "o")]) == 0
    assert capsys.readouterr().out == f"1 pictures labelled, {len(NUCLEI)} nucleus: {tmp_path / 'o'}\n"
