"""Lanes from a network's outputs."""

import numpy as np
import pytest

from perpixel.errors import ModelError
from perpixel.results.lanes import Lanes
from perpixel.spec import OutputSpec
from perpixel.tasks import LanesTask, Window
from perpixel.tasks.lanes import sided

TASK = LanesTask(OutputSpec("logits", 4))


def outputs(columns: dict[int, tuple[float, float]], size: tuple[int, int] = (40, 64)) -> dict[str, np.ndarray]:
    """Upright lanes at coarse columns, each with a vector, from the sixth row down."""
    logits = np.zeros((1, 2, *size), np.float32)
    logits[:, 0] = 4
    vectors = np.zeros((1, 2, *size), np.float32)
    for column, vector in columns.items():
        logits[0, 1, 6:, column] = 8
        vectors[0, :, 6:, column] = np.array(vector)[:, None]
    return {"logits": logits, "embedding": vectors}


def test_lines_lie_at_the_middles_of_their_coarse_pixels_and_are_sure() -> None:
    found = TASK.decode(outputs({10: (3, 0), 50: (-3, 0)}), Window((158, 250)))
    assert found.size == (158, 250)
    assert sorted(round(float(line[:, 0].mean()), 1) for line in found.lines) == [41.5, 201.5]
    assert all(line[:, 1].max() == 157 for line in found.lines)
    assert ((found.scores > 0) & (found.scores <= 1)).all()
    assert set(np.unique(found.ids)) == {0, 1, 2}


def test_two_lanes_of_one_vector_are_one_and_an_empty_road_has_none() -> None:
    assert len(TASK.decode(outputs({10: (1, 1), 11: (1, 1)}), Window((160, 256)))) == 1
    assert len(TASK.decode(outputs({}), Window((160, 256)))) == 0


def test_what_lies_beyond_the_picture_is_not_seen() -> None:
    assert len(TASK.decode(outputs({50: (1, 1)}), Window((160, 180)))) == 0


def test_lines_are_called_by_their_side_from_left_to_right() -> None:
    lines = [np.array([[x, 90.0], [50.0, 10.0]]) for x in (80.0, 5.0, 30.0)]
    answer = sided(Lanes.of_lines(lines, (100, 100), scores=np.array([0.2, 0.4, 0.6], np.float32)))
    assert [answer.classes[label].name for label in answer.labels] == ["left", "left", "right"]
    assert [line[0, 0] for line in answer.lines] == [5, 30, 80]
    assert answer.scores == pytest.approx([0.4, 0.6, 0.2])
    assert len(sided(Lanes.of_lines([], (100, 100)))) == 0


def test_parts_of_pictures_and_models_without_vectors_are_refused() -> None:
    answer = Lanes.of_lines([], (160, 256))
    assert TASK.merge([(Window((160, 256)), answer)], (160, 256)) is answer
    with pytest.raises(ModelError, match="leave out --tile"):
        TASK.merge([(Window((160, 200)), answer), (Window((160, 200)), answer)], (160, 256))
    with pytest.raises(ModelError, match="its output embedding"):
        TASK.decode({"logits": np.zeros((1, 2, 4, 4), np.float32)}, Window((16, 16)))
    with pytest.raises(ValueError, match="no boundary F1"):
        TASK.score(boundary=True)
