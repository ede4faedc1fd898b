"""Panoptic quality of a picture: 5 times the way of the panoptic API, which sorts all pixels to count the pairs.

The peer is its rules (evaluation.py of https://github.com/cocodataset/panopticapi) written in numpy as it does them:
`np.unique` over both maps as one 64-bit number, then dicts and loops over the pairs. It reads no files, nor does ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.pairing import Row, Work, compare

HEIGHT, WIDTH, SEGMENTS, CLASSES = 480, 640, 60, 20
VOID = 0
Counts = dict[int, list[float]]


def answers() -> list[tuple[NDArray[np.int32], NDArray[np.intp]]]:
    """Truth and prediction: ids and classes of segments that tile the picture, and in the second lie a little aside."""
    generator = np.random.default_rng(0)
    free = np.ones((HEIGHT, WIDTH), np.uint8)
    places = generator.choice(free.size, SEGMENTS, replace=False)
    labels = np.arange(SEGMENTS) % CLASSES
    found = []
    for aside in (0, 5):
        free[:] = 1
        free.ravel()[np.minimum(places + aside * (WIDTH + 1), free.size - 1)] = 0
        kind = {"labelType": cv2.DIST_LABEL_PIXEL}
        _, ids = cv2.distanceTransformWithLabels(free, cv2.DIST_L2, cv2.DIST_MASK_5, **kind)
        ids[:8] = VOID
        found.append((ids.astype(np.int32), labels.astype(np.intp)))
    return found


def ours() -> Callable[[], Any]:
    from perpixel.classes import ClassTable, SegmentClass, color_of
    from perpixel.metrics.panoptic import PanopticScore
    from perpixel.results import Panoptic

    classes = ClassTable(tuple(SegmentClass(f"class {n}", color_of(n), thing=True) for n in range(CLASSES)))
    truth, prediction = (Panoptic(ids, labels, classes, np.ones(len(labels), np.float32)) for ids, labels in answers())

    def run() -> PanopticScore:
        score = PanopticScore(classes)
        score.update(truth=truth, prediction=prediction, name="one")
        return score

    return run


def api_way() -> Callable[[], Any]:
    (true_ids, true_labels), (own_ids, own_labels) = answers()
    truth, found = true_ids.astype(np.uint64), own_ids.astype(np.uint64)
    offset = np.uint64(256**3)

    def run() -> Counts:
        true_segments = {n: {"class": int(label)} for n, label in enumerate(true_labels.tolist(), start=1)}
        own_segments = {n: {"class": int(label)} for n, label in enumerate(own_labels.tolist(), start=1)}
        for segments, ids in ((true_segments, truth), (own_segments, found)):
            for number, pixels in zip(*np.unique(ids, return_counts=True), strict=True):
                if int(number) != VOID:
                    segments[int(number)]["area"] = int(pixels)
        pairs = {
            (int(pair // offset), int(pair % offset)): int(pixels)
            for pair, pixels in zip(*np.unique(truth * offset + found, return_counts=True), strict=True)
        }
        return by_rules(true_segments, own_segments, pairs)

    return run


def by_rules(true: dict[int, Any], own: dict[int, Any], pairs: dict[tuple[int, int], int]) -> Counts:
    """tp, fp, fn and the sum of IoUs by class; there are no crowds here."""
    counts: Counts = {label: [0, 0, 0, 0.0] for label in range(CLASSES)}
    true_matched, own_matched = set[int](), set[int]()
    for (there, mine), common in pairs.items():
        if there not in true or mine not in own or true[there]["class"] != own[mine]["class"]:
            continue
        iou = common / (true[there]["area"] + own[mine]["area"] - common - pairs.get((VOID, mine), 0))
        if iou > 0.5:
            counts[own[mine]["class"]][0] += 1
            counts[own[mine]["class"]][3] += iou
            true_matched.add(there)
            own_matched.add(mine)
    for there, segment in true.items():
        if there not in true_matched:
            counts[segment["class"]][2] += 1
    for mine, segment in own.items():
        if mine not in own_matched and pairs.get((VOID, mine), 0) / segment["area"] <= 0.5:
            counts[segment["class"]][1] += 1
    return counts


def counting() -> Callable[[], Any]:
    from perpixel.kernels.id_overlaps import overlaps

    (truth, _), (found, _) = answers()
    return lambda: overlaps(truth, found)


def sorting() -> Callable[[], Any]:
    truth, found = (ids.astype(np.uint64) for ids, _ in answers())
    offset = np.uint64(256**3)
    return lambda: np.unique(truth * offset + found, return_counts=True)


def check() -> None:
    """Both count alike."""
    (counts,) = ours()().pictures.values()
    for label, (tp, fp, fn, iou) in api_way()().items():
        mine = counts.tp[label], counts.fp[label], counts.fn[label]
        if mine != (tp, fp, fn) or abs(counts.iou[label] - iou) > 1e-9:
            raise RuntimeError(
                f"class {label}: {mine}, {counts.iou[label]}; the panoptic API's rules give {tp, fp, fn, iou}"
            )


def run() -> list[Row]:
    check()
    size = f"{HEIGHT} x {WIDTH}, {SEGMENTS} segments"
    return [
        *compare(
            f"panoptic quality {size}", Work("perpixel", ours), [Work("the panoptic API's way", api_way, promised=5)]
        ),
        *compare(
            f"pairs of ids {size}",
            Work("perpixel", counting),
            [Work("np.unique of 64 bits", sorting, promised=5)],
            first_run=False,
        ),
    ]
