"""Instances of a two-stage network: what is kept of masks in boxes, what is shown, and what its spec remembers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from perpixel.classes import ClassTable
from perpixel.errors import ModelError
from perpixel.kernels.region_rules import RegionRules
from perpixel.spec import ModelSpec, OutputSpec
from perpixel.tasks import BoxedInstanceTask, InstanceTask, Window, task_for

CLASSES = ClassTable.named(("cow", "dog"))
SPEC = ModelSpec("a", "instance", CLASSES, outputs=(OutputSpec("level0", 4, "features"),), regions=RegionRules())


def outputs() -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    """A cow, the same cow found once more, and a doubtful dog whose upper half alone is inside its mask."""
    masks = np.full((3, 28, 28), 9.0, np.float32)
    masks[2, 14:] = -9
    return {
        "boxes": np.array([[[0, 0, 8, 6], [1, 0, 9, 6], [10, 0, 16, 8]]], np.float32),
        "labels": np.array([[0, 0, 1]]),
        "scores": np.array([[0.9, 0.8, 0.3]], np.float32),
        "masks": masks[None],
    }


def test_masks_fill_their_boxes_and_a_thing_found_twice_is_one() -> None:
    answer = task_for(SPEC).decode(outputs(), Window((8, 16)))
    assert answer.labels.tolist() == [0, 1]
    assert answer.areas.tolist() == [48, 24]
    assert answer.scores.tolist() == pytest.approx([0.9, 0.3])


def test_doubtful_things_are_not_shown() -> None:
    task = task_for(SPEC)
    assert isinstance(task, BoxedInstanceTask)
    answer = task.decode(outputs(), Window((8, 16)))
    assert task.shown(answer).labels.tolist() == [0]
    assert InstanceTask(CLASSES).shown(answer).labels.tolist() == [0, 1]  # of centers, from .3 on


def test_a_missing_output_is_named() -> None:
    given = outputs()
    del given["masks"]
    with pytest.raises(ModelError, match=r"the model gives boxes, labels, scores; .* are boxes, labels, scores, masks"):
        task_for(SPEC).decode(given, Window((8, 16)))


def test_the_rules_travel_in_the_config_and_models_without_a_second_stage_do_not_mention_them() -> None:
    rules = RegionRules(sizes=(8.0, 16.0, 32.0, 64.0, 128.0), detections=400, shown=0.6)
    spec = ModelSpec("a", "instance", CLASSES, regions=rules)
    assert ModelSpec.from_dict(json.loads(json.dumps(spec.to_dict()))).regions == rules
    plain = ModelSpec("a", "semantic", CLASSES).to_dict()
    assert "regions" not in plain
    assert ModelSpec.from_dict(plain).regions is None
    with pytest.raises(ModelError, match="shown 2"):
        ModelSpec.from_dict({**plain, "regions": {"shown": 2}})
