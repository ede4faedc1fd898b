"""Lanes in files, of any tool, judged by lanes in files: TuSimple's JSON lines or CULane's `.lines.txt`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePath

from perpixel.data.culane_lanes import ENDING, lane_files, read_culane
from perpixel.data.listing import some
from perpixel.data.tusimple_lanes import is_tusimple, read_tusimple
from perpixel.errors import DataError
from perpixel.evaluation.evaluation import Evaluation, Progress
from perpixel.metrics.lanes_culane import CULANE_SIZE, CULaneScore
from perpixel.metrics.lanes_tusimple import TuSimpleScore
from perpixel.results.lane_rows import LaneRows
from perpixel.warp import Size

Tell = Callable[[str], object]


def are_lanes(predictions: Path, truth: Path) -> bool:
    """Whether either of two files or folders holds lanes.

    Raises:
        DataError: a path is not there, or a folder cannot be read.
    """
    for path in (predictions, truth):
        if not path.exists():
            raise DataError(f"{path}: there is no such file or folder")
        if is_tusimple(path) or lane_files(path):
            return True
    return False


def score_lanes(
    predictions: Path,
    truth: Path,
    *,
    size: Size = CULANE_SIZE,
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> Evaluation:
    """Judge lanes by the rules of the format they are in.

    Two JSON files of TuSimple, paired by `raw_file`; or two folders with CULane's files, paired by their path inside
    the folder, or by the name alone where no name is there twice. A picture of the truth without a prediction has no
    lanes found.

    Args:
        predictions: the file or folder of predictions.
        truth: the same of the truth.
        size: (height, width) of CULane's pictures.
        progress: called with the number of pictures that are judged, and of all.
        tell: called with a line for a person where predictions are missing, or fail as a whole.

    Raises:
        DataError: files that cannot be read, or of two formats, or predictions of pictures that the truth has not.
    """
    if is_tusimple(truth) or is_tusimple(predictions):
        return _tusimple(predictions, truth, progress or _silent, tell or _silent)
    return _culane(predictions, truth, size, progress or _silent, tell or _silent)


def _tusimple(predictions: Path, truth: Path, progress: Progress, tell: Tell) -> Evaluation:
    true = read_tusimple(truth)
    if not true:
        raise DataError(f"{truth}: no lanes here; expected one JSON object a line, with `raw_file` and `lanes`")
    found = read_tusimple(predictions, of=true)
    _tell_missing(found, true, predictions, tell)
    score, odd = TuSimpleScore(), []
    for done, (name, there) in enumerate(true.items(), start=1):
        mine = found.get(name, LaneRows(there.rows, ()))
        if any(len(lane) != len(there.rows) for lane in mine.lanes):
            odd.append(name)
        score.update(truth=there, prediction=mine, name=name)
        progress(done, len(true))
    if odd:
        tell(f"{predictions}: {len(odd)} pictures have a lane of another length than h_samples, and fail: {some(odd)}")
    return Evaluation(score, (), str(truth))


def _culane(predictions: Path, truth: Path, size: Size, progress: Progress, tell: Tell) -> Evaluation:
    left, right = lane_files(predictions), lane_files(truth)
    for own, path, other in ((left, predictions, truth), (right, truth, predictions)):
        if not own:
            raise DataError(f"{path}: no lanes here; expected files that end in {ENDING}, as {other} has")
    if predictions.is_file() and truth.is_file():
        left = dict(zip(right, left.values(), strict=False))
    elif not left.keys() <= right.keys():
        left, right = _by_name(left), _by_name(right)
    unknown = sorted(left.keys() - right.keys())
    if unknown:
        raise DataError(
            f"{predictions}: {len(unknown)} of {len(left)} files of lanes are not in {truth}: {some(unknown)}; a "
            "picture without lanes has an empty file there"
        )
    _tell_missing(left, right, predictions, tell)
    score, below = CULaneScore(size), 0
    for done, name in enumerate(sorted(right), start=1):
        there = read_culane(right[name])
        below += any((line[:, 1] > size[0] + 1).any() for line in there)
        score.update(truth=there, prediction=read_culane(left[name]) if name in left else (), name=name)
        progress(done, len(right))
    if below:
        tell(f"{truth}: lanes of {below} pictures reach below row {size[0]}: give the pictures' --size")
    return Evaluation(score, (), str(truth))


def _by_name(files: Mapping[str, Path]) -> dict[str, Path]:
    """The same files by their name alone; as they were if a name is there twice."""
    named = {PurePath(name).name: path for name, path in files.items()}
    return named if len(named) == len(files) else dict(files)


def _tell_missing(found: Mapping[str, object], true: Mapping[str, object], path: Path, tell: Tell) -> None:
    missing = sorted(true.keys() - found.keys())
    if missing:
        count = f"{len(missing)} of {len(true)} pictures"
        tell(f"{path}: {count} have no prediction, so that all their lanes are missed: {some(missing)}")


def _silent(*_: object) -> None: ...
