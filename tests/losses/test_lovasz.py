from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from perpixel.losses import lovasz


def jaccard_losses(truth: np.ndarray, answer: np.ndarray, judged: np.ndarray) -> list[float]:
    losses = []
    for index in np.unique(truth[judged]):
        one, other = (truth == index) & judged, (answer == index) & judged
        losses.append(1 - (one & other).sum() / (one | other).sum())
    return losses


@pytest.mark.parametrize("seed", range(5))
def test_sure_answers_cost_the_mean_of_one_minus_iou(seed: int) -> None:
    generator = np.random.default_rng(seed)
    truth, answer = generator.integers(0, 3, (2, 2, 6, 7)), generator.integers(0, 4, (2, 6, 7))
    truth = truth[0]
    truth[generator.random((2, 6, 7)) < 0.2] = 255
    logits = torch.nn.functional.one_hot(torch.from_numpy(answer), 4).movedim(-1, 1).float() * 200
    expected = np.mean(jaccard_losses(truth, answer, truth != 255))
    assert lovasz(logits, torch.from_numpy(truth), ignored=255).item() == pytest.approx(expected, abs=1e-6)


def test_soft_answers_cost_the_convex_closure_of_the_jaccard_loss() -> None:
    """The paper's definition, by brute force: the Jaccard loss of the set of wrong pixels, between its corners.

    The Lovász extension at errors m is the mean loss of the set {i : m_i > t} over thresholds t from 0 to 1.
    """
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(1, 3, 2, 3, generator=generator)
    truth = torch.tensor([[[0, 1, 1], [0, 1, 0]]])
    probabilities = logits.softmax(1)
    losses = []
    for index in (0, 1):
        member = (truth == index).flatten()
        errors = (member.float() - probabilities[:, index].flatten()).abs()
        edges = sorted({0.0, 1.0, *errors.tolist()})
        total = 0.0
        for low, high in itertools.pairwise(edges):
            wrong = errors > (low + high) / 2
            intersection, union = (member & ~wrong).sum(), (member | wrong).sum()
            total += (high - low) * (1 - intersection / union).item()
        losses.append(total)
    assert lovasz(logits, truth, ignored=255).item() == pytest.approx(np.mean(losses), abs=1e-6)


def test_one_pixel_by_hand() -> None:
    # One pixel of class 0 with probability 1/2: its error is 1/2, and being wrong costs the whole IoU.
    assert lovasz(torch.zeros(1, 2, 1, 1), torch.zeros(1, 1, 1), ignored=255).item() == pytest.approx(0.5)
