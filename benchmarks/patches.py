"""Labels of all pixels of a picture of 128 x 128: one patch of 33 x 33 after another, and the same network densely.

The patches get a fair chance: no gradients, the memory format that suits them, and the batch that is the fastest here,
found by trying. Both sides have one thread, so that the ratio is that of their work: with two on cores that others use
too, the dense form, whose steps are short, waits more than it computes. They give the same scores.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from benchmarks.pairing import Row, Work, compare

if TYPE_CHECKING:
    from torch import Tensor

    from perpixel.models.patch import PatchClassifier

SIDE, PATCH, CLASSES = 128, 33, 11
STAGES: dict[str, Any] = {"kernels": (4, 4, 3), "widths": (32, 32, 32), "hidden": 64}
BATCHES = (32, 64, 128, 256, 512)
TRIED = 8  # rows of pixels that a batch is tried on
LARGEST_DIFFERENCE = 1e-5


def inputs() -> tuple[PatchClassifier, Tensor]:
    """A network with random weights, and a drawn street (1, 3, SIDE, SIDE)."""
    import torch

    from perpixel.models.patch import PatchClassifier
    from perpixel.synthetic import street

    torch.manual_seed(0)
    image = torch.from_numpy(street(1, size=(SIDE, SIDE)).image).permute(2, 0, 1)[None].float()
    return PatchClassifier(CLASSES, patch=PATCH, **STAGES).eval(), image.contiguous()


def dense() -> Callable[[], Tensor]:
    import torch

    network, image = inputs()

    def run() -> Tensor:
        with torch.inference_mode():
            scores: Tensor = network(image)
            return scores

    return run


def patches() -> Callable[[], Tensor]:
    network, image = inputs()

    def seconds(batch: int) -> float:
        few = image[:, :, :TRIED]
        network.classify_patches(few, batch=batch)
        start = time.perf_counter()
        network.classify_patches(few, batch=batch)
        return time.perf_counter() - start

    best = min(BATCHES, key=seconds)
    return lambda: network.classify_patches(image, batch=best)


def difference() -> str:
    """How far the scores of both ways lie apart at most."""
    each, together = patches()(), dense()()
    apart = float((each - together).abs().max())
    if apart >= LARGEST_DIFFERENCE:
        raise RuntimeError(f"scores differ by {apart:.1e}")
    return f"scores differ by at most {apart:.1e}, and range over {float(each.max() - each.min()):.2g}"


PEERS = [Work("one patch after another, in batches", patches, promised=60)]


def run() -> list[Row]:
    import torch

    task = f"scores of a network for patches of {PATCH} x {PATCH} at all pixels of {SIDE} x {SIDE}, one thread"
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [
            *compare(task, Work("perpixel, densely", dense), PEERS, first_run=False),
            Row(task, "equality", None, None, None, note=difference()),
        ]
    finally:
        torch.set_num_threads(threads)
