"""A look at a data set of 1,000 photos (480 x 360, JPEG, with PNG masks): at least 0.8 of the speed of decoding alone.

The peer decodes every picture and every mask with OpenCV on as many threads and does nothing else. PERPIXEL_PICTURES
sets another number of pictures.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from benchmarks.pairing import Row, Work, compare

_DRAWN = 40
_DEFAULT = "1000"


@lru_cache(maxsize=1)
def folder() -> Path:
    """Drawn streets, shifted across and down so that no two are one photo, in a folder that goes at the end."""
    from perpixel.pictures import write_jpeg, write_png
    from perpixel.synthetic import street

    kept = tempfile.TemporaryDirectory()
    atexit.register(kept.cleanup)
    root = Path(kept.name)
    for name in ("images", "masks"):
        (root / name).mkdir()
    scenes = [street(seed, size=(360, 480)) for seed in range(_DRAWN)]
    for number in range(int(os.environ.get("PERPIXEL_PICTURES", _DEFAULT))):
        scene, turn = scenes[number % _DRAWN], number // _DRAWN
        shift = 27 * (turn // 20), 24 * (turn % 20)
        write_jpeg(root / "images" / f"{number:05d}.jpg", np.roll(scene.image, shift, axis=(0, 1)))
        write_png(root / "masks" / f"{number:05d}.png", np.roll(scene.labels.labels, shift, axis=(0, 1)))
    return root


def ours() -> Callable[[], object]:
    from perpixel.data.inspecting import inspect_data

    root = folder()
    return lambda: inspect_data(root, classes="camvid")


def decoding() -> Callable[[], object]:
    pictures = sorted((folder() / "images").iterdir())
    masks = sorted((folder() / "masks").iterdir())

    def decode(pair: tuple[Path, Path]) -> None:
        for path in pair:
            cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)

    def run() -> None:
        with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
            list(pool.map(decode, zip(pictures, masks, strict=True)))

    return run


def run() -> list[Row]:
    count = os.environ.get("PERPIXEL_PICTURES", _DEFAULT)
    peers = [Work("decoding with OpenCV, nothing else", decoding, promised=0.8)]
    return compare(f"inspect {count} pictures of 360 x 480", Work("perpixel", ours), peers, first_run=False)
