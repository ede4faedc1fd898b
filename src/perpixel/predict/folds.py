"""A folder of folds: several runs, each trained without another part of the pictures, that answer together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from perpixel.errors import ModelError

FOLDS = "folds.json"
FORMAT = 1


def fold_folders(path: str | Path) -> list[Path]:
    """The run of each fold, if the folder holds folds; nothing if it does not.

    Raises:
        ModelError: its `folds.json` is broken, or a fold is not trained yet.
    """
    folder = Path(path)
    if not (folder / FOLDS).is_file():
        return []
    found = [folder / str(fold["name"]) for fold in read_folds(folder)["folds"]]
    missing = next((each for each in found if not (each / "best" / "config.json").is_file()), None)
    if missing is not None:
        raise ModelError(
            f"{missing}: this fold has no checkpoint yet: train it with --resume --out {folder}, "
            "or name the folds that you want, separated by commas"
        )
    return found


def fold_pictures(path: str | Path) -> set[str]:
    """Names, with their split (`train/0001`), of the pictures that the folds in a folder were made of; or none.

    Every one of them was learnt from by all folds but one.
    """
    folder = Path(path)
    folds = read_folds(folder)["folds"] if (folder / FOLDS).is_file() else []
    return {name for fold in folds for name in fold["pictures"]}


def read_folds(folder: Path) -> dict[str, Any]:
    """What `folds.json` says: the number of pictures, the seed, and for each fold its name, pictures and score.

    Raises:
        ModelError: it cannot be read, or another version wrote it.
    """
    path = folder / FOLDS
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        complete = all({"name", "pictures"} <= fold.keys() for fold in data["folds"])
        known = data["format"] == FORMAT and data["folds"] and complete
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: not what `perpixel train --folds` writes: {error!r}") from error
    if not known:
        raise ModelError(f"{path}: not what this version of `perpixel train --folds` writes")
    return dict(data)
