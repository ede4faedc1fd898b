"""The one door for pictures: bytes in, arrays (H, W, C) out, with a limit against decompression bombs."""

from perpixel.pictures.conform import conform
from perpixel.pictures.decode import (
    PICTURE_SUFFIXES,
    decode_picture,
    picture_size,
    read_bytes,
    read_file_header,
    read_picture,
    upright,
)
from perpixel.pictures.encode import encode_jpeg, encode_png, write_jpeg, write_png
from perpixel.pictures.header import MAX_PIXELS, Header, read_header

__all__ = [
    "MAX_PIXELS",
    "PICTURE_SUFFIXES",
    "Header",
    "conform",
    "decode_picture",
    "encode_jpeg",
    "encode_png",
    "picture_size",
    "read_bytes",
    "read_file_header",
    "read_header",
    "read_picture",
    "upright",
    "write_jpeg",
    "write_png",
]
