"""Training samples in batches, prepared beside the training, each a pure function of seed, epoch and draw."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from perpixel.augment import augment, copy_paste, mix
from perpixel.augment.border import border_classes, border_term
from perpixel.data import Census, Dataset, Sample
from perpixel.errors import PerpixelError, TrainingError
from perpixel.masks.components import cells_of
from perpixel.objectives import collate
from perpixel.plan import Plan
from perpixel.results import LabelMap
from perpixel.training.cache import Cache, forks
from perpixel.training.order import Draw, Order

Batch = tuple[Tensor, ...]

PREFETCH = 2


class TrainingSamples(TorchDataset[Batch | PerpixelError]):
    """A whole batch for each list of draws, or what went wrong with it.

    Every draw has a generator of its own, seeded by (seed, epoch, number), so that neither the number of workers nor
    the place where a run was resumed changes a sample. `margin` is the network's: what lies in it is seen, not learnt.
    """

    def __init__(
        self,
        dataset: Dataset,
        split: str,
        plan: Plan,
        *,
        rare: NDArray[np.float64] | None,
        cache_limit: int,
        margin: int = 0,
    ) -> None:
        self.dataset, self.plan, self.margin = dataset, plan, margin
        first = len(dataset.learned) - len(dataset.classes)  # without the background
        self.rare = None if rare is None or not dataset.classed else rare[first:]
        self.samples: tuple[Sample, ...] = dataset.samples(split)
        self.cache = Cache(len(self.samples), limit=cache_limit)
        if (dataset.overlapping or dataset.task != "semantic") and (plan.augmentation.mix or plan.border):
            raise TrainingError(
                "mix and border are for one label a pixel: leave them out, or give --task semantic if the data are so"
            )
        if plan.augmentation.copy_paste and not dataset.things:
            raise TrainingError(
                f"copy-paste is for things that are told apart, and {dataset.task} data have none: leave it out, or "
                "give --task instance or --task panoptic if the data are so"
            )
        self.cells = border_classes(dataset.classes, plan.border_class) if plan.border else ()

    def __getitem__(self, draws: list[Draw]) -> Batch | PerpixelError:
        """Images (N, C, H, W) of the pictures' type and truths (N, H, W), N draws of the plan's crop.

        With a border in the plan, also its weights (N, H, W) float32. An error is returned, not raised: on its way from
        a worker it would become a page of text.
        """
        try:
            return self.prepare(draws)
        except PerpixelError as error:
            return error

    def prepare(self, draws: list[Draw]) -> Batch:
        """Read, vary, mix and stack the samples of these draws."""
        varied = [self._varied(draw) for draw in draws]
        pictures, truths = [picture for picture, _ in varied], [truth for _, truth in varied]
        options = self.plan.augmentation
        generator = np.random.default_rng([self.plan.seed, draws[0].epoch, draws[0].number, 1])
        if options.mix:
            pictures, truths = mix(pictures, truths, probability=options.mix, generator=generator)
        if options.copy_paste:
            pictures, truths = copy_paste(pictures, truths, probability=options.copy_paste, generator=generator)
        batch = collate(pictures, [self.dataset.pack(truth) for truth in truths])
        return (*batch, self._borders(truths)) if self.plan.border else batch

    def _varied(self, draw: Draw) -> tuple[NDArray[Any], Any]:
        generator = np.random.default_rng([self.plan.seed, draw.epoch, draw.number])
        picture, labels = self.cache.get(draw.index, lambda: self._read(draw.index))
        truth = self.dataset.unpack(labels)
        options = self.plan.augmentation
        return augment(
            picture,
            truth,
            options,
            size=self.plan.crop,
            generator=generator,
            rare=self.rare,
            margin=self.margin,
        )

    def _borders(self, truths: list[LabelMap]) -> Tensor:
        """Border weights of the truths as they are learnt: after all moving and mixing."""
        w0, sigma = self.plan.border, self.plan.border_sigma
        terms = [border_term(cells_of(truth.labels, self.cells), w0=w0, sigma=sigma) for truth in truths]
        return torch.from_numpy(np.stack(terms))

    def _read(self, index: int) -> tuple[NDArray[Any], NDArray[Any]]:
        picture, truth = self.dataset.read(self.samples[index])
        return picture, self.dataset.pack(truth)


def stream(
    samples: TrainingSamples, order: Order, *, start: int, process: int = 0, workers: int, pin: bool = False
) -> Iterator[Batch]:
    """Batches without end, from the `start`-th of the run; `workers` processes prepare them ahead, across epochs.

    Raises:
        PerpixelError: a picture or mask can no longer be read.
    """
    loader = DataLoader(
        samples,
        sampler=_From(order, start, process),
        batch_size=None,
        collate_fn=_as_it_is,
        num_workers=workers,
        multiprocessing_context="fork" if workers and forks() else None,
        prefetch_factor=PREFETCH if workers else None,
        worker_init_fn=_begin_worker,
        pin_memory=pin,
        generator=torch.Generator().manual_seed(0),  # else the loader takes a number from torch's global generator
    )
    for batch in loader:
        if isinstance(batch, PerpixelError):
            raise batch
        yield batch


def decoded_bytes(census: Census, dataset: Dataset) -> int:
    """Memory for all pictures and masks of a split, decoded."""
    each = dataset.channels + dataset.truth_bytes
    return sum(height * width * images for (height, width), images in census.sizes.items()) * each


class _From:
    """The sampler of a DataLoader, which wants an iterable."""

    def __init__(self, order: Order, start: int, process: int) -> None:
        self.order, self.start, self.process = order, start, process

    def __iter__(self) -> Iterator[list[Draw]]:
        return self.order.batches_from(self.start, process=self.process)


def _as_it_is(batch: Any) -> Any:
    return batch


def _begin_worker(_: int) -> None:
    cv2.setNumThreads(0)  # one core for each worker; OpenCV's threads do not survive a fork
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes: the training one ends the others
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
