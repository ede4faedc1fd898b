"""From bins to metres, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from perpixel.classes.depth_bins import DepthBins
from perpixel.errors import ModelError
from perpixel.results import Depth
from perpixel.spec import ModelSpec, OutputSpec
from perpixel.tasks import DepthTask, Window, task_for

BINS = DepthBins.increasing(1, 16, 4)


def logits(*probabilities: float) -> dict[str, np.ndarray]:
    shares = np.array(probabilities, np.float32)
    return {"logits": np.log(shares / (1 - shares)).reshape(1, -1, 1, 1)}


def test_ordinal_answers_are_counted_as_dorn_counts_them() -> None:
    task = DepthTask(BINS, OutputSpec(kind="binary logits"))
    assert task.decode(logits(0.9, 0.8, 0.3, 0.1), Window((1, 1))).metres.item() == 6  # label 2: the middle of 4 and 8
    assert task.decode(logits(0.9, 0.9, 0.9, 0.9), Window((1, 1))).metres.item() == 12  # behind all: the last
    scores = {"logits": np.array([0.9, 0.8, 0.3, 0.1], np.float32).reshape(1, -1, 1, 1)}
    assert DepthTask(BINS, OutputSpec(kind="scores")).decode(scores, Window((1, 1))).metres.item() == 6


def test_competing_bins_give_the_mean_of_their_middles() -> None:
    task = DepthTask(DepthBins.of_widths([1, 2, 1], 0, 8))
    outputs = {"logits": np.log(np.array([0.2, 0.5, 0.3], np.float32)).reshape(1, -1, 1, 1)}
    assert task.decode(outputs, Window((1, 1))).metres.item() == pytest.approx(4.3)


def test_windows_are_joined_by_their_mean() -> None:
    one = Depth(np.full((1, 2), 2, np.float32), np.ones((1, 2), np.bool_))
    two = Depth(np.full((1, 2), 4, np.float32), np.ones((1, 2), np.bool_))
    task = DepthTask(BINS)
    joined = task.merge([(Window((1, 2)), one), (Window((1, 2), (0, 1)), two)], (1, 4))
    assert joined.metres.tolist() == [[2, 3, 4, 0]]
    assert joined.valid.tolist() == [[True, True, True, False]]


def test_a_spec_keeps_its_bins_and_one_without_them_is_refused() -> None:
    spec = ModelSpec("far", "depth", BINS.table(), bins=BINS)
    again = ModelSpec.from_dict(spec.to_dict())
    assert again == spec
    assert isinstance(task_for(again), DepthTask)
    assert "bins" not in ModelSpec("flat", "semantic", BINS.table()).to_dict()
    with pytest.raises(ModelError, match="no `bins`"):
        task_for(ModelSpec("far", "depth", BINS.table()))
