"""Things of a large picture, found in tiles and joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_graph import shades_spec, write_shades

from perpixel.classes import ClassTable, SegmentClass
from perpixel.predict import Predictor
from perpixel.predict.averaging import can_flip, mean_of_things
from perpixel.predict.tiles import windows
from perpixel.spec import Geometry, ModelSpec, OutputSpec
from perpixel.tasks import InstanceTask, task_for

CELLS = ClassTable((SegmentClass("cell", (255, 0, 0), thing=True),))
GROUND = ClassTable((SegmentClass("ground", (0, 0, 0)), *CELLS))
OUTPUTS = (OutputSpec("logits", 1), OutputSpec("centers", 1, "centers"), OutputSpec("offsets", 1, "offsets"))


class Seeing:
    """A network that sees white as cells, and the center of each from what it is given of it."""

    sizes: list[tuple[int, int]]

    def __init__(self) -> None:
        self.sizes = []

    def run(self, graph: str, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        white = inputs["image"][0, :, :, 0] > 127
        self.sizes.append(white.shape)
        count, pieces, _, places = cv2.connectedComponentsWithStats(white.view(np.uint8), connectivity=4)
        centers, offsets = np.zeros((1, 1, *white.shape), np.float32), np.zeros((1, 2, *white.shape), np.float32)
        grid: NDArray[Any] = np.indices(white.shape)
        rows, columns = grid
        for number in range(1, count):
            column, row = np.rint(places[number]).astype(int)
            centers[0, 0, row, column] = 1
            inside = pieces == number
            offsets[0, 0, inside], offsets[0, 1, inside] = row - rows[inside], column - columns[inside]
        logits = np.where(white, [[[-9]], [[9]]], [[[9]], [[-9]]]).astype(np.float32)[None]
        return {"logits": logits, "centers": centers, "offsets": offsets}


def predictor(tmp_path: Path, spec: ModelSpec, **options: Any) -> tuple[Predictor, Seeing]:
    made, engine = Predictor(write_shades(tmp_path / "things.onnx", spec, centers=(0.1, 0.9)), **options), Seeing()
    made._engines = (engine,)
    return made, engine


def spec_of(task: str) -> ModelSpec:
    classes = GROUND if task == "panoptic" else CELLS
    return replace(shades_spec(), task=task, classes=classes, outputs=OUTPUTS, geometry=Geometry(8, 8))


def cells() -> NDArray[np.uint8]:
    """Discs in rows and columns, and a bar over half of the picture's width."""
    image = np.zeros((130, 170, 3), np.uint8)
    for row in range(14, 130, 24):
        for column in range(14, 170, 24):
            cv2.circle(image, (column, row), 9, (255, 255, 255), -1)
    image[50:74] = 0
    image[58:66, 20:110] = 255
    return image


@pytest.mark.parametrize("task", ["instance", "panoptic"])
def test_things_of_tiles_are_those_of_the_whole_picture(tmp_path: Path, task: str) -> None:
    image = cells()
    whole, _ = predictor(tmp_path, spec_of(task))
    parts, engine = predictor(tmp_path, spec_of(task), tile=64)
    expected, found = whole(image), parts(image)
    assert len(engine.sizes) == 12
    assert max(map(max, engine.sizes)) == 64
    assert len(found) == len(expected) > 25
    pairs = np.unique(np.stack([expected.ids.ravel(), found.ids.ravel()]), axis=1)
    assert pairs.shape[1] == len(np.unique(expected.ids))  # one to one: the same things by other numbers
    assert found.labels.tolist().count(0) == expected.labels.tolist().count(0)


def test_a_picture_within_a_tile_is_answered_whole(tmp_path: Path) -> None:
    made, engine = predictor(tmp_path, spec_of("instance"), tile=176)
    made(cells())
    assert engine.sizes == [(130, 170)]


def test_windows_cover_the_picture_and_overlap_by_a_quarter() -> None:
    found = windows((64, 112), 64, Geometry(8, 8))
    assert [(window.corner, window.size) for window in found] == [((0, 0), (64, 64)), ((0, 48), (64, 64))]


@pytest.mark.parametrize("task", ["instance", "panoptic"])
@pytest.mark.parametrize("tile", [None, 64])
def test_with_the_mirror_the_things_are_the_same(tmp_path: Path, task: str, tile: int | None) -> None:
    """The network says the same of a mirrored picture, so that the mean is what it says of the picture."""
    image = cells()
    alone, _ = predictor(tmp_path, spec_of(task), tile=tile)
    both, engine = predictor(tmp_path, spec_of(task), tile=tile, flip=True)
    expected, found = alone(image), both(image)
    assert len(engine.sizes) == (2 if tile is None else 24)
    pairs = np.unique(np.stack([expected.ids.ravel(), found.ids.ravel()]), axis=1)
    assert pairs.shape[1] == len(np.unique(expected.ids)) > 25


def test_what_points_right_in_the_mirror_points_left(tmp_path: Path) -> None:
    outputs = {
        "logits": np.log(np.array([[[[0.9, 0.5]], [[0.1, 0.5]]]], np.float32)),
        "centers": np.array([[[[1.0, 0.0]]]], np.float32),
        "offsets": np.array([[[[2.0, 0.0]], [[4.0, 0.0]]]], np.float32),
    }
    mirror = {name: values[..., ::-1] * 1.0 for name, values in outputs.items()}
    mirror["logits"] = np.log(np.array([[[[0.5, 0.5]], [[0.5, 0.5]]]], np.float32))
    mean = mean_of_things(outputs, mirror, replace(spec_of("panoptic"), geometry=Geometry(1, 1)), 2)
    assert np.exp(mean["logits"][0, :, 0, 0]) == pytest.approx([0.7, 0.3])
    assert mean["centers"].ravel().tolist() == [1, 0]
    assert mean["offsets"][0, :, 0, 0].tolist() == [2, 0]  # 4 to the right here, and 4 to the right there


def test_a_model_with_a_second_stage_is_not_averaged(tmp_path: Path) -> None:
    spec = replace(spec_of("instance"), outputs=(*OUTPUTS[:2], OutputSpec("offsets", 1, "features")))
    assert not can_flip(replace(spec, outputs=(OUTPUTS[0], OutputSpec("p2", 4, "features"))))
    assert can_flip(spec)


def test_a_model_says_from_which_score_and_size_on_a_thing_counts(tmp_path: Path) -> None:
    task = task_for(replace(spec_of("instance"), thresholds={"cell": 0.45}, least_areas={"cell": 30}))
    assert isinstance(task, InstanceTask)
    assert (task.least_shown, task.grouping.least_area) == (0.45, 30)
    usual = task_for(spec_of("instance"))
    assert isinstance(usual, InstanceTask)
    assert (usual.least_shown, usual.grouping.least_area) == (0.3, 0)
