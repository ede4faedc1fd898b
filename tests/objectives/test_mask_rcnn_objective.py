"""What Mask R-CNN is taught: its losses against sums worked out apart, and that it learns a drawn picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from perpixel.classes import ClassTable
from perpixel.errors import TrainingError
from perpixel.kernels.regions import anchor_boxes
from perpixel.layers.regions.targets import things
from perpixel.masks.pasting import paste_instances
from perpixel.models.mask_rcnn import Found, MaskRCNN
from perpixel.objectives import build_objective
from perpixel.objectives.mask_rcnn import MaskRCNNObjective
from perpixel.plan import Plan
from perpixel.results import Instances

SIZE = (64, 96)
NAMES = {"objectness", "proposals", "classes", "boxes", "masks", "loss"}
CLASSES = ClassTable.named(("red", "green"))


def small(**options: object) -> MaskRCNN:
    torch.manual_seed(0)
    arguments: dict[str, object] = {"width": 16, "hidden": 32, "depth": 1, "sizes": (16, 32, 64, 128, 256)}
    return MaskRCNN(3, backbone="mobilenet_v3_small", **{**arguments, **options})  # type: ignore[arg-type]


def drawn() -> tuple[Tensor, Tensor]:
    """A rectangle, a disc and a triangle, the disc green; their ids have gaps."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    ids = np.zeros(SIZE, np.int32)
    ids[5:30, 8:40] = 3
    ids[((y - 38) / 18) ** 2 + ((x - 70) / 20) ** 2 < 1] = 7
    ids[(y > 34) & (y < 60) & (x > 8) & (x < y - 10)] = 12
    labels = np.where(ids == 7, 2, 1).astype(np.int32)
    labels[ids == 0] = 99  # not read
    image = np.full((*SIZE, 3), 60)
    for number, color in ((3, (200, 40, 40)), (7, (40, 200, 60)), (12, (220, 60, 30))):
        image[ids == number] = color
    image = image + np.random.default_rng(0).integers(-20, 21, image.shape)
    return torch.from_numpy(image).permute(2, 0, 1)[None].to(torch.uint8), torch.from_numpy(np.stack([ids, labels]))[
        None
    ]


def found(model: MaskRCNN, images: Tensor) -> Instances:
    (every,) = model.eval().predict(images.float())
    sure = Found(*(each[every.scores > 0.5] for each in every))
    boxes, labels, scores = (each.numpy() for each in sure[:3])
    return paste_instances(sure.masks.sigmoid().numpy(), boxes, labels, scores, CLASSES, SIZE)


def overlaps(answer: Instances, truth: Tensor) -> list[float]:
    """For each thing the intersection over union with the best answer of its class."""
    ids, labels = truth[0].numpy(), truth[1].numpy()
    best = []
    for number in np.unique(ids[ids > 0]):
        there = ids == number
        alike = [answer.mask(i) for i in range(len(answer)) if answer.labels[i] + 1 == labels[there][0]]
        best.append(max(((mask & there).sum() / (mask | there).sum() for mask in alike), default=0.0))
    return best


def test_it_learns_three_things_of_one_picture() -> None:
    images, truths = drawn()
    model = small()
    objective = MaskRCNNObjective(model, regions=32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    scores = [0.0]
    for step in range(1, 151):
        objective.train()
        optimizer.param_groups[0]["lr"] = 4e-3 * min(step / 10, 1)
        optimizer.zero_grad()
        objective(images, truths)["loss"].backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        if step >= 50 and step % 10 == 0:
            scores = overlaps(found(model, images), truths[0])
            if min(scores) > 0.7:
                break
    assert min(scores) > 0.7, scores


def test_losses_are_named_and_the_total_is_their_sum() -> None:
    images, truths = drawn()
    losses = MaskRCNNObjective(small().train())(images, truths)
    assert losses.keys() == NAMES
    torch.testing.assert_close(losses["loss"], sum(losses[name] for name in NAMES - {"loss"}))


def test_every_trainable_parameter_gets_a_gradient() -> None:
    model = small(depth=2).train()
    images, truths = drawn()
    MaskRCNNObjective(model)(images, truths)["loss"].backward()
    without = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert not without


def test_a_picture_without_any_thing_teaches_background_alone() -> None:
    model = small().train()
    losses = MaskRCNNObjective(model)(torch.zeros(2, 3, *SIZE, dtype=torch.uint8), torch.zeros(2, 2, *SIZE).int())
    losses["loss"].backward()
    assert losses["proposals"] == losses["boxes"] == losses["masks"] == 0
    assert losses["objectness"] > 0
    assert losses["classes"] > 0
    # All parameters take part, so that several processes agree on which gradients to exchange.
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())


