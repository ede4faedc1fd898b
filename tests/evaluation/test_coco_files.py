"""COCO's files against each other: pycocotools and the panoptic API's rules, and files that do not fit."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.classes import ClassTable, SegmentClass
from perpixel.errors import DataError, MaskError
from perpixel.evaluation.coco_files import score_coco
from perpixel.masks.polygons import polygons_to_runs, rectangle
from perpixel.masks.runs import to_coco
from perpixel.metrics.panoptic import PanopticScore
from perpixel.pictures import write_png
from perpixel.results import Panoptic

SIZE = (120, 150)
CATEGORIES = [{"id": 3, "name": "cow"}, {"id": 1, "name": "dog"}, {"id": 18, "name": "fox"}]
NUMBERS = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar_1", "ar_10", "ar", "ar_small", "ar_medium")


def put(path: Path, data: Any) -> Path:
    path.write_text(json.dumps(data))
    return path


def place(generator: np.random.Generator) -> list[float]:
    width, height = (float(side) for side in generator.choice([6, 12, 40, 100], 2))
    x, y = generator.uniform(0, 150 - width), generator.uniform(0, 120 - min(height, 118))
    return [round(x, 1), round(y, 1), width, min(height, 118)]


def segmentation(box: list[float], kind: str) -> Any:
    x, y, width, height = box
    if kind == "polygon":
        return [[x, y, x + width, y, x + width, y + height, x, y + height]]
    return to_coco(polygons_to_runs([rectangle(x, y, x + width, y + height)], SIZE), compressed=kind == "text")


def drawn(seed: int, pictures: int = 5, results_a_picture: int = 9) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A file of truth with crowds and polygons, and a list of results: many hit, and scores are equal now and then."""
    generator = np.random.default_rng(seed)
    images = [
        {"id": 10 * n, "file_name": f"{n}.jpg", "height": SIZE[0], "width": SIZE[1]} for n in range(pictures, 0, -1)
    ]
    annotations, results = list[dict[str, Any]](), list[dict[str, Any]]()
    for image in images:
        for _ in range(int(generator.integers(0, 7))):
            box = place(generator)
            crowd = generator.random() < 0.15
            mask = segmentation(box, "counts" if crowd else str(generator.choice(["polygon", "text"])))
            own = {"image_id": image["id"], "category_id": int(generator.choice([1, 3, 18])), "bbox": box}
            annotations.append({**own, "segmentation": mask, "iscrowd": int(crowd), "area": box[2] * box[3] * 0.9})
        there = [each for each in annotations if each["image_id"] == image["id"]]
        for _ in range(int(generator.integers(0, results_a_picture + 1))):
            near = there[int(generator.integers(len(there)))] if there and generator.random() < 0.7 else None
            box = (
                place(generator)
                if near is None
                else [float(v) for v in np.maximum(near["bbox"] + generator.normal(0, 1, 4).round(1), 1)]
            )
            box[2], box[3] = min(box[2], 149 - box[0]), min(box[3], 119 - box[1])
            category = int(generator.choice([1, 3, 18])) if near is None else near["category_id"]
            result = {"image_id": image["id"], "category_id": category, "score": float(generator.integers(1, 9) / 8)}
            results.append({**result, "bbox": box, "segmentation": segmentation(box, "text")})
    for number, annotation in enumerate(annotations, start=1):
        annotation["id"] = number
    generator.shuffle(results)  # type: ignore[arg-type]
    return {"images": images, "annotations": annotations, "categories": CATEGORIES}, results


