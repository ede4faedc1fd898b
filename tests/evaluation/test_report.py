from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from perpixel.classes import ClassTable
from perpixel.evaluation import score_folders, write_report
from perpixel.masks import write_labels
from perpixel.pictures import read_picture
from perpixel.results import LabelMap

ABC = ClassTable.named(["a", "b", "c"])


def folders(root: Path, count: int) -> tuple[Path, Path]:
    generator = np.random.default_rng(0)
    truth, predictions = root / "truth", root / "predictions"
    for folder in (truth, predictions):
        for number in range(count):
            (folder / "day").mkdir(parents=True, exist_ok=True)
            labels = generator.integers(0, 2, (12, 16)).astype(np.uint8)
            write_labels(folder / "day" / f"{number:02d}.png", LabelMap(labels, ABC))
    return predictions, truth


def test_report_holds_scores_matrix_pictures_and_the_worst(tmp_path: Path) -> None:
    judged = score_folders(*folders(tmp_path, 15), classes=ABC, worst=12)
    out = tmp_path / "report"
    write_report(judged, out, about={"model": "street"})

    scores = json.loads((out / "scores.json").read_text(), parse_constant=lambda token: 1 / 0)
    assert (scores["task"], scores["images"], scores["model"]) == ("semantic", 15, "street")
    assert scores["per_class"]["c"]["iou"] is None
    with (out / "confusion.csv").open() as file:
        header, *counts = csv.reader(file)
    assert header == ["truth \\ prediction", "a", "b", "c"]
    assert np.array([row[1:] for row in counts], int).tolist() == judged.score.matrix.counts.tolist()
    with (out / "pictures.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [f"day/{number:02d}" for number in range(15)]
    assert sum(int(row["a hits"]) for row in rows) == judged.score.matrix.counts[0, 0]
    assert read_picture(out / "confusion.png").shape[2] == 3

    names = sorted(path.name for path in (out / "worst").iterdir())
    assert len(names) == 12
    worst = min(rows, key=lambda row: float(row["mean_iou"]))["name"]
    assert names[0] == f"01-{worst.replace('/', '_')}.jpg"


def test_older_report_leaves_no_pictures_behind(tmp_path: Path) -> None:
    pairs = folders(tmp_path, 4)
    write_report(score_folders(*pairs, classes=ABC, worst=4), tmp_path / "report")
    (tmp_path / "report" / "worst" / "mine.jpg").touch()
    write_report(score_folders(*pairs, classes=ABC, worst=1), tmp_path / "report")
    assert len(list((tmp_path / "report" / "worst").iterdir())) == 2
