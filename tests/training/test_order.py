from __future__ import annotations

from collections import Counter
from itertools import islice

import numpy as np
import pytest

from perpixel.training.balance import class_aware_shares
from perpixel.training.order import Order


def test_an_epoch_shows_every_sample_and_fills_its_last_batch_from_a_second_shuffle() -> None:
    order = Order(count=10, batch=4, seed=3)
    assert order.batches == 3
    draws = [draw for batch in islice(order.batches_from(0), 3) for draw in batch]
    assert [draw.number for draw in draws] == list(range(12))
    assert set(Counter(draw.index for draw in draws[:10]).values()) == {1}


def test_repeat_shows_every_sample_that_often() -> None:
    draws = [draw for batch in islice(Order(count=5, batch=5, seed=0, repeat=3).batches_from(0), 3) for draw in batch]
    assert Counter(draw.index for draw in draws) == dict.fromkeys(range(5), 3)


def test_a_set_smaller_than_a_batch_fills_it() -> None:
    order = Order(count=2, batch=5, seed=0)
    assert order.batches == 1
    assert {draw.index for draw in next(order.batches_from(0))} == {0, 1}


def test_shares_say_how_often_a_sample_is_expected() -> None:
    order = Order(count=4, batch=5, seed=2, repeat=50, shares=(0.5, 0.25, 0.2, 0.05))
    for epoch in range(5):
        counts = Counter(order.epoch(epoch).tolist())
        assert sum(counts.values()) == 200
        assert all(abs(counts[place] - 200 * share) < 1 for place, share in enumerate(order.shares or ()))
    assert list(order.epoch(0)) != list(order.epoch(1))
    assert list(order.epoch(0)) != sorted(order.epoch(0))


def test_with_shares_too_a_late_start_skips() -> None:
    order = Order(count=3, batch=2, seed=5, shares=(0.1, 0.1, 0.8))
    assert list(islice(order.batches_from(6), 8)) == list(islice(order.batches_from(0), 14))[6:]


def test_pictures_are_shared_out_to_the_classes_evenly() -> None:
    """Two pictures of the first class, one of both, one of none: a third each to class, class and none."""
    present = np.array([[True, False], [True, False], [True, True], [False, False]])
    assert class_aware_shares(present).tolist() == pytest.approx([1 / 9, 1 / 9, 1 / 9 + 1 / 3, 1 / 3])
    assert class_aware_shares(present[:3]).tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 6 + 1 / 2])


def test_starting_late_is_skipping() -> None:
    order = Order(count=7, batch=2, seed=5)
    assert list(islice(order.batches_from(6), 8)) == list(islice(order.batches_from(0), 14))[6:]


def test_epochs_and_seeds_differ() -> None:
    first, second = Order(count=30, batch=2, seed=1), Order(count=30, batch=2, seed=2)
    assert list(first.epoch(0)) != list(first.epoch(1))
    assert list(first.epoch(0)) != list(second.epoch(0))


def test_two_processes_with_half_the_batch_see_together_what_one_sees() -> None:
    one, two = Order(count=9, batch=4, seed=1), Order(count=9, batch=2, seed=1, processes=2)
    whole = list(islice(one.batches_from(0), 5))
    parts = [list(islice(two.batches_from(0, process=rank), 5)) for rank in (0, 1)]
    assert whole == [left + right for left, right in zip(*parts, strict=True)]
