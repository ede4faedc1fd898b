"""Border weights: U-Net's equation 2, by hand and by brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from perpixel.augment.border import border_classes, border_term, border_weights
from perpixel.classes import ClassTable
from perpixel.errors import TrainingError
from perpixel.kernels.two_nearest import two_nearest
from perpixel.masks.components import cells_of, components

MAPS = arrays.arrays(np.int32, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 5))


def brute(ids: NDArray[np.int32]) -> NDArray[np.float64]:
    """Distances (H, W, 2) to the two nearest objects, one whole map for each object."""
    row, column = np.mgrid[: ids.shape[0], : ids.shape[1]]
    far = np.full(ids.shape, np.inf)
    each = [far, far]
    for number in np.unique(ids[ids > 0]):
        squares = [(row - y) ** 2 + (column - x) ** 2 for y, x in np.argwhere(ids == number)]
        each.append(np.sqrt(np.min(squares, axis=0)))
    return np.sort(np.stack(each, axis=2), axis=2)[:, :, :2]


@pytest.mark.parametrize(
    ("before", "after", "term"),
    [(1, 1, 9.23116), (1, 2, 8.35270), (2, 3, 6.06531), (5, 5, 1.35335), (10, 10, 0.0033546)],
)
def test_the_term_of_two_distances_is_the_formulas(before: int, after: int, term: float) -> None:
    cells = np.zeros((3, before + after + 1), np.int32)
    cells[1, 0], cells[1, -1] = 1, 2
    assert border_term(cells, w0=10, sigma=5)[1, before] == pytest.approx(term, rel=1e-5)


@settings(deadline=None, max_examples=60)
@given(MAPS)
def test_two_nearest_objects_are_those_of_brute_force(ids: NDArray[np.int32]) -> None:
    np.testing.assert_allclose(two_nearest(ids, most=100), brute(ids), rtol=1e-6)


@settings(deadline=None, max_examples=60)
@given(MAPS, st.floats(0.5, 3), st.booleans())
def test_weights_are_those_of_brute_force(ids: NDArray[np.int32], sigma: float, inside: bool) -> None:
    sums = brute(ids).sum(axis=2)
    expected = 1 + 10 * np.exp(-(sums**2) / (2 * sigma**2)) * (inside | (ids == 0))
    found = border_weights(ids, sigma=sigma, class_balance=False, inside=inside)
    np.testing.assert_allclose(found, expected, atol=1.1e-5)


def test_many_cells_in_a_large_map_have_the_brute_forces_weights_where_looked_at() -> None:
    generator = np.random.default_rng(0)
    ids = np.zeros((300, 260), np.int32)
    for number, (y, x) in enumerate(generator.integers(0, 250, (400, 2)), start=1):
        ids[y : y + 7, x : x + 9] = number
    part = slice(100, 150), slice(90, 140)
    wide = ids[70:180, 60:170]  # 30 pixels more than the part on each side, beyond which the term is below a millionth
    expected = 10 * np.exp(-(brute(wide).sum(axis=2)[30:80, 30:80] ** 2) / 50) * (ids[part] == 0)
    np.testing.assert_allclose(border_term(ids, w0=10, sigma=5)[part], expected, atol=1.1e-5)


def test_classes_are_balanced_in_each_map_and_weigh_1_on_average() -> None:
    cells = np.zeros((2, 6), np.bool_)
    cells[:, :2] = True  # 4 of 12 pixels, one cell: 12 / (2 * 4) inside, 12 / (2 * 8) outside
    weights = border_weights(cells)
    assert weights.tolist() == [[1.5, 1.5, 0.75, 0.75, 0.75, 0.75]] * 2
    assert weights.mean() == 1
    assert weights.dtype == np.float32
    assert (border_weights(np.ones((3, 3), np.bool_)) == 1).all()
    assert (border_weights(np.zeros((3, 3), np.bool_)) == 1).all()


def test_pixels_of_a_mask_hang_together_by_their_sides_only() -> None:
    mask = np.array([[1, 1, 0], [0, 0, 1], [1, 0, 1]], np.bool_)
    assert components(mask).tolist() == [[1, 1, 0], [0, 0, 2], [3, 0, 2]]
    ids = np.array([[7, 0, 7], [0, 0, 0]], np.int64)  # one id is one cell, in however many pieces
    assert (border_weights(ids, class_balance=False) == 1).all()
    assert border_weights(ids > 0, class_balance=False)[0, 1] == pytest.approx(10.23116)


def test_components_of_two_classes_are_two_cells_though_they_touch() -> None:
    labels = np.array([[1, 2, 0, 1], [1, 2, 255, 1]], np.uint8)
    assert cells_of(labels, (1, 2)).tolist() == [[1, 3, 0, 2], [1, 3, 0, 2]]
    assert cells_of(labels, (2,)).tolist() == [[0, 1, 0, 0], [0, 1, 0, 0]]


def test_cells_are_of_the_class_that_is_named_or_of_all_but_the_first() -> None:
    classes = ClassTable.named(("membrane", "cell", "dirt"))
    assert border_classes(classes, None) == (1, 2)
    assert border_classes(classes, "cell") == (1,)
    with pytest.raises(TrainingError, match=r"border_class: there is no class 'cells'; did you mean 'cell'"):
        border_classes(classes, "cells")
    with pytest.raises(TrainingError, match="the only class"):
        border_classes(ClassTable.named(("cell",)), None)


@pytest.mark.parametrize(
    ("cells", "strengths", "words"),
    [
        (np.zeros((2, 2, 1), np.int32), {}, r"expected \(H, W\)"),
        (np.zeros((2, 2), np.float32), {}, "integer ids or bool"),
        (np.array([[-1, 0]]), {}, "0 or more"),
        (np.array([[1, 0]]), {"sigma": 0.0}, "sigma 0.0 must be positive"),
        (np.array([[1, 0]]), {"w0": -1.0}, "w0 -1.0 must not be negative"),
    ],
)
def test_what_makes_no_weights_is_refused(cells: NDArray[np.int32], strengths: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        border_weights(cells, **strengths)


def test_the_term_ends_where_it_is_a_millionth() -> None:
    last = 5 * math.sqrt(2 * math.log(1e6))  # 26.28 pixels, the sum of both distances
    near, beyond = np.zeros((1, 27), np.int32), np.zeros((1, 28), np.int32)
    near[0, [0, -1]] = beyond[0, [0, -1]] = 1, 2
    assert 26 < last < 27
    assert border_term(near, w0=1, sigma=5)[0, 13] > 1e-6
    assert not border_term(beyond, w0=1, sigma=5).any()
