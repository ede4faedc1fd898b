from __future__ import annotations

import numpy as np

from perpixel.kernels.lane_votes import alignment


def test_votes_are_the_squared_weights_of_neighboring_cells() -> None:
    generator = np.random.default_rng(0)
    x, y, weights = generator.random((3, 40)) * [[40], [8], [1]] + [[0], [-4], [0]]
    headings, bends = np.array([-0.1, 0.0, 0.05]), np.array([-0.002, 0.0, 0.004])
    found = alignment(x, y, weights, headings, bends, reach=4, cell=0.5)
    for i, heading in enumerate(headings):
        for j, bend in enumerate(bends):
            counts = np.zeros(17)
            for a, b, weight in zip(x, y, weights, strict=True):
                cell = int(np.floor((b - heading * a - bend * a**2 + 4) / 0.5))
                if 0 <= cell < 16:
                    counts[cell] += weight
            np.testing.assert_allclose(found[i, j], sum((counts[k] + counts[k + 1]) ** 2 for k in range(16)))


def test_points_on_one_bend_gather_there() -> None:
    x = np.linspace(4, 40, 30)
    headings, bends = np.linspace(-0.1, 0.1, 21), np.linspace(-0.01, 0.01, 41)
    y = 1.5 + headings[12] * x + bends[26] * x**2
    votes = alignment(x, y, np.ones(30), headings, bends, reach=5, cell=0.1)
    assert np.unravel_index(votes.argmax(), votes.shape) == (12, 26)
    assert alignment(x[:0], y[:0], x[:0], headings, bends, reach=5, cell=0.1).max() == 0
