"""`perpixel lanes`: the lines of the road."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from perpixel.commands.each_picture import Answered, each_picture
from perpixel.commands.each_video import each_video, place_of

if TYPE_CHECKING:
    from perpixel.classical.lane_curves import LaneCurves
    from perpixel.predict import Frame
    from perpixel.predict.lane_finders import FoundLanes, LaneFinder
    from perpixel.results.lane_rows import LaneRows

ENDINGS = {"tusimple": (".lanes.jpg",), "culane": (".lanes.jpg", ".lines.txt")}


def lanes(
    *sources: Path,
    out: Path = Path("out"),
    model: str | None = None,
    camera: Path | None = None,
    format: Literal["tusimple", "culane"] = "tusimple",
    lane_width: float = 3.5,
    commercial_only: bool = False,
    threads: int | None = None,
    json: bool = False,
) -> int:
    """Find the lines of the road, without any training or by a model.

    Without a model paint is looked for; `--model` asks a network that has learnt lanes.

    Writes for each picture `NAME.lanes.jpg`, the lines over the photo, and the lines: `lanes.json` for all pictures, as
    TuSimple writes them (a JSON object a line, x at fixed rows, -2 where there is none), or `NAME.lines.txt` as CULane
    does. Of a video, `NAME.lanes.mp4`, and the lines of each frame; smoothed over the frames if paint is looked for.

    Looking for paint guesses a camera that is not given from the lines of the pictures. How the road bends and where
    the vehicle is in its lane is told in metres only if it is given. A road without lines has none. A file that cannot
    be read is reported and skipped; the exit code is then 1.

    Example: `perpixel lanes photos/ drive.mp4 --camera camera.yaml --out out/`

    Args:
        sources: pictures, videos, and folders of them.
        out: the folder of the answers.
        model: a run of `train --task lanes`, a checkpoint folder, or an ONNX file that perpixel wrote; without it paint
            is looked for.
        camera: a YAML file, as `perpixel occupancy` takes it.
        format: of the lines: tusimple or culane.
        lane_width: in metres, from which the height of an unknown camera follows.
        commercial_only: refuse a model whose terms do not allow commercial use.
        threads: of the network's runtime; by default all.
        json: print what was found as JSON.
    """
    if not sources:
        raise ValueError("no pictures were given: name files or folders, such as photo.jpg")
    if not lane_width > 0:
        raise ValueError(f"lane width {lane_width:g} must be more than 0 metres; most are from 2.7 to 3.7")
    from json import dumps

    from perpixel.data.tusimple_lanes import write_tusimple
    from perpixel.predict import FileSource
    from perpixel.predict.source import is_video

    finder = _finder(model, camera, lane_width, commercial_only, threads)
    source = FileSource(sources, without=out, videos=True)
    if format == "culane":
        source.keep_frames_apart()
    written = dict[str, Any]()
    done = each_video(
        source.videos, lambda: _Drive(finder, out, format, written), out=out, ending=".lanes.mp4", doing="lanes of"
    )
    if source.files:
        _pictures([path for path in sources if not is_video(path)], finder, out, format, done, written)
    if format == "tusimple" and done.rows:
        write_tusimple(out / "lanes.json", written)
    if json:
        result = {"task": "lanes", "format": format, **_by(model, camera), **done.to_dict()}
        sys.stdout.write(dumps(result, indent=2) + "\n")
        return done.code
    for row in done.rows:
        sys.stdout.write(f"{row['name']}: {_told(row)}\n")
    sys.stdout.write(f"{sum(row['lanes'] for row in done.rows)} lines in {len(done.rows)}{done.remark}: {out}\n")
    return done.code


def _finder(
    model: str | None, camera: Path | None, lane_width: float, commercial_only: bool, threads: int | None
) -> LaneFinder:
    from perpixel.camera import read_camera
    from perpixel.commands.terms import say_terms
    from perpixel.predict import Predictor
    from perpixel.predict.lane_finders import LearnedLanes, PaintedLanes

    known = None if camera is None else read_camera(camera)
    if model is None:
        return PaintedLanes(known, width=lane_width)
    predictor = Predictor(model, confidence="none", threads=threads, commercial_only=commercial_only)
    finder = LearnedLanes(predictor, known)
    say_terms(predictor)
    return finder


def _by(model: str | None, camera: Path | None) -> dict[str, Any]:
    """By what lines were found: a model, or paint and a camera."""
    if model is not None:
        return {"model": model, "camera": "given" if camera else None}
    return {"camera": "given" if camera else "guessed"}


def _pictures(
    sources: Sequence[Path], finder: LaneFinder, out: Path, format: str, done: Answered, written: dict[str, LaneRows]
) -> None:
    from perpixel.draw.lanes import lanes_over
    from perpixel.errors import PictureError
    from perpixel.pictures import write_jpeg
    from perpixel.predict import FileSource

    files = FileSource(sources, without=out).files if sources else {}
    names = {name: name.removesuffix(path.suffix) + path.suffix for name, path in files.items()}
    finder.look([*files.values()])

    def work(image: Any, place: Path) -> dict[str, Any]:
        start = time.perf_counter()
        try:
            found = finder.find(image)
        except ValueError as error:
            raise PictureError(f"{place.name}: {error}") from error
        spent = (time.perf_counter() - start) * 1e3
        facts, lines = _facts(found), found.lines
        write_jpeg(place.with_name(f"{place.name}.lanes.jpg"), lanes_over(image, lines, note=_note(facts)), quality=92)
        name = place.relative_to(out).as_posix()
        written[names[name]] = _write(lines.lines, image.shape[:2], place, format, spent)
        return facts

    answered = each_picture(sources, work, out=out, endings=ENDINGS[format], doing="finding lanes")
    done.rows += answered.rows
    done.skipped += answered.skipped


class _Drive:
    """The lines of a video."""

    def __init__(self, finder: LaneFinder, out: Path, format: str, written: dict[str, LaneRows]) -> None:
        self.finder, self.out, self.format, self.written = finder, out, format, written
        self.last, self.lines = dict[str, Any](), 0
        finder.begin()

    def show(self, image: Any, frame: Frame) -> Any:
        from perpixel.draw.lanes import lanes_over
        from perpixel.errors import PictureError

        start = time.perf_counter()
        try:
            found = self.finder.follow(image)
        except ValueError as error:
            raise PictureError(str(error)) from error
        spent = (time.perf_counter() - start) * 1e3
        self.last, self.lines = _facts(found), self.lines + len(found.lines)
        place = place_of(frame, self.out) if self.format == "culane" else self.out
        self.written[frame.name] = _write(found.lines.lines, image.shape[:2], place, self.format, spent)
        return lanes_over(image, found.lines, note=_note(self.last))

    def summary(self) -> dict[str, Any]:
        return {**self.last, "lanes": self.lines}


def _write(lines: Any, size: tuple[int, int], place: Path, format: str, spent: float) -> LaneRows:
    """CULane's file, every ten rows from the foot up; and the lanes at TuSimple's rows."""
    import numpy as np

    from perpixel.data.culane_lanes import write_culane
    from perpixel.results.lane_rows import LaneRows, fixed_rows

    if format == "culane":
        rows = np.arange(size[0] - 1, -1, -10.0)
        write_culane(place.with_name(f"{place.name}.lines.txt"), LaneRows.of_lines(lines, rows, size).lines())
    return LaneRows.of_lines(lines, fixed_rows(size[0]), size, milliseconds=spent)


def _facts(found: FoundLanes) -> dict[str, Any]:
    """What is told of a picture; metres only where the camera is known."""
    names = [found.lines.classes[label].name for label in found.lines.labels]
    facts: dict[str, Any] = {"lanes": len(found.lines), "left": names.count("left")}
    facts["support"] = found.lines.scores.astype(float).round(3).tolist()
    if found.curves is not None:
        curves: LaneCurves = found.curves
        lane = curves.lane
        facts["curvature"] = round(curves.curvature, 6) if len(curves) else None
        facts["offset"], facts["width"] = (None, None) if lane is None else (round(lane[0], 3), round(lane[1], 3))
    return facts


def _note(facts: dict[str, Any]) -> str:
    if facts.get("curvature") is None:
        return ""
    bend = facts["curvature"]
    words = (
        "straight" if abs(bend) < 1 / 2000 else f"bends {'left' if bend > 0 else 'right'}, radius {1 / abs(bend):.0f} m"
    )
    if facts["offset"] is not None:
        words += f"; {abs(facts['offset']):.2f} m {'left' if facts['offset'] > 0 else 'right'} of the middle"
    return words


def _told(row: dict[str, Any]) -> str:
    if "frames" in row:
        return f"{row['lanes']} lines in {row['frames']} frames"
    note = _note(row)
    return f"{row['lanes']} lines" + (f", {note}" if note else "")
