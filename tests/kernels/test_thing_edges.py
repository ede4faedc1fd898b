"""Edges of things: by erosion, of OpenCV and of id maps one by one."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.kernels.thing_edges import edge_ids, edge_runs
from perpixel.masks.runs import Runs, encode_mask
from perpixel.masks.runs.runs import together


def eroded(mask: NDArray[np.bool_], distance: int) -> NDArray[np.bool_]:
    """What is left of a mask, of which nothing lies beyond the picture."""
    padded = np.pad(mask.astype(np.uint8), distance)
    return np.asarray(cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=distance), np.bool_)[
        distance:-distance, distance:-distance
    ]


def edges(masks: list[NDArray[np.bool_]], distance: int) -> list[NDArray[np.bool_]]:
    runs = [encode_mask(mask) for mask in masks]
    counts, offsets = edge_runs(together(runs), runs[0].size, distance)
    return [Runs(runs[0].size, counts[a:b]).decode() for a, b in pairwise(offsets.tolist())]


@st.composite
def maps(draw: st.DrawFn) -> NDArray[np.int32]:
    """Ids in coarse blocks, so that things have an inside, with specks in them."""
    height, width, block = draw(st.tuples(st.integers(1, 24), st.integers(1, 24), st.integers(1, 9)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    ids = rng.integers(0, 4, (-(-height // block), -(-width // block))).repeat(block, 0).repeat(block, 1)
    specks = rng.random(ids.shape) < draw(st.sampled_from([0, 0.02, 0.3]))
    return np.where(specks, rng.integers(0, 4, ids.shape), ids)[:height, :width].astype(np.int32)


@settings(deadline=None, max_examples=60)
@given(maps(), st.integers(1, 6))
def test_an_edge_is_what_erosion_takes_away(ids: NDArray[np.int32], distance: int) -> None:
    masks = [ids == thing for thing in range(1, 4)]
    expected = [mask & ~eroded(mask, distance) for mask in masks]
    found = edge_ids(ids, distance)
    for thing, edge in enumerate(expected, start=1):
        np.testing.assert_array_equal(found == thing, edge)
    for edge, one in zip(expected, edges(masks, distance), strict=True):
        np.testing.assert_array_equal(one, edge)


def test_masks_may_overlap_fill_the_picture_or_be_empty() -> None:
    full, none = np.ones((7, 9), np.bool_), np.zeros((7, 9), np.bool_)
    ring, other, nothing = edges([full, full, none], 2)
    assert ring.sum() == 63 - 3 * 5
    assert (ring == other).all()
    assert not nothing.any()


def test_a_grid_of_specks_has_a_run_at_every_second_pixel() -> None:
    specks = np.zeros((9, 40), np.bool_)
    specks[1:8:2] = True
    (edge,) = edges([specks], 1)
    assert (edge == specks).all()


def test_ids_beyond_16_bits_stay_what_they_are() -> None:
    ids = np.full((5, 5), 70_000, np.int32)
    assert set(np.unique(edge_ids(ids, 1))) == {0, 70_000}
    assert edge_ids(ids, 1)[2, 2] == 0
