"""Drawn solids: exact, the same for each seed, and back from their slices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perpixel.classical.marching import surface
from perpixel.cli import run
from perpixel.data import SlicesDataset, open_dataset
from perpixel.metrics import VolumeScore
from perpixel.results import Layers
from perpixel.results.slices import slice_table, slices_of, surfaces_of
from perpixel.synthetic.solids import Shape, crossings, draw_solid, write_solids


def ball(size: int = 48) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Front and back of a ball of radius 0.8 by their formula, and by the renderer's search."""
    line = (np.arange(size) + 0.5) * 2 / size - 1
    square = 0.64 - line[:, None] ** 2 - line[None] ** 2
    half = np.sqrt(np.where(square > 0, square, np.nan))
    front, _ = crossings(Shape(np.full(3, 0.8), 2.0, np.eye(3)), size)
    return -half, half, front


def test_the_front_is_where_the_formula_says() -> None:
    front, _, found = ball()
    both = np.isfinite(front) & np.isfinite(found)
    assert np.abs(front - found)[both].max() < 1e-4
    assert (np.isfinite(front) != np.isfinite(found)).mean() < 0.01  # lines of sight that only touch


@pytest.mark.parametrize("count", [8, 25, 64])
def test_there_and_back_errs_by_half_a_slice_at_most(count: int) -> None:
    front, back, _ = ball()
    slices = slices_of(front, back, count)
    near, far = surfaces_of(slices)
    seen = slices.any(axis=0)
    assert np.abs(near - front)[seen].max() <= 1 / count + 1e-9  # a slice is 2 / count thick
    assert np.abs(far - back)[seen].max() <= 1 / count + 1e-9
    assert np.nanmax((back - front)[~seen], initial=0) <= 2 / count  # what is lost is thinner than a slice
    assert not np.diff(slices.astype(np.int8), axis=0)[:, 24, 24].tolist().count(1) > 1  # inside once


def test_a_seed_draws_the_same_object_and_another_another() -> None:
    one, again, other = draw_solid(4, size=32), draw_solid(4, size=32), draw_solid(5, size=32)
    assert np.array_equal(one.image, again.image)
    assert not np.array_equal(one.image, other.image)
    inside = np.isfinite(one.front)
    assert 0.1 < inside.mean() < 0.8
    assert (one.back[inside] >= one.front[inside]).all()


def test_the_surface_of_a_box_is_closed_and_has_its_volume() -> None:
    slices = np.zeros((6, 12, 12), np.bool_)
    slices[1:5, 2:10, 3:9] = True
    points, faces = surface(slices, thickness=2)
    corners = points[faces]
    volume = abs(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum()) / 6
    assert volume == pytest.approx(4 * 2 * 8 * 6, rel=0.1)  # marching cubes cuts the edges
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    assert len(surface(np.zeros((3, 4, 4), np.bool_), thickness=1)[0]) == 0


def test_volumes_are_compared_as_a_whole() -> None:
    table = slice_table(2)
    truth = Layers(np.array([[[1, 1, 0, 0]], [[1, 0, 0, 0]]], np.bool_), table)
    found = Layers(np.array([[[1, 0, 0, 0]], [[1, 1, 0, 0]]], np.bool_), table)
    score = VolumeScore(table)
    score.update(truth=truth, prediction=found, name="one")
    score.update(truth=truth, prediction=truth, name="two")
    scores = score.compute()
    assert scores["task"] == "slices"
    assert scores["volume_iou"] == pytest.approx((2 / 4 + 1) / 2)


def test_what_is_drawn_is_read_as_slices(tmp_path: Path) -> None:
    write_solids(tmp_path, train=2, val=1, slices=6, size=24)
    dataset = open_dataset(tmp_path, task="slices")
    assert isinstance(dataset, SlicesDataset)
    assert dataset.task == "slices"
    picture, truth = dataset.read(dataset.samples("val")[0])
    drawn = draw_solid(2, size=24)
    assert np.array_equal(picture, drawn.image)
    assert np.array_equal(truth.masks, drawn.layers(6).masks)


def test_the_command_draws_solids(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a"
    arguments = [
        "draw",
        "solids",
        "--count",
        "5",
        "--slices",
        "4",
        "--size",
        "16x16",
        "--val",
        "0.4",
        "--out",
        str(out),
    ]
    assert run(arguments) == 0
    assert "5 pictures of 16x16 (3 train, 2 val)\n4 slices, " in capsys.readouterr().out
    dataset = open_dataset(out, task="slices")
    assert (len(dataset.samples("train")), len(dataset.samples("val")), len(dataset.classes)) == (3, 2, 4)
    assert run([*arguments, "--json"]) == 1  # the folder is taken
    assert "holds other things" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["solids", "--slices", "1"], "expected 2 to 254 slices"),
        (["solids", "--count", "0"], "at least one object"),
        (["solids", "--size", "32x48"], "pictures of solids are square"),
        (["solids", "--size", "2x2"], "sides of 8 to 512"),
        (["solids", "--val", "2"], "from 0 to 1"),
        (["solids", "--frames", "3"], "leave out --frames"),
        (["street", "--slices", "3"], "--slices are of solids"),
    ],
)
def test_solids_that_cannot_be_are_a_usage_error(
    options: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["draw", *options, "--out", str(tmp_path / "a")]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "a").exists()
