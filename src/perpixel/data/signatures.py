"""What is kept of a picture to know it again: the digest of its file, its size, and a small gray picture of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.errors import PictureError
from perpixel.pictures import MAX_PIXELS, Header, decode_picture, read_bytes, read_header, upright

SIDE = 64
_DETAIL = 80  # pixels that the shorter side of a JPEG keeps where it is decoded at a half, a quarter or an eighth
_REDUCED = {
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    1: cv2.IMREAD_GRAYSCALE,
}
_LARGE = 512
_NOTHING = np.zeros((SIDE, SIDE), np.float16)


@dataclass(frozen=True, slots=True)
class Signature:
    """Of one picture.

    Attributes:
        digest: of the file's bytes.
        size: (height, width), upright.
        gray: (64, 64) float16, brightness 0 to 255, upright, stretched to a square.
        problem: why the picture cannot be read; its size is then (0, 0) and `gray` is black.
    """

    digest: bytes
    size: tuple[int, int]
    gray: NDArray[np.float16]
    problem: str = ""


@dataclass(frozen=True)
class Signatures:
    """Of many pictures, in their order; 8 kB each.

    Attributes:
        digests: of the files' bytes; empty where a file cannot be read.
        sizes: (N, 2) heights and widths, upright; 0 where a picture cannot be read.
        grays: (N, 64, 64) float16, as in `Signature`.
        problems: of each picture why it cannot be read; empty where it can.
    """

    digests: tuple[bytes, ...]
    sizes: NDArray[np.int64]
    grays: NDArray[np.float16]
    problems: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.digests)

    def at(self, places: NDArray[np.intp]) -> Signatures:
        """Those at these places."""
        chosen = places.tolist()
        return Signatures(
            tuple(self.digests[place] for place in chosen),
            self.sizes[places],
            self.grays[places],
            tuple(self.problems[place] for place in chosen),
        )

    @classmethod
    def of(cls, parts: Sequence[Signature]) -> Signatures:
        """Those of single pictures, together."""
        return cls(
            tuple(part.digest for part in parts),
            np.array([part.size for part in parts], np.int64).reshape(-1, 2),
            np.array([part.gray for part in parts], np.float16).reshape(-1, SIDE, SIDE),
            tuple(part.problem for part in parts),
        )


def signatures(
    pictures: Sequence[Path], *, max_pixels: int = MAX_PIXELS, progress: Callable[[int, int], None] | None = None
) -> Signatures:
    """The signatures of pictures, on several threads. One that cannot be read is named in `problems`.

    Args:
        pictures: the files.
        max_pixels: no larger picture is decoded.
        progress: called with how many are done, and of how many.
    """
    parts = []
    for done, part in enumerate(_in_order(pictures, max_pixels), start=1):
        parts.append(part)
        if progress is not None:
            progress(done, len(pictures))
    return Signatures.of(parts)


def signature(picture: Path, *, max_pixels: int = MAX_PIXELS) -> Signature:
    """The signature of one file; one that cannot be read has a `problem`."""
    try:
        data = read_bytes(picture)
    except PictureError as error:
        return Signature(b"", (0, 0), _NOTHING, str(error))
    return signature_of(data, max_pixels=max_pixels, name=str(picture))


def signature_of(data: bytes, *, max_pixels: int = MAX_PIXELS, name: str = "picture") -> Signature:
    """The signature of a picture by the bytes of its file; one that cannot be decoded has a `problem`."""
    digest = sha256(data).digest()  # processors have instructions for it
    try:
        header = read_header(data, max_pixels=max_pixels, name=name)
        gray, scale = _gray(data, header, name)
    except PictureError as error:
        return Signature(digest, (0, 0), _NOTHING, str(error))
    small = _small(gray, (header.size[0] / scale, header.size[1] / scale))
    return Signature(digest, header.upright_size, upright(small, header.orientation).astype(np.float16))


def _in_order(pictures: Sequence[Path], max_pixels: int) -> Iterator[Signature]:
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        yield from pool.map(lambda picture: signature(picture, max_pixels=max_pixels), pictures)


def _gray(data: bytes, header: Header, name: str) -> tuple[NDArray[Any], int]:
    """(h, w) brightness as stored, and how many pixels of the picture each of its own is wide and high.

    A JPEG is decoded at a fraction of its size, which is several times faster.

    Raises:
        PictureError: it cannot be decoded.
    """
    if header.format == "JPEG":
        scale = next((scale for scale in _REDUCED if min(header.size) // scale >= _DETAIL), 1)
        try:
            gray = cv2.imdecode(np.frombuffer(data, np.uint8), _REDUCED[scale] | cv2.IMREAD_IGNORE_ORIENTATION)
        except cv2.error:
            gray = None
        if gray is None:
            raise PictureError(f"{name}: the JPEG is damaged and cannot be decoded; copy the file again")
        return gray, scale
    pixels = header.size[0] * header.size[1]
    image = decode_picture(data, max_pixels=pixels, orient=False, name=name)
    channels = image.shape[2]
    if channels <= 2:
        return np.ascontiguousarray(image[:, :, 0]), 1
    if channels > 4 or image.dtype not in (np.uint8, np.uint16):
        return np.asarray(image.mean(axis=2, dtype=np.float32)), 1
    return cv2.cvtColor(np.ascontiguousarray(image[:, :, :3]), cv2.COLOR_RGB2GRAY), 1


def _small(gray: NDArray[Any], extent: tuple[float, float]) -> NDArray[np.float32]:
    """(64, 64) means from 0 to 255 of the first `extent` rows and columns, which may end within a pixel.

    Other types than uint8 are brought to 255 by their greatest value.
    """
    scale = 1.0 if gray.dtype == np.uint8 else 255 / max(float(gray.max()), 1e-6)
    if min(gray.shape) > _LARGE and gray.dtype in (np.uint8, np.uint16):
        extent = extent[0] * _LARGE / gray.shape[0], extent[1] * _LARGE / gray.shape[1]
        gray = cv2.resize(gray, (_LARGE, _LARGE), interpolation=cv2.INTER_AREA)
    down, across = (_means(count, part) for count, part in zip(gray.shape, extent, strict=True))
    return np.asarray(np.clip(down @ gray.astype(np.float32) @ across.T * scale, 0, 255), np.float32)


@lru_cache(maxsize=64)
def _means(count: int, extent: float) -> NDArray[np.float32]:
    """(64, count) weights of means over 64 equal parts of the first `extent` of `count` pixels."""
    edges = np.linspace(0, extent, SIDE + 1)[:, None]
    covered = np.clip(edges - np.arange(count), 0, 1)  # of each pixel, up to each edge
    return np.asarray(np.diff(covered, axis=0) * (SIDE / extent), np.float32)
