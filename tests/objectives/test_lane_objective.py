"""Vectors of lanes: what pulls and pushes them."""

import pytest
import torch

from perpixel.models import build
from perpixel.objectives import LaneObjective
from perpixel.objectives.lanes import embedding_loss


def test_the_loss_of_vectors_worked_by_hand() -> None:
    """Lane 1 has (0, 0) and (2, 0): 1 from its mean, .5 too far. Lane 2 has (2, 0): its mean is 1 away, 2 too close."""
    vectors = torch.tensor([[0.0, 2.0, 2.0, 9.0], [0.0, 0.0, 0.0, 9.0]]).reshape(1, 2, 1, 4)
    ids = torch.tensor([[[1, 1, 2, 0]]])
    alike, apart, pull = embedding_loss(vectors, ids)
    assert alike == pytest.approx((0.25 + 0.0) / 2, abs=1e-5)
    assert apart == pytest.approx(4.0, abs=1e-5)
    assert pull == pytest.approx(1.5, abs=1e-5)


def test_lanes_of_two_pictures_do_not_push_each_other() -> None:
    vectors = torch.zeros(2, 2, 1, 3)
    ids = torch.tensor([[[1, 1, 0]], [[2, 0, 2]]])
    assert embedding_loss(vectors, ids)[1] == 0


def test_without_lanes_the_loss_is_zero_and_has_a_gradient() -> None:
    vectors = torch.randn(1, 4, 3, 3, requires_grad=True)
    alike, apart, pull = embedding_loss(vectors, torch.zeros(1, 3, 3, dtype=torch.long))
    (alike + apart + pull).backward()
    assert vectors.grad is not None
    assert vectors.grad.abs().max() == 0


def test_pixels_of_unknown_lanes_teach_the_classes_alone_and_unjudged_ones_nothing() -> None:
    torch.manual_seed(0)
    model = build("lanenet", 2, backbone="mobilenet_v3_small", options={"width": 8, "size": (32, 64)}).eval()
    objective = LaneObjective(model)
    images = torch.randint(0, 256, (1, 3, 32, 64))
    truths = torch.zeros(1, 32, 64, dtype=torch.uint8)
    truths[:, :, 8:16] = 254
    losses = objective(images, truths)
    assert losses["alike"] == losses["apart"] == 0
    assert losses["cross-entropy"] > 0
    assert objective(images, torch.full_like(truths, 255))["loss"] == 0
    known = truths.clone()
    known[:, :, 8:16] = 3
    assert objective(images, known)["cross-entropy"] == losses["cross-entropy"]


def test_one_batch_of_two_lanes_is_learnt_and_told_apart() -> None:
    torch.manual_seed(0)
    model = build("lanenet", 2, backbone="mobilenet_v3_small", options={"width": 16, "size": (32, 64)})
    images = torch.full((2, 3, 32, 64), 60.0)
    truths = torch.zeros(2, 32, 64, dtype=torch.uint8)
    for number, column in ((1, 12), (2, 44)):
        images[:, :, :, column : column + 8] = 220
        truths[:, :, column : column + 8] = number
    objective = LaneObjective(model, loss_terms=("cross-entropy", "dice"))
    optimizer = torch.optim.AdamW(model.parameters(), 5e-3)
    for _ in range(32):
        optimizer.zero_grad()
        loss = objective(images, truths)["loss"]
        loss.backward()
        optimizer.step()
    losses = objective(images, truths)
    assert losses["cross-entropy"] < 0.1
    assert losses["alike"] + losses["apart"] < 0.2