def pycocotools_says(
    truth: dict[str, Any], results: list[dict[str, Any]], kind: str, most: int = 100
) -> dict[str, float]:
    coco = pytest.importorskip("pycocotools.coco")
    judge = pytest.importorskip("pycocotools.cocoeval").COCOeval
    with contextlib.redirect_stdout(io.StringIO()):
        there = coco.COCO()
        there.dataset = copy.deepcopy(truth)
        there.createIndex()
        judged = judge(there, there.loadRes(copy.deepcopy(results)), kind)
        judged.params.maxDets = [1, 10, most]
        judged.evaluate()
        judged.accumulate()
    precision, recall = judged.eval["precision"], judged.eval["recall"]

    def mean(values: NDArray[Any]) -> float:
        return float(values[values > -1].mean()) if (values > -1).any() else -1

    found = {
        "ap": mean(precision[..., 0, 2]),
        "ap50": mean(precision[0, ..., 0, 2]),
        "ap75": mean(precision[5, ..., 0, 2]),
    }
    found |= {f"ap_{name}": mean(precision[..., area, 2]) for area, name in enumerate(["small", "medium", "large"], 1)}
    found |= {name: mean(recall[..., 0, place]) for place, name in enumerate(["ar_1", "ar_10", "ar"])}
    return found | {f"ar_{name}": mean(recall[..., area, 2]) for area, name in enumerate(["small", "medium"], 1)}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("keys", [("segmentation",), ("segmentation", "bbox"), ("bbox",)])
def test_instance_results_score_as_in_pycocotools(seed: int, keys: tuple[str, ...], tmp_path: Path) -> None:
    truth, results = drawn(seed)
    results = [{k: v for k, v in result.items() if k not in {"segmentation", "bbox"} - {*keys}} for result in results]
    scores = score_coco(put(tmp_path / "pred.json", results), put(tmp_path / "gt.json", truth)).compute()
    assert scores["task"] == "instance"
    assert scores["images"] == 5
    for kind, name in (("segm", "mask"), ("bbox", "box")):
        if name == "mask" and keys == ("bbox",):
            assert scores["mask_ap"] is None
            continue
        expected = pycocotools_says(truth, results, kind)
        for number in NUMBERS:
            found = scores[f"{name}_{number}"]
            assert (-1 if found is None else found) == pytest.approx(expected[number], abs=1e-9), (name, number)


def test_more_detections_are_judged_on_request(tmp_path: Path) -> None:
    truth, results = drawn(5, pictures=2, results_a_picture=60)
    paths = put(tmp_path / "pred.json", results), put(tmp_path / "gt.json", truth)
    for most in (3, 1000):
        found = score_coco(*paths, max_detections=most).compute()
        assert found["max_detections"] == most
        assert found["mask_ap"] == pytest.approx(pycocotools_says(truth, results, "segm", most)["ap"], abs=1e-9)


@pytest.mark.parametrize("folder", ["", "val/"])
def test_truth_as_a_whole_file_of_predictions_is_perfect_whatever_its_ids(folder: str, tmp_path: Path) -> None:
    truth, _ = drawn(1)
    for annotation in truth["annotations"]:
        annotation["iscrowd"] = 0
    other = copy.deepcopy(truth)
    other["categories"] = [{"id": 100 + each["id"], "name": each["name"]} for each in CATEGORIES]
    for image in other["images"]:
        image |= {"id": f"p{image['id']}", "file_name": folder + image["file_name"].replace("jpg", "png")}
    for annotation in other["annotations"]:
        annotation["category_id"] += 100
        annotation["image_id"] = f"p{annotation['image_id']}"
    found = score_coco(put(tmp_path / "pred.json", other), put(tmp_path / "gt.json", truth)).compute()
    assert (found["mask_ap"], found["box_ap"]) == (1, 1)
    assert list(found["per_class"]) == ["dog", "cow", "fox"]  # by ascending id


