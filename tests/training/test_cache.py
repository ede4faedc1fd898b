from __future__ import annotations

import os
import pickle

import numpy as np
import pytest

from perpixel.training.cache import Cache, forks, memory_limit


def item(value: int) -> tuple[np.ndarray, np.ndarray]:
    return np.full((4, 5, 3), value, np.uint8), np.full((4, 5), value, np.uint16)


def never() -> tuple[np.ndarray, ...]:
    raise AssertionError("computed twice")


def test_an_item_is_computed_once_and_kept_with_its_type_and_shape() -> None:
    cache = Cache(3, limit=1000)
    for index in range(3):
        cache.get(index, lambda index=index: item(index + 7))
    for index in range(3):
        picture, mask = cache.get(index, never)
        expected = item(index + 7)
        assert picture.dtype == np.uint8
        assert mask.dtype == np.uint16
        np.testing.assert_array_equal(picture, expected[0])
        np.testing.assert_array_equal(mask, expected[1])


def test_what_does_not_fit_is_computed_each_time() -> None:
    cache = Cache(2, limit=150)  # an item takes 60 + 40 bytes
    cache.get(0, lambda: item(1))
    cache.get(1, lambda: item(2))
    cache.get(0, never)
    with pytest.raises(AssertionError, match="computed twice"):
        cache.get(1, never)


def test_an_unknown_type_and_a_limit_of_nothing_keep_nothing() -> None:
    for limit, value in ((99, np.zeros(2, np.int8)), (0, np.zeros(2, np.uint8))):
        cache = Cache(1, arrays=1, limit=limit)
        cache.get(0, lambda value=value: (value,))
        with pytest.raises(AssertionError, match="computed twice"):
            cache.get(0, never)


def test_kept_arrays_are_read_only() -> None:
    cache = Cache(1, limit=1000)
    cache.get(0, lambda: item(1))
    with pytest.raises(ValueError, match="read-only"):
        cache.get(0, never)[0][0, 0, 0] = 3


@pytest.mark.skipif(not forks(), reason="needs fork")
def test_a_forked_process_fills_it_for_all() -> None:
    cache = Cache(2, limit=1000)
    child = os.fork()
    if child == 0:
        cache.get(1, lambda: item(9))
        os._exit(0)
    os.waitpid(child, 0)
    assert cache.get(1, never)[0][0, 0, 0] == 9


def test_a_pickled_cache_is_an_empty_one() -> None:
    cache = Cache(1, limit=1000)
    cache.get(0, lambda: item(1))
    copy = pickle.loads(pickle.dumps(cache))
    assert copy.get(0, lambda: item(2))[0][0, 0, 0] == 2


def test_the_limit_is_what_is_wanted_or_a_share_of_the_free_memory() -> None:
    assert memory_limit(30) == 30
    assert memory_limit(2**60) < 2**60
