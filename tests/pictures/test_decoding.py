from __future__ import annotations

import io
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from perpixel.errors import PictureError
from perpixel.pictures import (
    conform,
    decode_picture,
    encode_jpeg,
    encode_png,
    picture_size,
    read_header,
    read_picture,
    upright,
    write_jpeg,
    write_png,
)

SMOOTH = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (41, 62, 3), np.uint8), (0, 0), 4)


def encoded(form: str, mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture = Image.fromarray(SMOOTH)
    picture = picture.convert("L").convert("I;16") if mode == "I;16" else picture.convert(mode)
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def pillow(data: bytes) -> np.ndarray:
    picture = Image.open(io.BytesIO(data))
    picture = ImageOps.exif_transpose(picture)
    array = np.array(picture.convert("RGB") if picture.mode in ("P", "CMYK") else picture)
    array = array.astype(np.uint8) * 255 if array.dtype == np.bool_ else array
    return array.reshape(*array.shape[:2], -1)


LOSSLESS = [(form, mode) for form in ("PNG", "BMP", "TIFF") for mode in ("1", "L", "P", "RGB", "I;16")]
LOSSLESS = [pair for pair in LOSSLESS if pair != ("BMP", "I;16")]


@pytest.mark.parametrize(("form", "mode"), [*LOSSLESS, ("PNG", "RGBA"), ("TIFF", "RGBA"), ("TIFF", "CMYK")])
def test_lossless_formats_read_as_pillow_reads_them(form: str, mode: str) -> None:
    data = encoded(form, mode)
    image = decode_picture(data)
    assert image.dtype == (np.uint16 if mode == "I;16" else np.uint8)
    np.testing.assert_array_equal(image, pillow(data))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_reads_as_pillow_reads_it_to_one_gray_value(mode: str) -> None:
    data = encoded("JPEG", mode)
    image = decode_picture(data)
    assert image.shape == (41, 62, 1 if mode == "L" else 3)
    assert np.abs(image.astype(int) - pillow(data)).max() <= 1


def test_cmyk_jpeg_keeps_its_colors() -> None:
    assert np.abs(decode_picture(encoded("JPEG", "CMYK", quality=95)).astype(int) - SMOOTH).max() <= 6


def test_webp_reads_lossless_and_with_transparency() -> None:
    np.testing.assert_array_equal(decode_picture(encoded("WEBP", lossless=True)), SMOOTH)
    clear = np.dstack([SMOOTH, np.arange(41 * 62, dtype=np.int64).reshape(41, 62) % 256]).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(clear).save(buffer, "WEBP", lossless=True, exact=True)
    np.testing.assert_array_equal(decode_picture(buffer.getvalue()), clear)


def test_gray_with_transparency_becomes_rgba() -> None:
    image = decode_picture(encoded("PNG", "LA"))
    assert image.shape == (41, 62, 4)
    assert (image[:, :, 3] == 255).all()


def test_a_color_key_or_a_transparent_palette_entry_adds_no_channel() -> None:
    assert decode_picture(encoded("PNG", "RGB", transparency=(1, 2, 3))).shape == (41, 62, 3)
    assert decode_picture(encoded("PNG", "P", transparency=3)).shape == (41, 62, 3)
    assert decode_picture(encoded("PNG", "L", transparency=3)).shape == (41, 62, 1)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_orientations_are_turned_as_pillow_turns_them(form: str, orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(form, exif=exif, **({"lossless": True} if form == "WEBP" else {}))
    image = decode_picture(data)
    assert np.abs(image.astype(int) - pillow(data)).max() <= 1
    assert image.shape[:2] == ((41, 62) if orientation < 5 else (62, 41))
    file = tmp_path / "turned"
    file.write_bytes(data)
    assert picture_size(file) == image.shape[:2]
    np.testing.assert_array_equal(upright(decode_picture(data, orient=False), orientation), image)


def test_a_damaged_exif_block_is_no_orientation_and_no_warning() -> None:
    data = bytearray(encoded("JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12"))
    with warnings.catch_warnings(record=True) as caught:
        assert decode_picture(bytes(data)).shape == (41, 62, 3)
    assert not caught


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "WEBP", "TIFF"])
@pytest.mark.parametrize("share", [0.99, 0.9, 0.5, 0.1, 0.02])
def test_a_cut_off_file_is_an_error_that_names_it(form: str, share: float) -> None:
    data = encoded(form)
    with pytest.raises(PictureError, match="cut/off"):
        decode_picture(data[: int(len(data) * share)], name="cut/off")


def test_a_cut_off_jpeg_with_a_whole_thumbnail_is_still_cut_off() -> None:
    thumbnail = encode_jpeg(SMOOTH[::4, ::4])
    whole = encoded("JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0" + thumbnail)
    assert decode_picture(whole).shape == (41, 62, 3)
    assert b"\xff\xd9" in whole[: len(thumbnail) + 100]
    with pytest.raises(PictureError, match="cut off before its end"):
        decode_picture(whole[:-60])


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_blocks": 2}, {"optimize": True}])
def test_jpegs_of_every_build_are_whole_until_their_last_byte_is_gone(options: dict[str, object]) -> None:
    data = encoded("JPEG", **options)
    assert decode_picture(data + b"trailing bytes of a camera" * 9).shape == (41, 62, 3)
    with pytest.raises(PictureError, match="cut off"):
        decode_picture(data[:-1])


