"""Videos in and out: frames one at a time, and files that are whole or not there.

OpenCV turns the frames of a phone's video upright. It cuts a column or row off frames of odd sides when it writes, as
the codec wants even ones; here such frames get a copy of their last column or row instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.errors import DataError, PerpixelError, PictureError
from perpixel.files import whole_file
from perpixel.predict.source import Frame

RATE = 25.0  # frames a second, where the file does not say
_FASTEST = 1000.0  # what is beyond is a clock's rate, not that of frames
_SHORT = 0.95  # counts are estimates in some containers

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # a broken file is told in our words, once


class VideoSource:
    """The frames of one video, read while they are asked for: no more than one is in memory.

    Attributes:
        name: of the video; its frames are `NAME/000000`, `NAME/000001` and so on.
        rate: frames a second.
        size: (height, width) of the frames, upright.
        problem: after the last frame, what was wrong with the file: that it ended early. Else nothing.

    Args:
        path: the file.
        name: by default the file's, without suffix.

    Raises:
        DataError: there is no such file.
        PictureError: OpenCV cannot read it.
    """

    def __init__(self, path: Path, *, name: str | None = None) -> None:
        if not path.is_file():
            raise DataError(f"{path}: there is no such file or folder")
        self.path, self.name, self.problem = path, name or path.stem, ""
        video = cv2.VideoCapture(str(path))
        there, first = video.read()
        rate = video.get(cv2.CAP_PROP_FPS)
        self._count = int(max(video.get(cv2.CAP_PROP_FRAME_COUNT), 0)) if there else 0
        video.release()
        if not there:
            raise PictureError(f"{path}: no video that OpenCV can read, or one without frames; is the file whole?")
        self.rate = rate if 0 < rate < _FASTEST else RATE
        self.size = (first.shape[0], first.shape[1])

    def __len__(self) -> int:
        """How many frames the file says that it has; 0 where it does not say."""
        return self._count

    def __iter__(self) -> Iterator[Frame]:
        """The frames in order, (H, W, 3) uint8 RGB; their time is their number by the rate."""
        video, index = cv2.VideoCapture(str(self.path)), 0
        try:
            while True:
                there, picture = video.read()
                if not there:
                    break
                image = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
                yield Frame(f"{self.name}/{index:06d}", index, image, path=self.path, time=index / self.rate)
                index += 1
        finally:
            video.release()
        if index < int(self._count * _SHORT):
            self.problem = f"{self.path}: cannot be read after frame {index} of {self._count}; the file is broken there"


@contextmanager
def write_video(path: Path, *, rate: float) -> Iterator[Callable[[NDArray[np.uint8]], None]]:
    """Give what takes the frames, (H, W, 3) uint8 RGB of one size; the file is there only if the block ends well.

    Args:
        path: an MP4 file (MPEG-4 part 2, the codec that every OpenCV has; web browsers want H.264 instead).
        rate: frames a second.

    Raises:
        PerpixelError: this OpenCV cannot write MP4, no frame was given, or the file did not become whole (a full disk).
        ValueError: a frame has another size than the first.
    """
    with whole_file(path) as temporary:
        writing = temporary.with_name(f"{temporary.name}{path.suffix}")  # OpenCV takes the format from the name
        writer = _Writer(writing, path, rate)
        try:
            yield writer.write
            writer.close()
            writing.replace(temporary)
        finally:
            writer.release()
            writing.unlink(missing_ok=True)


class _Writer:
    def __init__(self, writing: Path, path: Path, rate: float) -> None:
        self.writing, self.path, self.rate = writing, path, rate
        self.count, self.shape = 0, tuple[int, ...]()
        self.writer: Any = None

    def write(self, frame: NDArray[np.uint8]) -> None:
        if self.writer is None:
            self.shape = frame.shape
            size = (self.shape[1] + self.shape[1] % 2, self.shape[0] + self.shape[0] % 2)
            self.writer = cv2.VideoWriter(str(self.writing), cv2.VideoWriter.fourcc(*"mp4v"), self.rate, size)
            if not self.writer.isOpened():
                raise PerpixelError(f"{self.path}: this OpenCV cannot write an MP4 video of {size[1]}x{size[0]} there")
        if frame.shape != self.shape:
            raise ValueError(f"a frame of the shape {frame.shape} in a video of {self.shape}: all must be alike")
        even = np.pad(frame, ((0, frame.shape[0] % 2), (0, frame.shape[1] % 2), (0, 0)), mode="edge")
        self.writer.write(cv2.cvtColor(even, cv2.COLOR_RGB2BGR))
        self.count += 1

    def close(self) -> None:
        """End the file, and see that it is whole: OpenCV does not say when it could not write."""
        self.release()
        if not self.count:
            raise PerpixelError(f"{self.path}: no frames, so no video")
        written = cv2.VideoCapture(str(self.writing))
        whole = written.isOpened() and int(written.get(cv2.CAP_PROP_FRAME_COUNT)) == self.count
        written.release()
        if not whole:
            raise PerpixelError(f"{self.path}: the video did not become whole; is the disk full?")

    def release(self) -> None:
        if self.writer is not None:
            self.writer.release()
