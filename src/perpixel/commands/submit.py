"""`perpixel submit`: predictions as a competition's CSV file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from perpixel.commands.arguments import comma_separated, parse_size


def submit(
    pictures: Path,
    *,
    model: str,
    out: Path = Path("submission.csv"),
    columns: Literal["joined", "apart"] | None = None,
    like: Path | None = None,
    empty: str = "",
    size: str | None = None,
    flip: bool = False,
    tile: int | None = None,
    threads: int | None = None,
    json: bool = False,
) -> int:
    """Write predictions as a competition's CSV file.

    Masks are run lengths: a row for every picture and class, empty where there is none; pixels are numbered from 1 down
    the columns. The thresholds and least areas are those that the model was trained with. A picture that cannot be read
    gets empty rows, is reported, and the exit code is 1.

    Example: `perpixel submit test_images/ --model runs/steel --out submission.csv`

    Args:
        pictures: a folder of pictures; an ImageId is the path below it.
        model: a run, a folder of folds, a checkpoint folder or an ONNX file; several, separated by commas, are
            averaged.
        out: the CSV file.
        columns: "joined" (ImageId_ClassId, EncodedPixels; the default) or "apart" (ImageId, ClassId, EncodedPixels).
        like: the competition's sample_submission.csv: its columns and names are taken, and its pictures must be there.
        empty: what is written for a mask without a pixel; some competitions want -1.
        size: HEIGHTxWIDTH that the masks are brought to, where the competition wants one.
        flip: average with the answer to the mirrored picture; twice the time.
        tile: answer larger pictures in square parts of this side, in less memory.
        threads: of the network's runtime; by default all.
        json: print the result as JSON.
    """
    from json import dumps

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from perpixel.predict import FileSource, Predictor
    from perpixel.predict.sample_submission import read_sample
    from perpixel.predict.submission import answer_all, image_id, submission, submitted_classes

    source = FileSource([pictures])
    sample = None if like is None else read_sample(like)
    predictor = Predictor(comma_separated(model), flip=flip, confidence="none", tile=tile, threads=threads)
    classes = submitted_classes(predictor.spec)
    if sample is not None:
        sample.check(source.files, classes)
    chosen = columns or ("joined" if sample is None else sample.columns)
    header = None if sample is None or chosen != sample.columns else sample.header
    wanted = None if size is None else parse_size(size)
    shown = TextColumn("submitting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    talk = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)
    masks, skipped = 0, list[dict[str, str]]()
    with (
        Progress(*shown, console=talk, transient=True, disable=not sys.stderr.isatty()) as bars,
        submission(out, classes, columns=chosen, header=header, empty=empty, size=wanted) as sink,
    ):
        answers = answer_all(source, predictor, sink)
        for frame, filled, problem in bars.track(answers, total=len(source)):
            masks += filled
            if problem:
                talk.print(f"no answer, so its rows are empty: {problem}")
                skipped.append({"name": image_id(frame), "problem": problem})
    done = len(source) - len(skipped)
    result = {"out": str(out), "images": done, "masks": masks, "classes": len(classes), "skipped": skipped}
    if json:
        sys.stdout.write(dumps(result, indent=2) + "\n")
    else:
        told = f", {len(skipped)} without an answer" if skipped else ""
        sys.stdout.write(f"{done} pictures, {masks} masks of {done * len(classes)} not empty{told}: {out}\n")
    return 1 if skipped else 0
