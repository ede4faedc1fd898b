"""Queries matched with segments, and what they learn."""

from itertools import permutations
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from perpixel.errors import ModelError, TrainingError
from perpixel.models import build
from perpixel.objectives import QueryObjective, build_objective
from perpixel.objectives.queries import CLASS, DICE, MASK, Segments, match
from perpixel.plan import Plan

pytest.importorskip("transformers")
VISION = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "image_size": 64, "patch_size": 16}
EOMT = {"model_type": "eomt", **VISION, "num_blocks": 2, "num_queries": 6, "num_register_tokens": 1, "mlp_ratio": 2}


def eomt(classes: int) -> Any:
    torch.manual_seed(0)
    return build("hf", classes, options={"config": EOMT, "queries": True})


def test_matching_finds_the_best_of_all_permutations() -> None:
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        classes = torch.randn(5, 4, generator=generator)
        masks = 3 * torch.randn(5, 3, 4, generator=generator)
        true = (torch.rand(3, 3, 4, generator=generator) > 0.5).float()
        known = torch.rand(3, 4, generator=generator) > 0.2
        labels = torch.randint(0, 3, (3,), generator=generator)
        queries, segments = match(classes, masks, Segments(labels, true, known))

        def cost(query: int, segment: int, own: Any = (classes, masks, true, known, labels)) -> float:
            logits, maps, wanted, seen, names = own
            mask, target = maps[query][seen], wanted[segment][seen]
            cross = F.binary_cross_entropy_with_logits(mask, target)
            soft = mask.sigmoid()
            dice = 1 - (2 * (soft * target).sum() + 1) / (soft.sum() + target.sum() + 1)
            return float(MASK * cross + DICE * dice - CLASS * logits[query].softmax(0)[names[segment]])

        found = sum(cost(q, s) for q, s in zip(queries.tolist(), segments.tolist(), strict=True))
        best = min(sum(cost(q, s) for s, q in enumerate(order)) for order in permutations(range(5), 3))
        assert found == pytest.approx(best, abs=1e-4)


def test_segments_of_a_truth_by_hand() -> None:
    """Thing 7 of class 2, a crowd, stuff of class 1, and a corner that is not judged; at every fourth pixel."""
    truth = torch.zeros(2, 16, 16, dtype=torch.int32)
    truth[1] = 1
    truth[0, :8, :8], truth[1, :8, :8] = 7, 2
    truth[0, 8:, 8:] = -1
    truth[1, 8:, 8:] = 2
    truth[1, :4, 12:] = 255
    objective = QueryObjective(eomt(3), stuff=True)
    objective.model.stride = 4
    found = objective.segments(truth, torch.Size((4, 5)))
    assert sorted(found.labels.tolist()) == [1, 2]
    of = dict(zip(found.labels.tolist(), found.masks, strict=True))
    assert of[2].tolist() == [[1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [0] * 5, [0] * 5]
    assert of[1].tolist() == [[0, 0, 1, 0, 0], [0, 0, 1, 1, 0], [1, 1, 0, 0, 0], [1, 1, 0, 0, 0]]
    assert found.known.tolist() == [
        [True, True, True, False, False],
        [True, True, True, True, False],
        [True, True, False, False, False],
        [True, True, False, False, False],
    ]
    things = QueryObjective(objective.model, stuff=False).segments(truth, torch.Size((4, 4)))
    assert things.labels.tolist() == [2]


def test_a_picture_of_nothing_and_one_that_is_not_judged_have_finite_losses() -> None:
    objective = QueryObjective(eomt(3), stuff=False)
    for label in (0, 255):
        truth = torch.zeros(1, 2, 64, 64, dtype=torch.int32)
        truth[:, 1] = label
        losses = objective(torch.zeros(1, 3, 64, 64), truth)
        assert losses["masks"] == losses["dice"] == 0
        assert torch.isfinite(losses["loss"])


def test_two_things_are_learnt_and_told_apart() -> None:
    model = eomt(2)
    image = torch.full((1, 3, 64, 64), 40.0)
    truth = torch.zeros(1, 2, 64, 64, dtype=torch.int32)
    for number, column in ((1, 0), (5, 32)):
        image[:, :, 16:48, column : column + 32] = 100.0 * min(number, 2)
        truth[:, 0, 16:48, column : column + 32] = number
        truth[:, 1, 16:48, column : column + 32] = 1
    objective = QueryObjective(model, stuff=False)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        objective(image, truth)["loss"].backward()
        optimizer.step()
    losses = objective(image, truth)
    assert losses["masks"] < 0.15
    assert losses["dice"] < 0.15
    assert losses["classes"] < 0.15


def test_what_cannot_be_learnt_is_refused() -> None:
    segformer = {"model_type": "segformer", "hidden_sizes": [8, 8, 16, 16], "depths": [1, 1, 1, 1]}
    with pytest.raises(ModelError, match="segformer: it gives classes of pixels and no queries"):
        build("hf", 3, options={"config": segformer, "queries": True})
    with pytest.raises(TrainingError, match="queries=true; the data are semantic"):
        build_objective(eomt(3), "semantic", Plan())
    with pytest.raises(TrainingError, match="leave out --loss"):
        build_objective(eomt(3), "instance", Plan(loss=("dice",)))
    plain = build("hf", 3, options={"config": EOMT})
    with pytest.raises(TrainingError, match="queries=true; the data are instance"):
        build_objective(plain, "instance", Plan())
    with pytest.raises(ValueError, match="ids and labels"):
        QueryObjective(eomt(3), stuff=True)(torch.zeros(1, 3, 64, 64), torch.zeros(1, 64, 64))
