from __future__ import annotations

import numpy as np
import pytest

from perpixel.kernels.photometric import add_noise


def noise_by_hand(count: int, deviation: float, seed: int) -> np.ndarray:
    """SplitMix64 with Python's whole numbers, its four parts added up."""
    values, state, most = [], seed, 2**64
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) % most
        bits = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) % most
        bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) % most
        bits ^= bits >> 31
        total = sum((bits >> shift) & 0xFFFF for shift in (0, 16, 32, 48))
        values.append(deviation * (total - 131070) / np.sqrt(4 * (65536**2 - 1) / 12))
    return np.array(values)


@pytest.mark.parametrize("seed", [0, 1, 2**63 - 1])
def test_noise_is_the_hash_of_a_counter(seed: int) -> None:
    noise = np.zeros(50, np.float64)
    add_noise(noise, 3.0, seed, 0.0)
    np.testing.assert_allclose(noise, noise_by_hand(50, 3.0, seed), rtol=1e-12)


@pytest.mark.parametrize(("dtype", "limit"), [(np.uint8, 255), (np.uint16, 65535)])
def test_integers_are_rounded_and_clipped_to_their_limit(dtype: type, limit: int) -> None:
    before = np.random.default_rng(0).integers(0, limit, 400).astype(dtype)
    after = before.copy()
    add_noise(after, limit / 5, 9, float(limit))
    np.testing.assert_array_equal(after, np.clip(np.floor(before + noise_by_hand(400, limit / 5, 9) + 0.5), 0, limit))


def test_noise_is_near_enough_to_a_gaussian() -> None:
    noise = np.zeros(200_000)
    add_noise(noise, 1.0, 12345, 0.0)
    assert abs(noise.mean()) < 0.01
    assert abs(noise.std() - 1) < 0.01
    assert abs(np.mean(np.abs(noise) < 1) - 0.6827) < 0.02
    assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 0.01
