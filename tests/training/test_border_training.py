"""Border weights on their way through training."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from perpixel.augment.border import border_term
from perpixel.data import open_dataset
from perpixel.errors import TrainingError
from perpixel.masks.components import cells_of
from perpixel.plan import Augmentation, Plan
from perpixel.training import checkpoints, record, train
from perpixel.training.order import Draw
from perpixel.training.samples import TrainingSamples

PLAN = Plan(
    options={"widths": (4, 8)},
    crop=(24, 24),
    batch=5,
    epochs=1,
    border=10.0,
    border_sigma=3.0,
    augmentation=Augmentation(rare=0.0, elastic=2.0, rotate=0.3, mix=0.5),
)


def test_a_batch_has_the_weights_of_the_truths_as_they_were_moved_and_mixed(boxes: Path) -> None:
    draws = [Draw(0, number, number) for number in range(4)]
    dataset = open_dataset(boxes)
    for name, cells in ((None, (1, 2)), ("green", (2,))):
        plan = replace(PLAN, border_class=name)
        _, truths, weights = TrainingSamples(dataset, "train", plan, rare=None, cache_limit=0).prepare(draws)
        assert weights.dtype == torch.float32
        for truth, weight in zip(truths.numpy(), weights.numpy(), strict=True):
            np.testing.assert_array_equal(weight, border_term(cells_of(truth, cells), w0=10, sigma=3))


def test_without_a_border_a_batch_is_pictures_and_truths(boxes: Path) -> None:
    samples = TrainingSamples(open_dataset(boxes), "train", replace(PLAN, border=0.0), rare=None, cache_limit=0)
    assert len(samples.prepare([Draw(0, 0, 0)])) == 2


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_run_with_borders_learns_otherwise_than_one_without(
    boxes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, padding: str
) -> None:
    monkeypatch.setattr(checkpoints, "save_checkpoint", partial(checkpoints.save_checkpoint, graph=False))
    monkeypatch.setattr(record, "draw_curves", lambda history, path: None)
    plan = replace(PLAN, options={"widths": (4, 8), "padding": padding}, crop=(28, 28))
    with_border = train(boxes, out=tmp_path / "with", plan=plan)
    without = train(boxes, out=tmp_path / "without", plan=replace(plan, border=0.0))
    assert np.isfinite(with_border.history[0]["loss"])
    assert with_border.history[0]["loss"] != without.history[0]["loss"]


def test_a_class_that_is_not_there_stops_the_run_before_it_begins(boxes: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="border_class: there is no class 'blue'; the classes are"):
        train(boxes, out=tmp_path / "run", plan=replace(PLAN, border_class="blue"))
    assert not (tmp_path / "run").exists()
