from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classes import CAMVID, ClassTable
from perpixel.errors import DataError, MaskError
from perpixel.evaluation import score_folders
from perpixel.masks import write_labels
from perpixel.pictures import write_png
from perpixel.results import LabelMap

ABC = ClassTable.named(["a", "b", "c"])


def pngs(folder: Path, **maps: NDArray[Any] | list[list[int]]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, values in maps.items():
        write_png(folder / f"{name}.png", np.asarray(values, np.uint8 if isinstance(values, list) else values.dtype))
    return folder


def test_six_pixels_on_disk_score_as_by_hand(tmp_path: Path) -> None:
    truth = pngs(tmp_path / "truth", one=[[0, 0, 1, 1, 2, 2]])
    predictions = pngs(tmp_path / "predictions", one=[[0, 1, 1, 1, 2, 0]])
    found = score_folders(predictions, truth, classes=ABC).compute()
    assert (found["task"], found["images"]) == ("semantic", 1)
    assert found["mean_iou"] == pytest.approx(0.5)
    assert found["pixel_accuracy"] == pytest.approx(2 / 3)


def test_ignored_value_in_files_is_the_class_tables_or_the_given_one(tmp_path: Path) -> None:
    truth = pngs(tmp_path / "truth", one=[[0, 5, 11, 11]], two=[[3, 3, 11, 4]])
    predictions = pngs(tmp_path / "predictions", one=[[0, 5, 1, 2]], two=[[3, 3, 0, 4]])
    assert score_folders(predictions, truth, classes=CAMVID).compute()["pixel_accuracy"] == 1
    with pytest.raises(MaskError, match=r"one.png: label 11 at row 0, column 2"):
        score_folders(predictions, truth, classes=CAMVID, ignore=255)


def test_any_value_may_be_predicted_where_the_truth_is_ignored(tmp_path: Path) -> None:
    truth = pngs(tmp_path / "truth", one=[[0, 255, 255, 1]])
    predictions = pngs(tmp_path / "predictions", one=[[0, 255, 77, 1]])
    assert score_folders(predictions, truth, classes=ABC).compute()["mean_iou"] == 1


def test_class_too_high_is_named_with_file_value_and_place(tmp_path: Path) -> None:
    truth = pngs(tmp_path / "truth", one=[[0, 1], [2, 2]])
    predictions = pngs(tmp_path / "predictions", one=[[0, 1], [2, 3]])
    message = r"predictions/one.png: label 3 at row 1, column 1 is not one of the 3 classes 0 to 2, and .*truth/one.png"
    with pytest.raises(DataError, match=message):
        score_folders(predictions, truth, classes=ABC)


def test_predictions_of_another_size_are_named_with_both_sizes(tmp_path: Path) -> None:
    truth = pngs(tmp_path / "truth", one=[[0, 1, 2], [0, 1, 2]])
    predictions = pngs(tmp_path / "predictions", one=[[0, 1], [2, 1]])
    with pytest.raises(DataError, match=r"predictions/one.png is 2 x 2, .*truth/one.png is 2 x 3 \(height x width\)"):
        score_folders(predictions, truth, classes=ABC)


def test_palette_colors_and_16_bits_are_read_as_any_tool_writes_them(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 11, (20, 30)).astype(np.uint8)
    truth, answers = pngs(tmp_path / "truth", one=labels, two=labels), []
    for number, values in enumerate([labels, labels.astype(np.uint16), CAMVID.colors[labels]]):
        answers.append(pngs(tmp_path / f"predictions{number}", one=values, two=values))
    palette = tmp_path / "palette"
    palette.mkdir()
    for name in ("one", "two"):
        write_labels(palette / f"{name}.png", LabelMap(labels, CAMVID))
    for predictions in (*answers, palette):
        assert score_folders(predictions, truth, classes="camvid").compute()["mean_iou"] == 1


def test_progress_counts_to_the_end(tmp_path: Path) -> None:
    truth = pngs(tmp_path / "truth", one=[[0, 1]], two=[[0, 2]])
    seen: list[tuple[int, int]] = []
    score_folders(truth, truth, classes=ABC, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_encodings_can_be_stated(tmp_path: Path) -> None:
    truth = pngs(tmp_path / "truth", one=[[1, 2, 0, 3]])
    predictions = pngs(tmp_path / "predictions", one=[[0, 1, 1, 2]])
    found = score_folders(predictions, truth, classes=ABC, truth_encoding="one-based")
    assert (found.compute()["mean_iou"], int(found.score.matrix.counts.sum())) == (1, 3)
    with pytest.raises(ValueError, match="encoding 'twos' is not one of index"):
        score_folders(predictions, truth, classes=ABC, encoding="twos")
