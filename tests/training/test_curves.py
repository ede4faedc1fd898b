from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from perpixel.training.curves import draw_curves, write_csv

HISTORY = [
    {"epoch": 1, "step": 10, "rate": 0.1, "loss": 2.0, "mean_iou": None, "pixel_accuracy": 0.5},
    {"epoch": 2, "step": 20, "rate": 0.05, "loss": 1.5, "mean_iou": 0.25, "pixel_accuracy": 0.6},
]


def test_a_row_is_an_epoch_and_what_is_not_known_is_empty(tmp_path: Path) -> None:
    write_csv(HISTORY, tmp_path / "curves.csv")
    lines = (tmp_path / "curves.csv").read_text().splitlines()
    assert lines[0] == "epoch,step,rate,loss,mean_iou,pixel_accuracy"
    assert lines[1:] == ["1,10,0.1,2.0,,0.5", "2,20,0.05,1.5,0.25,0.6"]


@pytest.mark.parametrize("history", [HISTORY, [{"epoch": 1, "step": 3, "rate": 0.1, "loss": 2.0}]])
def test_curves_are_a_picture(tmp_path: Path, history: list[dict[str, float]]) -> None:
    draw_curves(history, tmp_path / "curves.png")
    picture = cv2.imread(str(tmp_path / "curves.png"))
    assert picture.shape == (396, 1320, 3)
    assert picture.std() > 10
