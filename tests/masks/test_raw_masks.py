from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from perpixel.errors import MaskError
from perpixel.masks import decode_raw, read_raw

LABELS = np.array([[0, 1, 2], [3, 1, 0]], np.uint8)


def saved(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def with_palette(labels: np.ndarray) -> Image.Image:
    image = Image.fromarray(labels)
    image.putpalette([9, 8, 7, 100, 0, 0, 0, 100, 0, 0, 0, 100])
    return image


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
def test_gray_masks_give_their_values(form: str) -> None:
    raw = decode_raw(saved(Image.fromarray(LABELS), form))
    np.testing.assert_array_equal(raw.values, LABELS)


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
def test_palette_masks_keep_the_index_and_tell_the_colors(form: str) -> None:
    raw = decode_raw(saved(with_palette(LABELS), form))
    np.testing.assert_array_equal(raw.values, LABELS)
    assert raw.palette is not None
    assert raw.palette[:4].tolist() == [[9, 8, 7], [100, 0, 0], [0, 100, 0], [0, 0, 100]]


def test_a_palette_of_two_bits_keeps_the_index() -> None:
    raw = decode_raw(saved(with_palette(LABELS), bits=2))
    np.testing.assert_array_equal(raw.values, LABELS)


def test_an_lzw_palette_keeps_the_index() -> None:
    raw = decode_raw(saved(with_palette(LABELS), "TIFF", compression="tiff_lzw"))
    np.testing.assert_array_equal(raw.values, LABELS)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_gray_pngs_of_every_depth_are_not_stretched(bits: int) -> None:
    values = np.arange(8).reshape(2, 4) % 2**bits
    assert decode_raw(_gray_png(values, bits)).values.tolist() == values.tolist()


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
def test_masks_of_one_bit_are_0_and_1(form: str) -> None:
    truth = np.array([[True, False, True]])
    np.testing.assert_array_equal(decode_raw(saved(Image.fromarray(truth), form)).values, truth)


def test_a_16_bit_mask_is_never_read_as_8() -> None:
    labels = np.array([[0, 255, 256], [257, 300, 65535]], np.uint16)
    for data in (cv2.imencode(".png", labels)[1].tobytes(), saved(Image.fromarray(labels), "TIFF")):
        raw = decode_raw(data)
        assert raw.values.dtype == np.uint16
        np.testing.assert_array_equal(raw.values, labels)


@pytest.mark.parametrize("dtype", ["int16", "int32", "int64", "float32", "float64"])
def test_whole_numbers_of_any_type_are_labels(dtype: str) -> None:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.array([[0, 7], [300, 2]], dtype))
    assert decode_raw(buffer.getvalue()).values.tolist() == [[0, 7], [300, 2]]


@pytest.mark.parametrize(("value", "dtype"), [(-1, "int16"), (0.5, "float32"), (np.nan, "float32"), (70000, "int32")])
def test_what_is_no_label_is_an_error_with_its_place(value: float, dtype: str) -> None:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.array([[0, 0], [0, value]], dtype))
    with pytest.raises(MaskError, match=rf"a\.tif: value {value} at row 1, column 1 is no label"):
        decode_raw(buffer.getvalue(), name="a.tif")


def test_rgb_masks_and_opaque_rgba_masks_are_three_values() -> None:
    colors = np.random.default_rng(0).integers(0, 256, (3, 4, 3), np.uint8)
    opaque = np.dstack([colors, np.full((3, 4), 255, np.uint8)])
    for form in ("PNG", "TIFF"):
        np.testing.assert_array_equal(decode_raw(saved(Image.fromarray(colors), form)).values, colors)
        np.testing.assert_array_equal(decode_raw(saved(Image.fromarray(opaque), form)).values, colors)
    np.testing.assert_array_equal(decode_raw(saved(Image.fromarray(colors), "WEBP", lossless=True)).values, colors)


def test_gray_with_opaque_alpha_is_gray() -> None:
    raw = decode_raw(saved(Image.fromarray(LABELS).convert("LA")))
    np.testing.assert_array_equal(raw.values, LABELS)


def test_a_transparent_mask_is_refused_with_its_place() -> None:
    clear = np.full((3, 4, 4), 255, np.uint8)
    clear[1, 2, 3] = 254
    with pytest.raises(MaskError, match="transparent at row 1, column 2"):
        decode_raw(saved(Image.fromarray(clear)))


@pytest.mark.parametrize(
    ("form", "options"), [("JPEG", {}), ("WEBP", {"quality": 80}), ("TIFF", {"compression": "jpeg"})]
)
def test_lossy_masks_are_refused_with_the_reason(form: str, options: dict[str, object]) -> None:
    data = saved(Image.fromarray(np.zeros((16, 16, 3), np.uint8)), form, **options)
    with pytest.raises(MaskError, match=r"mask\.png: a \w+ mask, whose labels lossy compression has changed"):
        decode_raw(data, name="mask.png")


def test_exif_is_told_but_never_applied_to_a_mask() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    raw = decode_raw(saved(Image.fromarray(LABELS), exif=exif))
    np.testing.assert_array_equal(raw.values, LABELS)
    assert raw.orientation == 6


def test_damaged_and_missing_masks_are_mask_errors_that_name_the_file(tmp_path: Path) -> None:
    data = saved(with_palette(np.tile(LABELS, (50, 50))))
    damaged = bytearray(data)
    damaged[-40] ^= 255
    for name, content in {
        "cut.png": data[:-30],
        "damaged.png": bytes(damaged),
        "empty.png": b"",
        "text.png": b"no",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(MaskError, match=name):
            read_raw(tmp_path / name)
    with pytest.raises(MaskError, match=r"none\.png: cannot be read"):
        read_raw(tmp_path / "none.png")


MASKS = [saved(with_palette(LABELS), form) for form in ("PNG", "BMP", "TIFF")]
MASKS += [saved(with_palette(LABELS), "TIFF", compression="tiff_lzw"), saved(Image.fromarray(LABELS).convert("LA"))]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(MASKS), st.lists(st.tuples(st.integers(0, 10**4), st.integers(0, 255)), max_size=4))
def test_a_changed_mask_is_a_mask_or_an_error(data: bytes, changes: list[tuple[int, int]]) -> None:
    changed = bytearray(data)
    for place, value in changes:
        changed[place % len(changed)] = value
    try:
        raw = decode_raw(bytes(changed), max_pixels=10**6)
    except MaskError as error:
        assert str(error).startswith("mask: ")  # noqa: PT017
    else:
        assert raw.values.dtype in (np.uint8, np.uint16)
        assert raw.values.shape[2:] in ((), (3,))


def _gray_png(values: np.ndarray, bits: int) -> bytes:
    """A gray PNG of any depth, chunk by chunk, as the format's text says."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = values.shape
    rows = b""
    for row in values:
        digits = "".join(format(int(value), f"0{bits}b") for value in row)
        digits += "0" * (-len(digits) % 8)
        rows += b"\0" + int(digits, 2).to_bytes(len(digits) // 8, "big")
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
