from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perpixel.classes import ClassTable
from perpixel.errors import DataError, PerpixelError
from perpixel.pictures import read_picture
from perpixel.predict import FolderSink, Frame
from perpixel.results import LabelMap, Layers
from perpixel.spec import ModelSpec

TWO = ClassTable.named(["cat", "dog"])
SPEC = ModelSpec("pets", "semantic", TWO)


def frame(name: str, size: tuple[int, int] = (6, 8)) -> Frame:
    return Frame(name, 0, np.full((*size, 3), 90, np.uint8), path=Path(f"in/{name}.jpg"))


def answer(size: tuple[int, int] = (6, 8), confidence: float | None = 0.6) -> LabelMap:
    labels = np.zeros(size, np.uint8)
    labels[:, size[1] // 4 :] = 1
    return LabelMap(labels, TWO, None if confidence is None else np.full(size, confidence, np.float32))


def test_answers_become_labels_overlay_confidence_and_a_table(tmp_path: Path) -> None:
    sink = FolderSink(tmp_path / "out", SPEC, inputs={})
    sink.write(frame("deep/down/a"), answer())
    sink.skip(Frame("b", 1, None, path=Path("in/b.jpg")), "in/b.jpg: cut off")
    sink.close()
    place = tmp_path / "out" / "deep" / "down"
    with Image.open(place / "a.png") as labels:
        assert labels.mode == "P"
        assert np.array_equal(np.asarray(labels), answer().labels)
        assert labels.getpalette()[:6] == TWO.colors.ravel().tolist()  # type: ignore[index]
    assert read_picture(place / "a.overlay.jpg").shape[0] > 6
    confidence = read_picture(place / "a.confidence.png")
    assert confidence.shape == (6, 8, 1)
    assert (confidence == 153).all()
    table = json.loads((tmp_path / "out" / "predictions.json").read_text())
    assert (table["task"], table["model"], table["images"]) == ("semantic", "pets", 1)
    assert ClassTable.from_dict(table["classes"]) == TWO
    assert table["predictions"] == [
        {
            "name": "deep/down/a",
            "file": "in/deep/down/a.jpg",
            "size": [6, 8],
            "shares": {"cat": 0.25, "dog": 0.75},
            "mean_confidence": 0.6,
        }
    ]
    assert table["skipped"] == [{"name": "b", "file": "in/b.jpg", "problem": "in/b.jpg: cut off"}]
    assert not list((tmp_path / "out").rglob("*.part"))


def test_without_confidence_none_is_written(tmp_path: Path) -> None:
    sink = FolderSink(tmp_path, SPEC, inputs={})
    sink.write(frame("a"), answer(confidence=None))
    sink.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.overlay.jpg", "a.png", "predictions.json"]


@pytest.mark.parametrize("name", ["a.png", "a.overlay.jpg", "a.confidence.png"])
def test_no_input_is_written_over(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="is one of the pictures and would be written over"):
        FolderSink(tmp_path, SPEC, inputs={"a": tmp_path / "sub" / ".." / name})


def test_no_answer_is_written_over_another(tmp_path: Path) -> None:
    inputs = {"a": Path("in/a.jpg"), "a.confidence": Path("in/a.confidence.bmp")}
    with pytest.raises(DataError, match=r"a\.confidence\.png would be the answer to two pictures"):
        FolderSink(tmp_path, SPEC, inputs=inputs)


def test_what_cannot_be_written_is_raised_in_the_end(tmp_path: Path) -> None:
    sink = FolderSink(tmp_path, SPEC, inputs={})
    (tmp_path / "a").write_text("a file where a folder should be")
    sink.write(frame("a/b"), answer())
    with pytest.raises(PerpixelError, match="cannot be made"):
        sink.close()
    with pytest.raises(DataError, match="cannot be made"):
        FolderSink(tmp_path / "a" / "c", SPEC, inputs={})


def test_layers_become_masks_of_every_class_inside_the_folder(tmp_path: Path) -> None:
    table = ClassTable.named(["../cat", "a/b"])
    masks = np.zeros((2, 6, 8), np.bool_)
    masks[0, :3], masks[1, :, :2] = True, True
    sink = FolderSink(tmp_path / "out", ModelSpec("pets", "multilabel", table), inputs={})
    sink.write(frame("deep/a"), Layers(masks, table))
    sink.close()
    written = {path.relative_to(tmp_path / "out").as_posix() for path in tmp_path.rglob("*.png")}
    assert written == {"masks/__cat/deep/a.png", "masks/a_b/deep/a.png"}
    assert np.array_equal(read_picture(tmp_path / "out" / "masks" / "a_b" / "deep" / "a.png")[:, :, 0] > 0, masks[1])
    assert sink.rows[0]["shares"] == {"../cat": 0.5, "a/b": 0.25}
    assert (tmp_path / "out" / "deep" / "a.overlay.jpg").is_file()