def test_what_is_judged_in_part_is_said(tmp_path: Path) -> None:
    truth, results = drawn(2)
    few = [{**result, "segmentation": []} for result in results if result["image_id"] > 20]
    told = list[str]()
    judged = score_coco(put(tmp_path / "pred.json", few), put(tmp_path / "gt.json", truth), tell=told.append)
    assert judged.compute()["mask_ap"] is None
    assert judged.compute()["box_ap"] is not None
    (note,) = told
    assert "have no result, so that nothing counts as found there" in note
    assert "1.jpg" in note
    assert "boxes alone are judged" in note
    assert score_coco(put(tmp_path / "pred.json", []), tmp_path / "gt.json").compute()["mask_ap"] == 0


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ({"image_id": 7}, r"pred\.json: result 1 is of the picture 7, which the truth does not have.*known are 10, 20"),
        ({"category_id": 2}, r"result 1 is of the category 2, which the truth does not have"),
        ({"image_id": None}, "of the picture None"),
        ({"segmentation": None, "bbox": None}, r"neither a mask \(`segmentation`\) nor a box"),
        ({"score": None}, "result 1: score: expected a number; this is None"),
        ({"score": float("nan")}, "score: expected a number"),
        ({"bbox": [1, 2, 3]}, r"1\.jpg: result 1: a box is \[x, y, width, height\]; this is a list of 3"),
        ({"bbox": [1, 2, 3, None]}, "1.jpg: result 1: a side of the box: expected a number"),
        ({"segmentation": {"size": [3, 3], "counts": [9]}}, "run lengths of 3 x 3 in a picture of 120 x 150"),
        ({"segmentation": {"size": list(SIZE), "counts": "zz!"}}, "pred.json: 1.jpg: result 1: COCO text"),
        ({"segmentation": [[1, 2, 3]]}, "1.jpg: result 1"),
    ],
)
def test_a_wrong_result_is_refused_in_one_line(result: dict[str, Any], message: str, tmp_path: Path) -> None:
    truth, _ = drawn(1, pictures=2)
    good = {"image_id": 10, "category_id": 3, "score": 0.5, "bbox": [1, 2, 3, 4]}
    predictions = put(tmp_path / "pred.json", [{**good, "segmentation": [[1, 2, 9, 9, 4, 30]], **result}])
    with pytest.raises(DataError, match=message) as caught:
        score_coco(predictions, put(tmp_path / "gt.json", truth))
    assert "\n" not in str(caught.value)


def test_a_result_without_a_score_is_refused(tmp_path: Path) -> None:
    truth, _ = drawn(1, pictures=2)
    predictions = put(tmp_path / "pred.json", [{"image_id": 10, "category_id": 3, "bbox": [1, 2, 3, 4]}])
    with pytest.raises(DataError, match="result 1 has no `score`"):
        score_coco(predictions, put(tmp_path / "gt.json", truth))


def test_a_whole_file_with_other_pictures_or_classes_is_refused(tmp_path: Path) -> None:
    truth, _ = drawn(1, pictures=2)
    gt = put(tmp_path / "gt.json", truth)
    other = {**truth, "images": [*truth["images"], {"id": 77, "file_name": "other.jpg"}]}
    with pytest.raises(DataError, match=r"1 of its pictures are not in .*gt\.json: other\.jpg"):
        score_coco(put(tmp_path / "pred.json", other), gt)
    twice = {**truth, "images": [*truth["images"], {"id": 77, "file_name": "1.png"}]}
    with pytest.raises(DataError, match="two of its pictures are called alike"):
        score_coco(put(tmp_path / "pred.json", twice), gt)
    renamed = {**truth, "categories": [{**each, "name": each["name"] + "s"} for each in CATEGORIES]}
    with pytest.raises(DataError, match="is of the category"):
        score_coco(put(tmp_path / "pred.json", renamed), gt)


@pytest.mark.parametrize("data", [{}, 3, [1], {"shapes": []}, [{"x": 1}], {"annotations": [{"bbox": []}]}])
def test_json_of_neither_kind_is_said(data: Any, tmp_path: Path) -> None:
    truth, results = drawn(1)
    good, bad = put(tmp_path / "good.json", truth), put(tmp_path / "bad.json", data)
    with pytest.raises(DataError, match=r"bad\.json: neither COCO instances"):
        score_coco(bad, good)
    with pytest.raises(DataError, match=r"bad\.json: (neither COCO instances|a list, as results are)"):
        score_coco(good, bad)
    with pytest.raises(DataError, match="were the two files swapped"):
        score_coco(good, put(tmp_path / "pred.json", results))
    bad.write_text("{")
    with pytest.raises(DataError, match=r"bad\.json: not JSON"):
        score_coco(bad, good)


TABLE = ClassTable((SegmentClass("grass", (1, 2, 3)), SegmentClass("cow", (4, 5, 6), thing=True)))
PANOPTIC_CATEGORIES = [{"id": 9, "name": "grass", "isthing": 0}, {"id": 4, "name": "cow", "isthing": 1}]


