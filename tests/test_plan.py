from __future__ import annotations

import json
from dataclasses import replace

import pytest

from perpixel.plan import Augmentation, Plan


def test_a_plan_survives_json() -> None:
    plan = replace(Plan(), crop=(64, 96), loss=("dice", "lovasz"), augmentation=Augmentation(scale=(0.7, 1.5)))
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_a_changed_line_says_why_and_an_unknown_one_is_refused() -> None:
    plan = Plan().with_reason("2 cores", batch=2, workers=1).with_reason("asked for", batch=8)
    assert (plan.batch, plan.workers) == (8, 1)
    assert plan.reasons == {"batch": "asked for", "workers": "2 cores"}
    with pytest.raises(TypeError):
        plan.with_reason("?", bach=2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch": 0}, "batch 0 must be at least 1"),
        ({"rate": 0.0}, "rate 0.0 must be positive"),
        ({"optimizer": "adam"}, "'adam' is not one of adamw, sgd"),
        ({"loss": ()}, "must be one or more of"),
        ({"loss": ("focal",)}, "must be one or more of cross-entropy, dice, lovasz"),
        ({"ema": 1.0}, "ema 1.0"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(Plan(), **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scale": (2.0, 0.5)}, "the least first"),
        ({"scale": (0.0, 1.0)}, "two positive numbers"),
        ({"flip": 1.5}, "flip 1.5 must be from 0 to 1"),
        ({"noise": -1.0}, "noise -1.0 must not be negative"),
    ],
)
def test_an_augmentation_out_of_range_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(Augmentation(), **changes)


def test_a_plan_names_the_lines_in_which_another_run_differs() -> None:
    plan, other = Plan(workers=0), replace(Plan(workers=2), epochs=6, augmentation=Augmentation(flip=0.25))
    assert plan.differences(plan.with_reason("two cores", workers=2)) == []
    epochs, flip = plan.differences(other)
    assert epochs == "epochs: 30 in the run, 6 now"
    assert "flip: 0.5 in the run, 0.25 now" in flip
