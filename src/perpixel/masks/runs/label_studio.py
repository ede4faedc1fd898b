"""Label Studio's brush strokes: a bit stream of the RGBA values of the picture along its rows, as a list of bytes."""

from __future__ import annotations

from collections.abc import Sequence

from perpixel.errors import MaskError
from perpixel.masks.runs.numbers import counts_of
from perpixel.masks.runs.packed import HEADER_BITS, pack_runs, unpack_values, value_count
from perpixel.masks.runs.runs import Runs, checked_size, encode_mask, mask_counts
from perpixel.pictures import MAX_PIXELS

_CHANNELS = 4
_MOST_VALUES = 2**32 - 1


def to_label_studio(runs: Runs) -> list[int]:
    """The `rle` of a brush label: 255 in all four channels inside, 0 outside.

    Beside it stand `"format": "rle"` and the picture's `original_width` and `original_height`.

    Raises:
        ValueError: more than 2**30 pixels, whose number the format cannot hold.
    """
    pixels = runs.size[0] * runs.size[1]
    if pixels * _CHANNELS > _MOST_VALUES:
        raise ValueError(f"{pixels} pixels; a brush label of Label Studio holds at most {_MOST_VALUES // _CHANNELS}")
    counts = mask_counts(runs.decode(max_pixels=pixels), columns=False)
    return list(pack_runs((count * _CHANNELS, 255 * (place % 2)) for place, count in enumerate(counts.tolist())))


def from_label_studio(stream: Sequence[int], size: tuple[int, int], *, max_pixels: int = MAX_PIXELS) -> Runs:
    """The reverse, for a picture of `size` (height, width): inside is what is not fully transparent.

    Raises:
        MaskError: no bytes, a stream of another picture's size, or one that ends before its time.
    """
    size = checked_size(size, max_pixels=max_pixels)
    numbers = counts_of(stream, what="Label Studio brush")
    if any(not 0 <= number <= 255 for number in numbers):
        raise MaskError("Label Studio brush: the list holds bytes, 0 to 255; is it the list of another format?")
    data = bytes(numbers)
    if 8 * len(data) < HEADER_BITS:
        raise MaskError(f"Label Studio brush: {len(data)} bytes; the header alone has {HEADER_BITS} bits")
    expected = _CHANNELS * size[0] * size[1]
    if value_count(data) != expected:
        raise MaskError(
            f"Label Studio brush: it holds {value_count(data)} values, but {size[0]} x {size[1]} pixels have "
            f"{expected} (four each); the size is `original_height` x `original_width`"
        )
    alpha, short = unpack_values(data, step=_CHANNELS)
    if short:
        raise MaskError(f"Label Studio brush: {len(data)} bytes end before the last pixel; the list was cut off")
    return encode_mask(alpha.reshape(size) > 0)
