"""Random bytes into every decoder of run lengths: `python -m recipes.fuzz_decoders CORPUS -max_total_time=3600`.

It needs `pip install atheris` (libFuzzer for Python: what makes new lines run is kept in the folder CORPUS and varied
further; all options are libFuzzer's). A decoder may give runs, which must then fit the size and survive a round trip,
or MaskError. Anything else, 2 GB, or ten seconds for one input, is a finding and ends the run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import atheris
import numpy as np

# Numba compiles what is in it, so it must be imported before there are instruments.
import perpixel.kernels.run_lengths  # noqa: F401

with atheris.instrument_imports(include=["perpixel"]):
    from perpixel.errors import MaskError
    from perpixel.masks import runs as codecs

Size = tuple[int, int]
MOST = 1 << 20  # pixels that a decoder may be asked for


def texts(read: Callable[..., codecs.Runs], write: Callable[[codecs.Runs], Any]) -> Callable[[bytes, Size], None]:
    """A decoder of texts of a stated size, whose runs are written and read again."""

    def run(data: bytes, size: Size) -> None:
        found = read(data.decode("utf-8", "surrogateescape"), size, max_pixels=MOST)
        check(found, size)
        assert read(write(found), size, max_pixels=MOST) == found

    return run


def check(found: codecs.Runs, size: Size | None = None) -> None:
    """What must hold of any runs."""
    assert size is None or found.size == size
    assert int(found.counts.sum()) == found.size[0] * found.size[1]
    assert int(found.decode(max_pixels=MOST).sum()) == found.area


def counts(data: bytes, size: Size) -> None:
    """COCO's list of counts, from JSON."""
    found = codecs.from_coco_counts(_json(data), size, max_pixels=MOST)
    check(found, size)
    assert codecs.from_coco_counts(codecs.to_coco_counts(found), size) == found


def coco(data: bytes, _: Size) -> None:
    """COCO's dict, from JSON: the size is in it."""
    check(codecs.from_coco(_json(data), max_pixels=MOST))


def numbers(read: Callable[..., codecs.Runs]) -> Callable[[bytes, Size], None]:
    """A decoder of a list of numbers."""

    def run(data: bytes, size: Size) -> None:
        check(read(_json(data), size, max_pixels=MOST), size)

    return run


def label_studio(data: bytes, size: Size) -> None:
    """Label Studio's bytes as they are."""
    check(codecs.from_label_studio(list(data), size, max_pixels=MOST), size)


def by_row(text: str, size: Size, *, max_pixels: int) -> codecs.Runs:
    """Kaggle's text along the rows, numbered from 0."""
    return codecs.from_kaggle(text, size, order="row", base=0, max_pixels=max_pixels)


DECODERS: list[Callable[[bytes, Size], None]] = [
    texts(codecs.from_kaggle, codecs.to_kaggle),
    texts(by_row, lambda found: codecs.to_kaggle(found, order="row", base=0)),
    texts(codecs.from_carvana, codecs.to_carvana),
    texts(codecs.from_siim, codecs.to_siim),
    texts(codecs.from_coco_text, codecs.to_coco_text),
    texts(codecs.from_vot, codecs.to_vot),
    counts,
    coco,
    numbers(codecs.from_cvat),
    numbers(codecs.from_label_studio),
    label_studio,
]


def once(data: bytes) -> None:
    """One input: its first three bytes choose decoder, height and width, the rest is decoded."""
    if len(data) < 3:
        return
    size = data[1] % 64 + 1, data[2] % 64 + 1
    with suppress(MaskError):
        DECODERS[data[0] % len(DECODERS)](data[3:], size)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MaskError("not JSON") from error


def warm_up() -> None:
    """Load what is compiled, which takes longer than any input may."""
    mask = np.array([[0, 1, 1, 0], [0, 1, 0, 0], [1, 0, 0, 1]]) > 0
    runs = codecs.encode_mask(mask)
    assert (runs.decode() == mask).all()
    assert codecs.from_coco_text(codecs.to_coco_text(runs), mask.shape) == runs
    assert codecs.from_carvana(codecs.to_carvana(runs), mask.shape) == runs


if __name__ == "__main__":
    warm_up()
    atheris.Setup([sys.argv[0], "-rss_limit_mb=2048", "-timeout=10", *sys.argv[1:]], once)
    atheris.Fuzz()