def test_a_bomb_is_refused_by_its_header() -> None:
    header = bytearray(encoded("PNG"))
    header[16:24] = (40_000).to_bytes(4, "big") + (25_000).to_bytes(4, "big")
    with pytest.raises(PictureError, match="25000 x 40000 pixels are more than the limit of 268435456"):
        decode_picture(bytes(header))
    with pytest.raises(PictureError, match=r"41 x 62 pixels are more than the limit of 2541"):
        decode_picture(encoded("JPEG"), max_pixels=41 * 62 - 1)
    assert decode_picture(encoded("JPEG"), max_pixels=41 * 62).shape == (41, 62, 3)


def test_a_png_chunk_that_claims_gigabytes_is_refused_before_a_decoder_believes_it() -> None:
    data = encoded("PNG")
    assert data[-12:-8] == bytes(4)
    for claim in (b"\xff\0\0\0", b"\0\0\0\1"):
        with pytest.raises(PictureError, match="cut off before its end"):
            decode_picture(data[:-12] + claim + data[-8:])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"GIF89a" + bytes(20), "a GIF"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"<!DOCTYPE html>", "web page"),
        (b"hello, I am a text", "not a picture of a known kind"),
    ],
)
def test_a_stranger_is_told_what_it_is(data: bytes, words: str) -> None:
    with pytest.raises(PictureError, match=rf"^a\.jpg: .*{words}"):
        decode_picture(data, name="a.jpg")


def test_the_format_is_told_by_the_bytes_and_not_by_the_name(tmp_path: Path) -> None:
    path = tmp_path / "really_a_png.jpg"
    path.write_bytes(encode_png(SMOOTH))
    np.testing.assert_array_equal(read_picture(path), SMOOTH)
    assert read_header(path.read_bytes()).format == "PNG"


def test_a_missing_file_and_a_folder_are_errors_that_name_them(tmp_path: Path) -> None:
    for read in (read_picture, picture_size):
        with pytest.raises(PictureError, match=r"none\.png: cannot be read: No such file"):
            read(tmp_path / "none.png")
        with pytest.raises(PictureError, match="cannot be read"):
            read(tmp_path)
    (tmp_path / "empty.png").touch()
    with pytest.raises(PictureError, match="empty"):
        picture_size(tmp_path / "empty.png")


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_written_png_reads_back_equal(channels: int, dtype: type, tmp_path: Path) -> None:
    image = np.random.default_rng(1).integers(0, np.iinfo(dtype).max, (7, 5, channels)).astype(dtype)
    write_png(tmp_path / "a.png", image)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), image)
    write_png(tmp_path / "a.png", image[:, :, 0])
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), image[:, :, :1])
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_written_jpeg_is_near_and_its_quality_counts(tmp_path: Path) -> None:
    write_jpeg(tmp_path / "a.jpg", SMOOTH, quality=95)
    assert np.abs(read_picture(tmp_path / "a.jpg").astype(int) - SMOOTH).max() < 12
    assert len(encode_jpeg(SMOOTH, quality=30)) < len(encode_jpeg(SMOOTH))


def test_what_cannot_be_written_is_refused_before_the_file_is_touched(tmp_path: Path) -> None:
    for image in (np.zeros((3, 3), np.float32), np.zeros((3, 3, 2), np.uint8), np.zeros((0, 3), np.uint8)):
        with pytest.raises(ValueError, match="expected"):
            write_png(tmp_path / "a.png", image)
    with pytest.raises(ValueError, match="expected"):
        write_jpeg(tmp_path / "a.jpg", np.zeros((3, 3), np.uint16))  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_conform_brings_pictures_to_one_form() -> None:
    gray = np.full((2, 2, 1), 65535, np.uint16)
    np.testing.assert_array_equal(conform(gray, 3), np.full((2, 2, 3), 255))
    assert conform(np.full((1, 1, 1), 257 * 3 + 128, np.uint16), 1)[0, 0, 0] == 3
    rgba = np.dstack([SMOOTH, np.zeros((41, 62), np.uint8)])
    np.testing.assert_array_equal(conform(rgba, 3), SMOOTH)
    np.testing.assert_array_equal(conform(SMOOTH, 1)[:, :, 0], cv2.cvtColor(SMOOTH, cv2.COLOR_RGB2GRAY))
    with pytest.raises(PictureError, match="has 3 channels, 7 are expected"):
        conform(SMOOTH, 7)


FILES = [encoded(form) for form in ("JPEG", "PNG", "BMP", "WEBP", "TIFF")]
FILES += [encoded("PNG", "P"), encoded("JPEG", progressive=True), encoded("TIFF", compression="tiff_adobe_deflate")]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FILES), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8), st.floats(0, 1))
def test_a_changed_file_is_a_picture_or_an_error(data: bytes, changes: list[tuple[float, int]], end: float) -> None:
    changed = bytearray(data)
    for place, value in changes:
        # half of the changes hit the first bytes, where the headers are
        where = int(place * 2 * min(len(data), 200)) if place < 0.5 else int((place - 0.5) * 2 * (len(data) - 1))
        changed[min(where, len(data) - 1)] = value
    cut = bytes(changed[: int(len(changed) * (1 if end > 0.3 else end / 0.3))])
    try:
        image = decode_picture(cut, max_pixels=10**6)
    except PictureError as error:
        assert str(error).startswith("picture: ")  # noqa: PT017
    else:
        assert image.ndim == 3
        assert image.dtype in (np.uint8, np.uint16)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"RIFF0000WEBP", b"II*\0", b"MM\0*"]),
    st.binary(max_size=300),
)
def test_random_bytes_are_an_error(start: bytes, rest: bytes) -> None:
    with pytest.raises(PictureError):
        decode_picture(start + rest, max_pixels=10**6)
