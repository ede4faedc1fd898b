from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.kernels.id_overlaps import overlaps


def sorted_pairs(first: NDArray[Any], second: NDArray[Any]) -> list[tuple[int, int, int]]:
    packed, counts = np.unique(first.astype(np.uint64) * 2**32 + second.astype(np.uint64), return_counts=True)
    return [(int(pair) >> 32, int(pair) & (2**32 - 1), int(count)) for pair, count in zip(packed, counts, strict=True)]


def found_pairs(first: NDArray[Any], second: NDArray[Any]) -> list[tuple[int, int, int]]:
    ids, others, counts = overlaps(first, second)
    assert ids.dtype == others.dtype == counts.dtype == np.int64
    return list(zip(ids.tolist(), others.tolist(), counts.tolist(), strict=True))


def test_pairs_counted_by_hand() -> None:
    first = np.array([[0, 0, 1], [2, 2, 1]], np.int32)
    second = np.array([[5, 5, 5], [0, 5, 5]], np.int32)
    assert found_pairs(first, second) == [(0, 5, 2), (1, 5, 2), (2, 0, 1), (2, 5, 1)]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    most=st.sampled_from([1, 3, 70, 5000, 2**24 - 1, 2**31 - 2]),
    stretch=st.sampled_from([1, 7, 30]),
)
def test_pairs_and_counts_are_those_of_sorting_the_pixels(
    seed: int, size: tuple[int, int], most: int, stretch: int
) -> None:
    generator = np.random.default_rng(seed)
    wide = size[0], -(-size[1] // stretch)
    first, second = (
        generator.integers(0, most, wide, endpoint=True).astype(np.int32).repeat(stretch, axis=1)[:, : size[1]]
        for _ in range(2)
    )
    assert found_pairs(first, second) == sorted_pairs(first, second)


def test_more_pairs_than_the_first_table_holds() -> None:
    generator = np.random.default_rng(0)
    first, second = (generator.integers(0, 300, (300, 250)).astype(np.int32) for _ in range(2))
    assert len(found_pairs(first, second)) > 20_000
    assert found_pairs(first, second) == sorted_pairs(first, second)


def test_greatest_ids_do_not_need_a_table_of_all() -> None:
    top = 2**31 - 1
    first, second = np.full((3, 9), top, np.int32), np.full((3, 9), top, np.int32)
    second[0, 0] = 0
    assert found_pairs(first, second) == [(top, 0, 1), (top, top, 26)]


def test_maps_that_do_not_lie_in_rows_are_read_alike() -> None:
    generator = np.random.default_rng(1)
    first, second = (generator.integers(0, 4, (24, 31)).astype(np.int32) for _ in range(2))
    assert found_pairs(first.T, second[::-1].T) == sorted_pairs(first.T, second[::-1].T)


def test_no_pixel_has_no_pair() -> None:
    assert found_pairs(np.zeros((0, 4), np.int32), np.zeros((0, 4), np.int32)) == []


def test_wrong_maps_are_refused_in_words() -> None:
    ids = np.zeros((2, 3), np.int32)
    with pytest.raises(TypeError, match=r"int32 and uint8; expected int32"):
        overlaps(ids, ids.astype(np.uint8))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(3, 2\)"):
        overlaps(ids, ids.T)
    with pytest.raises(ValueError, match="negative id"):
        overlaps(ids, ids - 1)


def test_negative_ids_are_refused_wherever_they_are() -> None:
    generator = np.random.default_rng(2)
    for size in ((1, 3), (40, 50), (200, 201)):
        first, second = (generator.integers(0, 400, size).astype(np.int32) for _ in range(2))
        first[0, -1] = second[0, -1] = -1
        with pytest.raises(ValueError, match="negative id"):
            overlaps(first, second)
