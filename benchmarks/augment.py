"""One training sample on one thread: zoom, crop, flip and colors of a picture and its labels at two sizes.

Every way draws its own numbers from the same ranges. None normalizes: in perpixel that is the network's first layer.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.pairing import Row, Work, compare

SMALL, LARGE = (360, 480), (1024, 2048)
DRAWS = 6
CLASSES, IGNORED = 11, 255
STRENGTH = 0.4
Sample = tuple[NDArray[np.uint8], NDArray[np.uint8]]
Jitter = Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]


def scene(size: tuple[int, int]) -> Sample:
    """A picture of shaded blocks with some grain, and the labels of the blocks."""
    generator = np.random.default_rng(0)
    row, column = np.indices(size)
    labels = generator.integers(0, CLASSES, (40, 40)).astype(np.uint8)[(row + column // 3) // 67 % 40, column // 83]
    shade = labels[:, :, None] * np.array([20, 11, 17]) + (row // 8)[:, :, None] % 40
    grain = generator.integers(0, 12, (*size, 3))
    return (shade + grain).clip(0, 255).astype(np.uint8), labels


def on_one_thread(run: Callable[[], object]) -> Callable[[], object]:
    """DRAWS samples one after another, OpenCV held to one thread as in a loader's worker."""

    def repeated() -> None:
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        for _ in range(DRAWS):
            run()
        cv2.setNumThreads(threads)

    return repeated


def ours(size: tuple[int, int]) -> Callable[[], object]:
    from perpixel.augment import Augmentation, augment
    from perpixel.classes import CAMVID
    from perpixel.results import LabelMap

    picture, labels = scene(size)
    truth, options, generator = LabelMap(labels, CAMVID), Augmentation(color=STRENGTH), np.random.default_rng(1)
    return on_one_thread(lambda: augment(picture, truth, options, size=size, generator=generator))


def plain(size: tuple[int, int], *, jitter: Jitter) -> Callable[[], object]:
    """Resize both, pad, crop and flip, as most training scripts write it out."""
    picture, labels = scene(size)
    generator = np.random.default_rng(1)
    height, width = size

    def run() -> Sample:
        zoom = np.exp(generator.uniform(np.log(0.5), np.log(2)))
        scaled = round(width * zoom), round(height * zoom)
        image = cv2.resize(picture, scaled, interpolation=cv2.INTER_LINEAR)
        truth = cv2.resize(labels, scaled, interpolation=cv2.INTER_NEAREST)
        down, right = max(height - scaled[1], 0), max(width - scaled[0], 0)
        image = cv2.copyMakeBorder(image, 0, down, 0, right, cv2.BORDER_REFLECT_101)
        truth = cv2.copyMakeBorder(truth, 0, down, 0, right, cv2.BORDER_CONSTANT, value=IGNORED)
        top = int(generator.integers(0, image.shape[0] - height + 1))
        left = int(generator.integers(0, image.shape[1] - width + 1))
        image, truth = (array[top : top + height, left : left + width] for array in (image, truth))
        if generator.random() < 0.5:
            image, truth = image[:, ::-1], truth[:, ::-1]
        return jitter(np.ascontiguousarray(image), generator), np.ascontiguousarray(truth)

    return on_one_thread(run)


def by_hue_and_saturation(image: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
    """Brightness and contrast by OpenCV, saturation and hue by tables in HSV."""
    brightness, contrast, saturation = np.exp(generator.uniform(-1, 1, 3) * np.log1p(STRENGTH))
    offset = brightness * (1 - contrast) * image.mean()
    lit = cv2.convertScaleAbs(image, alpha=brightness * contrast, beta=offset)
    levels = np.arange(256)
    hue = (levels + generator.uniform(-9, 9)) % 180
    table = np.stack([hue, np.clip(levels * saturation, 0, 255), levels], axis=1).astype(np.uint8)[:, None]
    turned = cv2.LUT(cv2.cvtColor(lit, cv2.COLOR_RGB2HSV), table)
    return np.asarray(cv2.cvtColor(turned, cv2.COLOR_HSV2RGB), np.uint8)


def in_floats(image: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
    """Brightness, contrast and saturation (no hue) in numpy, one after another."""
    brightness, contrast, saturation = np.exp(generator.uniform(-1, 1, 3) * np.log1p(STRENGTH))
    values = image.astype(np.float32) * brightness
    values = (values - values.mean()) * contrast + values.mean()
    gray = values @ np.array([0.299, 0.587, 0.114], np.float32)
    values = (values - gray[:, :, None]) * saturation + gray[:, :, None]
    return np.asarray(values.clip(0, 255).astype(np.uint8))


def albumentations(size: tuple[int, int]) -> Callable[[], object]:
    library: Any = importlib.import_module("albumentations")
    picture, labels = scene(size)
    height, width = size
    steps = library.Compose(
        [
            library.RandomScale((-0.5, 1.0), p=1),
            library.PadIfNeeded(height, width, border_mode=cv2.BORDER_REFLECT_101, fill_mask=IGNORED),
            library.RandomCrop(height, width),
            library.HorizontalFlip(p=0.5),
            library.ColorJitter(STRENGTH, STRENGTH, STRENGTH, 0.05, p=1),
        ]
    )
    return on_one_thread(lambda: steps(image=picture, mask=labels))


def ours_small() -> Callable[[], object]:
    return ours(SMALL)


def ours_large() -> Callable[[], object]:
    return ours(LARGE)


def opencv_small() -> Callable[[], object]:
    return plain(SMALL, jitter=by_hue_and_saturation)


def opencv_large() -> Callable[[], object]:
    return plain(LARGE, jitter=by_hue_and_saturation)


def numpy_small() -> Callable[[], object]:
    return plain(SMALL, jitter=in_floats)


def numpy_large() -> Callable[[], object]:
    return plain(LARGE, jitter=in_floats)


def albumentations_small() -> Callable[[], object]:
    return albumentations(SMALL)


def albumentations_large() -> Callable[[], object]:
    return albumentations(LARGE)


INSTALL = "pip install albumentations"
PEERS = {
    SMALL: (
        ours_small,
        Work("albumentations", albumentations_small, ("albumentations",), INSTALL),
        Work("OpenCV, colors in HSV", opencv_small),
        Work("OpenCV, colors in numpy", numpy_small),
    ),
    LARGE: (
        ours_large,
        Work("albumentations", albumentations_large, ("albumentations",), INSTALL),
        Work("OpenCV, colors in HSV", opencv_large),
        Work("OpenCV, colors in numpy", numpy_large),
    ),
}


def run() -> list[Row]:
    rows = []
    for size, (prepare, *peers) in PEERS.items():
        task = f"{DRAWS} training samples of {size[0]} x {size[1]}, one thread"
        rows += compare(task, Work("perpixel", prepare), peers, first_run=False)
    return rows