def test_anchors_lose_what_the_paper_says() -> None:
    """One thing, which one anchor fits: all anchors are drawn, for there are fewer than 256 that count."""
    model = small(ratios=(1.0,), sizes=(16, 32, 64, 128, 256))
    truths = torch.zeros(1, 2, 32, 32, dtype=torch.int32)
    truths[0, :, 8:24, 8:24] = 1  # the anchor of 16 around (16, 16)
    objective = MaskRCNNObjective(model.eval())
    anchors = torch.from_numpy(anchor_boxes((32, 32), model.rules))
    torch.manual_seed(1)
    objectness, deltas = torch.randn(1, len(anchors)), torch.randn(1, len(anchors), 4)
    known = [things(truths[0], 3, ignored=255)]
    losses = objective.first_stage({"objectness": objectness, "deltas": deltas}, known, (32, 32))
    box = torch.tensor([8.0, 8, 24, 24])
    width = (torch.minimum(anchors[:, 2], box[2]) - torch.maximum(anchors[:, 0], box[0])).clamp(min=0)
    height = (torch.minimum(anchors[:, 3], box[3]) - torch.maximum(anchors[:, 1], box[1])).clamp(min=0)
    areas = (anchors[:, 2] - anchors[:, 0]) * (anchors[:, 3] - anchors[:, 1])
    overlap = width * height / (areas + 256 - width * height)
    fits, background = overlap >= 0.7, overlap < 0.3
    assert fits.sum() == 1
    counts = int(fits.sum() + background.sum())
    logits = torch.cat([objectness[0, fits], objectness[0, background]])
    target = torch.cat([torch.ones(1), torch.zeros(counts - 1)])
    torch.testing.assert_close(losses["objectness"], F.binary_cross_entropy_with_logits(logits, target))
    distance = deltas[0, fits].abs()  # the anchor is the box: all deltas should be zero
    expected = torch.where(distance < 1 / 9, 4.5 * distance**2, distance - 1 / 18).sum() / counts
    torch.testing.assert_close(losses["proposals"], expected)


def test_untaught_heads_lose_what_guessing_loses() -> None:
    """All logits zero: ln 3 for three classes, ln 2 for each question of yes and no."""
    model = small()
    with torch.no_grad():
        for head in (model.rpn.head.cls_logits, model.roi_heads.box_predictor.cls_score):
            head.weight.zero_()
        model.roi_heads.mask_predictor[-1].weight.zero_()
    losses = MaskRCNNObjective(model.train())(*drawn())
    assert losses["classes"].item() == pytest.approx(np.log(3), abs=1e-5)
    assert losses["objectness"].item() == pytest.approx(np.log(2), abs=1e-5)
    assert losses["masks"].item() == pytest.approx(np.log(2), abs=1e-5)


def test_the_mask_is_taught_for_the_true_class_alone() -> None:
    model = small()
    images, truths = drawn()
    truths[0, 1] = torch.where(truths[0, 0] > 0, 2, 0)
    MaskRCNNObjective(model.train())(images, truths)["loss"].backward()
    gradient = model.roi_heads.mask_predictor[-1].weight.grad
    assert gradient is not None
    assert [bool(each.any()) for each in gradient] == [False, False, True]  # the background, red, green


def test_a_crowd_is_neither_a_thing_nor_background() -> None:
    model = small()
    images = torch.zeros(1, 3, *SIZE, dtype=torch.uint8)
    crowd = torch.zeros(1, 2, *SIZE, dtype=torch.int32)
    crowd[0, 0] = -1
    losses = MaskRCNNObjective(model.train())(images, crowd)
    assert all(value == 0 for value in losses.values())
    crowd[0, 0, :32, :32] = 0
    losses = MaskRCNNObjective(model.train())(images, crowd)
    assert losses["objectness"] > 0
    unjudged = torch.ones(1, 2, *SIZE, dtype=torch.int32)
    unjudged[0, 1] = 255
    assert MaskRCNNObjective(model.train())(images, unjudged)["loss"] == 0


def test_random_truths_are_taught() -> None:
    truths = MaskRCNNObjective.random_truths(2, 3, SIZE)
    assert (truths.shape, truths.dtype) == ((2, 2, *SIZE), torch.int32)
    assert truths[:, 0].unique().tolist() == list(range(10))
    losses = MaskRCNNObjective(small().train())(torch.zeros(2, 3, *SIZE, dtype=torch.uint8), truths)
    assert torch.isfinite(losses["loss"])


def test_lower_precision_gives_the_same_losses_nearly() -> None:
    model = small().eval()
    images, truths = drawn()
    objective = MaskRCNNObjective(model)
    torch.manual_seed(0)
    full = objective(images, truths)
    torch.manual_seed(0)
    with torch.autocast("cpu", torch.bfloat16):
        half = objective(images, truths)
    assert half["loss"].dtype == torch.float32
    torch.testing.assert_close(half["objectness"], full["objectness"], rtol=0.05, atol=0.02)


def test_truths_that_do_not_fit_are_refused() -> None:
    objective = MaskRCNNObjective(small())
    with pytest.raises(ValueError, match=r"truths are \(1, 64, 96\) and images \(1, 3, 64, 96\)"):
        objective(torch.zeros(1, 3, *SIZE), torch.zeros(1, *SIZE).int())
    with pytest.raises(ValueError, match="thing 1 has the label 3"):
        objective(torch.zeros(1, 3, *SIZE), torch.tensor([1, 3]).int()[None, :, None, None].expand(1, 2, *SIZE))
    with pytest.raises(ValueError, match="regions is 0"):
        MaskRCNNObjective(small(), regions=0)


def test_regions_are_the_networks_own_unless_said() -> None:
    assert MaskRCNNObjective(small(regions=64)).regions == 64
    assert MaskRCNNObjective(small(regions=64), regions=8).regions == 8


def test_it_is_the_objective_of_its_network_and_refuses_losses_of_pixels() -> None:
    model = small()
    assert type(build_objective(model, "instance", Plan())) is MaskRCNNObjective
    with pytest.raises(TrainingError, match=r"MaskRCNN has losses of its own, .*: leave out --loss, --class-weights$"):
        build_objective(model, "instance", Plan(loss=("dice",), class_weights="median-frequency"))
