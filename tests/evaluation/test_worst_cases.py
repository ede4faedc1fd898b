from __future__ import annotations

import math

import numpy as np

from perpixel.classes import CAMVID
from perpixel.evaluation import draw_case
from perpixel.evaluation.cases import WorstCases
from perpixel.results import LabelMap


def blank(size: tuple[int, int] = (6, 8)) -> LabelMap:
    return LabelMap(np.zeros(size, np.uint8), CAMVID)


def test_the_lowest_scores_are_kept_the_worst_first() -> None:
    cases = WorstCases(3)
    for number, score in enumerate([0.9, 0.2, math.nan, 0.5, 0.2, 0.7, 0.1]):
        cases.offer(None, truth=blank(), prediction=blank(), name=str(number), score=score)
    assert [(case.name, case.score) for case in cases.cases()] == [("6", 0.1), ("1", 0.2), ("4", 0.2)]


def test_nothing_is_kept_when_nothing_is_wanted() -> None:
    cases = WorstCases(0)
    cases.offer(None, truth=blank(), prediction=blank(), name="a", score=0.1)
    assert cases.cases() == []


def test_a_drawn_case_stays_small_and_holds_what_there_is() -> None:
    image = np.zeros((2000, 3000, 1), np.uint16)
    drawn = draw_case(image, truth=blank((2000, 3000)), prediction=blank((2000, 3000)), title="large")
    assert drawn.dtype == np.uint8
    assert max(drawn.shape) < 1200
    without = draw_case(None, truth=blank(), prediction=blank(), title="tiny, without a picture")
    assert without.shape[1] > without.shape[0] > 60
