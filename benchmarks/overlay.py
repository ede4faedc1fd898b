"""Class colors over a picture of 1024 x 2048 pixels, 19 classes, half and half. One thread, as the peers."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.pairing import Row, Work, compare

HEIGHT, WIDTH, CLASSES = 1024, 2048, 19


def scene() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """A picture, labels in regions of some dozens of pixels, and 256 colors."""
    generator = np.random.default_rng(0)
    row, column = np.indices((HEIGHT, WIDTH))
    labels = generator.integers(0, CLASSES, (40, 40)).astype(np.uint8)[(row + column // 3) // 67 % 40, column // 83]
    colors = np.zeros((256, 3), np.uint8)
    colors[:CLASSES] = generator.integers(0, 256, (CLASSES, 3))
    return generator.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8), labels, colors


def ours() -> Callable[[], object]:
    from perpixel.kernels.overlay import blend

    image, labels, colors = scene()
    return lambda: blend(image, labels, colors[:CLASSES], alpha=0.5)


def opencv_table() -> Callable[[], object]:
    image, labels, colors = scene()
    table = colors.reshape(1, 256, 3)

    def run() -> object:
        painted = cv2.LUT(cv2.merge([labels, labels, labels]), table)
        return cv2.addWeighted(image, 0.5, painted, 0.5, 0)

    return run


def numpy_table() -> Callable[[], object]:
    image, labels, colors = scene()
    return lambda: cv2.addWeighted(image, 0.5, colors[labels], 0.5, 0)


def class_by_class() -> Callable[[], object]:
    image, labels, colors = scene()

    def run() -> object:
        painted = image.copy()
        for k in range(CLASSES):
            painted[labels == k] = colors[k]
        return cv2.addWeighted(image, 0.5, painted, 0.5, 0)

    return run


PEERS = [
    Work("OpenCV LUT + addWeighted", opencv_table),
    Work("numpy table + addWeighted", numpy_table),
    Work("class by class", class_by_class),
]


def run() -> list[Row]:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        return compare(f"overlay {HEIGHT} x {WIDTH}", Work("perpixel", ours), PEERS)
    finally:
        cv2.setNumThreads(threads)
