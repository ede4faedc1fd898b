"""The BSDS500 protocol on hand-made counts and a folder of two drawn pictures."""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # the benchmarks stand beside the package, not in it

from benchmarks import __main__ as program
from benchmarks.bsds import command, main
from benchmarks.bsds.layout import Truth, read
from benchmarks.bsds.methods import METHODS, connected_pieces
from benchmarks.bsds.protocol import Answer, Counts, Scale, judge, judge_people
from benchmarks.bsds.scores import average_precision, best_f1, summed
from benchmarks.bsds.table import COLUMNS, PUBLISHED, away
from perpixel.metrics.region_boundaries import BoundaryPairs, region_boundaries


def drawn(folder: Path) -> Path:
    """Two pictures of a bright thing on dark: of the first two people saw two regions, of the second one saw three."""
    for name, corner in (("100", 10), ("200", 20)):
        regions = np.ones((48, 64), np.uint8)
        regions[corner:30, corner:50] = 2
        images, truths = (folder / part / "val" for part in ("images", "groundTruth"))
        images.mkdir(parents=True, exist_ok=True), truths.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(images / f"{name}.jpg"), np.dstack([regions * 90] * 3), [cv2.IMWRITE_JPEG_QUALITY, 100])
        third = regions.copy()
        third[40:] = 3
        for number, ids in enumerate([regions, regions] if name == "100" else [third]):
            cv2.imwrite(str(truths / f"{name}_{number}_seg.png"), ids)
            cv2.imwrite(str(truths / f"{name}_{number}_bdry.png"), region_boundaries(ids).astype(np.uint8) * 255)
    return folder


def counts(*scales: Sequence[float], pixels: int = 100, best: float = 80) -> Counts:
    """Of one picture: at each scale true, found, predicted, right, covered, Rand index, information."""
    made = [Scale(BoundaryPairs(*map(int, each[:4])), *each[4:], 2) for each in scales]  # type: ignore[arg-type, misc]
    return Counts("made up", made, pixels, best)


def test_one_scale_for_all_is_worse_than_each_pictures_own() -> None:
    # Each picture is perfect at another scale, and at the other finds a half with as much precision.
    good, poor = (10, 10, 10, 10, 80, 0.9, 1.0), (10, 5, 10, 5, 40, 0.5, 3.0)
    scores = summed([counts(good, poor), counts(poor, good)])
    assert (scores.ods, scores.ois) == (0.75, 1)
    assert (scores.covering_ods, scores.covering_ois, scores.covering_best) == (0.6, 0.8, 0.8)
    assert (scores.rand_ods, scores.rand_ois) == pytest.approx((0.7, 0.9))
    assert (scores.information_ods, scores.information_ois) == (2, 1)


def test_counts_are_summed_before_they_are_divided() -> None:
    large, small = counts((90, 90, 90, 90, 50, 1, 0)), counts((10, 0, 10, 0, 1, 0, 1), pixels=1)
    scores = summed([large, small])
    assert scores.ods == 0.9
    assert scores.covering_ods == pytest.approx(51 / 101)
    assert scores.rand_ods == 0.5  # a mean over pictures


def test_the_best_f1_may_lie_between_two_scales() -> None:
    best, scale = best_f1([1.0, 0.2], [0.2, 1.0])
    assert best == pytest.approx(0.6, abs=1e-4)  # halfway, where both are .6; at either scale it is 1 / 3
    assert scale in (0, 1)
    assert best_f1([0.5], [0.5]) == (0.5, 0)
    assert best_f1([0.0, 0.0], [0.0, 0.0]) == (0, 0)


def test_average_precision_is_the_area_between_the_outermost_scales() -> None:
    assert average_precision([0.5, 0.5], [0.0, 1.0]) == pytest.approx(0.5 * 1.01)  # 101 steps of .01, as there
    assert average_precision([0.5, 0.5], [0.795, 0.195]) == pytest.approx(0.5 * 0.60)
    assert average_precision([0.5, 0.5], [0.3, 0.3]) == 0
    assert average_precision([1.0], [1.0]) == 0


def test_covering_takes_the_best_region_of_any_scale() -> None:
    left, right = np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.uint8)
    left[:, :2], right[:, 6:] = 1, 1
    truth = Truth("drawn", np.zeros((8, 8, 3), np.uint8), [left + 2 * right], [region_boundaries(left + 2 * right)])
    judged = judge(truth, [Answer.of_regions(left), Answer.of_regions(right)])
    # Left strip found at the first scale, right at the second; the middle of 32 pixels fits the 48 at both.
    assert [scale.covered for scale in judged.scales] == pytest.approx([16 + 32 * 32 / 48 + 16 * 16 / 48] * 2)
    assert judged.best == pytest.approx(16 + 32 * 32 / 48 + 16)
    assert judge(truth, [Answer(truth.boundaries[0], None)]).scales[0].covered is None


