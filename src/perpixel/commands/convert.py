"""`perpixel convert`: a data set from any annotation format to any other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from perpixel.commands.arguments import comma_separated


def convert(
    source: Path,
    target: Path,
    *,
    to: str,
    source_format: Annotated[str | None, Parameter(name="--from")] = None,
    classes: str | None = None,
    ignore: int | None = None,
    encoding: str | None = None,
    masks: str | None = None,
    things: Literal["components", "watershed"] | None = None,
    things_of: str | None = None,
    least_area: int = 0,
    pictures: bool = True,
    json: bool = False,
) -> None:
    """Convert annotations to another format, and say what was lost.

    What was written is read again and compared with what was read: pictures, regions and things of each split, the
    intersection over union of each class, and which regions the new format cannot hold as they were. Nothing is at
    TARGET until all is written. `docs/formats.md` tells what each format holds.

    Example: `perpixel convert data/ out/ --to coco`

    Args:
        source: a folder or file of any format.
        target: a folder that is empty or not there yet.
        to: the format to write: coco-panoptic, voc, cityscapes, nnunet, index-png, palette-png, rgb-png,
            instance-png, tiff-pages, tiff-bands, geotiff, coco, yolo, labelme, cvat, label-studio, kaggle-class,
            kaggle-class-joined or kaggle-object.
        source_format: the format to read; by default what the source looks like.
        classes: camvid, cityscapes, voc, or a YAML, CSV or text file; by default what the source says.
        ignore: value in mask files of pixels that are not judged.
        encoding: of mask files: index, binary, one-based, cityscapes-ids, palette or rgb.
        masks: folder or file of the truth, where the names do not tell.
        things: tell the things of label maps apart: components, pieces that hang together; or watershed, which cuts
            these at their waists.
        things_of: classes that are counted, separated by commas; by default those that the class table calls things.
        least_area: pixels; with `--things`, smaller ones are dropped.
        pictures: copy the pictures too.
        json: print the receipt as JSON.
    """
    from json import dumps

    from rich.console import Console
    from rich.progress import Progress

    from perpixel.classes import class_table
    from perpixel.data.converting import ToldApart
    from perpixel.data.converting import convert as run
    from perpixel.data.formats import Reading

    if things is None and (things_of is not None or least_area):
        raise ValueError("--things-of and --least-area are of --things: add `--things watershed` or components")
    named = None if things_of is None else comma_separated(things_of)
    table = None if classes is None else class_table(classes)
    reading = Reading(classes=table, ignore=ignore, encoding=encoding, masks=masks)
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        tasks = {stage: bars.add_task(stage, total=None) for stage in ("writing", "checking")}
        receipt = run(
            source,
            target,
            to=to,
            source_format=source_format,
            reading=reading,
            things=None if things is None else ToldApart(things, named, least_area),
            pictures=pictures,
            progress=lambda stage, done, total: bars.update(tasks[stage], completed=done, total=total),
        )
    sys.stdout.write((dumps(receipt.to_dict(), indent=2) if json else str(receipt)) + "\n")
