"""`perpixel rle`: run lengths of masks, from and to every format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from perpixel.commands.arguments import parse_size

Format = Literal["coco", "coco-counts", "kaggle", "carvana", "siim", "vot", "cvat", "label-studio"]
SHOWN = 64  # rows and columns of a mask that is printed


def rle(
    action: Literal["encode", "decode", "convert"],
    what: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    *,
    format: Format = "coco",
    size: str | None = None,
    label: int | None = None,
    source: Annotated[Format | None, Parameter(name="--from")] = None,
    target: Annotated[Format, Parameter(name="--to")] = "coco",
    order: Literal["column", "row"] = "column",
    base: Literal[0, 1] = 1,
    empty: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    out: Path | None = None,
    json: bool = False,
) -> int:
    """Turn masks into run lengths and back, in eight formats.

    `encode` reads a mask file and prints a line for each label but 0: the label, a tab and the text; the text alone
    where there is only one. `decode` prints small masks as rows of 0 and 1, or writes them as PNG (0 and 255).
    `convert` reads one format and prints another. Formats: coco (compressed), coco-counts, kaggle, carvana, siim, vot,
    cvat, label-studio.

    A text never tells its order, and hardly any its size. A wrong order gives another mask of the same area: look.

    Example: `perpixel rle decode '231N30' --format coco --size 3x4`

    Args:
        action: encode, decode or convert.
        what: encode: a mask file. Else the text; without it, standard input is read.
        format: of encode and decode.
        size: of the picture, HEIGHTxWIDTH; a COCO object in JSON has its own.
        label: encode: this one only.
        source: convert: the format of the text.
        target: convert: the format that is printed.
        order: kaggle: pixels are numbered down the columns or along the rows.
        base: kaggle: number of the first pixel.
        empty: kaggle, carvana, siim: what stands for a mask without a pixel.
        out: decode: a PNG that is written.
        json: print the result as JSON.
    """
    from perpixel.masks.runs.text import PairOptions

    options = PairOptions(order, base, empty)
    if label is not None and action != "encode":
        raise ValueError(f"--label is of encode, not of {action}")
    if out is not None and action != "decode":
        raise ValueError(f"--out is of decode; {action} prints")
    if (source is not None) != (action == "convert"):
        raise ValueError("convert takes --from and --to, encode and decode take --format")
    if action == "encode":
        return _encode(what, format, label, options, json)
    given = sys.stdin.read() if what is None else what
    place = None if size is None else parse_size(size)
    if action == "decode":
        return _decode(given, format, place, options, out, json)
    return _convert(given, source or "coco", target, place, options, json)


def _encode(what: str | None, format: Format, label: int | None, options: Any, json: bool) -> int:
    import numpy as np

    from perpixel.errors import MaskError
    from perpixel.masks.raw import read_raw
    from perpixel.masks.runs import Runs, labels_to_runs
    from perpixel.masks.runs.text import checked, to_text, to_value

    if what is None:
        raise ValueError("encode needs a mask file")
    checked(format, options)
    values = read_raw(Path(what)).values
    if values.ndim != 2:
        raise MaskError(f"{what}: the mask has colors; run lengths are of labels: save it as numbers")
    height, width = values.shape
    nothing = Runs((height, width), np.array([height * width]))
    masks = labels_to_runs(values, ignore=0 if label is None else None)
    if label is not None:
        if label not in masks:
            print(f"{what}: no pixel has the label {label}", file=sys.stderr)
        masks = {label: masks.get(label, nothing)}
    if json:
        found = {str(number): to_value(runs, format, options) for number, runs in masks.items()}
        return _print({"size": [height, width], "format": format, "labels": found})
    if len(masks) > 1:
        for number, runs in masks.items():
            sys.stdout.write(f"{number}\t{to_text(runs, format, options)}\n")
    else:
        (runs,) = masks.values() or (nothing,)
        sys.stdout.write(to_text(runs, format, options) + "\n")
    return 0


def _decode(text: str, format: Format, size: tuple[int, int] | None, options: Any, out: Path | None, json: bool) -> int:
    import numpy as np

    from perpixel.masks.runs.text import from_text
    from perpixel.pictures import write_png

    runs = from_text(text, format, size, options)
    if out is not None:
        write_png(out, np.where(runs.decode(), np.uint8(255), np.uint8(0)))
    facts = {"size": list(runs.size), "area": runs.area, "box": list(runs.box)}
    if json:
        return _print(facts)
    if out is not None:
        sys.stdout.write(f"{runs.area} pixels inside, box {' '.join(map(str, runs.box))}: {out}\n")
    elif max(runs.size) > SHOWN:
        raise ValueError(
            f"a mask of {runs.size[0]} x {runs.size[1]} is too large to print; give --out mask.png or --json"
        )
    else:
        sys.stdout.write("".join(" ".join("01"[inside] for inside in row) + "\n" for row in runs.decode().tolist()))
    return 0


def _convert(text: str, source: Format, target: Format, size: tuple[int, int] | None, options: Any, json: bool) -> int:
    """Order and base belong to whichever of the two is Kaggle's, the token of an empty mask to what is printed."""
    from dataclasses import replace

    from perpixel.masks.runs.text import PairOptions, checked, from_text, to_text, to_value

    pairs = replace(options, empty=None)
    if "kaggle" not in (source, target):
        checked(target, pairs)
    reads = pairs if source == "kaggle" else PairOptions()
    writes = replace(pairs if target == "kaggle" else PairOptions(), empty=options.empty)
    checked(target, writes)
    runs = from_text(text, source, size, reads)
    if json:
        return _print({"size": list(runs.size), "format": target, "value": to_value(runs, target, writes)})
    sys.stdout.write(to_text(runs, target, writes) + "\n")
    return 0


def _print(facts: dict[str, Any]) -> int:
    from json import dumps

    sys.stdout.write(dumps(facts) + "\n")
    return 0
