"""What commands that answer picture by picture share: reading, refusing, progress, and where files may be written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from perpixel.commands.answered import Answered
from perpixel.commands.each_video import Film, each_video

__all__ = ["Answered", "each_picture"]


def each_picture(
    sources: Sequence[Path],
    work: Callable[[Any, Path], dict[str, Any]],
    *,
    out: Path,
    endings: Sequence[str],
    doing: str,
    sees: Callable[[Any], Any] | None = None,
    film: Callable[[], Film] | None = None,
    video_ending: str = "",
    each_frame: bool = False,
) -> Answered:
    """Do the work for every picture of files and folders; one that cannot be read is told and skipped.

    Args:
        sources: pictures, and folders of pictures; with `film` videos too.
        work: from a picture (H, W, C) that it can see and `out / NAME` (its folder is there) to its row. A PictureError
            of it skips the picture.
        out: made if it is not there.
        endings: what is put behind `out / NAME`; no picture that is read may be written over.
        doing: what the progress bar says.
        sees: raises ValueError or TypeError for a picture that the work cannot see; by default `as_gray`, which wants
            up to four channels.
        film, video_ending: as `each_video` takes them; without, videos are no sources.
        each_frame: the film writes files of frames, `out / NAME / 000000`.

    Raises:
        ValueError: no sources.
        DataError: no pictures, or a file would be written over one.
    """
    if not sources:
        raise ValueError("no pictures were given: name files or folders, such as photo.jpg")
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from perpixel.classical.picture import as_gray
    from perpixel.errors import PictureError
    from perpixel.files import make_folder
    from perpixel.predict import FileSource
    from perpixel.predict.sink import spare

    source = FileSource(sources, without=out, videos=film is not None)
    if each_frame:
        source.keep_frames_apart()
    spare(source.files.values(), [out / f"{name}{ending}" for name in source.files for ending in endings])
    answered = Answered()
    columns = TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    talk = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)
    with Progress(*columns, console=talk, transient=True, disable=not sys.stderr.isatty()) as bars:
        for frame in bars.track(source, total=len(source)):
            facts = {"name": frame.name, "file": str(frame.path)}
            problem = frame.problem
            if frame.image is not None:
                try:
                    (sees or as_gray)(frame.image)
                except (ValueError, TypeError) as error:  # such as of seven channels
                    problem = f"{frame.path}: {error}"
            if frame.image is not None and not problem:
                place = out / frame.name
                make_folder(place.parent)
                try:
                    answered.rows.append({**facts, "size": list(frame.image.shape[:2]), **work(frame.image, place)})
                except PictureError as error:  # such as of channels that a model does not take
                    problem = f"{frame.path}: {error}"
            if problem:
                talk.print(f"skipped: {problem}")
                answered.skipped.append({**facts, "problem": problem})
    if film is not None:
        films = each_video(source.videos, film, out=out, ending=video_ending, doing=doing)
        answered.videos, answered.skipped = films.rows, answered.skipped + films.skipped
    return answered
