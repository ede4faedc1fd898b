"""COCO's AP: small cases by hand, random ones by pycocotools."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.masks.runs import Runs, encode_mask, from_coco, to_coco
from perpixel.metrics.average_precision import Curves, summary
from perpixel.metrics.instances import InstanceScore
from perpixel.metrics.thing_matching import AREAS, Listed, box_ious, match

CLASSES = ClassTable.named(("ant", "bee", "cat", "dog"))
SIZE = (40, 50)
Pictures = list[tuple[Listed, Listed]]


def ap(
    ious: list[list[float]], scores: list[float], crowd: list[bool] | None = None, area: float = 100, **options: int
) -> dict[str, float]:
    """The summary of one class in one picture."""
    matrix = np.array(ious).reshape(len(scores), -1)
    crowds = None if crowd is None else np.array(crowd)
    areas, truth_areas = np.full(len(scores), area), np.full(matrix.shape[1], area)
    matches = match(matrix, scores=np.array(scores), areas=areas, truth_areas=truth_areas, crowd=crowds, **options)
    return summary([Curves.of([matches])])


def test_one_thing_found_scores_by_its_iou() -> None:
    found = ap([[0.72]], [0.9])
    assert found["ap"] == pytest.approx(5 / 10)  # at .5, .55, .6, .65 and .7
    assert (found["ap50"], found["ap75"]) == pytest.approx((1, 0))
    assert found["ar"] == found["ar_1"] == pytest.approx(5 / 10)


def test_a_false_prediction_only_costs_where_its_score_is_higher() -> None:
    assert ap([[0], [1]], [0.2, 0.9])["ap"] == pytest.approx(1)
    assert ap([[0], [1]], [0.9, 0.2])["ap"] == pytest.approx(1 / 2)


def test_half_of_two_things_gives_51_of_101_points() -> None:
    assert ap([[1, 0]], [0.5])["ap"] == pytest.approx(51 / 101)  # recalls 0, .01, ... .5


def test_the_second_of_two_on_one_thing_is_false() -> None:
    assert ap([[0.9, 0], [0.95, 0], [0, 1]], [0.9, 0.8, 0.7])["ap50"] == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_the_higher_score_chooses_first_and_takes_the_greatest_iou() -> None:
    # the first takes the second truth; what is left suits the second prediction only up to .6
    found = ap([[0.7, 0.8], [0.6, 0.9]], [0.9, 0.8])
    assert found["ap50"] == pytest.approx(1)
    assert found["ap75"] == pytest.approx(51 / 101)


def test_a_crowd_is_no_truth_and_what_lies_in_it_is_not_judged() -> None:
    assert ap([[0, 0.8], [0, 0.7], [1, 0.9]], [0.9, 0.8, 0.7], crowd=[False, True])["ap50"] == pytest.approx(1)
    assert np.isnan(ap([[0.9]], [0.9], crowd=[True])["ap"])


def test_areas_at_a_bound_are_on_both_sides_of_it() -> None:
    found = ap([[1]], [0.9], area=32**2)
    assert found["ap_small"] == found["ap_medium"] == pytest.approx(1)
    assert np.isnan(found["ap_large"])


def test_a_false_prediction_is_not_judged_among_things_of_another_size() -> None:
    matches = match(
        np.array([[0.0], [1.0]]), scores=np.array([0.9, 0.8]), areas=np.array([9, 5000]), truth_areas=np.array([5000])
    )
    found = summary([Curves.of([matches])])
    assert found["ap"] == pytest.approx(1 / 2)
    assert found["ap_medium"] == pytest.approx(1)


def test_beyond_max_detections_nothing_is_seen() -> None:
    ious = np.eye(3).tolist()
    assert ap(ious, [0.5, 0.9, 0.7], max_detections=2)["ar"] == pytest.approx(2 / 3)
    assert ap(ious, [0.5, 0.9, 0.7])["ar_1"] == pytest.approx(1 / 3)


def test_a_class_that_is_nowhere_true_is_not_in_the_mean() -> None:
    hit = match(np.ones((1, 1)), scores=np.ones(1), areas=np.ones(1), truth_areas=np.ones(1))
    false = match(np.ones((1, 0)), scores=np.ones(1), areas=np.ones(1), truth_areas=np.ones(0))
    assert summary([Curves.of([hit]), Curves.of([false]), Curves.of([])])["ap"] == pytest.approx(1)


def test_nothing_found_is_zero() -> None:
    missed = match(np.ones((0, 2)), scores=np.ones(0), areas=np.ones(0), truth_areas=np.ones(2))
    found = summary([Curves.of([missed])])
    assert found["ap"] == found["ar"] == 0


def test_boxes_overlap_by_their_corners() -> None:
    predicted = np.array([[0, 0, 2, 2], [5, 5, 1, 1], [0, 0, 0, 0]], float)
    true = np.array([[1, 1, 2, 2], [0, 0, 4, 4]], float)
    assert box_ious(predicted, true).tolist() == [[1 / 7, 4 / 16], [0, 0], [0, 0]]
    assert box_ious(predicted, true, crowd=np.array([False, True]))[0].tolist() == [1 / 7, 1]


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(ValueError, match=r"IoUs \(1, 2\) of 1 scores and 1 areas with 1 areas"):
        match(np.ones((1, 2)), scores=np.ones(1), areas=np.ones(1), truth_areas=np.ones(1))
    with pytest.raises(ValueError, match="max_detections is 0"):
        ap([[1]], [1], max_detections=0)
    with pytest.raises(ValueError, match="neither masks nor boxes"):
        Listed.of([0])
    with pytest.raises(ValueError, match="2 scores for 1 labels"):
        Listed.of([0], boxes=[[0, 0, 1, 1]], scores=[1, 1])
    with pytest.raises(ValueError, match="not of finite numbers"):
        Listed.of([0], boxes=[[0, 0, 1, 1]], scores=[np.nan])


def blob(rng: np.random.Generator) -> NDArray[np.bool_]:
    """A random ellipse, sometimes without a pixel."""
    (y, x), (b, a) = rng.uniform((0, 0), SIZE), rng.uniform(0.3, 12, 2)
    rows, columns = np.indices(SIZE)
    return np.asarray(((rows - y) / b) ** 2 + ((columns - x) / a) ** 2 < 1)


def random_picture(rng: np.random.Generator, *, boxes: bool) -> tuple[Listed, Listed]:
    """Overlapping truths with crowds and areas of their own; predictions near them, with ties of scores."""
    true = [blob(rng) for _ in range(rng.integers(0, 9))]
    near = [np.roll(mask, rng.integers(-3, 4, 2), (0, 1)) for mask in true for _ in range(rng.integers(0, 4))]
    found = [near[i] for i in rng.permutation(len(near))] + [blob(rng) for _ in range(rng.integers(0, 4))]

    def side(masks: list[NDArray[np.bool_]], **rest: Any) -> Listed:
        runs = [encode_mask(mask) for mask in masks]
        placed = rng.uniform(0, 30, (len(masks), 4)).round(2) if boxes else None
        return Listed.of(rng.integers(0, 3, len(masks)), masks=runs, boxes=placed, **rest)

    areas = [float(mask.sum() * rng.choice([0.5, 1, 20, 60])) for mask in true]
    return (
        side(true, areas=areas, crowd=rng.random(len(true)) < 0.2),
        side(found, scores=rng.integers(0, 12, len(found)) / 12, areas=[m.sum() * rng.choice([1, 30]) for m in found]),
    )


def json_of(things: Listed, image: int, first: int) -> list[dict[str, Any]]:
    masks: list[Runs] = list(things.masks or ())
    return [
        {
            "id": first + number,
            "image_id": image,
            "category_id": int(things.labels[number]) + 1,
            "segmentation": to_coco(masks[number]),
            "bbox": things.boxes[number].tolist(),
            "area": float(things.areas[number]),
            "iscrowd": int(things.crowd[number]),
            "score": float(things.scores[number]),
        }
        for number in range(len(things))
    ]


def edge_of(mask: dict[str, Any]) -> dict[str, Any]:
    """Of a mask in COCO's run lengths what erosion takes away, once for each pixel of a fiftieth of the diagonal."""
    inside = from_coco(mask).decode().astype(np.uint8)
    depth = max(round(0.02 * float(np.hypot(*inside.shape))), 1)
    left = cv2.erode(np.pad(inside, 1), np.ones((3, 3), np.uint8), iterations=depth)[1:-1, 1:-1]
    return dict(to_coco(encode_mask(inside > left)))


