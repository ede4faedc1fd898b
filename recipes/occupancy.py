"""How right occupancy grids are, on drawn streets: the numbers of docs/occupancy.md.

    python -m recipes.occupancy geometry                  # with the true labels: the geometry alone
    python -m recipes.occupancy model --model street      # with a model
    python -m recipes.occupancy fusion                    # along drives, one look beside all of them
    python -m recipes.occupancy picture out.jpg           # what the command shows of a drawn street

The streets' seeds begin at 100100: no model has seen them, nor who chose the defaults. A cell is judged where the grid
knows it; it is said to be free where it is more probably free than not, and truly free where the street's truth has
road without anything on it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from cyclopts import App
from numpy.typing import NDArray

from perpixel.occupancy import Fusion, free_space, occupancy_grid, polar_grid
from perpixel.occupancy.sheet import occupancy_sheet
from perpixel.pictures import write_jpeg
from perpixel.predict import Predictor
from perpixel.results import LabelMap, OccupancyGrid
from perpixel.synthetic import OCCUPIED, Scene, drive, street

FIRST = 100100
RANGES = (0, 5, 10, 15, 20, 30, 40)

app = App(help=__doc__)


@dataclass
class Counts:
    """Cells by truth and answer."""

    both: int = 0
    false_free: int = 0
    missed: int = 0
    hit_free: int = 0
    neither: int = 0
    cells: int = 0
    squares: float = 0.0

    def add(self, grid: OccupancyGrid, free: NDArray[np.bool_], taken: NDArray[np.bool_], where: Any) -> None:
        """Count the cells of `where` that the grid knows."""
        self.cells += int(where.sum())
        judged = where & grid.known
        chance, free, taken = grid.probability[judged], free[judged], taken[judged]
        said = chance < 0.5
        self.both += int((said & free).sum())
        self.false_free += int((said & ~free).sum())
        self.hit_free += int((said & taken).sum())
        self.missed += int((~said & free).sum())
        self.neither += int((~said & ~free).sum())
        self.squares += float(((chance - ~free) ** 2).sum())

    def numbers(self) -> dict[str, float]:
        """Shares; `false_free` of all judged cells, then of those that are not free, then those with a thing on."""
        judged = self.both + self.false_free + self.missed + self.neither
        found = {
            "iou": self.both / max(self.both + self.false_free + self.missed, 1),
            "false_free": self.false_free / max(judged, 1),
            "false_free_of_not_free": self.false_free / max(self.false_free + self.neither, 1),
            "false_free_on_things": self.hit_free / max(judged, 1),
            "brier": self.squares / max(judged, 1),
            "known": judged / max(self.cells, 1),
        }
        return {name: round(value, 4) for name, value in found.items()}


@dataclass
class Table:
    """Counts by range, and out to 20 m; of the free cells that the picture shows there, how many are found."""

    near: Counts = field(default_factory=Counts)
    shown: int = 0
    found: int = 0
    rings: dict[tuple[int, int], Counts] = field(default_factory=lambda: {ring: Counts() for ring in pairwise(RANGES)})

    def add(self, grid: OccupancyGrid, scene: Scene) -> None:
        """Judge a grid of the extent of the scene's truth."""
        free, taken = scene.occupancy.free, scene.occupancy.cells == OCCUPIED
        away = np.hypot(*np.moveaxis(grid.centers(), -1, 0))
        self.near.add(grid, free, taken, away < 20)
        shown = free & (away < 20) & shows_road(scene)
        self.shown += int(shown.sum())
        self.found += int((shown & (grid.probability < 0.5)).sum())
        for (low, high), counts in self.rings.items():
            counts.add(grid, free, taken, (away >= low) & (away < high))

    def show(self, **facts: Any) -> None:
        """Print as JSON."""
        rings = {f"{low} to {high} m": counts.numbers() for (low, high), counts in self.rings.items()}
        near = {**self.near.numbers(), "shown_and_found": round(self.found / max(self.shown, 1), 4)}
        print(json.dumps({**facts, "out to 20 m": near, **rings}, indent=2))


def grid_of(scene: Scene, labels: LabelMap) -> OccupancyGrid:
    """With all defaults, in the extent and cells of the truth."""
    return occupancy_grid(free_space(labels), scene.camera, extent=scene.occupancy.extent, cell=scene.occupancy.cell)


