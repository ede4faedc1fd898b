"""Answers in which things are told apart, into a folder: maps of ids, pictures, one table, and COCO's JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from perpixel.data.formats.written_names import flat
from perpixel.draw import with_names
from perpixel.draw.things import instances_over, panoptic_over
from perpixel.files import atomic_write, make_folder
from perpixel.masks.ids import write_ids
from perpixel.masks.runs import Runs, labels_to_runs, to_coco
from perpixel.pictures import write_jpeg, write_png
from perpixel.predict.sink import FolderSink
from perpixel.predict.source import Frame
from perpixel.results import Instances, Panoptic
from perpixel.spec import ModelSpec
from perpixel.tasks import task_for

COLUMNS = ("picture", "id", "class", "score", "x0", "y0", "x1", "y1", "area")


class ThingSink(FolderSink):
    """Writes `<name>.png` (the id of the thing at each pixel, 0 for none), `<name>.overlay.jpg`, and when it is closed
    `things.csv`, a row for each, and `predictions.json`.

    Instances also become `instances.json`, COCO's annotations with scores; panoptic answers `panoptic.json` and the
    PNGs of `panoptic/`. `perpixel score` reads both. Where a network also gives things of which it is not sure (a
    two-stage one does), `instances.json` alone has these.
    """

    def __init__(self, folder: Path, spec: ModelSpec, *, inputs: Mapping[str, Path]) -> None:
        super().__init__(folder, spec, inputs=inputs)
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._things: list[tuple[Any, ...]] = []

    def write(self, frame: Frame, answer: Any) -> None:
        """Write an answer; what went wrong with an earlier one is raised here or by `close`."""
        shown = self._shown(answer)
        regions = labels_to_runs(answer.ids, ignore=0)
        self._note(frame, answer, regions)
        self._list(frame, shown, regions if len(shown) == len(answer) else labels_to_runs(shown.ids, ignore=0))
        super().write(frame, shown)

    def close(self) -> None:
        """Wait for the files and write the tables."""
        super().close()
        if self.videos and not self._images:  # whose frames were not asked for one by one
            return
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(self._things)
        atomic_write(self.folder / "things.csv", text.getvalue().encode())
        categories = [
            {"id": number, "name": entry.name, "supercategory": entry.name, "isthing": int(entry.thing)}
            for number, entry in enumerate(self.spec.classes, start=1)
        ]
        data = {"images": self._images, "annotations": self._annotations, "categories": categories}
        name = "panoptic.json" if self.spec.task == "panoptic" else "instances.json"
        atomic_write(self.folder / name, (json.dumps(data) + "\n").encode())

    def facts(self, answer: Any) -> dict[str, Any]:
        """How many things of each class there are."""
        labels = self._shown(answer).labels
        counts = np.bincount(labels, minlength=len(answer.classes)).tolist()
        return {"counts": {name: count for name, count in zip(answer.classes.names, counts, strict=True) if count}}

    def still(self, image: NDArray[Any], answer: Any) -> NDArray[np.uint8]:
        """What is seen of an answer in a video."""
        if isinstance(answer, Panoptic):
            return with_names(panoptic_over(image, answer, legend=False), answer.classes)
        return instances_over(image, self._shown(answer))

    def _shown(self, answer: Instances | Panoptic) -> Any:
        """Without things of which the network is not sure."""
        return cast(Any, task_for(self.spec)).shown(answer) if isinstance(answer, Instances) else answer

    def _note(self, frame: Frame, answer: Instances | Panoptic, regions: Mapping[int, Runs]) -> None:
        image = len(self._images) + 1
        height, width = answer.size
        suffix = "" if frame.path is None else ".png" if frame.time is not None else Path(frame.path).suffix
        self._images.append({"id": image, "file_name": f"{frame.name}{suffix}", "height": height, "width": width})
        segments = []
        for number, runs in regions.items():
            label, score = int(answer.labels[number - 1]), round(float(answer.scores[number - 1]), 5)
            x0, y0, x1, y1 = runs.box
            said = {"category_id": label + 1, "bbox": [x0, y0, x1 - x0, y1 - y0], "area": runs.area, "iscrowd": 0}
            if isinstance(answer, Panoptic):
                segments.append({"id": number, **said, "score": score})
            else:
                own = len(self._annotations) + 1
                mask = {"segmentation": to_coco(runs), "score": score}
                self._annotations.append({"id": own, "image_id": image, **said, **mask})
        if isinstance(answer, Panoptic):
            png = f"{flat(frame.name)}.png"
            self._annotations.append({"image_id": image, "file_name": png, "segments_info": segments})

    def _list(self, frame: Frame, shown: Instances | Panoptic, regions: Mapping[int, Runs]) -> None:
        """A row of the table for each thing, by its number in the map."""
        for number, runs in regions.items():
            entry, score = shown.classes[int(shown.labels[number - 1])], round(float(shown.scores[number - 1]), 5)
            if entry.thing:
                self._things.append((frame.name, number, entry.name, score, *runs.box, runs.area))

    def _write(self, frame: Frame, answer: Any) -> None:
        place = self.folder / frame.name
        make_folder(place.parent)
        write_ids(place, answer.ids)
        if isinstance(answer, Panoptic):
            write_png(make_folder(self.folder / "panoptic") / f"{flat(frame.name)}.png", _colors(answer.ids))
        if frame.image is not None:
            drawn = cast(Any, task_for(self.spec)).picture(frame.image, answer)
            write_jpeg(place.with_name(f"{place.name}.overlay.jpg"), drawn)


def _colors(ids: NDArray[np.int32]) -> NDArray[np.uint8]:
    """COCO's colors of ids: R + 256 G + 65536 B."""
    return np.stack([ids & 255, ids >> 8 & 255, ids >> 16], axis=2).astype(np.uint8)
