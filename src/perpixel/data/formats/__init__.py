"""Every annotation format, by its name: what it is called, how it is recognized, read and written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from perpixel.data.annotation import Collection
from perpixel.data.formats.cityscapes import CITYSCAPES
from perpixel.data.formats.coco import COCO
from perpixel.data.formats.coco_panoptic import COCO_PANOPTIC
from perpixel.data.formats.cvat import CVAT
from perpixel.data.formats.format import Format, Progress, Reading
from perpixel.data.formats.geotiff import GEOTIFF
from perpixel.data.formats.index_png import INDEX_PNG
from perpixel.data.formats.instance_png import INSTANCE_PNG
from perpixel.data.formats.kaggle import KAGGLE_CLASS, KAGGLE_CLASS_JOINED, KAGGLE_OBJECT
from perpixel.data.formats.label_studio import LABEL_STUDIO
from perpixel.data.formats.labelme import LABELME
from perpixel.data.formats.nnunet import NNUNET
from perpixel.data.formats.palette_png import PALETTE_PNG
from perpixel.data.formats.rgb_png import RGB_PNG
from perpixel.data.formats.tiff import TIFF_BANDS, TIFF_PAGES
from perpixel.data.formats.voc import VOC
from perpixel.data.formats.yolo import YOLO
from perpixel.data.listing import list_files, some
from perpixel.errors import DataError

FORMATS: Mapping[str, Format] = {
    "coco-panoptic": COCO_PANOPTIC,
    "coco": COCO,
    "label-studio": LABEL_STUDIO,
    "labelme": LABELME,
    "cvat": CVAT,
    "yolo": YOLO,
    "kaggle-class": KAGGLE_CLASS,
    "kaggle-class-joined": KAGGLE_CLASS_JOINED,
    "kaggle-object": KAGGLE_OBJECT,
    "voc": VOC,
    "cityscapes": CITYSCAPES,
    "nnunet": NNUNET,
    "instance-png": INSTANCE_PNG,
    "tiff-pages": TIFF_PAGES,
    "tiff-bands": TIFF_BANDS,
    "geotiff": GEOTIFF,
    "palette-png": PALETTE_PNG,
    "rgb-png": RGB_PNG,
    "index-png": INDEX_PNG,
}
"""In the order in which they are tried: those that little else looks like first."""

__all__ = ["FORMATS", "Format", "Progress", "Reading", "find_format", "read_collection"]


def find_format(path: Path) -> str:
    """The name of the first format that a folder or file looks like.

    Raises:
        DataError: there is nothing at `path`, or it looks like none of them; the message says what lies there.
    """
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder")
    for name, form in FORMATS.items():
        if form.recognize(path):
            return name
    raise DataError(f"{path}: {_found(path)} look like none of the formats {', '.join(FORMATS)}; name one with --from")


def read_collection(path: Path, format: str | None = None, reading: Reading | None = None) -> Collection:
    """Read a data set of any format.

    Args:
        path: a folder or a file.
        format: a key of `FORMATS`; by default what `find_format` finds.
        reading: what the files do not tell.

    Raises:
        DataError: an unknown format, or files that are not of it.
        MaskError: masks that cannot be read.
        ValueError: no such format.
    """
    name = find_format(path) if format is None else format
    if name not in FORMATS:
        raise ValueError(f"there is no format {name!r}; there are {', '.join(FORMATS)}")
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder")
    return FORMATS[name].read(path, reading or Reading())


def _found(path: Path) -> str:
    if path.is_file():
        return f"its name and first bytes ({path.suffix.lower() or 'no suffix'})"
    files = list_files(path)
    return f"its {len(files)} files ({some(files)})" if files else "its files (there are none)"
