from __future__ import annotations

from pathlib import Path

import pytest

from perpixel.errors import DataError
from perpixel.evaluation.pairs import pair_files


def folder(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def test_files_pair_by_path_whatever_the_suffix(tmp_path: Path) -> None:
    left = folder(tmp_path / "a", "day/one.png", "night/one.tif", "two.bmp")
    right = folder(tmp_path / "b", "day/one.tiff", "night/one.png", "two.png")
    assert [(pair.name, pair.prediction.name, pair.truth.name) for pair in pair_files(left, right)] == [
        ("day/one", "one.png", "one.tiff"),
        ("night/one", "one.tif", "one.png"),
        ("two", "two.bmp", "two.png"),
    ]


def test_what_predict_writes_beside_the_labels_is_skipped(tmp_path: Path) -> None:
    left = folder(
        tmp_path / "a",
        "one.png",
        "one.overlay.jpg",
        "one.overlay.png",
        "one.confidence.png",
        "predictions.json",
        ".x.png",
    )
    assert [pair.name for pair in pair_files(left, folder(tmp_path / "b", "one.png", "notes.txt"))] == ["one"]


def test_stems_pair_where_the_folders_inside_differ(tmp_path: Path) -> None:
    left, right = folder(tmp_path / "a", "one.png", "two.png"), folder(tmp_path / "b", "val/one.png", "val/two.png")
    assert [pair.truth.parent.name for pair in pair_files(left, right)] == ["val", "val"]


def test_a_stem_that_is_there_twice_decides_nothing(tmp_path: Path) -> None:
    left, right = folder(tmp_path / "a", "one.png"), folder(tmp_path / "b", "day/one.png", "night/one.png")
    with pytest.raises(DataError, match=r"2 of 2 in .*b have no prediction \(day/one, night/one\)"):
        pair_files(left, right)


def test_two_files_pair(tmp_path: Path) -> None:
    (pair,) = pair_files(folder(tmp_path, "x.png") / "x.png", folder(tmp_path, "y.png") / "y.png")
    assert (pair.name, pair.prediction.name) == ("y", "x.png")


def test_label_maps_without_a_partner_are_named_on_both_sides(tmp_path: Path) -> None:
    left, right = folder(tmp_path / "a", "one.png", "three.png"), folder(tmp_path / "b", "one.png", "two.png")
    with pytest.raises(DataError, match=r"1 of 2 in .*b have no prediction \(two\) and 1 of 2 in .*a have no truth"):
        pair_files(left, right)


def test_what_cannot_be_paired_is_refused(tmp_path: Path) -> None:
    full, empty = folder(tmp_path / "a", "one.png"), folder(tmp_path / "b", "one.jpg")
    with pytest.raises(DataError, match=r"b: no label maps here; they are PNG, TIFF or BMP files"):
        pair_files(full, empty)
    with pytest.raises(DataError, match="there is no such file or folder"):
        pair_files(full, tmp_path / "nowhere")
    with pytest.raises(DataError, match="give two files or two folders"):
        pair_files(full, full / "one.png")
    with pytest.raises(DataError, match=r"one.tif and one.png have the same name"):
        pair_files(folder(tmp_path / "c", "one.png", "one.tif"), full)
