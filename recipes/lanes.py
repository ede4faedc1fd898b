"""Classic lanes judged: the numbers of docs/lanes.md.

    export OMP_NUM_THREADS=1
    python -m recipes.lanes                                    # drawn streets of unseen seeds; three minutes
    python -m recipes.lanes --tusimple DATA                    # images/ and instance/ (label maps, a lane a number)
    python -m recipes.lanes --mask DATA                        # photos, and NAME_mask/ beside it, as roadlane
    python -m recipes.lanes --pictures docs/                   # the picture of the page

Drawn streets of 720x1280 pixels, judged by TuSimple's rules at its 48 rows. A truth of masks has no curves for these
rules: there the rows at which a line is within 20 pixels of one that is painted are counted, both ways.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from cyclopts import App
from numpy.typing import NDArray

from perpixel.classical.lane_camera import LaneCameras
from perpixel.classical.lane_curves import clearest_lanes
from perpixel.classical.lanes import straight_lanes
from perpixel.draw.lanes import lanes_over
from perpixel.metrics.lanes_tusimple import TuSimpleScore
from perpixel.pictures import read_picture, write_jpeg
from perpixel.results import Polylines
from perpixel.results.lane_rows import LaneRows, fixed_rows
from perpixel.synthetic import Scene, street

UNSEEN = 100_000
SIZE = (720, 1280)
NEAR = 20.0

app = App(help=__doc__)


@app.default
def main(
    *,
    count: int = 100,
    seed: int = UNSEEN,
    tusimple: Path | None = None,
    mask: Path | None = None,
    pictures: Path | None = None,
) -> None:
    """Judge, and print the numbers as JSON."""
    if pictures is not None:
        write_jpeg(pictures / "lanes.jpg", sheet([street(UNSEEN + n, size=SIZE) for n in (4, 6, 11, 35)]), quality=82)
    elif tusimple is not None:
        print(json.dumps(by_instances(tusimple), indent=2))
    elif mask is not None:
        print(json.dumps(by_masks(mask), indent=2))
    else:
        print(json.dumps(drawn(count, seed), indent=2))


def answers(image: NDArray[np.uint8], scene: Scene) -> dict[str, Polylines]:
    """Straight borders, and curves without and with the camera."""
    found = {"straight": straight_lanes(image)}
    for name, cameras in (
        ("curves, camera guessed", LaneCameras(None)),
        ("curves, camera known", LaneCameras(scene.camera)),
    ):
        curves, view = clearest_lanes(image, cameras.views(image, alone=True))
        found[name] = curves.in_picture(view.camera)
    return found


def drawn(count: int, seed: int) -> dict[str, Any]:
    """TuSimple's numbers on drawn streets, each picture alone; and the errors of what is told in metres."""
    scores: dict[str, TuSimpleScore] = {}
    errors: dict[str, list[float]] = {"offset, m": [], "width, m": [], "curvature, 1/m": []}
    for number in range(seed, seed + count):
        scene = street(number, size=SIZE)
        truth = rows_of(scene.lanes, SIZE)
        for name, lanes in answers(scene.image, scene).items():
            score = scores.setdefault(name, TuSimpleScore())
            score.update(truth=truth, prediction=rows_of(lanes, SIZE), name=str(number))
        measure(scene, errors)
    table = {
        name: {part: value for part, value in score.compute().items() if part != "task"}
        for name, score in scores.items()
    }
    told = {
        name: {"pictures": len(each), "median error": float(np.median(np.abs(each)))} for name, each in errors.items()
    }
    return {"seeds": [seed, seed + count - 1], "lanes": table, "told": told}


def measure(scene: Scene, errors: dict[str, list[float]]) -> None:
    """Where a lane is found and the truth has both of its borders: how wrong offset, width and curvature are."""
    curves, _ = clearest_lanes(scene.image, LaneCameras(scene.camera).views(scene.image, alone=False))
    near = np.array([_at_camera(curve) for curve in scene.lane_curves])
    left, right = near[near > 0], near[near <= 0]
    if curves.lane is None or not len(left) or not len(right):
        return
    offset, width = curves.lane
    errors["offset, m"].append(offset + float(left.min() + right.max()) / 2)
    errors["width, m"].append(width - float(left.min() - right.max()))
    longest = max(scene.lane_curves, key=len)
    longest = longest[longest[:, 0] < 40]
    if len(longest) > 8:
        bend = np.polynomial.Polynomial.fit(*longest.T, deg=3).convert().coef[2]
        errors["curvature, 1/m"].append(curves.curvature - 2 * float(bend))


