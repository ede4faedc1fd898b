from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from perpixel.metrics import confusion, semantic


@pytest.mark.parametrize("module", [confusion, semantic])
def test_examples_in_docstrings_run(module: ModuleType) -> None:
    assert doctest.testmod(module).attempted > 0
    assert doctest.testmod(module).failed == 0
