from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from perpixel.kernels.pixel_matching import pixel_pairs

MASK = arrays.arrays(np.bool_, (3, 4), elements=st.booleans())


def line(*columns: int, width: int = 12) -> NDArray[np.bool_]:
    mask = np.zeros((1, width), np.bool_)
    mask[0, list(columns)] = True
    return mask


def near(these: NDArray[np.bool_], others: NDArray[np.bool_], distance: float) -> NDArray[np.bool_]:
    """Which pixels of one mask could be partners of which of the other."""
    apart = np.argwhere(these)[:, None] - np.argwhere(others)[None]
    return np.asarray((apart**2).sum(2) <= distance**2)


def fewest_or_more(these: NDArray[np.bool_], others: NDArray[np.bool_], distance: float) -> int:
    """The number of pairs, by trying all ways to line up the one with the other."""
    possible = near(these, others, distance)
    if len(possible) > possible.shape[1]:
        possible = possible.T
    every = range(possible.shape[1])
    return max(sum(possible[i, j] for i, j in enumerate(order)) for order in permutations(every, len(possible)))


def is_fair(pairs: NDArray[np.int32], these: NDArray[np.bool_], others: NDArray[np.bool_], distance: float) -> bool:
    """Whether all partners are pixels of the masks, near, and no one's partner twice."""
    place = np.flatnonzero(pairs >= 0)
    partner = pairs.reshape(-1)[place]
    one, other = (np.stack(np.divmod(each, these.shape[1]), axis=1) for each in (place, partner))
    return bool(
        these.reshape(-1)[place].all()
        and others.reshape(-1)[partner].all()
        and len(np.unique(partner)) == len(partner)
        and (((one - other) ** 2).sum(1) <= distance**2).all()
    )


def test_a_pixel_has_one_partner_and_the_nearest_if_it_can() -> None:
    assert pixel_pairs(line(4), line(3, 5, 6), distance=2)[0, 4] == 3
    assert pixel_pairs(line(4, 5), line(5), distance=2)[0].tolist() == [-1, -1, -1, -1, -1, 5] + [-1] * 6
    assert pixel_pairs(line(4, 5), line(4, 5), distance=2)[0, 4:6].tolist() == [4, 5]


def test_near_partners_are_given_up_for_more_pairs() -> None:
    # 4 takes 5, its nearest; then 6 would have nobody, as 3 is too far. So 4 goes to 3 and 6 takes 5.
    pairs = pixel_pairs(line(4, 6), line(3, 5), distance=1)
    assert pairs[0, [4, 6]].tolist() == [3, 5]
    # A chain of six in which every one has to move on.
    pairs = pixel_pairs(line(1, 3, 5, 7, 9), line(0, 2, 4, 6, 8), distance=1)
    assert (pairs >= 0).sum() == 5


def test_distance_is_euclidean_and_equal_is_near() -> None:
    these, others = np.zeros((9, 9), np.bool_), np.zeros((9, 9), np.bool_)
    these[1, 1] = others[4, 5] = True
    assert pixel_pairs(these, others, distance=5)[1, 1] == 4 * 9 + 5
    assert (pixel_pairs(these, others, distance=4.99) == -1).all()


def test_nothing_has_no_partners() -> None:
    nothing = line()
    assert (pixel_pairs(nothing, line(1), distance=3) == -1).all()
    assert (pixel_pairs(line(1), nothing, distance=3) == -1).all()
    assert pixel_pairs(np.zeros((0, 4)), np.zeros((0, 4)), distance=3).shape == (0, 4)


@settings(deadline=None, max_examples=25)
@given(MASK, MASK, st.sampled_from([0.0, 1.0, 1.5, 2.0]))
def test_there_are_as_many_pairs_as_can_be(
    these: NDArray[np.bool_], others: NDArray[np.bool_], distance: float
) -> None:
    these.reshape(-1)[7:], others.reshape(-1)[8:] = False, False  # so that all orders can be tried
    pairs = pixel_pairs(these, others, distance=distance)
    assert is_fair(pairs, these, others, distance)
    assert (pairs >= 0).sum() == fewest_or_more(these, others, distance)


@pytest.mark.parametrize("seed", range(12))
def test_as_many_as_scipy_pairs(seed: int) -> None:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import maximum_bipartite_matching

    random = np.random.default_rng(seed)
    size = tuple(random.integers(20, 50, 2))
    these, others = (random.random(size) < random.uniform(0.05, 0.4) for _ in range(2))
    distance = float(random.choice([1, 1.5, 2.3, 4.34]))
    pairs = pixel_pairs(these, others, distance=distance)
    assert is_fair(pairs, these, others, distance)
    theirs = maximum_bipartite_matching(csr_matrix(near(these, others, distance)), perm_type="column")
    assert (pairs >= 0).sum() == (theirs >= 0).sum()
    assert (pixel_pairs(others, these, distance=distance) >= 0).sum() == (theirs >= 0).sum()


def test_what_cannot_be_paired_is_refused() -> None:
    with pytest.raises(ValueError, match="both of one size"):
        pixel_pairs(line(1), line(1, width=9), distance=1)
    with pytest.raises(ValueError, match="0 or more, and finite"):
        pixel_pairs(line(1), line(1), distance=-1)
    with pytest.raises(ValueError, match="0 or more, and finite"):
        pixel_pairs(line(1), line(1), distance=float("nan"))
