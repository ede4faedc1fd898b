"""Rows of a submission, by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perpixel.classes import ClassTable
from perpixel.errors import DataError, PictureError
from perpixel.predict.source import Frame
from perpixel.predict.submission import answer_all, submission, submitted_classes
from perpixel.results import LabelMap, Layers
from perpixel.spec import ModelSpec

WITH_BACKGROUND = ClassTable.named(("background", "crack", "dent"))
IMAGE = np.zeros((2, 3, 3), np.uint8)


def frame(name: str, image: np.ndarray | None = IMAGE, problem: str = "") -> Frame:
    return Frame(name, 0, image, problem, Path(f"{name}.jpg"))


def test_label_maps_have_no_rows_of_a_background_and_broken_pictures_have_as_many(tmp_path: Path) -> None:
    classes = submitted_classes(ModelSpec("m", "semantic", WITH_BACKGROUND))
    assert classes.names == ("crack", "dent")
    labels = LabelMap(np.array([[0, 2, 2], [1, 0, 2]], np.uint8), WITH_BACKGROUND)
    frames = [frame("x/a"), frame("b", None, "b.jpg is damaged")]
    with submission(tmp_path / "s.csv", classes, empty="-1") as sink:
        answered = [(one.name, filled, problem) for one, filled, problem in answer_all(frames, lambda _: labels, sink)]
    assert answered == [("x/a", 2, ""), ("b", 0, "b.jpg is damaged")]
    assert (tmp_path / "s.csv").read_text().splitlines() == [
        "ImageId_ClassId,EncodedPixels",
        "x/a.jpg_1,2 1",
        "x/a.jpg_2,3 1 5 2",
        "b.jpg_1,-1",
        "b.jpg_2,-1",
    ]


def test_layers_have_rows_of_every_class(tmp_path: Path) -> None:
    table = ClassTable.named(("none", "crack"))
    assert submitted_classes(ModelSpec("m", "multilabel", table)) == table
    layers = Layers(np.array([[[1, 0, 0], [0, 0, 0]], [[0, 0, 0], [1, 1, 1]]], np.bool_), table)
    with submission(tmp_path / "s.csv", table, columns="apart") as sink:
        assert sink.write(frame("a"), layers) == 2
    assert (tmp_path / "s.csv").read_text().splitlines()[1:] == ["a.jpg,1,1 1", "a.jpg,2,2 1 4 1 6 1"]


def test_a_picture_that_the_model_does_not_take_gets_empty_rows(tmp_path: Path) -> None:
    def refuse(_: object) -> Layers:
        raise PictureError("seven channels")

    with submission(tmp_path / "s.csv", ClassTable.named(("a",))) as sink:
        ((_, filled, problem),) = answer_all([frame("a")], refuse, sink)
    assert (filled, problem) == (0, "a.jpg: seven channels")
    assert (tmp_path / "s.csv").read_text().splitlines()[1:] == ["a.jpg_1,"]


def test_nothing_is_left_of_what_failed_and_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), submission(tmp_path / "s.csv", WITH_BACKGROUND):
        raise RuntimeError
    assert not list(tmp_path.iterdir())
    with pytest.raises(DataError, match="there is no folder"), submission(tmp_path / "no" / "s.csv", WITH_BACKGROUND):
        pass
