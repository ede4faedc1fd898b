"""What commands that answer videos share: frame by frame into a video beside, with progress, whole or not at all."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from perpixel.commands.answered import Answered

if TYPE_CHECKING:
    from perpixel.predict import Frame, VideoSource


class Film(Protocol):
    """The work on one video."""

    def show(self, image: Any, frame: Frame) -> Any:
        """What is seen in the place of a frame's image: (h, w, 3) uint8 RGB, of one size for all frames."""

    def summary(self) -> dict[str, Any]:
        """What is told of the frames that were shown."""


def each_video(videos: Mapping[str, Path], film: Callable[[], Film], *, out: Path, ending: str, doing: str) -> Answered:
    """Do the work for every video; one that cannot be read is told and skipped. One frame is in memory at a time.

    Args:
        videos: files by their names.
        film: makes the work on one video. A PictureError of it skips the video.
        out: made if it is not there.
        ending: what is put behind `out / NAME`, such as `.overlay.mp4`.
        doing: what the progress bar says.

    Returns:
        For each video name, file, size, frames, frames_a_second, seconds_a_frame (of all work) and its summary. One
        that broke off is there as far as it could be read, and told among the skipped too.

    Raises:
        DataError: a video that is read would be written over.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from perpixel.errors import PictureError
    from perpixel.predict import VideoSource
    from perpixel.predict.sink import spare

    spare(videos.values(), [out / f"{name}{ending}" for name in videos])
    answered = Answered()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    talk = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)
    with Progress(*columns, console=talk, transient=True, disable=not sys.stderr.isatty()) as bars:
        for name, path in videos.items():
            facts = {"name": name, "file": str(path)}
            try:
                source = VideoSource(path, name=name)
                frames = bars.track(source, total=len(source) or None, description=f"{doing} {path.name}")
                row = _shown(source, frames, film(), out / f"{name}{ending}")
                answered.rows.append({**facts, **row})
                problem = source.problem
            except PictureError as error:
                problem = str(error)
            if problem:
                talk.print(f"skipped: {problem}")
                answered.skipped.append({**facts, "problem": problem})
    return answered


def place_of(frame: Frame, out: Path) -> Path:
    """`out / VIDEO / 000000`, behind which the files of a frame are named; its folder is there then."""
    from perpixel.files import make_folder

    return make_folder((out / frame.name).parent) / Path(frame.name).name


def _shown(source: VideoSource, frames: Iterable[Frame], film: Film, target: Path) -> dict[str, Any]:
    from perpixel.errors import PictureError
    from perpixel.files import make_folder
    from perpixel.predict import write_video

    make_folder(target.parent)
    count, start = 0, time.perf_counter()
    with write_video(target, rate=source.rate) as write:
        for frame in frames:
            try:
                write(film.show(frame.image, frame))
            except PictureError as error:  # such as of a model that takes no RGB
                raise PictureError(f"{source.path}: {error}") from error
            count += 1
    spent = (time.perf_counter() - start) / max(count, 1)
    seen = {"size": list(source.size), "frames": count, "frames_a_second": round(source.rate, 3)}
    return {**seen, "seconds_a_frame": round(spent, 4), **film.summary()}
