"""Videos of gray frames, so that what happens to each frame can be told by its shade."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

RATE = 10.0


def write_frames(path: Path, frames: Sequence[NDArray[np.uint8]], *, codec: str = "mp4v") -> Path:
    """By OpenCV alone: (H, W, 3) uint8 RGB of even sides."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), RATE, frames[0].shape[1::-1])
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def write_grays(path: Path, shades: Sequence[int] = (25, 128, 230), size: tuple[int, int] = (48, 64)) -> Path:
    """One frame of each shade."""
    return write_frames(path, [np.full((*size, 3), shade, np.uint8) for shade in shades])


def read_frames(path: Path) -> list[NDArray[np.uint8]]:
    """By OpenCV alone, RGB."""
    video, frames = cv2.VideoCapture(str(path)), []
    while (read := video.read())[0]:
        frames.append(np.asarray(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB), np.uint8))
    video.release()
    return frames
