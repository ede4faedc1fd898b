"""Pictures and masks as GeoTIFF: label maps that lie on the Earth where their pictures do."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import tifffile

from perpixel.data.annotation import Collection
from perpixel.data.formats.format import Format, Progress, Reading
from perpixel.data.formats.georeference import georeference, no_data, stated_no_data
from perpixel.data.formats.index_png import LOST_IN_LABELS, save_table
from perpixel.data.formats.label_folders import mask_files, read_label_folder
from perpixel.data.formats.painting import paint_labels
from perpixel.data.formats.picture_files import place_of, put_picture, split_folder
from perpixel.data.formats.writing import truths
from perpixel.data.tables import find_table
from perpixel.errors import DataError
from perpixel.files import atomic_write


def _recognize(path: Path) -> bool:
    mask = _first_mask(path)
    return mask is not None and bool(georeference(mask))


def _first_mask(path: Path) -> Path | None:
    try:
        masks = mask_files(path) if path.is_dir() else []
    except DataError:
        return None
    return path / masks[0] if masks else None


def _read(path: Path, reading: Reading) -> Collection:
    """As other label maps; the masks' own value of nothing is what is not judged, where no class table says more."""
    mask = _first_mask(path)
    if mask is not None and reading.ignore is None and reading.classes is None and find_table(path) is None:
        reading = replace(reading, ignore=stated_no_data(mask))
    return read_label_folder(path, reading, format="geotiff")


def _write(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    """Write `images/` and `masks/NAME.tif` with the georeference of the picture, where it has one."""
    classes = collection.classes
    save_table(classes, out / "classes.yaml", encoding="index")
    for split, entry, truth in truths(collection, progress):
        if pictures:
            put_picture(collection, entry, split_folder(out / "images", split))
        data = io.BytesIO()
        tags = [*georeference(entry.picture), no_data(classes.ignored)]
        labels = paint_labels(truth, classes)
        tifffile.imwrite(data, labels, photometric="minisblack", compression="zlib", metadata=None, extratags=tags)
        atomic_write(place_of(split_folder(out / "masks", split), entry.name, ".tif"), data.getvalue())


GEOTIFF = Format(
    "GeoTIFF masks that lie where their pictures do: images/ and masks/NAME.tif",
    _recognize,
    _read,
    _write,
    LOST_IN_LABELS,
    ("semantic",),
)
