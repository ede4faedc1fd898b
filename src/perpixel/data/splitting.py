"""Splits: by lists of names, or by chance where a data set has none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path, PurePosixPath

from perpixel.data.layout import Undivided
from perpixel.data.listing import some
from perpixel.data.names import in_order, split_of
from perpixel.data.sample import Sample
from perpixel.errors import DataError

_LIST_FOLDERS = ("", "splits", "lists", "ImageSets", "ImageSets/Segmentation", "ImageSets/Main")


def find_lists(root: Path, files: Sequence[Path], folders: Sequence[str] = _LIST_FOLDERS) -> dict[str, Path]:
    """The split lists (train.txt, val.txt ...) of a data set, from the first of these folders that has a train list."""
    texts = [path for path in files if path.name.lower().endswith(".txt")]
    for folder in folders:
        lists = {}
        for path in texts:
            if path.parent == Path(folder):
                split = split_of(path.stem)
                if split is not None:
                    lists[split] = root / path
        if "train" in lists:
            return lists
    return {}


def by_lists(
    root: Path, samples: Sequence[Sample], lists: Mapping[str, Path]
) -> tuple[dict[str, tuple[Sample, ...]], int]:
    """The samples of each list, in its order, and how many samples are in no list.

    A line names a picture by its path or its stem; a second word (the mask, as SegNet writes it) is not needed.

    Raises:
        DataError: a list that cannot be read or is empty, or a line that names no sample or several.
    """
    by_key: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        parts = PurePosixPath(sample.name).parts
        for start in range(len(parts)):
            by_key["/".join(parts[start:])].append(sample)
    splits, used = {}, set()
    for split in in_order(list(lists)):
        chosen: list[Sample] = []
        missing: list[str] = []
        for line in read_list(lists[split]):
            found = _named(line, by_key)
            if len(found) > 1:
                raise DataError(f"{lists[split]}: {line!r} names {len(found)} pictures; write their folders too")
            if found:
                chosen += found
            else:
                missing.append(line)
        if missing:
            raise DataError(
                f"{lists[split]}: {len(missing)} of {len(missing) + len(chosen)} names are of no picture with a mask "
                f"in {root}: {some(missing)}; add the files or take the names out"
            )
        splits[split] = tuple(dict.fromkeys(chosen))
        used.update(chosen)
    return splits, len(samples) - len(used)


def read_list(path: Path) -> list[str]:
    """The first word of each line, without a suffix.

    Raises:
        DataError: the list cannot be read or is empty.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: the split list cannot be read: {error}") from error
    names = [line.split()[0] for line in lines if line.strip()]
    if not names:
        raise DataError(f"{path}: the split list is empty")
    return [name.replace("\\", "/") for name in names]


def undivided(splits: Mapping[str, tuple[Sample, ...]]) -> Undivided | None:
    """Of splits that folders state, the one of which nothing is held out yet; None where there is a `val`, or no train.

    Lists are never divided: who writes a list says what is learned from.
    """
    if "all" in splits:
        return "all"
    return "train" if "train" in splits and "val" not in splits else None


def by_chance(
    samples: Sequence[Sample], seed: int, groups: Sequence[int] | None = None
) -> dict[str, tuple[Sample, ...]]:
    """A fifth to `val`, the rest to `train`, by a digest of seed and name: the same on every machine, in any order.

    Args:
        samples: all of them.
        seed: of the split.
        groups: a number for each sample; those of one number stay together (`near_duplicates`). A group that is larger
            than the room left in `val` is learned from. Where no two have one number, the split is that without groups.
    """
    if len(samples) < 2:
        return {"train": tuple(samples)}
    numbers = range(len(samples)) if groups is None else groups
    members: dict[int, list[Sample]] = defaultdict(list)
    for number, sample in zip(numbers, samples, strict=True):
        members[number].append(sample)
    room = max(round(len(samples) / 5), 1)
    held_out = set[Sample]()
    for group in sorted(members.values(), key=lambda own: min(_rank(sample, seed) for sample in own)):
        if len(held_out) + len(group) <= room:
            held_out.update(group)
    if not held_out:  # all are of groups that are too large
        return by_chance(samples, seed)
    return {
        "train": tuple(sample for sample in samples if sample not in held_out),
        "val": tuple(sample for sample in samples if sample in held_out),
    }


def _rank(sample: Sample, seed: int) -> bytes:
    return blake2b(f"{seed}\0{sample.name}".encode()).digest()


def _named(line: str, by_key: Mapping[str, list[Sample]]) -> list[Sample]:
    """The samples that a line names: by the longest end of its path that any sample has."""
    parts = PurePosixPath(line).parts
    for start in range(len(parts)):
        end = "/".join(parts[start:])
        for key in (end, str(PurePosixPath(end).with_suffix("")) if PurePosixPath(end).name else end):
            if key in by_key:
                return by_key[key]
    return []
