from __future__ import annotations

import numpy as np
import pytest

from perpixel.kernels.value_counts import value_counts


@pytest.mark.parametrize("shape", [(0,), (1,), (3,), (4,), (7, 5), (64, 33)])
def test_counts_are_those_of_bincount(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert value_counts(values).tolist() == np.bincount(values.ravel(), minlength=256).tolist()
    assert value_counts(values[::-1]).tolist() == value_counts(values).tolist()


def test_other_types_are_refused() -> None:
    with pytest.raises(TypeError, match="expected uint8"):
        value_counts(np.zeros(3, np.uint16))