def segmented(generator: np.random.Generator, *, crowd: bool) -> Panoptic:
    ids = generator.integers(0, 7, (5, 6)).repeat(6, axis=0).repeat(8, axis=1).astype(np.int32)
    ids[ids > 0] = np.unique(ids[ids > 0], return_inverse=True)[1] + 1
    labels = generator.integers(0, 2, int(ids.max()))
    return Panoptic(
        ids, labels, TABLE, np.ones(labels.size, np.float32), (generator.random(labels.size) < 0.2) if crowd else None
    )


def put_panoptic(path: Path, answers: dict[str, Panoptic], **left_out: Any) -> Path:
    """Write a file and its PNGs; the ids there are neither in order nor small."""
    annotations = []
    for number, (name, answer) in enumerate(answers.items(), start=1):
        ids = np.append(0, 90_001 - 257 * np.arange(1, len(answer) + 1))
        colors = ids[answer.ids]
        path.with_suffix("").mkdir(exist_ok=True)
        write_png(
            path.with_suffix("") / f"{name}.png",
            np.stack([colors & 255, colors >> 8 & 255, colors >> 16], 2).astype(np.uint8),
        )
        crowd = np.zeros(len(answer), bool) if answer.crowd is None else answer.crowd
        segments = [
            {"id": int(ids[i + 1]), "category_id": [9, 4][label], "iscrowd": int(crowd[i])}
            for i, label in enumerate(answer.labels.tolist())
        ]
        annotations.append({"image_id": number, "file_name": f"{name}.png", "segments_info": segments})
    images = [{"id": n, "file_name": f"{name}.jpg", "height": 30, "width": 48} for n, name in enumerate(answers, 1)]
    return put(path, {"images": images, "annotations": annotations, "categories": PANOPTIC_CATEGORIES, **left_out})


@pytest.fixture
def panoptic() -> tuple[dict[str, Panoptic], dict[str, Panoptic]]:
    generator = np.random.default_rng(0)
    truth = {name: segmented(generator, crowd=True) for name in "abc"}
    found = {}
    for name, there in truth.items():
        ids = there.ids.copy()
        ids[2:9, 3:20] = 1
        found[name] = Panoptic(ids, there.labels, TABLE, there.scores)
    return truth, found


def test_panoptic_files_score_as_their_answers(panoptic: Any, tmp_path: Path) -> None:
    truth, found = panoptic
    score = PanopticScore(TABLE)
    for name in truth:
        score.update(truth=truth[name], prediction=found[name], name=name)
    gt = put_panoptic(tmp_path / "gt.json", truth)
    judged = score_coco(put_panoptic(tmp_path / "pred.json", found), gt)
    assert judged.compute() == score.compute()
    assert judged.compute()["task"] == "panoptic"
    assert 0 < judged.compute()["all"]["pq"] < 1
    assert [row["name"] for row in judged.rows()] == ["a.jpg", "b.jpg", "c.jpg"]
    bare = json.loads((tmp_path / "pred.json").read_text())
    put(tmp_path / "pred.json", {"annotations": bare["annotations"][::-1]})  # as the challenge has it
    assert score_coco(tmp_path / "pred.json", gt).compute()["all"] == score.compute()["all"]


