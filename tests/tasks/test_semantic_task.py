from __future__ import annotations

import numpy as np
import pytest

from perpixel.classes import ClassTable
from perpixel.errors import ModelError
from perpixel.results import LabelMap
from perpixel.spec import ModelSpec, OutputSpec
from perpixel.tasks import SemanticTask, Window, task_for

TWO = ClassTable.named(["a", "b"])
TASK = SemanticTask(TWO, OutputSpec("logits", 2), "exact")


def answer(label: int, size: tuple[int, int], confidence: float | None = None) -> LabelMap:
    sure = None if confidence is None else np.full(size, confidence, np.float32)
    return LabelMap(np.full(size, label, np.uint8), TWO, sure)


def test_decode_crops_to_the_window() -> None:
    logits = np.zeros((1, 2, 3, 4), np.float32)
    logits[0, 1, :, 2:] = 8
    decoded = TASK.decode({"logits": logits}, Window((5, 7)))
    assert decoded.size == (5, 7)
    assert decoded.labels[0].tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert decoded.confidence is not None
    np.testing.assert_allclose(decoded.confidence[0, -1], 1 / (1 + np.exp(-8)), atol=1e-5)


def test_scores_are_their_own_confidence() -> None:
    task = SemanticTask(TWO, OutputSpec("scores", 1, "scores"), "exact")
    scores = np.array([[[[0.3]], [[0.7]]]], np.float32)
    decoded = task.decode({"scores": scores}, Window((1, 1)))
    assert decoded.labels.tolist() == [[1]]
    assert decoded.confidence is not None
    np.testing.assert_allclose(decoded.confidence, 0.7, atol=1e-6)


def test_where_windows_overlap_the_surer_answer_counts() -> None:
    answers = [(Window((2, 3)), answer(0, (2, 3), 0.6)), (Window((2, 3), (0, 2)), answer(1, (2, 3), 0.9))]
    for order in (answers, answers[::-1]):
        merged = TASK.merge(order, (2, 5))
        assert merged.labels[0].tolist() == [0, 0, 1, 1, 1]
        assert merged.confidence is not None
        np.testing.assert_allclose(merged.confidence[0], [0.6, 0.6, 0.9, 0.9, 0.9])


def test_without_confidence_the_later_window_counts_and_gaps_are_ignored() -> None:
    merged = TASK.merge([(Window((1, 2)), answer(0, (1, 2))), (Window((1, 2), (0, 1)), answer(1, (1, 2)))], (1, 4))
    assert merged.labels.tolist() == [[0, 1, 1, 255]]
    assert merged.confidence is None


def test_score_and_picture_are_those_of_the_task() -> None:
    score = TASK.score()
    score.update(truth=answer(1, (3, 3)), prediction=answer(1, (3, 3)), name="x")
    assert score.compute()["mean_iou"] == 1
    drawn = TASK.picture(np.zeros((30, 250, 3), np.uint8), answer(1, (30, 250)))
    assert drawn.shape[1:] == (250, 3)


def test_task_of_a_model_is_found_by_its_name() -> None:
    spec = ModelSpec("m", "semantic", TWO, outputs=(OutputSpec("logits", 4),))
    assert task_for(spec, confidence="fast") == SemanticTask(TWO, OutputSpec("logits", 4), "fast")
    with pytest.raises(ModelError, match="m is a model for 'smell'; this version knows semantic"):
        task_for(ModelSpec("m", "smell", TWO))
