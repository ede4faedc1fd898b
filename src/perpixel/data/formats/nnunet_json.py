"""nnU-Net's dataset.json and splits_final.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perpixel.classes import ClassTable
from perpixel.errors import DataError
from perpixel.files import atomic_write

FOLDS = "splits_final.json"
_COLORS = {1: ("gray",), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}


@dataclass(frozen=True)
class DatasetJson:
    """What dataset.json says.

    Attributes:
        classes: by name; without the background where there are regions.
        values: the values in the label files of each class; several where they are regions.
        ignore: the value that is not judged.
        regions: whether classes are nnU-Net's regions, which overlap.
    """

    classes: ClassTable
    values: tuple[tuple[int, ...], ...]
    ignore: int | None
    regions: bool


def read_dataset_json(path: Path, classes: ClassTable | None) -> DatasetJson:
    """Read `labels`, of version 1 (`{"1": "tumor"}`) or 2 (`{"tumor": 1}`, or a list of values).

    Args:
        path: the file.
        classes: whose names are as the file's; by default a table of those.

    Raises:
        DataError: it cannot be read, or says no such thing.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8-sig"))["labels"]
        found = dict(_label(str(key), value) for key, value in given.items())
    except KeyError as error:
        raise DataError(f"{path}: {error} is missing; nnU-Net names the classes in `labels`") from error
    except (OSError, ValueError, TypeError, OverflowError, AttributeError, RecursionError) as error:
        raise DataError(f"{path}: not nnU-Net's dataset.json: {error}") from error
    ignore = found.pop("ignore", (None,))[0]
    regions = any(len(values) > 1 for values in found.values())
    if regions:
        found = {name: values for name, values in found.items() if values != (0,)}
    named = sorted(found.items(), key=lambda item: item[1]) if not regions else list(found.items())
    names = [name for name, _ in named]
    if not names:
        raise DataError(f"{path}: `labels` names no class")
    if classes is None:
        classes = ClassTable.named(names)
    elif len(classes) != len(names):
        raise DataError(f"{path}: {len(names)} classes ({', '.join(names)}), but the table given has {len(classes)}")
    return DatasetJson(classes, tuple(values for _, values in named), ignore, regions)


def read_fold(path: Path) -> dict[str, str]:
    """The split of each name in the first fold; empty if there is no such file.

    Raises:
        DataError: it cannot be read, or is no list of folds.
    """
    if not path.is_file():
        return {}
    try:
        first = json.loads(path.read_text(encoding="utf-8-sig"))[0]
        return {str(name): split for split in ("train", "val") for name in first[split]}
    except (OSError, ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise DataError(f"{path}: not nnU-Net's list of folds with `train` and `val`: {error}") from error


def write_dataset_json(path: Path, classes: ClassTable, *, channels: int, ignored: bool, training: int) -> None:
    """Write what nnU-Net needs to know: the label 0 is the background, and what is not judged the highest, `ignore`.

    Raises:
        DataError: a class is called `ignore`, or another than the first `background`.
    """
    shift = first_label(classes)
    if "ignore" in classes.names:
        raise DataError(f"{path.name}: a class is called `ignore`, which nnU-Net does not judge; rename it")
    labels = {"background": 0} | {name: number for number, name in enumerate(classes.names, start=shift) if number}
    if len(labels) < len(classes) + shift:
        raise DataError(f"{path.name}: the class `background` is not the first, as nnU-Net wants it; reorder the table")
    if ignored:
        labels["ignore"] = len(classes) + shift
    names = _COLORS.get(channels, tuple(f"channel_{number}" for number in range(channels)))
    data = {
        "channel_names": {str(number): name for number, name in enumerate(names)},
        "labels": labels,
        "numTraining": training,
        "file_ending": ".png",
    }
    atomic_write(path, (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode())


def first_label(classes: ClassTable) -> int:
    """The label of the first class: 1, unless it is the background, which nnU-Net always has as 0."""
    return 0 if classes[0].name.lower() == "background" else 1


def _label(key: str, value: Any) -> tuple[str, tuple[int, ...]]:
    if isinstance(value, str):
        return value, (int(key),)
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(number, int) and 0 <= number < 2**16 for number in values):
        raise ValueError(f"the label of {key!r} is {value!r}; expected a number or a list of numbers")
    return key, tuple(values)
