"""A picture and its mask, read so that they lie on each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.data.sample import Sample
from perpixel.errors import DataError, MaskError
from perpixel.masks import Encoding, RawMask, decode_labels, read_raw
from perpixel.pictures import Header, conform, decode_picture, read_bytes, read_file_header, read_header, upright
from perpixel.results import LabelMap


def read_pair(
    sample: Sample, classes: ClassTable, encoding: Encoding, *, channels: int, max_pixels: int
) -> tuple[NDArray[np.uint8], LabelMap]:
    """Picture (H, W, channels) uint8 and truth (H, W), both upright.

    Raises:
        DataError: one of them cannot be read, or they do not fit together.
    """
    data, name = read_bytes(sample.picture), str(sample.picture)
    header = read_header(data, max_pixels=max_pixels, name=name)
    image = conform(decode_picture(data, max_pixels=max_pixels, name=name), channels, name=name)
    return image, _truth(sample, header, classes, encoding, max_pixels)


def read_truth(sample: Sample, classes: ClassTable, encoding: Encoding, *, max_pixels: int) -> LabelMap:
    """The truth (H, W) alone, checked against the size in the picture's header.

    Raises:
        DataError: as `read_pair`.
    """
    return _truth(sample, read_file_header(sample.picture, max_pixels=max_pixels), classes, encoding, max_pixels)


def turn_of_mask(raw: RawMask, picture: Header, *, mask_name: Path, picture_name: Path) -> int:
    """The EXIF orientation 1 to 8 that a mask must be turned by to lie on its upright picture.

    A mask is never turned for its own sake. Its size tells how it was made: of the upright picture's size, on the
    upright picture, and it stays as it is; of the size as stored, by a tool that ignores EXIF, and it is turned
    together with the picture. Where both sizes are the same (a square, a half turn, a mirror), it counts as made on the
    upright picture, which is what viewers and annotation tools show, unless it carries the picture's own orientation.

    Raises:
        MaskError: it has neither size.
    """
    fits_upright, fits_stored = raw.size == picture.upright_size, raw.size == picture.size
    if not fits_upright and not fits_stored:
        (height, width), (wanted_height, wanted_width) = raw.size, picture.upright_size
        raise MaskError(
            f"{mask_name}: the mask is {height} x {width} (height x width), its picture {picture_name} is "
            f"{wanted_height} x {wanted_width}; every pixel needs its label: make the mask again at the picture's size"
        )
    if fits_stored and (not fits_upright or raw.orientation == picture.orientation):
        return picture.orientation
    return 1


def _truth(sample: Sample, header: Header, classes: ClassTable, encoding: Encoding, max_pixels: int) -> LabelMap:
    if sample.mask is None:
        raise DataError(f"{sample.picture}: the picture has no mask, so it can be neither learned from nor judged")
    raw = read_raw(sample.mask, max_pixels=max_pixels)
    turn = turn_of_mask(raw, header, mask_name=sample.mask, picture_name=sample.picture)
    truth = decode_labels(raw, classes, encoding, name=str(sample.mask))
    return truth if turn == 1 else LabelMap(upright(truth.labels, turn), classes)
