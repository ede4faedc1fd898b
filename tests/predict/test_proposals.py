"""Proposals: worked examples with scorers that need no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_graph import shades_spec, write_shades

from perpixel.classes import ClassTable
from perpixel.errors import ModelError
from perpixel.predict.proposals import ProposalPredictor, cut, grid_boxes, scorer

CLASSES = ClassTable.named(("background", "cat", "dog"))


def shade(crop: NDArray[Any]) -> NDArray[np.float32]:
    """Cat where red is, dog where green is, and a background that is never sure."""
    red, green = (crop[..., channel].astype(np.float32) / 255 for channel in (0, 1))
    return np.stack([np.full(red.shape, -1, np.float32), red, green])


def predictor(**options: Any) -> ProposalPredictor:
    given: dict[str, Any] = {"scorer": shade, "size": (4, 4), "shortest": 2, "widen": 1.0, **options}
    return ProposalPredictor(classes=CLASSES, **given)


def test_overlapping_proposals_give_the_pixelwise_maximum_on_a_canvas_of_zeros() -> None:
    calls = iter([(1.0, 5.0), (3.0, 2.0)])

    def constant(crop: NDArray[Any]) -> NDArray[np.float32]:
        cat, dog = next(calls)
        return np.stack([np.full(crop.shape[:2], value, np.float32) for value in (-7.0, cat, dog)])

    scores = predictor(scorer=constant).scores(np.zeros((4, 8, 3), np.uint8), [[0, 0, 4, 4], [2, 0, 6, 4]])
    assert scores[0].tolist() == [[0] * 8] * 4
    assert scores[1].tolist() == [[1, 1, 3, 3, 3, 3, 0, 0]] * 4
    assert scores[2].tolist() == [[5, 5, 5, 5, 2, 2, 0, 0]] * 4
    calls = iter([(1.0, 5.0), (3.0, 2.0)])
    answer = predictor(scorer=constant)(np.zeros((4, 8, 3), np.uint8), [[0, 0, 4, 4], [2, 0, 6, 4]])
    assert answer.labels.tolist() == [[2, 2, 2, 2, 1, 1, 0, 0]] * 4
    assert answer.classes is CLASSES


def test_each_proposal_is_seen_at_the_nets_size_and_brought_back_to_its_place() -> None:
    image = np.zeros((20, 30, 3), np.uint8)
    image[4:12, 6:22, 0] = 255
    seen: list[NDArray[Any]] = []

    def watched(crop: NDArray[Any]) -> NDArray[np.float32]:
        seen.append(crop)
        return shade(crop)

    labels = predictor(scorer=watched)(image, [[6, 4, 22, 12]]).labels
    assert [crop.shape for crop in seen] == [(4, 4, 3)]
    assert (seen[0][..., 0] == 255).all()
    assert np.array_equal(labels == 1, image[..., 0] == 255)


def test_boxes_are_widened_and_the_small_ones_skipped_by_what_they_are_then() -> None:
    boxes = [[10, 20, 110, 220], [0, 0, 91, 300], [0, 0, 94, 300], [5, 5, 105, 105]]
    used = ProposalPredictor(shade, CLASSES).used(boxes)
    assert used.tolist() == [[0, 0, 120, 240], [-10, -30, 104, 330], [-5, -5, 115, 115]]
    assert ProposalPredictor(shade, CLASSES, most=1).used(boxes).tolist() == [[0, 0, 120, 240]]
    assert len(ProposalPredictor(shade, CLASSES, shortest=1).used(boxes)) == 4


def test_a_box_beyond_the_picture_is_filled_with_black_and_only_its_inside_counts() -> None:
    image = np.arange(1, 7, dtype=np.uint8).reshape(2, 3)
    assert cut(image, (-1, -1, 2, 1)).tolist() == [[0, 0, 0], [0, 1, 2]]
    assert cut(image, (2, 1, 5, 4)).tolist() == [[6, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert not cut(image, (5, 5, 7, 7)).any()
    white = np.full((6, 6, 3), 255, np.uint8)
    answer = predictor()(white, [[-2, -2, 2, 2], [40, 40, 48, 48], [-9, -9, -4, -4]])
    assert np.array_equal(answer.labels > 0, np.pad(np.ones((2, 2), bool), (0, 4)))


@pytest.mark.parametrize("boxes", [[], np.zeros((0, 4)), [[0, 0, 1, 9]]])
def test_without_proposals_all_is_background(boxes: Any) -> None:
    assert not predictor()(np.full((5, 7, 3), 255, np.uint8), boxes).labels.any()


def test_a_grid_has_boxes_of_the_pictures_shape_that_cover_it_at_every_scale() -> None:
    boxes = grid_boxes((90, 120), scales=(1, 0.5))
    assert boxes[0].tolist() == [0, 0, 120, 90]
    assert boxes[1:].tolist() == [
        [x, y, x + 60, y + 45] for y in (0.0, 22.5, 45.0) for x in (0.0, 30.0, 60.0)
    ]  # fmt: skip
    for scale in (0.3, 0.75):
        covered = np.zeros((90, 120), bool)
        for x0, y0, x1, y1 in grid_boxes((90, 120), scales=(scale,), overlap=0).round().astype(int):
            covered[y0:y1, x0:x1] = True
        assert covered.all()


def test_a_models_scores_are_bilinear_at_the_size_of_the_crop(tmp_path: Path) -> None:
    write_shades(tmp_path / "shades.onnx", shades_spec(stride=4, multiple=8))
    score = scorer(tmp_path / "shades.onnx", threads=1)
    crop = np.zeros((16, 21, 3), np.uint8)
    crop[:, 8:] = 255
    scores = score(crop)
    assert scores.shape == (3, 16, 21)
    labels = scores.argmax(axis=0)
    assert (labels[:, :6] == 0).all()
    assert (labels[:, 10:] == 2).all()
    assert (np.diff(scores[2] - scores[0], axis=1) >= -1e-4).all()
    answer = ProposalPredictor(score, shades_spec().classes, size=(16, 16), shortest=8)(crop, grid_boxes((16, 21)))
    assert answer.labels.shape == (16, 21)


def test_a_crop_of_a_size_that_the_model_does_not_take_is_refused(tmp_path: Path) -> None:
    from dataclasses import replace

    spec = shades_spec()
    spec = replace(spec, input=replace(spec.input, size=(16, 16)))
    write_shades(tmp_path / "shades.onnx", spec)
    with pytest.raises(ModelError, match=r"takes \(16, 16\) pixels only, not \(8, 8\)"):
        scorer(tmp_path / "shades.onnx", threads=1)(np.zeros((8, 8, 3), np.uint8))


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([[0, 0, 4]], r"boxes are \(1, 3\); expected \(N, 4\)"),
        ([[0, 0, 4, 4], [3, 0, 3, 4]], r"box 1 is empty: \[3.0, 0.0, 3.0, 4.0\]"),
        ([[0, 0, float("nan"), 4]], "box 0 is empty"),
    ],
)
def test_boxes_that_are_none_are_refused(boxes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        predictor()(np.zeros((5, 7, 3), np.uint8), boxes)


def test_arguments_out_of_range_and_a_scorer_of_other_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="none of them may be below 1"):
        predictor(widen=0.5)
    with pytest.raises(ValueError, match=r"scales \(1.5,\) must be in"):
        grid_boxes((5, 5), scales=(1.5,))
    with pytest.raises(ValueError, match=r"the scorer gave \(2, 4, 4\)"):
        predictor(scorer=lambda crop: shade(crop)[:2])(np.zeros((5, 7, 3), np.uint8), [[0, 0, 4, 4]])