def test_panoptic_files_that_do_not_fit_are_refused_in_one_line(panoptic: Any, tmp_path: Path) -> None:
    truth, found = panoptic
    gt, path = put_panoptic(tmp_path / "gt.json", truth), put_panoptic(tmp_path / "pred.json", found)
    good = json.loads(path.read_text())

    def refused(message: str, **changes: Any) -> None:
        with pytest.raises(DataError, match=message) as caught:
            score_coco(put(path, {**good, **changes}), gt)
        assert "\n" not in str(caught.value)

    first, *rest = good["annotations"]
    refused(r"1 of the 3 pictures of .*gt\.json are missing: a\.jpg", annotations=rest)
    refused("annotation 4 is of a picture that another is of: 1", annotations=[first, *rest, first])
    refused("annotation 1 is of the picture 8", annotations=[{**first, "image_id": 8}, *rest])
    segments = first["segments_info"]
    wrong = {**segments[0], "category_id": 5}
    refused("is of the category 5", annotations=[{**first, "segments_info": [wrong, *segments[1:]]}, *rest])
    refused(r"a\.png: segment \d+ has pixels, but", annotations=[{**first, "segments_info": segments[1:]}, *rest])
    extra = {"id": 5, "category_id": 4}
    refused(
        "segment 5 of segments_info has no pixel", annotations=[{**first, "segments_info": [*segments, extra]}, *rest]
    )
    refused("id 0 comes twice or", annotations=[{**first, "segments_info": [{"id": 0}]}, *rest])
    refused("other_name.png", annotations=[{**first, "file_name": "other_name.png"}, *rest])
    instances, results = drawn(1)
    with pytest.raises(DataError, match=r"is COCO panoptic, .* is COCO instances; give two files of one kind"):
        score_coco(put(path, good), put(tmp_path / "instances.json", instances))
    with pytest.raises(DataError, match=r"is COCO instances, .* is COCO panoptic"):
        score_coco(put(tmp_path / "results.json", results), gt)
    with pytest.raises(DataError, match="its PNGs are expected in a folder of the same name"):
        score_coco(put(tmp_path / "elsewhere.json", good), gt)


def test_a_png_of_another_size_is_said_with_its_picture(panoptic: Any, tmp_path: Path) -> None:
    truth, found = panoptic
    gt, path = put_panoptic(tmp_path / "gt.json", truth), put_panoptic(tmp_path / "pred.json", found)
    write_png(tmp_path / "pred" / "b.png", np.zeros((3, 4, 3), np.uint8))
    with pytest.raises((DataError, MaskError), match=r"b\.(png|jpg): "):
        score_coco(path, gt)


def test_a_true_segment_without_pixels_is_missed(panoptic: Any, tmp_path: Path) -> None:
    truth, _ = panoptic
    gt, pred = put_panoptic(tmp_path / "gt.json", truth), put_panoptic(tmp_path / "pred.json", truth)
    data = json.loads(gt.read_text())
    before = score_coco(pred, gt).compute()["per_class"]["cow"]["fn"]
    data["annotations"][0]["segments_info"].append({"id": 5, "category_id": 4, "iscrowd": 0})
    assert score_coco(pred, put(gt, data)).compute()["per_class"]["cow"]["fn"] == before + 1


def test_pictures_of_one_name_are_told_by_their_ids(tmp_path: Path) -> None:
    truth, _ = drawn(1)
    for image in truth["images"]:
        image["file_name"] = "frame.jpg"
    for annotation in truth["annotations"]:
        annotation["iscrowd"] = 0
    evaluation = score_coco(put(tmp_path / "pred.json", truth), put(tmp_path / "gt.json", truth))
    assert evaluation.compute()["mask_ap"] == 1
    assert [row["name"] for row in evaluation.rows()] == [f"frame.jpg ({n})" for n in (10, 20, 30, 40, 50)]


VALUES = st.sampled_from([None, True, -1, 2**70, 1.5, math.inf, math.nan, "", "x", [], {}, [[1]], [None], {"id": 1}])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), value=VALUES, kind=st.sampled_from(["results", "whole", "panoptic"]))
def test_nothing_but_an_error_of_data_comes_of_a_changed_file(
    seed: int, value: Any, kind: str, panoptic: Any, tmp_path: Path
) -> None:
    generator = np.random.default_rng(seed)
    truth, results = drawn(1, pictures=2, results_a_picture=3)
    files = {"results": [results, truth], "whole": [truth, truth]}.get(kind) or [
        json.loads(put_panoptic(tmp_path / f"{name}.json", answers).read_text())
        for name, answers in zip(("pred", "gt"), panoptic, strict=True)
    ]
    node = files = copy.deepcopy(files)
    while True:
        key = generator.choice([*node] if isinstance(node, dict) else range(len(node)))
        key = key.item() if isinstance(key, np.generic) else key
        if not isinstance(node[key], dict | list) or not node[key] or (node is not files and generator.random() < 0.2):
            break
        node = node[key]
    node[key] = value
    with contextlib.suppress(DataError):
        score_coco(put(tmp_path / "pred.json", files[0]), put(tmp_path / "gt.json", files[1])).compute()