def shows_road(scene: Scene) -> NDArray[np.bool_]:
    """Whether the picture shows road at the center of each cell of the truth."""
    centers = scene.occupancy.centers()
    pixels, _ = scene.camera.project(np.concatenate([centers, np.zeros_like(centers[..., :1])], axis=-1))
    columns, rows = np.moveaxis(np.rint(np.nan_to_num(pixels, nan=-1.0)).astype(np.intp), -1, 0)
    height, width = scene.labels.size
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    road = scene.labels.mask("road")[np.where(inside, rows, 0), np.where(inside, columns, 0)]
    return np.asarray(inside & road)


def scenes(count: int) -> Iterator[Scene]:
    for seed in range(FIRST, FIRST + count):
        yield street(seed)


def judge(count: int, labels: Callable[[Scene], LabelMap]) -> Table:
    table = Table()
    for scene in scenes(count):
        table.add(grid_of(scene, labels(scene)), scene)
    return table


@app.command
def geometry(*, count: int = 50) -> None:
    """With the true labels."""
    judge(count, lambda scene: scene.labels).show(labels="true", scenes=count)


@app.command
def model(*, model: str = "street", count: int = 50) -> None:
    """With a model's labels and confidence."""
    predictor = Predictor(model)
    judge(count, lambda scene: predictor(scene.image)).show(labels=model, scenes=count)


@app.command
def fusion(*, count: int = 6, frames: int = 20, fps: float = 5.0) -> None:
    """Along drives: the last frame's own grid, and what all frames together say of the same ground.

    Judged are cells whose truth stays the same all along; then all cells, where traffic has moved on.
    """
    found = {name: Counts() for name in ("one look", "all looks", "one look, with traffic", "all looks, with traffic")}
    for seed in range(FIRST, FIRST + count):
        looks = [(grid_of(scene, scene.labels), scene) for scene in drive(seed, frames=frames, fps=fps)]
        places = np.array([scene.pose[:2, 3] for _, scene in looks])
        low, high = places.min(axis=0) - 45, places.max(axis=0) + 45
        fused = Fusion((float(low[0]), float(high[0]), float(low[1]), float(high[1])))
        for grid, scene in looks:
            fused.add(grid, scene.pose)
        grid, last = looks[-1]
        world = grid.centers() @ last.pose[:2, :2].T + last.pose[:2, 3]
        together = OccupancyGrid(fused.grid.at(world), grid.extent, grid.cell)
        free, taken = last.occupancy.free, last.occupancy.cells == OCCUPIED
        near = np.hypot(*np.moveaxis(grid.centers(), -1, 0)) < 20
        still = near & np.all([unchanged(free, world, scene) for _, scene in looks[:-1]], axis=0)
        found["one look"].add(grid, free, taken, still)
        found["all looks"].add(together, free, taken, still)
        found["one look, with traffic"].add(grid, free, taken, near)
        found["all looks, with traffic"].add(together, free, taken, near)
    facts = {"labels": "true", "drives": count, "frames": frames, "fps": fps}
    print(json.dumps({**facts, **{name: counts.numbers() for name, counts in found.items()}}, indent=2))


def unchanged(free: NDArray[np.bool_], world: NDArray[np.float64], scene: Scene) -> NDArray[np.bool_]:
    """Whether the truth of another frame says the same of each place, or does not reach there."""
    truth = OccupancyGrid(scene.occupancy.free.astype(np.float32), scene.occupancy.extent, scene.occupancy.cell)
    other = truth.at((world - scene.pose[:2, 3]) @ scene.pose[:2, :2])
    return np.asarray(np.isnan(other) | (other == free))


@app.command
def picture(out: Path, *, seed: int = 100006, model: str = "street") -> None:
    """The sheet that the command writes, of a drawn street."""
    scene = street(seed, size=(720, 960))
    space = free_space(Predictor(model)(scene.image))
    polar = polar_grid(space, scene.camera)
    grid = occupancy_grid(space, scene.camera, polar=polar)
    write_jpeg(out, occupancy_sheet(scene.image, space, scene.camera, grid, polar), quality=88)


if __name__ == "__main__":
    app()
