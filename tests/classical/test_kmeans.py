from __future__ import annotations

import numpy as np
import pytest

from perpixel.classical.kmeans import kmeans


@pytest.mark.parametrize("seed", range(5))
def test_two_groups_of_a_picture_of_two_colors_are_exact(seed: int) -> None:
    truth = np.random.default_rng(7).integers(0, 2, (20, 30))
    truth[0, 0] = 0
    image = np.array([[200, 30, 30], [30, 30, 200]], np.uint8)[truth]
    assert np.array_equal(kmeans(image, clusters=2, seed=seed), truth)


def test_there_are_never_more_groups_than_colors() -> None:
    image = np.array([[200, 30, 30], [30, 30, 200], [90, 90, 90]], np.uint8)[np.arange(600).reshape(20, 30) % 3]
    assert np.array_equal(kmeans(image, clusters=8), np.arange(600).reshape(20, 30) % 3)
    assert kmeans(image[:1, :2], clusters=8).tolist() == [[0, 1]]


def test_the_same_seed_gives_the_same_groups_whatever_was_drawn_before() -> None:
    image = np.random.default_rng(0).integers(0, 256, (30, 40, 3)).astype(np.uint8)
    first = kmeans(image, clusters=6, seed=3)
    kmeans(image, clusters=5, seed=8)
    assert np.array_equal(kmeans(image, clusters=6, seed=3), first)


def test_a_group_is_a_color_and_may_lie_in_pieces_unless_position_counts() -> None:
    image = np.full((20, 60, 3), 120, np.uint8)
    image[:, :20], image[:, 40:] = 60, 60
    apart = kmeans(image, clusters=2)
    assert apart[0, 0] == apart[0, 59] != apart[0, 30]
    placed = kmeans(image, clusters=3, position=1)
    assert len({int(placed[10, x]) for x in (5, 30, 55)}) == 3


def test_texture_separates_stripes_of_one_mean_by_their_direction() -> None:
    image = np.full((48, 96), 128, np.uint8)
    rows, columns = np.mgrid[:48, :48]
    image[:, :48] += (np.sin(rows * np.pi / 4) * 40).astype(np.int8).view(np.uint8)
    image[:, 48:] += (np.sin(columns * np.pi / 4) * 40).astype(np.int8).view(np.uint8)
    truth = np.repeat([[0] * 48 + [1] * 48], 48, axis=0)
    by_texture = kmeans(image, clusters=2, texture=20)
    assert max((by_texture == truth).mean(), (by_texture != truth).mean()) > 0.95
    by_color = kmeans(image, clusters=2)
    assert max((by_color == truth).mean(), (by_color != truth).mean()) < 0.6
