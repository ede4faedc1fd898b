"""What a picture is called in a data set that is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from perpixel.data.annotation import Collection, Entry
from perpixel.data.names import role_of, split_of
from perpixel.errors import DataError

KNOWN_SPLITS = ("train", "val", "test")


def flat(name: str) -> str:
    """A name without folders and spaces: `a/b c` becomes `a__b_c`."""
    return re.sub(r"\s", "_", name.replace("/", "__"))


def in_splits(collection: Collection) -> Iterator[tuple[str, Entry]]:
    """Every entry under the name that it is written by, with its split: train, val and test, or else `all`.

    Other splits are told by the names. Folders of a name are kept unless one is called like masks, pictures or a split.

    Raises:
        DataError: two pictures of a split would have one name.
    """
    if set(collection.splits) <= {*KNOWN_SPLITS}:
        pairs = [(split, replace(entry, name=_unmistakable(entry.name))) for split, entry in collection.entries]
        _check(collection, pairs)
        yield from pairs
    else:
        yield from (("all", entry) for entry in in_one(collection, folders=True))


def in_one(collection: Collection, *, folders: bool = False) -> Iterator[Entry]:
    """Every entry under the name that it is written by where there are no splits.

    Args:
        collection: what is written. Names that two splits have get their split before them.
        folders: whether a name may have folders.

    Raises:
        DataError: two pictures would have one name.
    """
    rule = _unmistakable if folders else flat
    counts = Counter(rule(entry.name).lower() for _, entry in collection.entries)
    renamed = []
    for split, entry in collection.entries:
        name = rule(entry.name)
        if counts[name.lower()] > 1:
            name = flat(f"{split}/{name}")
        renamed.append(("all", replace(entry, name=name)))
    _check(collection, renamed)
    yield from (entry for _, entry in renamed)


def _unmistakable(name: str) -> str:
    telling = any(role_of(part) or split_of(part) for part in PurePosixPath(name).parts[:-1])
    return flat(name) if telling else name


def _check(collection: Collection, pairs: list[tuple[str, Entry]]) -> None:
    counts = Counter((split, entry.name.lower()) for split, entry in pairs)
    twice = [name for (_, name), count in counts.items() if count > 1]
    if twice:
        raise DataError(f"{collection.root}: two pictures would both be written as {twice[0]}; rename one")
