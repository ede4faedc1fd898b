"""Graph-based segmentation: 8 times scikit-image and 2.7 times OpenCV at 1024 x 1024, 2.5 times OpenCV at 4096 x 4096.

The picture is a mosaic of photos that scikit-image brings along, cut, not resampled: resampled photos are smoother than
photos. OpenCV's is in the contrib build, which cannot live beside the usual one: name a Python that has it, and
scikit-image for the photos, in PERPIXEL_PEERS. It has four neighbors, so half of the edges; perpixel has eight.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.pairing import Row, Work, compare

SIGMA, SCALE, MIN_SIZE = 0.8, 100.0, 50
PHOTOS = ("astronaut", "coffee", "cat", "rocket", "hubble_deep_field", "retina", "immunohistochemistry")
TILE = 300, 400
SMALL, MIDDLE, LARGE = (321, 481), (1024, 1024), (4096, 4096)
INSTALL = "a Python with opencv-contrib-python-headless and scikit-image in PERPIXEL_PEERS"


def mosaic(size: tuple[int, int]) -> NDArray[np.uint8]:
    """Pieces of photos side by side, (H, W, 3), none twice before all were used; pieces lie elsewhere in each round."""
    from skimage import data

    photos = [getattr(data, name)() for name in PHOTOS]
    image = np.empty((*size, 3), np.uint8)
    number = 0
    for top in range(0, size[0], TILE[0]):
        left = 0
        while left < size[1]:
            photo, turn = photos[number % len(photos)], number // len(photos)
            room = max(photo.shape[0] - TILE[0], 0), max(photo.shape[1] - TILE[1], 0)
            y, x = (turn * 97) % (room[0] + 1), (turn * 61) % (room[1] + 1)
            piece = photo[y : y + min(TILE[0], size[0] - top), x : x + min(TILE[1], size[1] - left)]
            image[top : top + len(piece), left : left + piece.shape[1]] = piece
            left += piece.shape[1]
            number += 1
    return image


def ours(size: tuple[int, int]) -> Callable[[], NDArray[Any]]:
    from perpixel.classical.graph import graph_regions

    image = mosaic(size)
    return lambda: graph_regions(image, sigma=SIGMA, scale=SCALE, min_size=MIN_SIZE)


def skimage(size: tuple[int, int]) -> Callable[[], NDArray[Any]]:
    from skimage.segmentation import felzenszwalb

    image = mosaic(size)
    return lambda: np.asarray(felzenszwalb(image, sigma=SIGMA, scale=SCALE, min_size=MIN_SIZE))


def opencv(size: tuple[int, int]) -> Callable[[], NDArray[Any]]:
    cv2.setNumThreads(1)
    segmentation = cv2.ximgproc.segmentation.createGraphSegmentation(SIGMA, SCALE, MIN_SIZE)
    image = mosaic(size)
    return lambda: np.asarray(segmentation.processImage(image))


def ours_small() -> Callable[[], object]:
    return ours(SMALL)


def ours_middle() -> Callable[[], object]:
    return ours(MIDDLE)


def ours_large() -> Callable[[], object]:
    return ours(LARGE)


def skimage_small() -> Callable[[], object]:
    return skimage(SMALL)


def skimage_middle() -> Callable[[], object]:
    return skimage(MIDDLE)


def opencv_small() -> Callable[[], object]:
    return opencv(SMALL)


def opencv_middle() -> Callable[[], object]:
    return opencv(MIDDLE)


def opencv_large() -> Callable[[], object]:
    return opencv(LARGE)


def run() -> list[Row]:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        return [*_small(), *_middle(), *_large()]
    finally:
        cv2.setNumThreads(threads)


def _small() -> list[Row]:
    task = "graph 321 x 481"
    peers = [
        Work("scikit-image", skimage_small, ("skimage",), "pip install scikit-image"),
        Work("OpenCV contrib (4 neighbors)", opencv_small, ("cv2.ximgproc",), INSTALL),
    ]
    return [*compare(task, Work("perpixel", ours_small), peers, first_run=False), *_agreement(task, SMALL)]


def _middle() -> list[Row]:
    task = "graph 1024 x 1024"
    peers = [
        Work("scikit-image", skimage_middle, ("skimage",), "pip install scikit-image", promised=8),
        Work("OpenCV contrib (4 neighbors)", opencv_middle, ("cv2.ximgproc",), INSTALL, promised=2.7),
    ]
    return [*compare(task, Work("perpixel", ours_middle), peers), *_agreement(task, MIDDLE)]


def _large() -> list[Row]:
    task = "graph 4096 x 4096"
    peers = [Work("OpenCV contrib (4 neighbors)", opencv_large, ("cv2.ximgproc",), INSTALL, promised=2.5)]
    rows = compare(task, Work("perpixel", ours_large), peers, first_run=False)
    note = f"{_bytes_a_pixel():.0f} bytes a pixel at most, beside the picture and the labels"
    return [*rows, Row(task, "memory", None, None, None, note=note)]


def _agreement(task: str, size: tuple[int, int]) -> list[Row]:
    """Numbers of regions, and how alike the label maps are."""
    from perpixel.classical.graph import graph_regions
    from perpixel.metrics.regions import probabilistic_rand_index

    theirs, mine = skimage(size)(), ours(size)()
    same = graph_regions(mosaic(size), sigma=SIGMA, scale=SCALE, min_size=MIN_SIZE, compat="skimage")
    counts = [f"perpixel {mine.max() + 1}", f"scikit-image {theirs.max() + 1}"]
    if (others := _opencv_regions(size)) is not None:
        counts.append(f"OpenCV {others}")
    notes = {
        "number of regions": ", ".join(counts),
        "pairs judged alike": f"{probabilistic_rand_index(truths=[theirs], prediction=mine):.4f} with scikit-image",
        'pixels with compat="skimage"': f"{(same == theirs).mean():.4%} have scikit-image's label",
    }
    return [Row(task, name, None, None, None, note=note) for name, note in notes.items()]


def _opencv_regions(size: tuple[int, int]) -> int | None:
    code = f"from benchmarks.graph import opencv; print(opencv({size})().max() + 1)"
    for python in filter(None, os.environ.get("PERPIXEL_PEERS", "").split(os.pathsep)):
        done = subprocess.run([python, "-c", code], capture_output=True, text=True)
        if done.returncode == 0:
            return int(done.stdout)
    return None


def _bytes_a_pixel() -> float:
    """How much more memory a fresh process has held at a time than before, beyond the labels that it gives back."""
    code = (
        "from benchmarks.graph import LARGE, mosaic, ours, peak\n"
        "from perpixel.classical.graph import graph_regions as g; g(mosaic((64, 64))); run = ours(LARGE)\n"
        "before = peak(); labels = run(); print((peak() - before - labels.nbytes) / labels.size)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def peak() -> int:
    """The most bytes that this process has held at a time.

    Linux tells it apart; `ru_maxrss` of a new process begins at what the process that made it had held.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
