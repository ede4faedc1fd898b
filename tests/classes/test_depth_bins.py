"""Bins of distance: the papers' edges, worked out."""

from __future__ import annotations

import numpy as np
import pytest

from perpixel.classes.depth_bins import DepthBins, bins_of, parse_bins


def test_increasing_bins_have_one_ratio() -> None:
    assert DepthBins.increasing(1, 16, 4).edges == pytest.approx((1, 2, 4, 8, 16))
    assert DepthBins.increasing(1, 10, 5).edges == pytest.approx((1, 1.58489, 2.51189, 3.98107, 6.30957, 10), abs=1e-5)
    edges = DepthBins.increasing(1, 80, 80).edges
    assert (edges[1], edges[40], edges[79]) == pytest.approx((1.0563, 8.94427, 75.7358), rel=1e-5)


def test_a_shift_makes_the_nearest_edge_one_as_dorn_has_it() -> None:
    assert DepthBins.increasing(0, 15, 4, shift=1).edges == pytest.approx((0, 1, 3, 7, 15))


def test_uniform_bins_have_one_width() -> None:
    assert DepthBins.uniform(1, 16, 4).edges == pytest.approx((1, 4.75, 8.5, 12.25, 16))


def test_widths_become_edges_and_centers_as_adabins_has_them() -> None:
    bins = DepthBins.of_widths([1, 2, 1], 0, 8)
    assert bins.edges == pytest.approx((0, 2, 6, 8))
    assert bins.centers.tolist() == [1, 4, 7]
    assert bins.centers @ np.array([0.2, 0.5, 0.3]) == pytest.approx(4.3)


def test_adaptive_bins_are_narrow_where_depths_are_many_and_never_empty() -> None:
    metres = np.concatenate([np.full(900, 2.0), np.linspace(1, 9, 100)])
    bins = DepthBins.of_quantiles(metres, 1, 9, 8)
    widths = np.diff(bins.edges)
    assert bins.edges[0] == 1
    assert bins.edges[-1] == pytest.approx(9)
    assert widths.min() > 0.05
    assert widths[3] < 0.1 < widths[0]
    evenly = DepthBins.of_quantiles(np.linspace(1, 9, 1001), 1, 9, 8)
    assert np.diff(evenly.edges) == pytest.approx(1, abs=1e-6)


def test_a_distance_lies_from_its_bins_edge_on_and_outside_in_the_outermost() -> None:
    bins = DepthBins.increasing(1, 16, 4)
    metres = np.array([[0.5, 1, 2, 3.9, 4, 16, 90, 5]], np.float32)
    valid = np.ones((1, 8), np.bool_)
    valid[0, 7] = False
    assert bins.labels(metres, valid).tolist() == [[0, 0, 1, 1, 2, 3, 3, 255]]


def test_bins_are_classes_with_names_of_their_own() -> None:
    table = DepthBins.increasing(0.5, 80, 128).table()
    assert len(table) == 128
    assert DepthBins.increasing(1, 4, 2).table().names == ("1 to 2 m", "2 to 4 m")


def test_bins_reach_over_the_data_and_can_be_told_in_a_word() -> None:
    metres = np.linspace(1, 5, 10001)
    for spacing in ("uniform", "increasing", "adaptive"):
        bins = bins_of(metres, f"{spacing}:16")
        assert len(bins) == 16
        assert (bins.edges[0], bins.edges[-1]) == pytest.approx((1.004, 4.996))
    assert parse_bins("uniform") == ("uniform", 64)


@pytest.mark.parametrize(("text", "words"), [("unifrom:8", "one of uniform"), ("uniform:1", "from 2 to 254")])
def test_wrong_words_for_bins_are_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_bins(text)


def test_edges_that_do_not_grow_are_refused() -> None:
    with pytest.raises(ValueError, match="each above the last"):
        DepthBins((1.0, 2.0, 2.0))
    with pytest.raises(ValueError, match="must be positive"):
        DepthBins.increasing(0, 8, 4)
