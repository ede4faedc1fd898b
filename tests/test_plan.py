from __future__ import annotations

import json

import pytest

from perpixel.plan import Augmentation, Plan


def test_a_plan_survives_json() -> None:
    plan = Plan(options={"widths": (8, 16)}, loss=("cross-entropy", "dice"), minutes=30).with_reason("so", flip=0.25)
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_a_line_that_is_missing_takes_its_default_and_one_that_is_unknown_is_refused() -> None:
    assert Plan.from_dict({"epochs": 3}) == Plan(epochs=3)
    with pytest.raises(TypeError, match="steps"):
        Plan.from_dict({"steps": 3})


def test_changes_carry_their_reason_strengths_of_the_augmentation_too() -> None:
    plan = Plan().with_reason("few pictures", repeat=4, color=0.6)
    assert (plan.repeat, plan.augmentation.color) == (4, 0.6)
    assert plan.reasons == {"repeat": "few pictures", "color": "few pictures"}
    with pytest.raises(TypeError, match="steps"):
        plan.with_reason("", steps=3)


def test_differences_name_the_line_and_both_values_but_not_workers_or_reasons() -> None:
    before = Plan(epochs=5, workers=0)
    now = before.with_reason("changed", epochs=6, workers=2, scale=(1, 1))
    assert before.differences(now) == ["epochs: 5 in the run, 6 now", "scale: (0.5, 2.0) in the run, (1, 1) now"]
    assert before.differences(before.with_reason("the same", epochs=5)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"batch": 0}, "batch 0 must be at least 1"),
        ({"rate": 0.0}, "rate 0.0 must be positive"),
        ({"minutes": 0.0}, "minutes 0.0 must be positive"),
        ({"clip": -1.0}, "clip -1.0 must not be negative"),
        ({"ema": 1.0}, "ema 1.0 must be at least 0 and below 1"),
        ({"crop": (0, 5)}, "must be a height and a width"),
        ({"loss": ()}, "must be one or more of"),
        ({"border": -1.0}, "border -1.0 must not be negative"),
        ({"border_sigma": 0.0}, "border_sigma 0.0 must be positive"),
        ({"border": 10.0, "loss": ("dice",)}, "border 10.0 weighs the cross-entropy, which is not in loss"),
        ({"precision": "int8"}, "'int8' is not one of float32, bfloat16, float16"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Plan(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"scale": (2, 1)}, {"flip": 1.5}, {"noise": -1.0}])
def test_an_augmentation_that_makes_no_sense_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        Augmentation(**changes)  # type: ignore[arg-type]
