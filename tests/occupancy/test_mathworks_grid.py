from __future__ import annotations

import numpy as np
import pytest
from drawn import CAMERA, street
from numpy.testing import assert_allclose

from perpixel.occupancy import mathworks_grid, mean_of_samples, occupancy_grid

EXTENT = (0.0, 20.0, -3.0, 3.0)


def test_the_means_are_those_of_twenty_by_twenty_bilinear_samples_a_cell() -> None:
    """The example's loop, sample by sample, from 1 and clipped to the border as it does."""
    view = np.random.default_rng(0).random((85, 26)).astype(np.float32)
    size, scale = (8, 4), 26 / 6
    edges_x, edges_y = np.linspace(0, 20, 8), np.linspace(-3, 3, 4)
    expected = np.zeros(size)
    for i in range(8):
        for j in range(4):
            for a in range(20):
                for b in range(20):
                    x = edges_x[i] + a * edges_x[1] / 19
                    y = edges_y[j] + b * (edges_y[1] - edges_y[0]) / 19
                    row = min(max((20 - x) * scale, 1), 85) - 1
                    column = min(max((3 - y) * scale, 1), 26) - 1
                    r, c = min(int(row), 83), min(int(column), 24)
                    dr, dc = row - r, column - c
                    near = view[r : r + 2, c : c + 2] * np.outer((1 - dr, dr), (1 - dc, dc))
                    expected[i, j] += near.sum() / 400
    assert_allclose(mean_of_samples(view, EXTENT, size), expected, atol=1e-5)


def test_the_example_has_80_by_24_cells_and_calls_the_unseen_occupied() -> None:
    grid = occupancy_grid(street(), CAMERA, extent=EXTENT, compat="mathworks")
    assert grid.probability.shape == (80, 24)
    assert grid.known.all()
    assert (grid.probability[:12] == 1).all()  # the picture's foot is at 4.3 m
    assert (grid.probability[30:70] < 1e-6).all()


def test_what_is_left_is_left() -> None:
    free = np.zeros(CAMERA.size, np.float32)
    free[:, :200] = 1
    grid = mathworks_grid(free, CAMERA, extent=EXTENT)
    assert grid.probability[60, -2] == pytest.approx(0, abs=1e-5)
    assert grid.probability[60, 1] == pytest.approx(1, abs=1e-5)


def test_a_grid_of_one_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="two cells at least"):
        mathworks_grid(np.zeros(CAMERA.size, np.float32), CAMERA, extent=(0.0, 0.2, -3.0, 3.0))
