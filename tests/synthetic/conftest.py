from __future__ import annotations

import pytest

from perpixel.synthetic import Scene, street


@pytest.fixture(scope="session")
def scenes() -> list[Scene]:
    return [street(seed, size=(240, 320)) for seed in range(20)]
