"""`perpixel occupancy`: where one may drive, from pictures or a video and their camera."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from perpixel.commands.arguments import comma_separated
from perpixel.commands.each_picture import each_picture
from perpixel.commands.each_video import place_of
from perpixel.commands.terms import say_terms

if TYPE_CHECKING:
    from perpixel.camera import Extent
    from perpixel.occupancy import Costmap, PolarGrid, Vehicle
    from perpixel.predict import Frame
    from perpixel.results import OccupancyGrid

ENDINGS = (".occupancy.jpg", ".grid.npz", ".grid.png", ".grid.geojson", ".map.yaml", ".map.pgm")


def occupancy(
    *sources: Path,
    camera: Path,
    out: Path = Path("out"),
    model: str = "street",
    extent: str = "0,40,-10,10",
    cell: float = 0.25,
    free: str | None = None,
    flat: str | None = None,
    vehicle: str = "4.7x1.8",
    compat: Literal["mathworks"] | None = None,
    each_frame: bool = False,
    commercial_only: bool = False,
    threads: int | None = None,
    json: bool = False,
) -> int:
    """Find where one may drive, as a grid in metres.

    Writes for each picture `NAME.occupancy.jpg`, the photo, the ground from above and the grid beside each other; the
    grid as `NAME.grid.npz`, as `NAME.grid.png` (forward up; 0 is free, 254 occupied, 255 unknown), as `NAME.map.yaml`
    with `NAME.map.pgm` for ROS, and as `NAME.grid.geojson`; and for all of them `occupancy.json`. What the picture does
    not show, and what lies behind something, is unknown. The ground is taken to be flat. A file that cannot be read is
    reported and skipped; the exit code is then 1.

    A video becomes `NAME.occupancy.mp4`, and in `occupancy.json` a row for each frame. Frames stand alone: they are
    fused only where the poses of the camera are known (`perpixel.occupancy.Fusion`).

    Example: `perpixel occupancy photos/ drive.mp4 --camera camera.yaml --out out/`

    Args:
        sources: pictures, videos, and folders of them.
        camera: a YAML file with image_size (height, width), focal_length and principal_point (pixels), height (metres
            over the ground) and where they are not 0 pitch, roll, yaw (radians), radial_distortion and
            tangential_distortion; or a folder with NAME.yaml or NAME.json for each picture and video.
        out: the folder of the answers.
        model: an embedded model's name, a run, a checkpoint folder, or an ONNX file that perpixel wrote; several,
            separated by commas, are averaged.
        extent: X from, X to (forward), Y from, Y to (left) of the camera, metres; written with =, as
            --extent=-5,30,-10,10, where the first is negative.
        cell: side of a cell, metres.
        free: classes on which one may drive, separated by commas; by default road.
        flat: other flat classes, over which one sees; by default pavement, sidewalk, terrain and the like.
        vehicle: LENGTHxWIDTH in metres, for how far the way ahead is clear.
        compat: mathworks gives the numbers of its example, where all that is not seen is occupied.
        each_frame: also write for each frame of a video what is written for a picture, as `NAME/000000.grid.npz` and
            so on.
        commercial_only: refuse a model whose terms do not allow commercial use.
        threads: of the network's runtime; by default all.
        json: print what `occupancy.json` holds.
    """
    area, car = _extent(extent), _vehicle(vehicle)
    names = {"free": free and comma_separated(free), "flat": flat and comma_separated(flat)}
    from json import dumps

    from perpixel.camera import grid_size
    from perpixel.commands.cameras import cameras_of
    from perpixel.files import atomic_write
    from perpixel.occupancy import Costmap, free_space, occupancy_grid, polar_grid
    from perpixel.occupancy.free_space import kinds_of
    from perpixel.occupancy.sheet import occupancy_sheet
    from perpixel.predict import Predictor

    grid_size(area, cell)
    cameras = cameras_of(camera)
    predictor = Predictor(comma_separated(model), threads=threads, commercial_only=commercial_only)
    if predictor.spec.task != "semantic":
        raise ValueError(f"{predictor.spec.name} is for the task {predictor.spec.task}; take a semantic model")
    kinds_of(predictor.classes, **names)  # a class that is not there is told before any picture
    say_terms(predictor)

    def mapped(image: Any, name: Path) -> _Mapped:
        ours = cameras(name, image.shape[:2])
        space = free_space(predictor(image), **names)
        polar = polar_grid(space, ours)
        grid = occupancy_grid(space, ours, extent=area, cell=cell, polar=polar, compat=compat)
        sheet = occupancy_sheet(image, space, ours, grid, polar)
        return _Mapped(grid, polar, sheet, _facts(Costmap(grid, car), polar))

    def work(image: Any, place: Path) -> dict[str, Any]:
        found = mapped(image, place.relative_to(out))
        found.write(place)
        return found.facts

    done = each_picture(
        sources,
        work,
        out=out,
        endings=ENDINGS,
        doing="mapping",
        sees=lambda image: None,
        film=lambda: _Film(mapped, out, each_frame),
        video_ending=".occupancy.mp4",
        each_frame=each_frame,
    )
    settings = {"model": predictor.spec.name, "extent": list(area), "cell": cell}
    result = {"task": "occupancy", **settings, **done.to_dict()}
    text = dumps(result, indent=2) + "\n"
    if done.rows or done.videos:
        atomic_write(out / "occupancy.json", text.encode())
    if json:
        sys.stdout.write(text)
        return done.code
    for row in done.rows:
        sys.stdout.write(_line(row) + "\n")
    sys.stdout.write(f"{done.videos_told}{done.count('mapped')}: {out}\n")
    return done.code


@dataclass(frozen=True)
class _Mapped:
    """What was found of one picture."""

    grid: OccupancyGrid
    polar: PolarGrid
    sheet: Any
    facts: dict[str, Any]

    def write(self, place: Path) -> None:
        from perpixel.occupancy.files import write_geojson, write_grid_png, write_npz, write_ros_map
        from perpixel.pictures import write_jpeg

        write_jpeg(place.with_name(f"{place.name}.occupancy.jpg"), self.sheet, quality=92)
        write_npz(place.with_name(f"{place.name}.grid.npz"), self.grid, self.polar)
        write_grid_png(place.with_name(f"{place.name}.grid.png"), self.grid)
        write_geojson(place.with_name(f"{place.name}.grid.geojson"), self.grid, self.polar)
        write_ros_map(place.with_name(f"{place.name}.map.yaml"), self.grid)


class _Film:
    """The sheets of a video's frames."""

    def __init__(self, mapped: Callable[[Any, Path], _Mapped], out: Path, each_frame: bool) -> None:
        self.mapped, self.out, self.each_frame = mapped, out, each_frame
        self.rows: list[dict[str, Any]] = []

    def show(self, image: Any, frame: Frame) -> Any:
        found = self.mapped(image, Path(frame.name).parent)
        if self.each_frame:
            found.write(place_of(frame, self.out))
        self.rows.append({"time": round(frame.time or 0.0, 3), **found.facts})
        return found.sheet

    def summary(self) -> dict[str, Any]:
        return {"rows": self.rows}


