"""A network learns bins of distance from one batch, with either head."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from perpixel.classes.depth_bins import DepthBins
from perpixel.models import build
from perpixel.objectives import DepthObjective, SemanticObjective
from perpixel.plan import LossTerm
from perpixel.spec import OutputSpec
from perpixel.tasks import DepthTask, Window, kind_of

BINS = DepthBins.increasing(1, 8, 24)


@pytest.mark.parametrize("loss", ["information-gain", "ordinal", "cross-entropy"])
def test_it_learns_that_bright_is_far(loss: LossTerm) -> None:
    torch.manual_seed(0)
    metres = np.linspace(1.05, 7.9, 16, dtype=np.float32)[None].repeat(16, 0)
    labels = torch.from_numpy(BINS.labels(metres, np.ones_like(metres, np.bool_)))[None]
    images = torch.from_numpy(metres / 4)[None, None].repeat(1, 3, 1, 1)
    model = build("unet", len(BINS), options={"widths": (8, 16), "dropout": 0.0, "norm": False})
    objective = DepthObjective(model, loss_terms=(loss,))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(120):
        optimizer.zero_grad()
        objective(images, labels)["loss"].backward()
        optimizer.step()
    with torch.no_grad():
        outputs = {name: value.numpy() for name, value in model.to_decode(images).items()}
    task = DepthTask(BINS, OutputSpec(kind=kind_of("depth", (loss,))))
    found = task.decode(outputs, Window((16, 16))).metres
    assert np.median(np.abs(found - metres) / metres) < 0.2


def test_the_truth_is_taken_at_the_centers_of_coarse_pixels() -> None:
    class Coarse(torch.nn.Module):
        stride = 4

    objective = DepthObjective(Coarse(), loss_terms=("cross-entropy",))  # type: ignore[arg-type]
    truths = torch.zeros(1, 10, 12, dtype=torch.long)
    truths[0, 2::4, 2::4] = torch.tensor([[0, 1, 2], [2, 1, 0]])
    logits = torch.full((1, 3, 3, 3), -20.0)
    for row, labels in enumerate(((0, 1, 2), (2, 1, 0))):
        for column, label in enumerate(labels):
            logits[0, label, row, column] = 20
    assert objective.of_classes({"logits": logits}, truths, None)["cross-entropy"].item() < 1e-4


def test_losses_that_do_not_go_together_are_refused() -> None:
    model = build("unet", 4, options={"widths": (4, 8)})
    with pytest.raises(ValueError, match="give ordinal alone"):
        DepthObjective(model, loss_terms=("ordinal", "dice"))
    semantic = SemanticObjective(model, loss_terms=("ordinal",))
    with pytest.raises(ValueError, match="ordinal is for depth"):
        semantic(torch.zeros(1, 3, 16, 16), torch.zeros(1, 16, 16, dtype=torch.uint8))
