from __future__ import annotations

import numpy as np
import pytest

from perpixel.kernels.likeness import unexplained


def test_a_picture_explains_itself_and_its_brighter_self() -> None:
    first = np.random.default_rng(0).uniform(0, 100, (64, 64)).astype(np.float32)
    for second in (first, first * 1.5, first + 20):
        mean, worst = unexplained(first, second, window=4, bright=228)
        assert mean < 1  # the curve is level before the first step's mean and after the last one's
        assert worst < 2


def test_a_spot_is_left_where_it_is_and_averaged_over_the_window() -> None:
    first = np.full((64, 64), 50, np.float32)
    second = first.copy()
    second[10:14, 20:24] = 90
    mean, worst = unexplained(first, second, window=4, bright=228)
    level = 50 + 40 * 16 / 4096
    assert worst == pytest.approx(90 - level, abs=1e-3)
    assert mean == pytest.approx(np.sqrt(np.square(second - level).mean()), abs=1e-3)


def test_bright_pixels_are_not_judged_unless_nearly_all_are_bright() -> None:
    first = np.full((64, 64), 50, np.float32)
    second = first.copy()
    second[:8, :8] = 250
    assert unexplained(first, second, window=4, bright=228)[1] < 5
    assert unexplained(first + 190, second, window=4, bright=228)[1] > 100


def test_wrong_input_is_refused() -> None:
    small = np.zeros((8, 8), np.float32)
    with pytest.raises(ValueError, match="shapes"):
        unexplained(small, np.zeros((8, 9), np.float32), window=4, bright=228)
    with pytest.raises(ValueError, match="brightness"):
        unexplained(small + 300, small, window=4, bright=228)
