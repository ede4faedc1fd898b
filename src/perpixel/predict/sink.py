"""Sinks take answers: here, into a folder as label maps, overlays, confidences and one table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from perpixel.draw import overlay, with_names
from perpixel.errors import DataError
from perpixel.files import atomic_write, make_folder
from perpixel.masks import layer_files, write_labels, write_layers
from perpixel.pictures import write_jpeg, write_png
from perpixel.predict.source import Frame
from perpixel.results import LabelMap, Layers
from perpixel.spec import ModelSpec

BEHIND = 4


class Sink(Protocol):
    """Whatever takes answers."""

    def write(self, frame: Frame, answer: Any) -> None:
        """Take the answer to a frame."""

    def close(self) -> None:
        """Finish: nothing more comes."""


class FolderSink:
    """Writes `<name>.png` (palette, the value is the class number), `<name>.overlay.jpg` and `<name>.confidence.png`.

    Layers become `masks/<class>/<name>.png` of 0 and 255, as a data set of them is laid out, and the overlay.

    Closing it writes `predictions.json`: the class table and, for each picture, its size and the share of each class;
    and `videos`, what was told to it of these. `still` is what is seen of an answer in a video.
    Files are written by a thread beside the computing, each whole or not at all.

    Args:
        folder: made if it is not there.
        spec: of the model that answers.
        inputs: files that must not be written over.

    Raises:
        DataError: an answer would be written over an input or another answer, or the folder cannot be made.
    """

    endings: ClassVar[tuple[str, ...]] = (".png", ".overlay.jpg", ".confidence.png")
    video_ending: ClassVar[str] = ".overlay.mp4"

    def __init__(self, folder: Path, spec: ModelSpec, *, inputs: Mapping[str, Path]) -> None:
        taken: set[Path] = set()
        for name in inputs:
            beside = [folder / f"{name}{suffix}" for suffix in self.endings]
            for place in (*beside, *layer_files(folder / "masks", name, spec.classes.names)):
                if place in taken:
                    raise DataError(f"{place} would be the answer to two pictures; predict them in separate calls")
                taken.add(place)
        spare(inputs.values(), taken)
        self.folder, self.spec = make_folder(folder), spec
        self.rows: list[dict[str, Any]] = []
        self.videos: list[dict[str, Any]] = []
        self.skipped: list[dict[str, str]] = []
        self._pool = ThreadPoolExecutor(1)
        self._waiting: list[Future[None]] = []

    def write(self, frame: Frame, answer: Any) -> None:
        """Write an answer; what went wrong with an earlier one is raised here or by `close`."""
        self.rows.append(self.row(frame, answer))
        self._waiting.append(self._pool.submit(self._write, frame, answer))
        while len(self._waiting) > BEHIND:
            self._waiting.pop(0).result()

    def skip(self, frame: Frame, problem: str) -> None:
        """Note a picture that has no answer, and why."""
        self.skipped.append({"name": frame.name, "file": str(frame.path), "problem": problem})

    def close(self) -> None:
        """Wait for the files and write `predictions.json`."""
        with self._pool:
            for future in self._waiting:
                future.result()
        atomic_write(self.folder / "predictions.json", (json.dumps(self.summary(), indent=2) + "\n").encode())

    def summary(self) -> dict[str, Any]:
        """What `predictions.json` says."""
        return {
            "task": self.spec.task,
            "model": self.spec.name,
            "images": len(self.rows),
            "classes": self.spec.classes.to_dict(),
            "predictions": self.rows,
            "videos": self.videos,
            "skipped": self.skipped,
        }

    def row(self, frame: Frame, answer: Any) -> dict[str, Any]:
        """What `predictions.json` says of one picture."""
        return {"name": frame.name, "file": str(frame.path), "size": list(answer.size), **self.facts(answer)}

    def facts(self, answer: Any) -> dict[str, Any]:
        """Numbers that tell of an answer; of a video, `predictions.json` has their means over its frames."""
        names = answer.classes.names
        shares = {name: round(float(share), 6) for name, share in zip(names, answer.shares(), strict=True)}
        if isinstance(answer, LabelMap) and answer.confidence is not None:
            return {"shares": shares, "mean_confidence": round(float(answer.confidence.mean()), 6)}
        return {"shares": shares}

    def still(self, image: NDArray[Any], answer: Any) -> NDArray[np.uint8]:
        """What is seen of an answer in a video: (h, w, 3), of one size for all frames; its legend stands still."""
        return with_names(overlay(image, answer, legend=False), answer.classes)

    def _write(self, frame: Frame, answer: Any) -> None:
        place = self.folder / frame.name
        make_folder(place.parent)
        if isinstance(answer, Layers):
            write_layers(self.folder / "masks", frame.name, answer)
        else:
            write_labels(place.with_name(f"{place.name}.png"), answer)
        if frame.image is not None:
            write_jpeg(place.with_name(f"{place.name}.overlay.jpg"), overlay(frame.image, answer))
        if isinstance(answer, LabelMap) and answer.confidence is not None:
            gray = np.rint(answer.confidence * 255).astype(np.uint8)
            write_png(place.with_name(f"{place.name}.confidence.png"), gray[:, :, None])


def spare(inputs: Iterable[Path], outputs: Iterable[Path]) -> None:
    """Refuse to write over what is read.

    Raises:
        DataError: an output is one of the inputs, which it names.
    """
    originals = {path.resolve() for path in inputs}
    for place in sorted(outputs):
        if place.resolve() in originals:
            raise DataError(f"{place} is one of the pictures and would be written over; choose another --out")
