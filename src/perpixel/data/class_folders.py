"""A mask for every class: `images/NAME` and `masks/CLASS/NAME`, split by folders, by lists, or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from perpixel.classes import ClassTable, SegmentClass, color_of
from perpixel.data.layout import Layout
from perpixel.data.listing import is_picture, some
from perpixel.data.names import Role, in_order, role_of, split_of
from perpixel.data.pairing import core
from perpixel.data.sample import Sample
from perpixel.data.splitting import by_lists, find_lists, undivided
from perpixel.errors import DataError
from perpixel.masks import layer_folder

Owned = dict[str, Path]  # the masks of one picture, by class folder


@dataclass(frozen=True, slots=True)
class _File:
    """A picture, or a mask of the class `layer`; `key` is its path without the folders that tell role, split, class."""

    path: Path
    key: str
    split: str | None
    layer: str = ""


def recognize(root: Path, files: Sequence[Path], *, table: ClassTable | None) -> tuple[Layout, ClassTable] | None:
    """Pictures with a folder of masks for every class; None if it is not that.

    The folder below that of the masks is the class. `train`, `val` and `test` are splits unless the table has such a
    class; and where every folder is called like a kind of truth (`semantic`, `labels`), the table must have them. A
    picture without a mask of some class does not have that class in it; a
    whole split without masks has no truth. Files of neither side are left aside.

    Args:
        root: the folder.
        files: all files below it.
        table: the stated classes; by default the folders, by name.

    Raises:
        DataError: masks without a picture, a class folder without masks, or one that the stated table does not have.
    """
    stated = frozenset(layer_folder(name) for name in table.names) if table else frozenset[str]()
    pictures, masks = list[_File](), list[_File]()
    for path in filter(is_picture, files):
        role, file = _classify(path, stated)
        if role == "masks" and not file.layer:
            return None  # a mask of no class: these are label maps
        if role is not None:
            (masks if role == "masks" else pictures).append(file)
    found = {file.layer for file in masks}
    if not found & stated and all(role_of(name) for name in found):
        return None  # `labels/semantic/` beside `labels/instances/` are kinds of truth, not classes
    if found <= {Path(file.key).name for file in pictures}:
        return None  # a folder for each picture holds its things, not classes
    owned = _pair(root, pictures, masks)
    if owned is None:
        return None
    _check_folders(root, masks, found, stated)
    classes = table or ClassTable(tuple(SegmentClass(name, color_of(n)) for n, name in enumerate(sorted(found), 1)))
    order = [layer_folder(name) for name in classes.names]
    samples = {
        file: Sample(
            file.key, root / file.path, None, tuple(root / own[name] if name in own else None for name in order)
        )
        for file, own in owned.items()
    }
    splits, how, listed = _split(root, files, samples, masks)
    shown = ", ".join(classes.names[:8]) + (", ..." if len(classes) > 8 else "")
    words = f"a folder of masks for every class: {shown}{how}"
    return Layout(splits, words, undivided=None if listed else undivided(splits)), classes


def _classify(path: Path, stated: frozenset[str]) -> tuple[Role | None, _File]:
    """What a file is, by the first of its folders that tells, and the file without the folders that tell something."""
    role, split, rest, layer = _told(path.parts[:-1], stated)
    return role, _File(path, "/".join((*rest, path.stem)), split, layer)


@lru_cache(maxsize=4096)  # many files, few folders
def _told(folders: tuple[str, ...], stated: frozenset[str]) -> tuple[Role | None, str | None, tuple[str, ...], str]:
    """Role and split by the folders of a file, those that tell nothing, and the class."""
    roles = [role_of(folder) for folder in folders]
    place = next((n for n, role in enumerate(roles) if role in ("masks", "pictures")), None)
    if place is None:
        return None, None, (), ""
    role, before, below = roles[place], list(folders[:place]), list(folders[place + 1 :])
    split = next((own for name in (*before, *below) if name not in stated and (own := split_of(name))), None)
    split = split or split_of(folders[place])
    before, below = ([n for n in part if n in stated or split_of(n) is None] for part in (before, below))
    layer = below.pop(0) if role == "masks" and below else ""
    return role, split, (*before, *below), layer


def _pair(root: Path, pictures: Sequence[_File], masks: Sequence[_File]) -> dict[_File, Owned] | None:
    """The masks of every picture, by the same name, or the same but for `_mask` and its like; None if none fits.

    Raises:
        DataError: masks without a picture, two pictures of one name, or two masks of a class for one picture.
    """
    both = any(file.split for file in pictures) and any(file.split for file in masks)
    bare = not {file.key for file in pictures} & {file.key for file in masks}

    def address(file: _File) -> tuple[str | None, str]:
        key = core(file.key, mask=bool(file.layer)) if bare else file.key
        return file.split if both else None, key

    by_address: dict[tuple[str | None, str], _File] = {}
    for file in pictures:
        other = by_address.setdefault(address(file), file)
        if other is not file:
            raise DataError(
                f"{root}: {other.path} and {file.path} have the same name, so masks cannot be told apart; rename one"
            )
    owned: dict[_File, Owned] = {file: {} for file in pictures}
    left = [file.path for file in masks if address(file) not in by_address]
    if len(left) == len(masks):
        return None
    if left:
        raise DataError(f"{root}: {_masks(len(left))} no picture: {some(left)}. Add it, or take them out of the folder")
    for file in masks:
        own = owned[by_address[address(file)]]
        other_mask = own.setdefault(file.layer, file.path)
        if other_mask != file.path:
            raise DataError(f"{root}: {other_mask} and {file.path} are masks of one class and picture; leave one")
    return owned


def _check_folders(root: Path, masks: Sequence[_File], found: set[str], stated: frozenset[str]) -> None:
    unknown = sorted(found - stated) if stated else []
    if unknown:
        raise DataError(
            f"{root}: the mask folders {', '.join(unknown)} are no classes of the table; it has "
            f"{', '.join(sorted(stated))}"
        )
    for parent in sorted({_above_layer(file) for file in masks}):
        for folder in sorted(entry for entry in (root / parent).iterdir() if entry.is_dir()):
            known = folder.name in found or folder.name in stated or split_of(folder.name) is not None
            if not known and not folder.name.startswith((".", "__")):
                raise DataError(
                    f"{folder}: there is no mask in this class folder (PNG, TIFF or BMP, called like the pictures); "
                    "add them, or take the folder out"
                )


def _above_layer(file: _File) -> Path:
    """The folder in which the class folder of a mask lies."""
    parts = file.path.parts[:-1]
    return Path(*parts[: len(parts) - 1 - parts[::-1].index(file.layer)])


def _split(
    root: Path, files: Sequence[Path], samples: Mapping[_File, Sample], masks: Sequence[_File]
) -> tuple[dict[str, tuple[Sample, ...]], str, bool]:
    """The splits, how they were told, and whether by lists."""
    if any(file.split for file in (*samples, *masks)):
        splits = _by_folders(root, samples, masks)
        return splits, f"; split by folders {', '.join(splits)}", False
    everything = tuple(samples.values())
    lists = find_lists(root, files)
    if not lists:
        return {"all": everything}, "", False
    splits, unused = by_lists(root, everything, lists)
    told = f"; {unused} pictures are in no list" if unused else ""
    return splits, f"; split by the lists {', '.join(sorted(path.name for path in lists.values()))}{told}", True


def _by_folders(root: Path, samples: Mapping[_File, Sample], masks: Sequence[_File]) -> dict[str, tuple[Sample, ...]]:
    """By the folders of the pictures, or of the masks where only those lie in some."""
    of_mask = {root / file.path: file.split for file in masks}
    sided = any(file.split for file in samples)
    members: dict[str, list[Sample]] = defaultdict(list)
    outside = []
    for file, sample in samples.items():
        split = file.split if sided else next((of_mask[own] for own in sample.layers if own is not None), None)
        if split is None:
            outside.append(file.path)
        else:
            members[split].append(sample)
    if outside:
        raise DataError(
            f"{root}: {len(outside)} pictures lie in no split folder, nor do their masks: {some(outside)}; "
            f"put the pictures into split folders ({', '.join(in_order(list(members)))})"
        )
    return {name: tuple(_without_empty_truth(members[name])) for name in in_order(list(members))}


def _without_empty_truth(samples: list[Sample]) -> list[Sample]:
    """A split in which no picture has any mask has no truth, not an empty one."""
    if any(file is not None for sample in samples for file in sample.layers):
        return samples
    return [Sample(sample.name, sample.picture) for sample in samples]


def _masks(count: int) -> str:
    return f"{count} {'mask has' if count == 1 else 'masks have'}"
