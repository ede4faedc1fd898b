"""Anchors, box coding, and what is kept of a two-stage network's numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from perpixel.kernels.region_rules import RegionRules
from perpixel.kernels.regions import (
    ANCHOR_WEIGHTS,
    BOX_WEIGHTS,
    anchor_boxes,
    clip_boxes,
    decode_boxes,
    detect,
    propose,
)

RULES = RegionRules()


def logit(probability: float) -> float:
    return math.log(probability / (1 - probability))


def test_anchors_have_the_shapes_that_torchvision_rounds_them_to() -> None:
    anchors = anchor_boxes((64, 96), RULES)
    assert anchors[:3].tolist() == [[-23, -11, 23, 11], [-16, -16, 16, 16], [-11, -23, 11, 23]]
    assert anchors[3].tolist() == [-19, -11, 27, 11]  # the next column, 4 pixels on
    assert anchors[3 * 24].tolist() == [-23, -7, 23, 15]  # the next row
    assert len(anchors) == 3 * (16 * 24 + 8 * 12 + 4 * 6 + 2 * 3 + 1 * 2)
    assert anchors[-3:].tolist() == [[-298, -181, 426, 181], [-192, -256, 320, 256], [-117, -362, 245, 362]]


def test_a_box_is_decoded_by_the_papers_equations() -> None:
    anchor = np.array([[10, 20, 30, 60]], np.float32)  # 20 x 40 around (20, 40)
    deltas = np.array([[0.5, -0.25, math.log(2), math.log(0.5)]], np.float32)
    expected = [[10, 20, 50, 40]]  # 40 x 20 around (30, 30)
    np.testing.assert_allclose(decode_boxes(deltas, anchor, weights=ANCHOR_WEIGHTS), expected, rtol=1e-6)
    weighted = deltas * np.array(BOX_WEIGHTS, np.float32)
    np.testing.assert_allclose(decode_boxes(weighted, anchor, weights=BOX_WEIGHTS), expected, rtol=1e-6)


def test_no_side_grows_more_than_from_16_to_1000() -> None:
    box = decode_boxes(
        np.array([[0, 0, 99, 99]], np.float32), np.array([[0, 0, 16, 16]], np.float32), weights=(1.0,) * 4
    )
    np.testing.assert_allclose(box, [[-492, -492, 508, 508]], rtol=1e-5)
    assert clip_boxes(box, (20, 30)).tolist() == [[0, 0, 30, 20]]


def test_proposals_are_the_likeliest_of_each_level_without_their_doubles() -> None:
    rules = RegionRules(sizes=(8.0,) * 5, ratios=(1.0,), proposals=3)
    grids = [16 * 16, 8 * 8, 4 * 4, 4, 1]
    objectness = np.full(sum(grids), -9, np.float32)
    deltas = np.zeros((sum(grids), 4), np.float32)
    objectness[5 * 16 + 5] = 3  # around (20, 20)
    objectness[5 * 16 + 6] = 4  # around (24, 20): a third in common, both stay
    objectness[9 * 16 + 9] = 5
    objectness[9 * 16 + 10] = 1  # the fourth of its level is not even looked at
    objectness[grids[0] + 5 * 8 + 5] = 2  # around (40, 40), on the next level
    found = propose(objectness, deltas, size=(64, 64), padded=(64, 64), rules=rules)
    assert found.tolist() == [[32, 32, 40, 40], [20, 16, 28, 24], [16, 16, 24, 24]]
    more = RegionRules(sizes=(8.0,) * 5, ratios=(1.0,), proposals=4, proposal_overlap=0.3)
    found = propose(objectness, deltas, size=(64, 38), padded=(64, 64), rules=more)
    # Now (20, 20) goes for its neighbor (a third in common), and the picture ends at column 38.
    assert found[:3].tolist() == [[32, 32, 38, 40], [20, 16, 28, 24], [36, 36, 38, 44]]


def test_another_number_of_anchors_than_the_picture_has_is_told() -> None:
    with pytest.raises(ValueError, match="a picture of 64 x 64 has 1023 anchors"):
        propose(np.zeros(7, np.float32), np.zeros((7, 4), np.float32), size=(64, 64), padded=(64, 64), rules=RULES)


def test_detections_are_of_every_class_that_is_likely_enough_and_clipped() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [40, 40, 60, 60]], np.float32)
    logits = np.log(np.array([[0.1, 0.6, 0.3], [0.1, 0.7, 0.2], [0.96, 0.03, 0.01]], np.float32))
    deltas = np.zeros((3, 3, 4), np.float32)
    deltas[0, 2, 0] = 10 * 0.7  # the box of the second class lies farther to the right
    found, labels, scores = detect(logits, deltas, boxes, size=(50, 12), rules=RULES)
    # (1, 0) outdoes (0, 0) in the first class; in the second, the boxes of the two regions differ enough to stay.
    assert labels.tolist() == [0, 1, 1]
    np.testing.assert_allclose(scores, [0.7, 0.3, 0.2], rtol=1e-5)
    np.testing.assert_allclose(found, [[1, 0, 11, 10], [7, 0, 12, 10], [1, 0, 11, 10]], rtol=1e-6)
    few = detect(logits, deltas, boxes, size=(50, 12), rules=RegionRules(detections=1))
    assert [len(each) for each in few] == [1, 1, 1]


def test_no_region_gives_no_detection() -> None:
    found, labels, scores = detect(
        np.zeros((0, 3), np.float32),
        np.zeros((0, 3, 4), np.float32),
        np.zeros((0, 4), np.float32),
        size=(5, 5),
        rules=RULES,
    )
    assert (found.shape, labels.shape, scores.shape) == ((0, 4), (0,), (0,))


@pytest.mark.parametrize(
    "wrong", [{"sizes": (32.0,)}, {"sizes": (0.0, 1, 2, 3, 4)}, {"ratios": ()}, {"ratios": (-1.0,)}, {"proposals": 0}]
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        RegionRules(**wrong)  # type: ignore[arg-type]


def test_boxes_are_read_at_stride_16_at_the_papers_224_pixels() -> None:
    assert RULES.canonical == 224
    assert RegionRules(sizes=(8, 16, 32, 64, 128)).canonical == 56
