"""`perpixel predict`: pictures and videos to labels."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from perpixel.commands.answered import Answered
from perpixel.commands.arguments import comma_separated
from perpixel.commands.each_video import each_video
from perpixel.commands.terms import say_terms

if TYPE_CHECKING:
    from perpixel.masks.counted import Counted
    from perpixel.predict import FolderSink, Frame
    from perpixel.spec import ModelSpec


def predict(
    *sources: Path,
    model: str = "street",
    out: Path = Path("out"),
    flip: bool = False,
    confidence: Literal["exact", "fast", "none"] = "exact",
    tile: int | None = None,
    things: Literal["components", "watershed"] | None = None,
    things_of: str | None = None,
    least_area: int = 0,
    each_frame: bool = False,
    commercial_only: bool = False,
    threads: int | None = None,
    json: bool = False,
) -> int:
    """Give every pixel of pictures and videos a label.

    Writes for each picture, at its own size, a label map `NAME.png` (palette; the value is the class number), an
    overlay `NAME.overlay.jpg` with legend and a confidence `NAME.confidence.png` (255 is certain), and for all of them
    `predictions.json`. A file that cannot be read is reported and skipped; the exit code is then 1.

    A model that tells things apart, or `--things`, writes instead a map of their ids `NAME.png`, an overlay, a row for
    each in `things.csv`, and `instances.json` (or `panoptic.json`), which `perpixel score` reads.

    A model of depth writes `NAME.depth.png`, 16 bits, millimetres, and `NAME.depth.jpg`, as `perpixel depth` does; one
    of solids in slices their masks, `NAME.front.jpg` and the surface, `NAME.ply`.

    A video becomes `NAME.overlay.mp4` (`.depth.mp4`, `.front.mp4`) at its own rate, without sound, and in
    `predictions.json` its frames, seconds a frame and means over the frames. Each frame is answered by itself.

    Example: `perpixel predict photo.jpg folder/ drive.mp4 --out out/`

    Args:
        sources: pictures, videos, and folders of them; or data sets with a contract (`perpixel inspect`), or the
            contract itself: their pictures, without the masks.
        model: an embedded model's name, a run, a folder of folds, a checkpoint folder, or an ONNX file that perpixel
            wrote; several, separated by commas, are averaged, and so are folds.
        out: the folder of the answers.
        flip: average with the answer to the mirrored picture; twice the time.
        confidence: exact; fast, which is off by 0.02 on average, mostly along boundaries; or none.
        tile: answer larger pictures in square parts of this side, in less memory; networks with valid convolutions see
            the true surroundings of each part, others overlap by a quarter, and what two parts find there is one thing.
        things: tell the things of a model of classes apart without training: components, pieces that hang together; or
            watershed, which cuts these at their waists.
        things_of: classes that are counted, separated by commas; by default those that the class table calls things.
        least_area: pixels; with `--things`, smaller ones are dropped.
        each_frame: also write for each frame of a video what is written for a picture, as `NAME/000000.png` and so on.
        commercial_only: refuse a model whose terms do not allow commercial use.
        threads: of the network's runtime; by default all.
        json: print what `predictions.json` holds.
    """
    if not sources:
        raise ValueError("no pictures were given: name files or folders, such as `perpixel predict photo.jpg`")
    from dataclasses import replace
    from json import dumps

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from perpixel.data.dataset import OF_THINGS
    from perpixel.errors import PictureError
    from perpixel.predict import DepthSink, FileSource, FolderSink, Predictor, SolidSink, ThingSink

    source = FileSource(sources, without=out, videos=True)
    if each_frame:
        source.keep_frames_apart()
    predictor = Predictor(
        comma_separated(model),
        flip=flip,
        confidence=confidence,
        tile=tile,
        threads=threads,
        commercial_only=commercial_only,
    )
    if predictor.spec.task == "lanes":
        raise ValueError(f"{predictor.spec.name} finds lanes: `perpixel lanes --model` writes and draws them")
    say_terms(predictor)
    counted = _counted(predictor.spec, things, things_of, least_area)
    spec = predictor.spec if counted is None else replace(predictor.spec, task="instance", classes=counted.classes)
    of_task = {**dict.fromkeys(OF_THINGS, ThingSink), "depth": DepthSink, "slices": SolidSink}
    sink = of_task.get(spec.task, FolderSink)(out, spec, inputs=source.files)

    def answer_to(image: Any) -> Any:
        return predictor(image) if counted is None else counted(predictor(image))

    columns = TextColumn("predicting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    talk = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)
    with Progress(*columns, console=talk, transient=True, disable=not sys.stderr.isatty()) as bars:
        for frame in bars.track(source, total=len(source)):
            problem = frame.problem
            if frame.image is not None:
                try:
                    sink.write(frame, answer_to(frame.image))
                except PictureError as error:  # one that the model does not take, such as of seven channels
                    problem = f"{frame.path}: {error}"
            if problem:
                talk.print(f"skipped: {problem}")
                sink.skip(frame, problem)

    films = each_video(
        source.videos,
        lambda: _Film(answer_to, sink, each_frame),
        out=out,
        ending=sink.video_ending,
        doing="predicting",
    )
    sink.videos += films.rows
    sink.skipped += films.skipped
    sink.close()
    if json:
        sys.stdout.write(dumps(sink.summary(), indent=2) + "\n")
    else:
        done = Answered(sink.rows, films.rows, sink.skipped)
        sys.stdout.write(f"{done.videos_told}{done.count('labelled')}{_totals(sink.rows)}: {out}\n")
    return 1 if sink.skipped else 0


class _Film:
    """The answers to a video, seen over its frames."""

    def __init__(self, answer_to: Callable[[Any], Any], sink: FolderSink, each_frame: bool) -> None:
        from perpixel.predict.means import Means

        self.answer_to, self.sink, self.each_frame, self.means = answer_to, sink, each_frame, Means()

    def show(self, image: Any, frame: Frame) -> Any:
        answer = self.answer_to(image)
        self.means.add(self.sink.facts(answer))
        if self.each_frame:
            self.sink.write(frame, answer)
        return self.sink.still(image, answer)

    def summary(self) -> dict[str, Any]:
        return self.means.to_dict()


def _totals(rows: list[dict[str, Any]]) -> str:
    """How many things of each class there are in all, as `, 7 cow, 2 dog`; nothing where things are not told apart."""
    totals: dict[str, int] = {}
    for row in rows:
        for name, count in row.get("counts", {}).items():
            totals[name] = totals.get(name, 0) + count
    return "".join(f", {count} {name}" for name, count in totals.items())


def _counted(
    spec: ModelSpec, things: Literal["components", "watershed"] | None, things_of: str | None, least_area: int
) -> Counted | None:
    """What splits the model's answers into things; None where they stay as they are."""
    from perpixel.errors import ModelError
    from perpixel.masks.counted import Counted

    if things is None:
        if things_of is not None or least_area:
            raise ValueError("--things-of and --least-area are of --things: add `--things watershed` or components")
        return None
    if spec.task != "semantic":
        raise ModelError(f"{spec.name} is for {spec.task}: --things splits the answers of models of classes (semantic)")
    return Counted(spec.classes, things, None if things_of is None else comma_separated(things_of), least_area)
