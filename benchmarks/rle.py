"""COCO's run lengths of a 1080 x 1920 label map: 45 times pycocotools for 50 instances, 250 for 500; back, 100 times.

pycocotools knows single masks only, so that a map costs it one pass over all pixels for each instance.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.pairing import Row, Work, compare

HEIGHT, WIDTH = 1080, 1920
INSTALL = "pip install pycocotools"


def instances(count: int) -> NDArray[Any]:
    """Regions that touch and fill the map, numbered from 1: each pixel belongs to the nearest of some points."""
    free = np.ones(HEIGHT * WIDTH, np.uint8)
    free[np.random.default_rng(count).choice(free.size, count, replace=False)] = 0
    free = free.reshape(HEIGHT, WIDTH)
    _, labels = cv2.distanceTransformWithLabels(free, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    return labels.astype(np.uint8 if count < 256 else np.uint16)


def ours(count: int) -> Callable[[], Any]:
    from perpixel.masks.runs import labels_to_coco

    labels = instances(count)
    return lambda: labels_to_coco(labels)


def ours_of_50() -> Callable[[], Any]:
    return ours(50)


def ours_of_500() -> Callable[[], Any]:
    return ours(500)


def ours_back(count: int) -> Callable[[], Any]:
    from perpixel.masks.runs import coco_to_labels, labels_to_coco

    texts = labels_to_coco(instances(count))
    return lambda: coco_to_labels(texts)


def ours_back_of_50() -> Callable[[], Any]:
    return ours_back(50)


def ours_back_of_500() -> Callable[[], Any]:
    return ours_back(500)


def pycocotools(count: int, *, turned_before: bool = False) -> Callable[[], Any]:
    """One mask after the other, as its users write it; or from a map that lies in columns already."""
    peer = importlib.import_module("pycocotools.mask")
    labels = instances(count)
    turned = np.asfortranarray(labels)

    def run() -> dict[int, Any]:
        if turned_before:
            return {label: peer.encode((turned == label).view(np.uint8)) for label in range(1, count + 1)}
        return {label: peer.encode(np.asfortranarray(labels == label).view(np.uint8)) for label in range(1, count + 1)}

    return run


def pycocotools_back(count: int) -> Callable[[], Any]:
    peer = importlib.import_module("pycocotools.mask")
    labels = instances(count)
    texts = pycocotools(count, turned_before=True)()

    def run() -> NDArray[Any]:
        found = np.zeros_like(labels)
        for label, rle in texts.items():
            found[peer.decode(rle).view(np.bool_)] = label
        return found

    return run


def peers(count: int, promised: float) -> list[Work]:
    needs = ("pycocotools",)
    return [
        Work("pycocotools, mask by mask", lambda: pycocotools(count), needs, INSTALL, promised),
        Work("  from a map in columns", lambda: pycocotools(count, turned_before=True), needs, INSTALL),
    ]


def peers_back(count: int) -> list[Work]:
    return [Work("pycocotools, mask by mask", lambda: pycocotools_back(count), ("pycocotools",), INSTALL, 100)]


def check(count: int) -> None:
    """The map comes back, and the texts are those of pycocotools, byte for byte."""
    if not np.array_equal(ours_back(count)(), instances(count)):
        raise RuntimeError("the label map does not come back")
    if importlib.util.find_spec("pycocotools") is None:
        return
    found = ours(count)()
    for label, rle in pycocotools(count, turned_before=True)().items():
        if found[label]["counts"] != rle["counts"].decode():
            raise RuntimeError(f"the run lengths of instance {label} differ from those of pycocotools")


def run() -> list[Row]:
    for count in (50, 500):
        check(count)
    task = f"run lengths {HEIGHT} x {WIDTH}"
    return [
        *compare(f"{task}, 50 instances", Work("perpixel", ours_of_50), peers(50, 45)),
        *compare(f"{task}, 500 instances", Work("perpixel", ours_of_500), peers(500, 250), first_run=False),
        *compare(f"{task}, 50 instances, back", Work("perpixel", ours_back_of_50), peers_back(50)),
        *compare(f"{task}, 500 instances, back", Work("perpixel", ours_back_of_500), peers_back(500), first_run=False),
    ]