def _at_camera(curve: NDArray[np.float64]) -> float:
    """Y at X = 0, from the first metres of a line."""
    near = curve[:6]
    slope = (near[-1, 1] - near[0, 1]) / (near[-1, 0] - near[0, 0])
    return float(near[0, 1] - slope * near[0, 0])


def rows_of(lanes: Polylines, size: tuple[int, int]) -> LaneRows:
    """At TuSimple's rows."""
    return LaneRows.of_lines(lanes.lines, fixed_rows(size[0]), size)


def by_instances(folder: Path) -> dict[str, Any]:
    """TuSimple's numbers where the truth is a map of lanes: at each row the middle of each lane's pixels."""
    score, cameras = TuSimpleScore(), LaneCameras(None)
    files = sorted((folder / "images").iterdir())
    for path in files:
        cameras.look(read_picture(path))
    for path in files:
        image, ids = read_picture(path), read_picture(folder / "instance" / f"{path.stem}.png")[..., 0]
        curves, view = clearest_lanes(image, cameras.views(image, alone=True))
        found = rows_of(curves.in_picture(view.camera), image.shape[:2])
        lanes = [_middles(ids == number, found.rows) for number in np.unique(ids[ids > 0])]
        score.update(truth=LaneRows(found.rows, tuple(lanes)), prediction=found, name=path.stem)
    return score.compute()


def _middles(mask: NDArray[np.bool_], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    picked = mask[rows.astype(int)]
    count = picked.sum(axis=1)
    return np.where(count > 0, (picked * np.arange(mask.shape[1])).sum(axis=1) / np.maximum(count, 1), -2.0)


def by_masks(folder: Path) -> dict[str, Any]:
    """Rows of found lines that lie on painted ones, and rows of painted pieces that a line was found on."""
    right = found_rows = hit = there = 0
    pictures = 0
    for image, mask in _masked(folder):
        curves, view = clearest_lanes(image, LaneCameras(None).views(image, alone=True))
        pictures += 1
        near = NEAR * image.shape[1] / 1280
        rows = np.arange(0.0, image.shape[0], 4)
        found = LaneRows.of_lines(curves.in_picture(view.camera).lines, rows, (image.shape[0], image.shape[1]))
        for place, y in enumerate(rows.astype(int).tolist()):
            painted = _pieces(mask[y])
            mine = np.array([lane[place] for lane in found.lanes if lane[place] >= 0])
            away = np.abs(mine[:, None] - painted[None])
            there, hit = there + len(painted), hit + int((away <= near).any(axis=0).sum())
            if mask[y].any():  # where nothing is painted, such as between dashes, a line may be right all the same
                found_rows, right = found_rows + len(mine), right + int((away <= near).any(axis=1).sum())
    precision, recall = right / max(found_rows, 1), hit / max(there, 1)
    return {
        "images": pictures,
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall),
    }


def _masked(folder: Path) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.bool_]]]:
    for path in sorted(folder.iterdir()):
        mask = folder.with_name(f"{folder.name}_mask") / f"{path.stem}.png"
        if mask.exists():
            yield read_picture(path), read_picture(mask)[..., 0] > 0


def _pieces(row: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The middles of the painted pieces of a row."""
    edges = np.flatnonzero(np.diff(np.pad(row.astype(np.int8), 1)))
    return (edges[::2] + edges[1::2] - 1) / 2


def sheet(scenes: list[Scene]) -> NDArray[np.uint8]:
    """Four pictures with their lines."""
    tiles = []
    for scene in scenes:
        curves, view = clearest_lanes(scene.image, LaneCameras(scene.camera).views(scene.image, alone=False))
        drawn = lanes_over(scene.image, curves.in_picture(view.camera))
        tiles.append(np.asarray(cv2.resize(drawn, (640, 360), interpolation=cv2.INTER_AREA), np.uint8))
    return np.vstack([np.hstack(tiles[:2]), np.hstack(tiles[2:])])


if __name__ == "__main__":
    app()
