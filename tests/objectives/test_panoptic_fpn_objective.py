"""What Panoptic FPN is taught: Mask R-CNN's losses of the same things, and every pixel's class by its weight."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from perpixel.classes import ClassTable, SegmentClass
from perpixel.models.panoptic_fpn import PanopticFPN
from perpixel.objectives.panoptic_fpn import PanopticFPNObjective
from perpixel.results import Panoptic
from perpixel.spec import OutputSpec
from perpixel.tasks.two_stage_panoptic import BoxedPanopticTask
from perpixel.tasks.window import Window

CROWD, UNJUDGED = -1, 255


def small(**options: object) -> PanopticFPN:
    torch.manual_seed(0)
    arguments: dict[str, object] = {
        "width": 16,
        "branch": 16,
        "hidden": 16,
        "depth": 1,
        "sizes": (16, 32, 64, 128, 256),
    }
    return PanopticFPN(3, backbone="mobilenet_v3_small", **{**arguments, **options})  # type: ignore[arg-type]


def scene() -> tuple[Tensor, Tensor]:
    """Stuff 0 above and stuff 2 below, on them two things of class 1."""
    labels = torch.zeros(64, 64, dtype=torch.int32)
    labels[40:] = 2
    ids = torch.zeros_like(labels)
    ids[10:30, 4:26], ids[34:58, 36:58] = 4, 9
    labels[ids > 0] = 1
    image = torch.tensor([[40, 60, 200], [200, 60, 40], [90, 90, 90]])[labels.long()].permute(2, 0, 1)
    return image[None].to(torch.uint8), torch.stack([ids, labels])[None]


def test_the_loss_is_mask_r_cnns_and_the_cross_entropy_of_all_pixels_by_its_weight() -> None:
    images, truths = scene()
    model = small(frozen=True).train()
    losses = {}
    for weight in (0.5, 2.0):
        torch.manual_seed(0)  # the same anchors and regions are drawn
        losses = PanopticFPNObjective(model, regions=16, semantic=weight)(images, truths)
        assert set(losses) == {"objectness", "proposals", "classes", "boxes", "masks", "semantic", "loss"}
        of_things = sum(losses[name] for name in ("objectness", "proposals", "classes", "boxes", "masks"))
        torch.testing.assert_close(losses["loss"], of_things + weight * losses["semantic"])
    expected = F.cross_entropy(model(images.float()), truths[:, 1].long())
    torch.testing.assert_close(losses["semantic"], expected)
    assert PanopticFPNObjective(model).semantic == 0.5


def test_the_second_stage_counts_the_background_before_the_classes() -> None:
    _, truths = scene()
    objective = PanopticFPNObjective(small())
    known = objective.known(truths[0])
    assert known.labels.tolist() == [2, 2]
    assert known.boxes.tolist() == [[4, 10, 26, 30], [36, 34, 58, 58]]


def test_what_is_not_judged_is_no_background_and_no_class() -> None:
    images, truths = scene()
    objective = PanopticFPNObjective(small(frozen=True).train(), regions=16)
    hidden = truths.clone()
    hidden[0, 1, :8] = UNJUDGED
    known = objective.known(hidden[0])
    assert (known.ids[:8] == CROWD).all()
    assert (known.ids[8:] >= 0).all()
    semantic = objective(images, hidden)["semantic"]
    logits = objective.model(images.float())
    torch.testing.assert_close(semantic, F.cross_entropy(logits[:, :, 8:], truths[:, 1, 8:].long()))
    nothing = torch.stack([torch.zeros(64, 64), torch.full((64, 64), UNJUDGED)])[None].to(torch.int32)
    losses = objective(images, nothing)
    assert losses["semantic"] == losses["objectness"] == 0
    assert torch.isfinite(losses["loss"])


def test_a_crowd_has_a_class_and_is_no_thing() -> None:
    _, truths = scene()
    truths[0, 0][truths[0, 0] == 9] = CROWD
    known = PanopticFPNObjective(small()).known(truths[0])
    assert known.numbers.tolist() == [4]
    assert known.crowded


def test_truths_of_another_shape_and_negative_weights_are_refused() -> None:
    images, truths = scene()
    with pytest.raises(ValueError, match=r"expected \(N, 2, H, W\)"):
        PanopticFPNObjective(small())(images, truths[:, :1])
    with pytest.raises(ValueError, match="must not be negative"):
        PanopticFPNObjective(small(), semantic=-1.0)


def test_every_part_learns_from_random_truths() -> None:
    model = small().train()
    truths = PanopticFPNObjective.random_truths(2, 3, (64, 96))
    assert truths.shape == (2, 2, 64, 96)
    PanopticFPNObjective(model, regions=16)(torch.rand(2, 3, 64, 96) * 255, truths)["loss"].backward()
    assert [name for name, each in model.named_parameters() if each.grad is None] == []


def test_it_learns_the_segments_of_one_picture() -> None:
    images, truths = scene()
    classes = ClassTable(
        (SegmentClass("sky", (9, 9, 9)), SegmentClass("car", (255, 0, 0), thing=True), SegmentClass("road", (0, 0, 9)))
    )
    ids, labels = truths[0].numpy()
    numbers = np.select([ids == 4, ids == 9], [3, 4], np.where(labels == 0, 1, 2)).astype(np.int32)
    known = Panoptic(numbers, np.array([0, 2, 1, 1]), classes, np.ones(4, np.float32))
    task = BoxedPanopticTask(classes, OutputSpec("logits", 4))
    model = small()
    objective = PanopticFPNObjective(model, regions=16)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    quality = 0.0
    for step in range(1, 101):
        objective.train()
        optimizer.zero_grad()
        objective(images, truths)["loss"].backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        if step >= 30 and step % 5 == 0:
            found = model.eval().to_decode(images.float())
            answer = task.decode({name: each.detach().numpy() for name, each in found.items()}, Window((64, 64)))
            score = task.score()
            score.update(truth=known, prediction=answer, name="one")
            quality = score.compute()["all"]["pq"]
            if quality > 0.7:
                break
    assert quality > 0.7  # with stuff alone it is two thirds at most
