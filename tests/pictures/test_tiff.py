from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from perpixel.errors import PictureError
from perpixel.pictures import decode_picture, read_header


def written(array: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **options)
    return buffer.getvalue()


def random(shape: tuple[int, ...], dtype: type = np.uint16) -> np.ndarray:
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_seven_bands_are_seven_channels_in_either_plane_order(dtype: type, planar: str) -> None:
    image = random((20, 30, 7), dtype)
    stored = image if planar == "contig" else np.moveaxis(image, 2, 0)
    data = written(stored, photometric="minisblack", planarconfig=planar)
    np.testing.assert_array_equal(decode_picture(data), image)
    assert read_header(data).channels == 7


def test_arrays_saved_without_saying_which_axis_is_which_are_read_by_their_shape() -> None:
    image = random((20, 30, 7))
    np.testing.assert_array_equal(decode_picture(written(image)), image)
    np.testing.assert_array_equal(decode_picture(written(np.moveaxis(image, 2, 0))), image)


def test_imagej_channels_are_channels() -> None:
    image = random((20, 30, 5))
    data = written(np.moveaxis(image, 2, 0), imagej=True, metadata={"axes": "CYX"})
    np.testing.assert_array_equal(decode_picture(data), image)


def test_a_stack_of_pages_is_refused_with_the_cure() -> None:
    with pytest.raises(PictureError, match="holds 30 pages; one picture a file is read: save each page"):
        decode_picture(written(random((30, 40, 50)), imagej=True, metadata={"axes": "ZYX"}))


def test_a_thumbnail_or_overview_beside_the_picture_is_left_alone() -> None:
    image, buffer = random((20, 30)), io.BytesIO()
    with tifffile.TiffWriter(buffer) as file:
        file.write(image)
        file.write(image[::2, ::2], subfiletype=1)
    np.testing.assert_array_equal(decode_picture(buffer.getvalue())[:, :, 0], image)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "tiff_deflate"])
@pytest.mark.parametrize("mode", ["L", "RGB", "P", "I;16", "1"])
def test_compressed_pages_read_as_pillow_reads_them(compression: str, mode: str) -> None:
    picture = Image.fromarray(random((20, 30, 3), np.uint8))
    picture = picture.convert("L").convert("I;16") if mode == "I;16" else picture.convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, "TIFF", compression=compression)
    truth = np.array(picture.convert("RGB") if mode == "P" else picture)
    truth = truth.astype(np.uint8) * 255 if truth.dtype == np.bool_ else truth
    np.testing.assert_array_equal(decode_picture(buffer.getvalue()), truth.reshape(20, 30, -1))


def test_jpeg_in_tiff_counts_as_lossy() -> None:
    buffer = io.BytesIO()
    Image.fromarray(random((32, 32, 3), np.uint8)).save(buffer, "TIFF", compression="jpeg")
    assert read_header(buffer.getvalue()).lossy
    assert decode_picture(buffer.getvalue()).shape == (32, 32, 3)


def test_white_is_zero_is_turned() -> None:
    image = random((4, 5), np.uint8)
    np.testing.assert_array_equal(decode_picture(written(image, photometric="miniswhite"))[:, :, 0], 255 - image)


def test_floats_and_signs_are_refused_with_the_cure() -> None:
    for dtype in ("float32", "int16", "uint32"):
        with pytest.raises(PictureError, match=f"{dtype}; save the picture with 8 or 16 bits"):
            decode_picture(written(np.ones((4, 5), dtype)))


def test_a_strip_that_inflates_beyond_its_page_is_refused() -> None:
    data = bytearray(written(np.zeros((2, 2), np.uint8), compression="zlib", metadata=None))
    bomb = zlib.compress(bytes(2**25), 1)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        tags = file.pages.first.tags
        at, place = tags["StripByteCounts"].valueoffset, tags["StripOffsets"].valueoffset
    data[at : at + 4] = len(bomb).to_bytes(4, "little")
    data[place : place + 4] = len(data).to_bytes(4, "little")
    with pytest.raises(PictureError, match="inflates to more than the page's 4 bytes"):
        decode_picture(bytes(data) + bomb)


def test_many_channels_count_against_the_limit() -> None:
    data = written(random((20, 30, 40), np.uint8), photometric="minisblack", planarconfig="contig")
    with pytest.raises(PictureError, match="20 x 30 pixels of 40 channels are more than the limit of 1000"):
        decode_picture(data, max_pixels=1000)
