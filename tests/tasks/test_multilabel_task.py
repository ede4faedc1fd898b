"""From coarse logits to layers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from perpixel.classes import ClassTable
from perpixel.errors import ModelError
from perpixel.spec import OutputSpec
from perpixel.tasks import MultilabelTask, Window

CLASSES = ClassTable.named(("a", "b", "c"))


@pytest.mark.parametrize("stride", [1, 2, 4])
@pytest.mark.parametrize("size", [(1, 1), (13, 21), (24, 32)])
def test_layers_are_where_the_sigmoid_of_the_upsampled_logits_is_above_the_threshold(
    stride: int, size: tuple[int, int]
) -> None:
    coarse = np.random.default_rng(0).normal(0, 3, (1, 3, -(-size[0] // stride), -(-size[1] // stride)))
    coarse = coarse.astype(np.float32)
    thresholds = {"a": 0.3, "c": 0.8}
    task = MultilabelTask(CLASSES, OutputSpec("logits", stride, "binary logits"), thresholds)
    found = task.decode({"logits": coarse}, Window(size)).masks
    full = F.interpolate(torch.from_numpy(coarse), scale_factor=float(stride), mode="bilinear")
    probabilities = full[0, :, : size[0], : size[1]].sigmoid().numpy()
    bars = np.array([0.3, 0.5, 0.8])[:, None, None]
    clear = np.abs(probabilities - bars) > 1e-3
    assert (found == (probabilities > bars))[clear].all()


def test_at_the_threshold_itself_a_class_is_not_there() -> None:
    task = MultilabelTask(CLASSES)
    assert not task.decode({"logits": np.zeros((1, 3, 2, 2), np.float32)}, Window((2, 2))).masks.any()


def test_probabilities_are_compared_as_they_are() -> None:
    task = MultilabelTask(CLASSES, OutputSpec("logits", 1, "scores"), {"b": 0.9})
    scores = np.full((1, 3, 1, 1), 0.7, np.float32)
    assert task.decode({"logits": scores}, Window((1, 1))).masks[:, 0, 0].tolist() == [True, False, True]


def test_windows_are_merged_by_union() -> None:
    task = MultilabelTask(CLASSES)
    yes = task.decode({"logits": np.ones((1, 3, 2, 2), np.float32)}, Window((2, 2)))
    no = task.decode({"logits": -np.ones((1, 3, 2, 2), np.float32)}, Window((2, 2)))
    merged = task.merge([(Window((2, 2), (0, 0)), yes), (Window((2, 2), (0, 1)), no)], (3, 3))
    assert merged.masks[0].tolist() == [[True, True, False], [True, True, False], [False, False, False]]


def test_the_picture_of_layers_shows_the_last_class_where_several_are() -> None:
    logits = np.ones((1, 3, 300, 300), np.float32)
    logits[:, 2, :, 150:] = -1
    table = ClassTable.named(("a", "b", "c"))
    drawn = MultilabelTask(table).picture(
        np.zeros((300, 300, 3), np.uint8), MultilabelTask(table).decode({"logits": logits}, Window((300, 300)))
    )
    left, right = drawn[100, 20].astype(int), drawn[100, 280].astype(int)
    assert np.abs(left - table.colors[2] * left.max() / max(table.colors[2].max(), 1)).max() < 40
    assert np.abs(left - right).max() > 20


@pytest.mark.parametrize("thresholds", [{"d": 0.5}, {"a": 1.5}])
def test_a_threshold_is_a_probability_of_one_of_the_classes(thresholds: dict[str, float]) -> None:
    with pytest.raises(ModelError, match="a threshold is from 0 to 1, of one of the classes a, b, c"):
        MultilabelTask(CLASSES, thresholds=thresholds)


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_what_the_thresholds_are_compared_with_can_be_had(stride: int) -> None:
    coarse = np.random.default_rng(1).normal(0, 3, (1, 3, 6, 8)).astype(np.float32)
    task = MultilabelTask(CLASSES, OutputSpec("logits", stride, "binary logits"), {"b": 0.7})
    window = Window((6 * stride - (stride > 1), 8 * stride))
    found = task.probabilities({"logits": coarse}, window)
    full = F.interpolate(torch.from_numpy(coarse), scale_factor=float(stride), mode="bilinear")
    assert found.shape == (3, *window.size)
    np.testing.assert_allclose(found, full[0, :, : window.size[0], : window.size[1]].sigmoid().numpy(), atol=1e-5)
    bars = np.array([0.5, 0.7, 0.5])[:, None, None]
    clear = np.abs(found - bars) > 1e-3
    assert ((found > bars) == task.decode({"logits": coarse}, window).masks)[clear].all()


def test_parts_below_the_least_area_are_dropped_and_corners_hold_together() -> None:
    logits = np.full((1, 3, 3, 5), -9, np.float32)
    logits[0, :, 0, 0] = logits[0, :, 1, 1] = logits[0, :, 2, 4] = 9  # two pixels by a corner, and one alone
    task = MultilabelTask(CLASSES, least_areas={"a": 2, "b": 3})
    assert task.decode({"logits": logits}, Window((3, 5))).masks.sum(axis=(1, 2)).tolist() == [2, 0, 3]
    with pytest.raises(ModelError, match="least area -1 of 'a'"):
        MultilabelTask(CLASSES, least_areas={"a": -1})
