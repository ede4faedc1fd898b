"""Another library's numbers, where it is installed (it comes with the extra `benchmark`)."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from perpixel.classes import CAMVID
from perpixel.metrics import ConfusionMatrix
from perpixel.results import LabelMap

torch = pytest.importorskip("torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    torchmetrics = pytest.importorskip("torchmetrics")


def test_iou_dice_and_accuracy_equal_torchmetrics() -> None:
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 11, (60, 80)).astype(np.uint8)
    prediction = np.where(generator.random(truth.shape) < 0.6, truth, generator.integers(0, 11, truth.shape))
    truth[generator.random(truth.shape) < 0.1] = 255
    matrix = ConfusionMatrix(CAMVID)
    matrix.update(truth=LabelMap(truth, CAMVID), prediction=LabelMap(prediction.astype(np.uint8), CAMVID))
    tensors = torch.from_numpy(prediction.astype(np.int64)), torch.from_numpy(truth.astype(np.int64))
    options = {"num_classes": 11, "ignore_index": 255, "average": "none"}
    for name, ours in [
        ("MulticlassJaccardIndex", matrix.iou),
        ("MulticlassF1Score", matrix.dice),
        ("MulticlassAccuracy", matrix.accuracy),
    ]:
        theirs = getattr(torchmetrics.classification, name)(**options)(*tensors).numpy()
        assert ours == pytest.approx(theirs, abs=1e-6), name