def by_edges(judge: Any) -> None:
    """Let a COCOeval match by the lesser of the IoUs of masks and edges; with a crowd, by that of the masks."""
    usual = judge.computeIoU

    def least(image: int, category: int) -> Any:
        ious = np.array(usual(image, category))
        true, found = judge._gts[image, category], judge._dts[image, category]
        if not true or not found:
            return ious
        masks = [each["segmentation"] for each in (*true, *found)]
        for each in (*true, *found):
            each["segmentation"] = edge_of(each["segmentation"])
        edges = np.array(usual(image, category))
        for each, mask in zip((*true, *found), masks, strict=True):
            each["segmentation"] = mask
        return np.where([each["iscrowd"] for each in true], ious, np.minimum(ious, edges))

    judge.computeIoU = least


def by_pycocotools(pictures: Pictures, kind: str, max_detections: int) -> dict[str, float]:
    """The twelve numbers from COCOeval's own arrays; of the kind "boundary", by other IoUs than its own."""
    coco, cocoeval = pytest.importorskip("pycocotools.coco"), pytest.importorskip("pycocotools.cocoeval")
    sides: list[list[dict[str, Any]]] = [[], []]
    for image, both in enumerate(pictures, start=1):
        for listed, things in zip(sides, both, strict=True):
            listed += json_of(things, image, len(listed) + 1)
    images = [{"id": image, "height": SIZE[0], "width": SIZE[1]} for image in range(1, len(pictures) + 1)]
    categories = [{"id": label + 1, "name": name} for label, name in enumerate(CLASSES.names)]
    with contextlib.redirect_stdout(io.StringIO()):
        read = []
        for listed in sides:
            index = coco.COCO()
            index.dataset = {"images": images, "categories": categories, "annotations": listed}
            index.createIndex()
            read.append(index)
        judge = cocoeval.COCOeval(*read, "segm" if kind == "boundary" else kind)
        if kind == "boundary":
            by_edges(judge)
        judge.params.maxDets = [1, min(10, max_detections), max_detections]
        judge.evaluate()
        judge.accumulate()
    precision, recall = judge.eval["precision"][..., -1], judge.eval["recall"]

    def mean(values: NDArray[np.float64]) -> float:
        return float(values[values > -1].mean()) if (values > -1).any() else float("nan")

    sizes = ("all", "small", "medium", "large")
    return {
        "ap": mean(precision[..., 0]),
        "ap50": mean(precision[0, ..., 0]),
        "ap75": mean(precision[5, ..., 0]),
        **{f"ap_{name}": mean(precision[..., place]) for place, name in enumerate(sizes) if place},
        "ar": mean(recall[..., 0, 2]),
        "ar_1": mean(recall[..., 0, 0]),
        "ar_10": mean(recall[..., 0, 1]),
        **{f"ar_{name}": mean(recall[..., place, 2]) for place, name in enumerate(sizes) if place},
    }