def _facts(costs: Costmap, polar: PolarGrid) -> dict[str, Any]:
    """What one asks first: how much is free, what is nearest, and how far the way ahead is clear."""
    grid = costs.grid
    row: dict[str, Any] = {
        "known": round(float(grid.known.mean()), 4),
        "free_square_metres": round(float((grid.states() == 0).sum()) * grid.cell**2, 2),
        "nearest_obstacle": None,
        "clear_ahead": costs.clear_ahead(),
    }
    if polar.met.any():
        index = int(polar.contacts.argmin())
        metres, bearing = float(polar.contacts[index]), float(polar.bearings[index])
        row["nearest_obstacle"] = {"metres": round(metres, 2), "bearing": round(bearing, 4)}
    return row


def _line(row: dict[str, Any]) -> str:
    nearest = row["nearest_obstacle"]
    seen = "no obstacle seen"
    if nearest is not None:
        degrees = round(math.degrees(nearest["bearing"]))
        side = "straight ahead" if degrees == 0 else f"{abs(degrees)} degrees {'left' if degrees > 0 else 'right'}"
        seen = f"nearest obstacle at {nearest['metres']:.1f} m, {side}"
    return f"{row['name']}: clear ahead to {row['clear_ahead']:.1f} m, {row['free_square_metres']:.0f} m2 free, {seen}"


def _extent(text: str) -> Extent:
    try:
        start, to, right, left = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(f"extent {text!r} is not X from, X to, Y from, Y to in metres, such as 0,40,-10,10") from error
    return start, to, right, left


def _vehicle(text: str) -> Vehicle:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*[xX×]\s*(\d+(?:\.\d+)?)\s*", text)
    if not match:
        raise ValueError(f"vehicle {text!r} is not LENGTHxWIDTH in metres, such as 4.7x1.8")
    from perpixel.occupancy import Vehicle

    length, width = float(match[1]), float(match[2])
    return Vehicle(length, width, rear_overhang=min(1.0, length / 4))
