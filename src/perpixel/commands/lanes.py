"""`perpixel lanes`: the lines of the road."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from perpixel.commands.each_picture import Answered, each_picture

if TYPE_CHECKING:
    from perpixel.classical.lane_camera import LaneCameras
    from perpixel.classical.lane_curves import LaneCurves
    from perpixel.results.lane_rows import LaneRows

VIDEOS = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v")
ENDINGS = {"tusimple": (".lanes.jpg",), "culane": (".lanes.jpg", ".lines.txt")}


def lanes(
    *sources: Path,
    out: Path = Path("out"),
    camera: Path | None = None,
    format: Literal["tusimple", "culane"] = "tusimple",
    lane_width: float = 3.5,
    json: bool = False,
) -> int:
    """Find the lines of the road, without any training.

    Writes for each picture `NAME.lanes.jpg`, the lines over the photo, and the lines: `lanes.json` for all pictures, as
    TuSimple writes them (a JSON object a line, x at fixed rows, -2 where there is none), or `NAME.lines.txt` as CULane
    does. Of a video, `NAME.lanes.mp4`, smoothed over its frames, and the lines of each frame.

    The camera, where it is not given, is guessed from the lines of the pictures; how the road bends and where the
    vehicle is in its lane is told in metres only if it is given. A road without lines has none. A file that cannot be
    read is reported and skipped; the exit code is then 1.

    Example: `perpixel lanes photos/ drive.mp4 --camera camera.yaml --out out/`

    Args:
        sources: pictures, folders of pictures, and videos.
        out: the folder of the answers.
        camera: a YAML file, as `perpixel occupancy` takes it.
        format: of the lines: tusimple or culane.
        lane_width: in metres, from which the height of an unknown camera follows.
        json: print what was found as JSON.
    """
    if not lane_width > 0:
        raise ValueError(f"lane width {lane_width:g} must be more than 0 metres; most are from 2.7 to 3.7")
    from json import dumps

    from perpixel.camera import read_camera
    from perpixel.classical.lane_camera import LaneCameras
    from perpixel.data.tusimple_lanes import write_tusimple
    from perpixel.kernels.lane_votes import compile_votes

    compile_votes()  # now, so that it is no part of the first picture's time
    cameras = LaneCameras(None if camera is None else read_camera(camera), width=lane_width)
    videos = [path for path in sources if path.suffix.lower() in VIDEOS]
    pictures = [path for path in sources if path not in videos]
    twice = next((path for path in videos if [each.stem for each in videos].count(path.stem) > 1), None)
    if twice is not None:
        raise ValueError(f"two videos are called {twice.stem} and would be written to one file; take them one by one")
    done, written = Answered(), dict[str, Any]()
    for video in videos:
        _video(video, cameras, out, format, done, written)
    if pictures or not videos:
        _pictures(pictures, cameras, out, format, done, written)
    if format == "tusimple" and done.rows:
        write_tusimple(out / "lanes.json", written)
    if json:
        result = {"task": "lanes", "format": format, "camera": "given" if camera else "guessed", **done.to_dict()}
        sys.stdout.write(dumps(result, indent=2) + "\n")
        return done.code
    for row in done.rows:
        sys.stdout.write(f"{row['name']}: {_told(row)}\n")
    sys.stdout.write(f"{sum(row['lanes'] for row in done.rows)} lines in {len(done.rows)}{done.remark}: {out}\n")
    return done.code


def _pictures(
    sources: Sequence[Path], cameras: LaneCameras, out: Path, format: str, done: Answered, written: dict[str, LaneRows]
) -> None:
    from perpixel.classical.lane_curves import clearest_lanes
    from perpixel.draw.lanes import lanes_over
    from perpixel.errors import PictureError
    from perpixel.pictures import write_jpeg
    from perpixel.predict import FileSource

    files = FileSource(sources, without=out).files if sources else {}
    names = {name: name.removesuffix(path.suffix) + path.suffix for name, path in files.items()}
    if cameras.given is None:
        _look([*files.values()], cameras)

    def work(image: Any, place: Path) -> dict[str, Any]:
        try:
            views = cameras.views(image, alone=True)
        except ValueError as error:
            raise PictureError(f"{place.name}: {error}") from error
        start = time.perf_counter()
        curves, view = clearest_lanes(image, views)
        found = curves.in_picture(view.camera)
        spent = (time.perf_counter() - start) * 1e3
        facts = _facts(curves, known=cameras.given is not None)
        write_jpeg(place.with_name(f"{place.name}.lanes.jpg"), lanes_over(image, found, note=_note(facts)), quality=92)
        name = place.relative_to(out).as_posix()
        written[names[name]] = _write(found.lines, image.shape[:2], place, format, spent)
        return facts

    answered = each_picture(sources, work, out=out, endings=ENDINGS[format], doing="finding lanes")
    done.rows += answered.rows
    done.skipped += answered.skipped


def _look(files: Sequence[Path], cameras: LaneCameras) -> None:
    """Learn the camera from pictures spread over all; what cannot be read is told later."""
    from perpixel.classical.lane_camera import LOOKED_AT
    from perpixel.errors import PictureError
    from perpixel.pictures import read_picture

    for path in files[:: max(-(-len(files) // LOOKED_AT), 1)]:
        with suppress(PictureError, ValueError, TypeError):
            cameras.look(read_picture(path))


def _video(
    path: Path, cameras: LaneCameras, out: Path, format: str, done: Answered, written: dict[str, LaneRows]
) -> None:
    import cv2
    from rich.console import Console
    from rich.progress import Progress

    from perpixel.classical.lane_curves import clearest_lanes
    from perpixel.classical.lane_tracking import LaneTracker
    from perpixel.draw.lanes import lanes_over
    from perpixel.errors import PictureError
    from perpixel.files import make_folder

    tracker, last, lines, frames = LaneTracker(), dict[str, Any](), 0, 0
    target = out / f"{path.stem}.lanes.mp4"
    make_folder(out)
    part = out / f".{path.stem}.part.mp4"
    writer = None
    try:
        with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
            for frame, rate in bars.track(_frames(path), description="finding lanes", total=None):
                size = frame.shape[:2]
                if writer is None:
                    writer = cv2.VideoWriter(str(part), cv2.VideoWriter.fourcc(*"mp4v"), rate, size[::-1])
                    if not writer.isOpened():
                        raise PictureError(f"{target}: this OpenCV cannot write MP4 videos")
                cameras.look(frame)
                try:
                    views = cameras.views(frame, alone=False)
                except ValueError as error:
                    raise PictureError(f"{path}: {error}") from error
                start = time.perf_counter()
                seen, view = clearest_lanes(frame, views)
                curves = tracker.update(seen)
                found = curves.in_picture(view.camera)
                spent = (time.perf_counter() - start) * 1e3
                last = _facts(curves, known=cameras.given is not None)
                writer.write(cv2.cvtColor(lanes_over(frame, found, note=_note(last)), cv2.COLOR_RGB2BGR))
                place = out / path.stem / f"{frames:06d}"
                if format == "culane":
                    make_folder(place.parent)
                written[f"{path.stem}/{frames:06d}"] = _write(found.lines, size, place, format, spent)
                lines, frames = lines + len(found), frames + 1
        if writer is None:
            raise PictureError(f"{path}: no video that OpenCV can read, or one without frames")
        writer.release()
        part.replace(target)
    except PictureError as error:
        sys.stderr.write(f"skipped: {error}\n")
        done.skipped.append({"name": path.stem, "file": str(path), "problem": str(error)})
        return
    finally:
        part.unlink(missing_ok=True)
    done.rows.append({"name": path.stem, "file": str(path), "frames": frames, **last, "lanes": lines})


def _frames(path: Path) -> Iterator[tuple[Any, float]]:
    """RGB pictures of a video, and how many a second."""
    import cv2

    from perpixel.errors import DataError

    if not path.is_file():
        raise DataError(f"{path}: there is no such file or folder")
    video = cv2.VideoCapture(str(path))
    try:
        rate = video.get(cv2.CAP_PROP_FPS)
        while True:
            there, frame = video.read()
            if not there:
                return
            yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), rate if 0 < rate < 1000 else 25.0
    finally:
        video.release()


def _write(lines: Any, size: tuple[int, int], place: Path, format: str, spent: float) -> LaneRows:
    """CULane's file, every ten rows from the foot up; and the lanes at TuSimple's rows."""
    import numpy as np

    from perpixel.data.culane_lanes import write_culane
    from perpixel.results.lane_rows import LaneRows, fixed_rows

    if format == "culane":
        rows = np.arange(size[0] - 1, -1, -10.0)
        write_culane(place.with_name(f"{place.name}.lines.txt"), LaneRows.of_lines(lines, rows, size).lines())
    return LaneRows.of_lines(lines, fixed_rows(size[0]), size, milliseconds=spent)


def _facts(curves: LaneCurves, *, known: bool) -> dict[str, Any]:
    """What is told of a picture; metres only where the camera is known."""
    facts: dict[str, Any] = {"lanes": len(curves), "left": int((curves.offsets > 0).sum())}
    facts["support"] = curves.support.round(3).tolist()
    if known:
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