@pytest.mark.parametrize("max_detections", [3, 100, 1000])
@pytest.mark.parametrize("seed", range(4))
def test_random_pictures_score_as_with_pycocotools(seed: int, max_detections: int) -> None:
    rng = np.random.default_rng(seed)
    pictures = [random_picture(rng, boxes=seed % 2 == 0) for _ in range(8)]
    score = InstanceScore(CLASSES, max_detections=max_detections, boundary=True)
    for number, (truth, prediction) in enumerate(pictures):
        score.update_listed(truth=truth, prediction=prediction, name=str(number))
    found = score.compute()
    for ours, theirs in (("mask", "segm"), ("boundary", "boundary"), ("box", "bbox")):
        for name, expected in by_pycocotools(pictures, theirs, max_detections).items():
            own = found[f"{ours}_{name}"]
            assert (np.nan if own is None else own) == pytest.approx(expected, abs=1e-9, nan_ok=True), (ours, name)
    assert 0.01 < found["mask_ap"] < 0.99


def test_many_things_score_as_with_pycocotools() -> None:
    """More than a hundred in one picture, one class, so that the limit counts."""
    rng = np.random.default_rng(0)
    squares = []
    for y in range(0, 40, 4):
        for x in range(0, 48, 4):
            mask = np.zeros(SIZE, np.bool_)
            mask[y : y + 4, x : x + 4] = True
            squares.append(mask)
    near = [mask & (rng.random(SIZE) < 0.9) for mask in squares]
    truth = Listed.of([0] * len(squares), masks=[encode_mask(mask) for mask in squares])
    scores = rng.random(len(near)).round(1)
    prediction = Listed.of([0] * len(near), masks=[encode_mask(mask) for mask in near], scores=scores)
    assert len(squares) == 120
    for limit in (100, 1000):
        score = InstanceScore(CLASSES, max_detections=limit)
        score.update_listed(truth=truth, prediction=prediction, name="one")
        expected = by_pycocotools([(truth, prediction)], "segm", limit)
        assert score.compute()["mask_ap"] == pytest.approx(expected["ap"], abs=1e-9)


def test_who_takes_what_is_as_with_pycocotools_where_ious_and_scores_are_equal() -> None:
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    rng = np.random.default_rng(0)
    judge = cocoeval.COCOeval(iouType="segm")
    judge.params.imgIds, judge.params.catIds = [1], [1]
    for _ in range(60):
        predictions, truths = rng.integers(1, 9, 2)
        ious = rng.choice([0, 0, 0.5, 0.55, 0.7, 0.75, 0.8, 1], (predictions, truths))
        scores = rng.integers(0, 4, predictions) / 4
        areas, truth_areas = rng.choice([900, 1024, 5000, 20000], predictions), rng.choice([900, 1024, 5000], truths)
        crowd = rng.random(truths) < 0.3
        found = match(ious, scores=scores, areas=areas, truth_areas=truth_areas, crowd=crowd)
        judge._gts[1, 1] = [
            {"id": number + 1, "area": area, "ignore": own, "iscrowd": own}
            for number, (area, own) in enumerate(zip(truth_areas, crowd.tolist(), strict=True))
        ]
        judge._dts[1, 1] = [
            {"id": number + 1, "area": area, "score": score}
            for number, (area, score) in enumerate(zip(areas, scores, strict=True))
        ]
        judge.ious = {(1, 1): ious[np.argsort(-scores, kind="mergesort")]}
        for place, bounds in enumerate(AREAS.values()):
            theirs = judge.evaluateImg(1, 1, bounds, 100)
            expected = np.where(theirs["dtIgnore"], -1, theirs["dtMatches"] > 0)
            assert found.outcomes[place].tolist() == expected.tolist()
            assert found.truths[place] == np.count_nonzero(theirs["gtIgnore"] == 0)
