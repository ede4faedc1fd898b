"""Every format of run lengths as one line of text, by the name that the command line knows it by."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from perpixel.errors import MaskError
from perpixel.masks.runs.coco import from_coco, from_coco_counts, from_coco_text, to_coco_counts, to_coco_text
from perpixel.masks.runs.cvat import from_cvat, to_cvat
from perpixel.masks.runs.kaggle import (
    from_kaggle,
    from_siim,
    to_carvana,
    to_kaggle,
    to_siim,
)
from perpixel.masks.runs.label_studio import from_label_studio, to_label_studio
from perpixel.masks.runs.numbers import numbers_of, shown
from perpixel.masks.runs.runs import Runs
from perpixel.masks.runs.vot import from_vot, to_vot

FormatName = Literal["coco", "coco-counts", "kaggle", "carvana", "siim", "vot", "cvat", "label-studio"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName)


@dataclass(frozen=True)
class PairOptions:
    """What differs among competitions: of Kaggle's pairs the order and the base, and the token of an empty mask."""

    order: Literal["column", "row"] = "column"
    base: Literal[0, 1] = 1
    empty: str | None = None


def to_text(runs: Runs, name: FormatName, options: PairOptions | None = None) -> str:
    """One mask as text. Lists are written as JSON has them.

    Raises:
        ValueError: an unknown format, or options that it does not have.
    """
    value = to_value(runs, name, options)
    return value if isinstance(value, str) else json.dumps(value)


def to_value(runs: Runs, name: FormatName, options: PairOptions | None = None) -> str | list[int]:
    """One mask as text, or as a list in those formats that are one."""
    options = checked(name, options)
    token = {} if options.empty is None else {"empty": options.empty}
    writers: dict[str, Callable[[], str | list[int]]] = {
        "coco": lambda: to_coco_text(runs),
        "coco-counts": lambda: to_coco_counts(runs),
        "kaggle": lambda: to_kaggle(runs, order=options.order, base=options.base, **token),
        "carvana": lambda: to_carvana(runs, **token),
        "siim": lambda: to_siim(runs, **token),
        "vot": lambda: to_vot(runs),
        "cvat": lambda: to_cvat(runs),
        "label-studio": lambda: to_label_studio(runs),
    }
    return writers[name]()


def from_text(text: str, name: FormatName, size: tuple[int, int] | None, options: PairOptions | None = None) -> Runs:
    """The reverse. A COCO object in JSON, with its own size, is read as well.

    Raises:
        MaskError: text that cannot be read.
        ValueError: an unknown format, options that it does not have, or no size where the text tells none.
    """
    options = checked(name, options)
    if name in ("coco", "coco-counts") and text.lstrip().startswith('{"'):
        return _from_object(text, size)
    if size is None:
        raise ValueError(f"{name} does not tell the picture's size; give it as HEIGHTxWIDTH")
    if name == "kaggle":
        return from_kaggle(text, size, order=options.order, base=options.base, **_read_as_empty(options))
    if name == "siim":
        return from_siim(text, size, **_read_as_empty(options))
    if name == "carvana":
        return from_kaggle(text, size, order="row", **_read_as_empty(options))
    if name == "vot":
        return from_vot(text, size)
    if name == "coco":
        return from_coco_text(text.strip(), size)
    numbers = numbers_of(text.strip().strip("[]"), what=name, between=r"\s,")
    return {"coco-counts": from_coco_counts, "cvat": from_cvat, "label-studio": from_label_studio}[name](numbers, size)


def checked(name: str, options: PairOptions | None) -> PairOptions:
    """The options, if the format has them."""
    if name not in FORMATS:
        raise ValueError(f"no format {name!r} of run lengths; there are {', '.join(FORMATS)}")
    options = options or PairOptions()
    if name != "kaggle" and (options.order, options.base) != ("column", 1):
        raise ValueError(f"order and base are of kaggle; {name} has an order and a base of its own")
    if name not in ("kaggle", "carvana", "siim") and options.empty is not None:
        raise ValueError(f"a token for an empty mask is of kaggle, carvana and siim; {name} needs none")
    return options


def _read_as_empty(options: PairOptions) -> dict[str, Any]:
    return {} if options.empty is None else {"empty": (options.empty,)}


def _from_object(text: str, size: tuple[int, int] | None) -> Runs:
    try:
        runs = from_coco(json.loads(text))
    except (json.JSONDecodeError, RecursionError) as error:
        raise MaskError(f"COCO run lengths {shown(text)} are no JSON: {error}") from error
    if size is not None and size != runs.size:
        raise MaskError(f"the run lengths are of {runs.size[0]} x {runs.size[1]}, not of {size[0]} x {size[1]}")
    return runs
