"""Pictures that are the same photo, within a split and across splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perpixel.data.inspecting.item import Looked
from perpixel.data.inspecting.problem import Problem
from perpixel.data.near_duplicates import groups, members
from perpixel.data.signatures import SIDE, Signature, Signatures

_UNREAD = Signature(b"", (0, 0), np.zeros((SIDE, SIDE), np.float16))


@dataclass(frozen=True)
class Copies:
    """Pictures of one photo.

    Attributes:
        names: of the pictures, each with its split.
        exact: whether all files have the same bytes.
    """

    names: tuple[tuple[str, str], ...]
    exact: bool

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(split for split, _ in self.names))


def photos(looks: Sequence[Looked]) -> NDArray[np.intp]:
    """(N,) a number for each look, the same for pictures of one photo."""
    return groups(Signatures.of([look.signature or _UNREAD for look in looks]))


def find_copies(looks: Sequence[Looked], numbers: NDArray[np.intp]) -> list[Copies]:
    """The groups of several pictures, by the numbers of their photos."""
    parts = [look.signature or _UNREAD for look in looks]
    return [
        Copies(
            tuple((looks[place].item.split, looks[place].item.name) for place in places),
            len({parts[place].digest for place in places}) == 1,
        )
        for places in members(numbers)
    ]


def problems_of_copies(copies: Sequence[Copies]) -> list[Problem]:
    """Leaks first, then copies within one split."""
    across = [group for group in copies if len(group.splits) > 1]
    within = [group for group in copies if len(group.splits) == 1]
    problems = []
    for exact, what in ((True, "the same file"), (False, "the same photo, changed")):
        leaks = [group for group in across if group.exact == exact]
        if leaks:
            files = tuple(" = ".join(f"{split}: {name}" for split, name in group.names[:4]) for group in leaks)
            text = (
                f"{_count(leaks)} of pictures in several splits are {what}: val then judges what was learned by heart"
            )
            problems.append(Problem("leak", "error", text, files, "keep each group in one split"))
    if within:
        files = tuple(" = ".join(name for _, name in group.names[:4]) for group in within)
        exact_ones = sum(group.exact for group in within)
        text = f"{_count(within)} of pictures within one split are the same photo, {exact_ones} of them the same file"
        problems.append(Problem("copies", "note", text, files))
    return problems


def _count(groups_of: Sequence[Copies]) -> str:
    return f"{len(groups_of)} group{'s' if len(groups_of) > 1 else ''}"
