from __future__ import annotations

import json
from pathlib import Path

import pytest

from perpixel.classes import CAMVID, CITYSCAPES, ClassTable, save_class_table
from perpixel.errors import DataError
from perpixel.evaluation.beside import Found, classes_for

AB = ClassTable.named(["a", "b"], ignore=9)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    predictions, truth = tmp_path / "out", tmp_path / "data" / "set" / "masks" / "val"
    predictions.mkdir()
    truth.mkdir(parents=True)
    return predictions, truth


def test_without_a_table_nothing_is_guessed(places: tuple[Path, Path]) -> None:
    with pytest.raises(DataError, match=r"no class table lies beside .* give one with --classes: camvid"):
        classes_for(*places)


def test_table_is_found_in_the_data_sets_folder(places: tuple[Path, Path]) -> None:
    save_class_table(AB, places[1].parent.parent / "classes.yaml")
    found = classes_for(*places)
    assert found.classes == AB
    assert Path(found.where).name == "classes.yaml"


def test_table_is_found_in_what_predict_wrote(places: tuple[Path, Path]) -> None:
    (places[0] / "predictions.json").write_text(json.dumps({"task": "semantic", "classes": CAMVID.to_dict()}))
    assert classes_for(*places).classes == CAMVID


def test_table_beside_the_truth_tells_the_ignored_value(places: tuple[Path, Path]) -> None:
    save_class_table(AB, places[1] / "classes.yaml")
    save_class_table(ClassTable.named(["a", "b"]), places[0] / "classes.yaml")
    assert classes_for(*places).classes.ignore == 9
    assert classes_for(*places, ignore=7).classes.ignore == 7


def test_two_tables_that_differ_are_refused(places: tuple[Path, Path]) -> None:
    save_class_table(AB, places[1] / "classes.yaml")
    (places[0] / "predictions.json").write_text(json.dumps({"classes": CAMVID.to_dict()}))
    with pytest.raises(DataError, match=r"has the classes sky, .* has a, b; say which counts with --classes"):
        classes_for(*places)


def test_named_table_counts_before_all_others(places: tuple[Path, Path]) -> None:
    save_class_table(AB, places[1] / "classes.yaml")
    assert classes_for(*places, classes="cityscapes") == Found(CITYSCAPES, "cityscapes")
    assert classes_for(*places, classes=CAMVID).classes == CAMVID


@pytest.mark.parametrize("text", ["{", "{}", '{"classes": 3}', '{"classes": {"classes": []}}'])
def test_broken_predictions_file_is_named(places: tuple[Path, Path], text: str) -> None:
    (places[0] / "predictions.json").write_text(text)
    with pytest.raises(DataError, match=r"predictions.json: holds no class table"):
        classes_for(*places)


def test_encoding_that_the_truths_table_states_is_found(places: tuple[Path, Path]) -> None:
    (places[1] / "classes.yaml").write_text("classes: [a, b]\nencoding: one-based\n")
    encoding = classes_for(*places).encoding
    assert encoding is not None
    assert encoding.kind == "one-based"
    (places[1] / "classes.yaml").rename(places[0] / "classes.yaml")
    assert classes_for(*places).encoding is None
