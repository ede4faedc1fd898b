"""Pictures and maps of ids: `images/` and `instance_masks/`, 0 where there is no thing; all things are of one class."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from perpixel.classes import ClassTable, SegmentClass, color_of, save_class_table
from perpixel.data.annotation import Annotation, Collection, Entry, Region
from perpixel.data.formats.format import Format, Progress, Reading
from perpixel.data.formats.id_maps import read_ids
from perpixel.data.formats.painting import paint
from perpixel.data.formats.paired_files import paired, photo_of
from perpixel.data.formats.picture_files import place_of, put_picture, split_folder
from perpixel.data.formats.writing import truths
from perpixel.data.listing import is_picture, list_files
from perpixel.data.sample import Sample
from perpixel.data.tables import stated_table
from perpixel.errors import DataError
from perpixel.masks.ids import write_ids
from perpixel.masks.runs import labels_to_runs

FOLDER = "instance_masks"
_CALLED = ("instance", "instances")


def _recognize(path: Path) -> bool:
    """Whether a folder of ids is there, and none of masks of classes."""
    if not path.is_dir():
        return False
    try:
        folders = sorted(entry.name for entry in path.iterdir() if entry.is_dir())
    except OSError:
        return False
    return any(_of_ids(name) for name in folders) and "masks" not in folders


def _read(path: Path, reading: Reading) -> Collection:
    if not path.is_dir():
        raise DataError(f"{path}: not a folder; give the one that has images/ and {FOLDER}/")
    chosen = [file for file in list_files(path) if is_picture(file) and _is_ids(file, reading.masks)]
    if not chosen:
        raise DataError(f"{path}: there is no folder of ids such as {FOLDER}/; name it (--masks)")
    classes = _classes(path, reading)
    splits = {
        split: tuple(_entry(sample, reading.max_pixels) for sample in samples)
        for split, samples in paired(path, chosen, folder=reading.masks, pictures=reading.pictures).items()
    }
    words = f"ids of things in {chosen[0].parts[0]}/, all {classes[0].name}"
    return Collection(path, "instance-png", "instance", classes, splits, words)


def _classes(path: Path, reading: Reading) -> ClassTable:
    table = stated_table(path, reading.classes, None)[0]
    if table is None:
        return ClassTable((SegmentClass("thing", color_of(1), thing=True),))
    if len(table) > 1:
        raise DataError(f"{path}: the class table has {len(table)} classes; in maps of ids all things are of one")
    return table


def _entry(sample: Sample, max_pixels: int) -> Entry:
    return Entry(sample.name, photo_of(sample), partial(_annotation, sample, max_pixels), file=sample.mask)


def _annotation(sample: Sample, max_pixels: int) -> Annotation:
    path = sample.mask or sample.picture
    ids = read_ids(path, photo_of(sample), max_pixels=max_pixels)
    things = labels_to_runs(ids, ignore=0)
    return Annotation(ids.shape, tuple(Region(0, runs, number) for number, runs in things.items()))


def _write(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    """Number the regions of each picture from 1 on; later ones cover earlier ones."""
    if len(collection.classes) == 1:
        save_class_table(collection.classes, out / "classes.yaml")
    for split, entry, truth in truths(collection, progress):
        if pictures:
            put_picture(collection, entry, split_folder(out / "images", split))
        ids = paint([region.runs for region in truth.regions], range(1, len(truth.regions) + 1), truth.size)
        write_ids(place_of(split_folder(out / FOLDER, split), entry.name, ""), ids)


def _is_ids(path: Path, masks: str | None) -> bool:
    return path.is_relative_to(Path(masks)) if masks is not None else any(_of_ids(part) for part in path.parts[:-1])


def _of_ids(folder: str) -> bool:
    return any(word in _CALLED for word in folder.lower().replace("-", "_").split("_"))


INSTANCE_PNG = Format(
    f"PNG maps of ids, 0 where no thing is: images/ and {FOLDER}/, one class",
    _recognize,
    _read,
    _write,
    frozenset({"overlaps", "crowd", "ignored", "classes", "stuff"}),
    ("instance",),
)
