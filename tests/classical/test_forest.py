from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classical.filter_bank import color_and_shape, oriented_energy
from perpixel.classical.forest import forest


def two_textures() -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Left smooth, right checkered, of one mean."""
    truth = np.repeat([[3] * 32 + [8] * 32], 48, axis=0).astype(np.int32)
    rows, columns = np.mgrid[:48, :64]
    checks = np.where((rows // 2 + columns // 2) % 2, 150, 106)
    noise = np.random.default_rng(0).integers(-4, 5, truth.shape)
    return (np.where(truth == 3, 128, checks) + noise).astype(np.uint8), truth


def test_a_few_strokes_teach_textures_of_one_brightness() -> None:
    pytest.importorskip("sklearn")
    image, truth = two_textures()
    strokes = np.zeros(truth.shape, np.uint8)
    strokes[10:14, 4:28], strokes[30:34, 36:60] = 3, 8
    found = forest(image, strokes=strokes, trees=15)
    assert np.array_equal(np.unique(found), [3, 8])
    assert (found == truth).mean() > 0.95
    assert np.array_equal(forest(image, strokes=strokes, trees=15), found)


def test_many_parts_are_classified_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    image, truth = two_textures()
    strokes = np.where(np.arange(48)[:, None] % 8 == 0, truth, 0)
    whole = forest(image, strokes=strokes, trees=5)
    monkeypatch.setattr("perpixel.classical.forest.PART", 1000)
    assert np.array_equal(forest(image, strokes=strokes, trees=5), whole)


def test_the_filters_see_no_even_brightness_and_their_own_direction_most() -> None:
    rows = np.mgrid[:64, :64][0]
    assert np.abs(oriented_energy(np.full((20, 20), 80, np.float32), scales=(1, 2))).max() < 1e-4
    stripes = (50 + 30 * np.sin(rows * 2 * np.pi / 8)).astype(np.float32)  # vary along columns of the array
    energies = oriented_energy(stripes, scales=(2,))[32, 32]
    assert energies.argmax() == 2  # a quarter turn from the first, which sees changes along x
    assert energies[2] > 4 * energies[0]


def test_shapes_are_measured_in_their_units() -> None:
    _rows, columns = np.mgrid[:64, :64].astype(np.float32)
    ramp = color_and_shape((3 * columns)[:, :, None], scales=(2,))[32, 32]
    assert ramp == pytest.approx([96, 96, 6, 0, 0], abs=0.05)  # itself, blurred, slope 3 times the scale, no curve
    bowl = color_and_shape(((columns - 32) ** 2 / 2)[:, :, None], scales=(2,))[32, 32]
    assert bowl[2:] == pytest.approx([0, 4, 0], abs=0.1)  # a second derivative of 1, times the scale squared