def test_people_who_agree_are_perfect_and_a_single_one_is_not_asked(tmp_path: Path) -> None:
    judged = judge_people(read(drawn(tmp_path) / "images" / "val" / "100.jpg"))
    assert (judged.scales[0].pairs.f1, judged.scales[0].rand, judged.scales[0].information) == (1, 1, 0)
    assert judged.scales[0].covered == judged.pixels == 2 * 48 * 64


def test_pieces_of_groups_are_numbered_apart() -> None:
    groups = np.array([[0, 1, 0], [1, 0, 0]])
    pieces = connected_pieces(groups)
    assert len(np.unique(pieces)) == 4
    assert pieces[0, 2] == pieces[1, 1] == pieces[1, 2]
    assert sorted(np.unique(pieces)) == [0, 1, 2, 3]


def test_a_folder_is_judged_and_kept_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, document = drawn(tmp_path / "data"), tmp_path / "bsds.md"
    begin, end = "<!-- measured: written by --tell -->", "<!-- end of what is measured -->"
    document.write_text(f"Before.\n\n{begin}\nold\n{end}\nAfter.\n")
    line = [str(data), "--methods", "people,otsu,canny", "--processes", "1", "--out", str(tmp_path / "out")]
    assert main([*line, "--tell", str(document)]) == 0
    shown = capsys.readouterr().out
    assert "otsu" in shown
    assert "published" in shown
    kept = json.loads((tmp_path / "out" / "otsu.json").read_text())
    assert (kept["pictures"], [each["name"] for each in kept["counts"]]) == (2, ["100", "200"])
    assert kept["scores"]["ods"] > 0.85  # all but the line that only one person saw
    assert kept["scores"]["covering_ods"] > 0.85
    assert json.loads((tmp_path / "out" / "people.json").read_text())["pictures"] == 1
    told = document.read_text()
    assert told.startswith("Before.\n\n<!-- measured")
    assert told.endswith("After.\n")
    assert "old" not in told
    assert "| canny |" in told


def test_what_is_kept_is_not_run_again_unless_the_settings_are_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []
    once = command.run
    monkeypatch.setattr(command, "run", lambda name, *rest: runs.append(name) or once(name, *rest))
    line = [str(drawn(tmp_path / "data")), "--processes", "1", "--out", str(tmp_path / "out"), "--kept"]
    for more in ([], [], ["--scales", "120,130"], ["--scales", "120,130"], ["--scales", "120,130", "--limit", "1"]):
        assert main([*line, "--methods", "threshold", *more]) == 0
    assert len(runs) == 3


def test_other_scales_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = [str(drawn(tmp_path)), "--methods", "threshold", "--scales", "134,140.5", "--processes", "1", "--json"]
    assert main([*line, "--limit", "1"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["threshold"]["values"] == [134, 140.5]
    assert shown["threshold"]["scores"]["ods"] > 0.9
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--scales", "1,2"])
    assert "--scales are of one method" in capsys.readouterr().err


def test_what_is_missing_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*line: str) -> str:
        assert main([*line, "--methods", "otsu", "--processes", "1"]) == 1
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        return error

    assert "github.com/BIDS/BSDS500" in said(str(tmp_path / "nowhere"))
    data = drawn(tmp_path)
    assert "there are the splits val" in said(str(data), "--split", "test")
    (data / "groundTruth" / "val" / "100_1_bdry.png").unlink()
    assert "there is no file" in said(str(data))
    for path in (data / "groundTruth" / "val").glob("100_*"):
        path.unlink()
    assert "100_k_seg.png" in said(str(data))
    with pytest.raises(SystemExit):
        main([str(data), "--methods", "magic"])
    assert "there is no 'magic'" in capsys.readouterr().err


def test_every_method_has_at_most_twelve_scales_and_is_there() -> None:
    for name, method in METHODS.items():
        assert 1 < len(method.values) <= 12, name
        file, _, name_there = method.home.partition(":")
        function = getattr(importlib.import_module(f"perpixel.classical.{file}"), name_there)
        arguments = inspect.signature(function).parameters
        assert {method.parameter, *method.options} <= set(arguments), name
    assert set(PUBLISHED["graph"]) == set(COLUMNS)


def test_how_far_from_the_published() -> None:
    assert "all scores are within" in away(PUBLISHED["graph"])
    assert away({**PUBLISHED["graph"], "ap": 0.59, "ods": 0.635}).endswith("the published: ods 0.635 for 0.61")


def test_the_benchmarks_leave_it_out_and_hand_it_its_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "bsds" not in program.names()
    monkeypatch.setattr(sys, "argv", ["benchmarks", "bsds", "/no/such/folder"])
    assert program.main() == 1
    assert "there is no folder /no/such/folder" in capsys.readouterr().err
    monkeypatch.setattr(program, "names", list)
    monkeypatch.setattr(sys, "argv", ["benchmarks"])
    assert program.main() == 0
    assert "bsds is left out" in capsys.readouterr().err
