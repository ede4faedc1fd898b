"""The confusion matrix of a 1024 x 2048 picture with 19 classes: at least 50 times torchmetrics, 4 times numpy."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.pairing import Row, Work, compare

HEIGHT, WIDTH, CLASSES = 1024, 2048, 19


def regions() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A truth of slanted regions, a tenth of it ignored, and a prediction whose edges are off by a few pixels."""
    generator = np.random.default_rng(0)
    row, column = np.mgrid[:HEIGHT, :WIDTH]
    names = generator.integers(0, CLASSES, (64, 64)).astype(np.uint8)
    prediction = names[(row + column // 3) // 47, (column + row // 2) // 61]
    truth = np.roll(prediction, (3, 2), axis=(0, 1))
    truth[(row // 64 * 7 + column // 64 * 5) % 11 == 0] = 255
    return truth, np.ascontiguousarray(prediction)


def noise() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Every pixel drawn alone: no two neighbors are likely to fall into one cell."""
    truth, prediction = np.random.default_rng(0).integers(0, CLASSES, (2, HEIGHT, WIDTH)).astype(np.uint8)
    return truth, prediction


def ours(maps: Callable[[], Any]) -> Callable[[], NDArray[np.int64]]:
    from perpixel.kernels.confusion import confusion

    truth, prediction = maps()
    return lambda: confusion(truth, prediction, CLASSES)


def ours_on_regions() -> Callable[[], object]:
    return ours(regions)


def ours_on_noise() -> Callable[[], object]:
    return ours(noise)


def bincount(truth: NDArray[np.uint8], prediction: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The numpy way for uint8 maps: 16 bits hold the cell's number, ignored pixels fall into one of their own."""
    ignored = CLASSES * CLASSES
    cells = np.where(truth < CLASSES, truth.astype(np.uint16) * CLASSES + prediction, ignored)
    return np.bincount(cells.ravel(), minlength=ignored + 1)[:ignored].reshape(CLASSES, CLASSES)


def bincount_on_regions() -> Callable[[], object]:
    truth, prediction = regions()
    return lambda: bincount(truth, prediction)


def bincount_on_noise() -> Callable[[], object]:
    truth, prediction = noise()
    return lambda: bincount(truth, prediction)


def selected_bincount() -> Callable[[], object]:
    """The lines that many evaluation scripts share: select what is judged, widen, count."""
    truth, prediction = regions()

    def run() -> NDArray[np.int64]:
        judged = truth < CLASSES
        cells = CLASSES * truth[judged].astype(np.int64) + prediction[judged]
        return np.bincount(cells, minlength=CLASSES**2).reshape(CLASSES, CLASSES)

    return run


def histogram() -> Callable[[], object]:
    truth, prediction = regions()
    edges = np.arange(CLASSES + 1)

    def run() -> NDArray[np.float64]:
        judged = truth < CLASSES
        return np.histogram2d(truth[judged], prediction[judged], bins=(edges, edges))[0]

    return run


def jaccard_index(*, validate: bool = True) -> Callable[[], object]:
    """The class for IoU of torchmetrics, given int64 tensors as it wants them, which is not timed."""
    import torch
    from torchmetrics import JaccardIndex

    truth, prediction = (torch.from_numpy(labels.astype(np.int64))[None] for labels in regions())
    metric = JaccardIndex(task="multiclass", num_classes=CLASSES, ignore_index=255, validate_args=validate)

    def run() -> object:
        metric.reset()
        metric.update(prediction, truth)
        return metric.compute()

    return run


def unvalidated_jaccard_index() -> Callable[[], object]:
    return jaccard_index(validate=False)


def segmentation_mean_iou() -> Callable[[], object]:
    """The other IoU of torchmetrics, which knows no ignored pixels: they are class 0 here."""
    import torch
    from torchmetrics.segmentation import MeanIoU

    truth, prediction = (torch.from_numpy(np.where(m < CLASSES, m, 0).astype(np.int64))[None] for m in regions())
    metric = MeanIoU(num_classes=CLASSES, input_format="index")

    def run() -> object:
        metric.reset()
        metric.update(prediction, truth)
        return metric.compute()

    return run


def scikit_learn() -> Callable[[], object]:
    confusion_matrix = importlib.import_module("sklearn.metrics").confusion_matrix
    truth, prediction = regions()

    def run() -> object:
        judged = truth < CLASSES
        return confusion_matrix(truth[judged], prediction[judged], labels=range(CLASSES))

    return run


TORCHMETRICS = "pip install torchmetrics torch"
PEERS = [
    Work("torchmetrics JaccardIndex", jaccard_index, ("torchmetrics", "torch"), TORCHMETRICS, promised=50),
    Work("  without validation", unvalidated_jaccard_index, ("torchmetrics", "torch"), TORCHMETRICS),
    Work("torchmetrics MeanIoU", segmentation_mean_iou, ("torchmetrics", "torch"), TORCHMETRICS),
    Work("scikit-learn confusion_matrix", scikit_learn, ("sklearn",), "pip install scikit-learn"),
    Work("numpy histogram2d", histogram),
    Work("numpy bincount, int64", selected_bincount),
    Work("numpy bincount on uint8", bincount_on_regions, promised=4),
]
NOISE_PEERS = [Work("numpy bincount on uint8", bincount_on_noise, promised=4)]


def run() -> list[Row]:
    for maps in (regions, noise):
        truth, prediction = maps()
        if not np.array_equal(ours(maps)(), bincount(truth, prediction)):
            raise RuntimeError("the confusion matrix differs from numpy's")
    task = f"confusion {HEIGHT} x {WIDTH}, {CLASSES} classes"
    return [
        *compare(task, Work("perpixel", ours_on_regions), PEERS),
        *compare(f"{task}, noise", Work("perpixel", ours_on_noise), NOISE_PEERS, first_run=False),
    ]
