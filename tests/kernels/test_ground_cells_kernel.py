from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from perpixel.camera import Camera
from perpixel.kernels.ground_cells import cell_sums

LEVEL = Camera((100, 100), (49.5, 20.0), (60, 100), height=1.0)
TURNED = Camera((60, 70), (30.0, 20.0), (40, 60), height=1.3, pitch=0.15, roll=0.2, yaw=-0.3)


def sampled(
    values: NDArray[np.float32],
    camera: Camera,
    *,
    corner: tuple[float, float],
    cell: float,
    size: tuple[int, int],
    fine: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums and areas by looking up the pixel of fine x fine points in each cell."""
    steps = (np.arange(fine) + 0.5) / fine * cell
    sums, areas = np.zeros(size), np.zeros(size)
    for i in range(size[0]):
        for j in range(size[1]):
            x, y = np.meshgrid(corner[0] + i * cell + steps, corner[1] + j * cell + steps)
            points = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
            pixels, seen = camera.project(points)
            places = np.floor(pixels[seen] + 0.5).astype(int)
            inside = ((places >= 0) & (places < (values.shape[1], values.shape[0]))).all(axis=1)
            places = places[inside]
            sums[i, j] = values[places[:, 1], places[:, 0]].sum() * (cell / fine) ** 2
            areas[i, j] = len(places) * (cell / fine) ** 2
    return sums, areas


def test_rows_of_pixels_are_stripes_of_the_ground_worked_by_hand() -> None:
    # Row v shows X from 100 / (v + 0.5 - 20) to 100 / (v - 0.5 - 20): rows 40, 39, 38 of the cell from 5 to 5.5 m.
    values = np.zeros(LEVEL.size, np.float32)
    values[40], values[39], values[38] = 0.2, 0.5, 1.0
    sums, areas = cell_sums(
        values, np.ones(LEVEL.size, np.bool_), LEVEL.homography, corner=(5.0, -0.25), cell=0.5, size=(1, 1)
    )
    edges = [100 / 19.5, 100 / 18.5]  # 5.128, 5.405
    by_hand = 0.5 * (0.2 * (edges[0] - 5) + 0.5 * (edges[1] - edges[0]) + 1.0 * (5.5 - edges[1]))
    assert sums[0, 0] == pytest.approx(by_hand, abs=1e-8)
    assert areas[0, 0] == pytest.approx(0.25, abs=1e-12)


@pytest.mark.parametrize("camera", [LEVEL, TURNED])
def test_integrals_are_what_ever_finer_samples_come_to(camera: Camera) -> None:
    values = np.random.default_rng(0).random(camera.size).astype(np.float32)
    place = {"corner": (0.0, -2.0), "cell": 0.8, "size": (9, 5)}
    sums, areas = cell_sums(values, np.ones(camera.size, np.bool_), camera.homography, **place)  # type: ignore[arg-type]
    slow_sums, slow_areas = sampled(values, camera, **place, fine=150)  # type: ignore[arg-type]
    assert_allclose(areas, slow_areas, atol=6e-3)
    assert_allclose(sums, slow_sums, atol=6e-3)
    assert 0 < np.count_nonzero(areas) < areas.size


def test_all_that_is_seen_adds_up_to_the_cell_and_no_more() -> None:
    ones = np.ones(TURNED.size, np.float32)
    sums, areas = cell_sums(
        ones, np.ones(TURNED.size, np.bool_), TURNED.homography, corner=(0.0, -10.0), cell=0.25, size=(80, 80)
    )
    assert areas.max() == pytest.approx(0.0625, abs=1e-12)
    assert_allclose(sums, areas, atol=1e-12)


def test_pixels_that_are_not_judged_count_neither_way() -> None:
    judged = np.ones(LEVEL.size, np.bool_)
    judged[:, 50:] = False
    sums, areas = cell_sums(
        np.ones(LEVEL.size, np.float32), judged, LEVEL.homography, corner=(5.0, -0.5), cell=0.5, size=(1, 2)
    )
    assert_allclose(areas, [[0, 0.25]], atol=1e-12)  # the right half of the picture is the negative half of Y
    assert_allclose(sums, areas, atol=1e-12)


def test_ground_behind_the_camera_is_not_seen() -> None:
    ones, judged = np.ones(LEVEL.size, np.float32), np.ones(LEVEL.size, np.bool_)
    _, areas = cell_sums(ones, judged, LEVEL.homography, corner=(-20.0, -5.0), cell=1.0, size=(20, 10))
    assert not areas.any()
