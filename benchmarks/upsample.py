"""The label map from coarse logits, 19 classes: 4x bilinear upsampling and arg-max, to 1024 x 2048.

Two kinds of logits: noise, where no two neighbors agree and every pixel must be computed, and logits as a trained
network gives them, where most are alike. perpixel uses one thread, the peers as many as they take.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.pairing import Row, Work, compare

CLASSES, HEIGHT, WIDTH, STRIDE = 19, 256, 512, 4
SIZE = (HEIGHT * STRIDE, WIDTH * STRIDE)
Logits = NDArray[np.float32]
Inputs = Callable[[], Logits]


def noise() -> Logits:
    """Independent numbers."""
    return np.random.default_rng(0).standard_normal((CLASSES, HEIGHT, WIDTH)).astype(np.float32)


def regions() -> Logits:
    """Smooth regions, about 9 % of the cells of the coarse grid between them, and a little noise."""
    generator = np.random.default_rng(0)
    small = generator.standard_normal((CLASSES, HEIGHT // 16, WIDTH // 16)).astype(np.float32)
    smooth = [cv2.resize(plane, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) for plane in small]
    return 6 * np.stack(smooth) + 0.02 * noise()


def ours(inputs: Inputs) -> Callable[[], object]:
    from perpixel.kernels.upsample import argmax_upsampled

    logits = inputs()
    return lambda: argmax_upsampled(logits, size=SIZE, stride=STRIDE)


def ours_on_noise() -> Callable[[], object]:
    return ours(noise)


def ours_on_regions() -> Callable[[], object]:
    return ours(regions)


def torch_way(inputs: Inputs, *, channels_last: bool = False) -> Callable[[], object]:
    import torch
    import torch.nn.functional as F

    logits = torch.from_numpy(inputs())[None]
    if channels_last:
        logits = logits.contiguous(memory_format=torch.channels_last)

    def run() -> object:
        with torch.inference_mode():
            return F.interpolate(logits, scale_factor=STRIDE, mode="bilinear", align_corners=False).argmax(1)

    return run


def torch_on_noise() -> Callable[[], object]:
    return torch_way(noise)


def torch_on_regions() -> Callable[[], object]:
    return torch_way(regions)


def channels_last_on_noise() -> Callable[[], object]:
    return torch_way(noise, channels_last=True)


def channels_last_on_regions() -> Callable[[], object]:
    return torch_way(regions, channels_last=True)


def opencv_way(inputs: Inputs) -> Callable[[], object]:
    """Class by class, keeping the best value and its class."""
    logits = inputs()

    def run() -> NDArray[np.uint8]:
        best = cv2.resize(logits[0], SIZE[::-1], interpolation=cv2.INTER_LINEAR)
        labels = np.zeros(SIZE, np.uint8)
        for k in range(1, CLASSES):
            plane = cv2.resize(logits[k], SIZE[::-1], interpolation=cv2.INTER_LINEAR)
            labels[plane > best] = k
            best = cv2.max(best, plane)
        return labels

    return run


def opencv_on_noise() -> Callable[[], object]:
    return opencv_way(noise)


def opencv_on_regions() -> Callable[[], object]:
    return opencv_way(regions)


def confidence() -> Callable[[], object]:
    from perpixel.kernels.confidence import confidence_upsampled
    from perpixel.kernels.upsample import argmax_upsampled

    logits = regions()

    def run() -> object:
        return argmax_upsampled(logits, size=SIZE, stride=STRIDE), confidence_upsampled(
            logits, size=SIZE, stride=STRIDE
        )

    return run


def torch_confidence() -> Callable[[], object]:
    import torch
    import torch.nn.functional as F

    logits = torch.from_numpy(regions())[None]

    def run() -> object:
        with torch.inference_mode():
            full = F.interpolate(logits, scale_factor=STRIDE, mode="bilinear", align_corners=False)
            return full.softmax(1).max(1)

    return run


def difference(inputs: Inputs) -> str:
    """Where the labels differ from OpenCV's: share of pixels, and the lead of the best class there."""
    logits = inputs()
    labels = ours(inputs)()
    full = np.stack([cv2.resize(plane, SIZE[::-1], interpolation=cv2.INTER_LINEAR) for plane in logits])
    differs = labels != full.argmax(axis=0)
    best = np.partition(full[:, differs], -2, axis=0)[-2:]
    lead = float((best[1] - best[0]).max(initial=0) / np.ptp(logits))
    if differs.mean() >= 1e-4 or lead >= 1e-4:
        raise RuntimeError(
            f"{differs.mean():.1e} of the labels differ, where the best leads by {lead:.1e} of the range"
        )
    return f"{differs.mean():.1e} of the labels differ, by at most {lead:.1e} of the range of the logits"


TORCH = "pip install torch"
NOISE_PEERS = [
    Work("torch interpolate + argmax", torch_on_noise, ("torch",), TORCH, promised=60),
    Work("  channels_last", channels_last_on_noise, ("torch",), TORCH),
    Work("OpenCV, class by class", opencv_on_noise),
]
REGIONS_PEERS = [
    Work("torch interpolate + argmax", torch_on_regions, ("torch",), TORCH, promised=60),
    Work("  channels_last", channels_last_on_regions, ("torch",), TORCH),
    Work("OpenCV, class by class", opencv_on_regions),
]
CONFIDENCE_PEERS = [Work("torch interpolate + softmax + max", torch_confidence, ("torch",), TORCH)]


def run() -> list[Row]:
    task = f"labels from logits {CLASSES} x {HEIGHT} x {WIDTH}"
    return [
        *compare(f"{task}, noise", Work("perpixel", ours_on_noise), NOISE_PEERS),
        Row(f"{task}, noise", "equality", None, None, None, note=difference(noise)),
        *compare(f"{task}, regions", Work("perpixel", ours_on_regions), REGIONS_PEERS, first_run=False),
        Row(f"{task}, regions", "equality", None, None, None, note=difference(regions)),
        *compare(f"{task}, regions, with confidence", Work("perpixel", confidence), CONFIDENCE_PEERS),
    ]
