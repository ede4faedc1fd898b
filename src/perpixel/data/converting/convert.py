"""Read, adapt, write into a spare folder, put it in place, read again, compare."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import tifffile

from perpixel.data.adapting import adapt, adaptation
from perpixel.data.annotation import Collection, Entry
from perpixel.data.converting.comparing import compare
from perpixel.data.converting.receipt import Receipt
from perpixel.data.converting.spare_folder import spare_folder
from perpixel.data.converting.told_apart import ToldApart
from perpixel.data.formats import FORMATS, Reading, read_collection
from perpixel.data.formats.format import Format, Write
from perpixel.data.formats.picture_files import place_of
from perpixel.errors import DataError
from perpixel.files import atomic_write, make_folder
from perpixel.pictures import encode_png

Progress = Callable[[str, int, int], None]
"""Called with what is done (`writing` or `checking`), how many pictures are done, and of how many."""


def convert(
    source: Path,
    target: Path,
    *,
    to: str,
    source_format: str | None = None,
    reading: Reading | None = None,
    things: ToldApart | None = None,
    pictures: bool = True,
    progress: Progress | None = None,
) -> Receipt:
    """Convert a data set; one picture is in memory at a time.

    Args:
        source: a folder or file in any format.
        target: a folder that is empty or not there; it appears when all is written.
        to: the format to write, a key of `FORMATS`.
        source_format: the format to read; by default what `source` looks like.
        reading: what the files do not tell.
        things: how things are told apart in label maps; None leaves classes as they are.
        pictures: whether the photos are copied as well.
        progress: told of each picture.

    Returns:
        What was read and written, how well both agree, and what was lost.

    Raises:
        DataError: the source cannot be read, lacks pictures, or holds what the target cannot; the target is not empty
            or lies in the source. Nothing is left at `target` then.
        ValueError: an unknown format, or one that is only read; or classes of things that are not there.
    """
    form, write = _written(to)
    reading = reading or Reading()
    collection = read_collection(source, source_format, reading)
    collection = collection if things is None else things(collection)
    if source.is_dir() and target.resolve().is_relative_to(source.resolve()):
        raise DataError(f"{target}: lies in what is read, {source}; choose a folder outside of it")
    with spare_folder(target) as spare:
        given = _with_files(collection, make_folder(spare / "pictures")) if pictures else collection
        how, out = adaptation(given, form), make_folder(spare / "out")
        write(adapt(given, how), out, pictures=pictures, progress=_stage(progress, "writing"))
        _put(out, target)
        if pictures:
            written = read_collection(target, to, Reading(max_pixels=reading.max_pixels))
        else:
            written = _without_pictures(target, to, collection, reading, spare)
        return compare(collection, how, written, form, progress=_stage(progress, "checking"))


def _stage(progress: Progress | None, name: str) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, total: progress(name, done, total)


def _written(to: str) -> tuple[Format, Write]:
    form = FORMATS.get(to)
    if form is None or form.write is None:
        raise ValueError(f"{to!r} is no format to write; there are {', '.join(n for n in FORMATS if FORMATS[n].write)}")
    return form, form.write


def _with_files(collection: Collection, folder: Path) -> Collection:
    """Photos that are no files of their own, such as the pages of a stack, as files."""
    splits = {
        split: tuple(_with_file(entry, folder / split) if entry.load is not None else entry for entry in entries)
        for split, entries in collection.splits.items()
    }
    return replace(collection, splits=splits)


def _with_file(entry: Entry, folder: Path) -> Entry:
    if entry.load is None:
        return entry
    image = entry.load()
    if image.shape[2] in (1, 3, 4):
        path, data = place_of(folder, entry.name, ".png"), encode_png(image)
    else:
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, image, photometric="minisblack", planarconfig="contig", metadata=None)
        path, data = place_of(folder, entry.name, ".tif"), buffer.getvalue()
    atomic_write(path, data)
    return replace(entry, picture=path, load=None)


def _put(out: Path, target: Path) -> None:
    try:
        if target.is_dir():
            target.rmdir()
        out.rename(target)
    except OSError as error:
        raise DataError(f"{target}: the folder cannot be put there: {error.strerror or error}") from error


def _without_pictures(target: Path, to: str, collection: Collection, reading: Reading, spare: Path) -> Collection:
    """Masks alone, read again: with the pictures of the source, or a copy that has them, if a format needs them."""
    plain = Reading(max_pixels=reading.max_pixels)
    try:
        return read_collection(target, to, plain)
    except DataError:
        pass
    try:
        return read_collection(target, to, replace(plain, pictures=reading.pictures or collection.root))
    except DataError:
        form, write = _written(to)
        given = _with_files(collection, make_folder(spare / "pictures"))
        check = make_folder(spare / "check")
        write(adapt(given, adaptation(given, form)), check, pictures=True, progress=None)
        return replace(read_collection(check, to, plain), root=target)
