from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from perpixel.classes import CAMVID
from perpixel.cli import run
from perpixel.masks import write_labels
from perpixel.pictures import write_jpeg, write_png
from perpixel.results import LabelMap


@pytest.fixture
def folders(tmp_path: Path) -> tuple[str, str]:
    generator = np.random.default_rng(0)
    truth, predictions = tmp_path / "truth", tmp_path / "predictions"
    for folder in (truth, predictions):
        folder.mkdir()
    for name in ("one", "two"):
        labels = generator.integers(0, 11, (6, 8)).astype(np.uint8)
        write_png(truth / f"{name}.png", np.where(labels == 3, 11, labels).astype(np.uint8))
        write_labels(predictions / f"{name}.png", LabelMap(labels, CAMVID))
        write_jpeg(predictions / f"{name}.overlay.jpg", np.zeros((6, 8, 3), np.uint8))
    return str(predictions), str(truth)


def test_scores_are_strict_json_on_stdout(folders: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", *folders, "--classes", "camvid", "--json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out, parse_constant=lambda token: pytest.fail(f"{token} is no JSON"))
    assert list(found)[:3] == ["task", "images", "mean_iou"]
    assert (found["task"], found["images"], found["mean_iou"]) == ("semantic", 2, 1)
    assert found["per_class"]["road"] == {
        "iou": None, "dice": None, "accuracy": None, "boundary_f1": None, "pixels": 0
    }  # fmt: skip
    assert captured.err == ""


def test_table_names_every_class(folders: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", *folders, "--classes", "camvid", "--no-boundary"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in CAMVID.names)
    assert "boundary" not in shown


def test_class_table_that_lies_beside_is_named(folders: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    beside = Path(folders[0]) / "predictions.json"
    beside.write_text(json.dumps({"task": "semantic", "images": 2, "classes": CAMVID.to_dict()}))
    assert run(["score", *folders, "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["mean_iou"] == 1
    assert f"(from {beside})" in captured.err


def test_report_is_written_on_request(folders: tuple[str, str], tmp_path: Path) -> None:
    out = tmp_path / "reports" / "a"
    assert run(["score", *folders, "--classes", "camvid", "--out", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == {
        "scores.json", "confusion.csv", "confusion.png", "pictures.csv", "worst"
    }  # fmt: skip
    assert len(list((out / "worst").iterdir())) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "no class table lies beside"),
        (["--classes", "camvd"], "neither a known class table"),
        (["--classes", "camvid", "--ignore", "255"], "label 11 at row"),
    ],
)
def test_what_goes_wrong_is_one_line(
    folders: tuple[str, str], options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["score", *folders, *options]) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


COCO = {
    "images": [{"id": 1, "file_name": "a.jpg", "height": 9, "width": 9}],
    "categories": [{"id": 2, "name": "cow"}],
    "annotations": [
        {"id": n, "image_id": 1, "category_id": 2, "bbox": box, "segmentation": [corners], "area": area, "iscrowd": 0}
        for n, box, corners, area in [
            (1, [0, 0, 3, 3], [0, 0, 3, 0, 3, 3, 0, 3], 9), (2, [4, 4, 5, 5], [4, 4, 9, 4, 9, 9, 4, 9], 25)
        ]
    ],
}  # fmt: skip


def put_coco(folder: Path, results: object) -> list[str]:
    for name, data in (("pred.json", results), ("gt.json", COCO)):
        (folder / name).write_text(json.dumps(data))
    return [str(folder / "pred.json"), str(folder / "gt.json")]


def test_results_of_coco_are_judged_by_its_annotations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = COCO["annotations"]  # type: ignore[misc]
    results = [{**first, "score": 0.5}, {**second, "score": 0.4}]
    files = put_coco(tmp_path, results)
    assert run(["score", *files, "--json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out, parse_constant=lambda token: pytest.fail(f"{token} is no JSON"))
    assert (found["task"], found["images"], found["mask_ap"], found["box_ap"]) == ("instance", 1, 1, 1)
    assert captured.err == ""
    assert run(["score", *files, "--json", "--max-detections", "1", "--out", str(tmp_path / "report")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["max_detections"], found["mask_ap"]) == (1, pytest.approx(51 / 101))
    assert (tmp_path / "report" / "pictures.csv").read_text().count("\n") == 2
    assert run(["score", *files]) == 0
    assert "cow" in capsys.readouterr().out


def test_what_of_coco_is_judged_in_part_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", *put_coco(tmp_path, []), "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["mask_ap"] == 0
    assert "1 of 1 pictures have no result" in captured.err


def test_panoptic_files_are_judged_by_the_pngs_beside_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    segments = [{"id": 7, "category_id": 1}, {"id": 8, "category_id": 2}]
    categories = [{"id": 1, "name": "grass", "isthing": 0}, {"id": 2, "name": "cow", "isthing": 1}]
    ids = {"gt": [[7, 7, 7, 7], [8, 8, 8, 0]], "pred": [[7, 7, 7, 8], [8, 8, 8, 8]]}
    for name, rows in ids.items():
        annotation = {"image_id": 1, "file_name": "a.png", "segments_info": segments}
        data = {"images": COCO["images"], "annotations": [annotation], "categories": categories}
        (tmp_path / f"{name}.json").write_text(json.dumps(data))
        (tmp_path / name).mkdir()
        write_png(tmp_path / name / "a.png", np.pad(np.array(rows, np.uint8)[..., None], ((0, 0), (0, 0), (0, 2))))
    files = [str(tmp_path / "pred.json"), str(tmp_path / "gt.json")]
    assert run(["score", *files, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["task"] == "panoptic"
    assert [found[part]["pq"] for part in ("all", "things", "stuff")] == [0.75, 0.75, 0.75]
    assert run(["score", *files]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("grass", "cow", "things", "stuff"))


@pytest.mark.parametrize(
    ("results", "code", "message"),
    [
        ({"shapes": []}, 1, "neither COCO instances"),
        ([{"image_id": 3}], 1, "result 1 is of the picture 3"),
        (None, 2, "two JSON"),
    ],
)
def test_what_goes_wrong_with_coco_is_one_line(
    results: object, code: int, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = put_coco(tmp_path, results)
    assert run(["score", str(tmp_path) if results is None else files[0], files[1]]) == code
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
