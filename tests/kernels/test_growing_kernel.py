from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.kernels.growing import grow_seeds


def obvious(
    image: NDArray[np.float32], seeds: NDArray[np.int32], tolerance: float, connectivity: int, follow: bool
) -> NDArray[np.int32]:
    """A list of all that was met; each turn the most similar of it, and of equals the first, is looked for."""
    grown = seeds.copy()
    members = {label: [tuple(place) for place in np.argwhere(seeds == label)] for label in np.unique(seeds[seeds > 0])}
    met: list[tuple[float, tuple[int, int], tuple[int, int]]] = []

    def meet(place: tuple[int, int], origin: tuple[int, int]) -> None:
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                y, x = place[0] + dy, place[1] + dx
                far = abs(dy) + abs(dx)
                if not 0 < far <= (2 if connectivity == 8 else 1):
                    continue
                if 0 <= y < grown.shape[0] and 0 <= x < grown.shape[1] and not grown[y, x]:
                    of = members[grown[origin]] if follow else [origin]
                    like = np.mean([image[each] for each in of], axis=0, dtype=np.float64)
                    distance = float(np.sqrt(((image[y, x] - like) ** 2).sum()))
                    if distance <= tolerance:
                        met.append((distance, (y, x), origin))

    for y, x in np.argwhere(seeds):
        meet((y, x), (y, x))
    while met:
        nearest = min(range(len(met)), key=lambda number: met[number][0])
        _, place, origin = met.pop(nearest)
        if not grown[place]:
            grown[place] = grown[origin]
            members[grown[origin]].append(place)
            meet(place, origin)
    return grown


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 7),
    st.integers(1, 7),
    st.integers(1, 3),
    st.integers(0, 8),
    st.sampled_from([4, 8]),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_the_queue_grows_as_the_obvious_search_does(
    height: int, width: int, channels: int, tolerance: int, connectivity: int, follow: bool, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    image = (generator.random((height, width, channels)) * 16).astype(np.float32)
    if not follow:  # many equal distances: then the order in which pixels were met decides
        image = np.floor(image / 4) * 4
    seeds = np.where(generator.random((height, width)) < 0.15, generator.integers(1, 4, (height, width)), 0)
    seeds = seeds.astype(np.int32)
    expected = obvious(image, seeds, tolerance + 0.25, connectivity, follow)
    grown = grow_seeds(image, seeds, tolerance=tolerance + 0.25, connectivity=connectivity, follow=follow)
    assert np.array_equal(grown, expected)


@pytest.mark.parametrize("connectivity", [4, 8])
def test_one_seed_gets_what_opencv_floods(connectivity: int) -> None:
    image = np.random.default_rng(3).integers(0, 100, (40, 50)).astype(np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 2)
    mask = np.zeros((42, 52), np.uint8)
    cv2.floodFill(image, mask, (25, 20), 0, 8, 8, connectivity | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY)
    seeds = np.zeros((40, 50), np.int32)
    seeds[20, 25] = 7
    grown = grow_seeds(
        image[:, :, None].astype(np.float32), seeds, tolerance=8, connectivity=connectivity, follow=False
    )
    assert np.array_equal(grown > 0, mask[1:-1, 1:-1] > 0)
    assert set(np.unique(grown)) == {0, 7}


def test_no_seeds_give_nothing_and_seeds_stay_as_they_are() -> None:
    image = np.zeros((3, 4, 1), np.float32)
    seeds = np.zeros((3, 4), np.int32)
    assert not grow_seeds(image, seeds, tolerance=5, connectivity=4, follow=False).any()
    seeds[1, 1] = 3
    assert (grow_seeds(image, seeds, tolerance=0, connectivity=4, follow=True) == 3).all()
    assert seeds.sum() == 3
