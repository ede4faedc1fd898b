"""Data sets of lanes: pictures, and the lines of the road in them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable, SegmentClass
from perpixel.data.culane_lanes import ENDING, read_culane
from perpixel.data.dataset import Dataset, Task
from perpixel.data.layout import Layout
from perpixel.data.listing import is_picture, some
from perpixel.data.names import in_order, role_of, split_of
from perpixel.data.sample import Sample
from perpixel.data.tusimple_lanes import is_tusimple, read_tusimple
from perpixel.errors import DataError, PictureError
from perpixel.masks import Encoding, read_raw
from perpixel.pictures import MAX_PIXELS, conform, decode_picture, read_bytes, read_file_header
from perpixel.results import LabelMap
from perpixel.results.lanes import ALIKE, UNJUDGED, Lanes
from perpixel.warp import Size

CLASSES = ClassTable((SegmentClass("no lane", (0, 0, 0)), SegmentClass("lane", (70, 200, 90))))
EXPECTED = (
    "TuSimple's JSON lines, CULane's NAME.lines.txt, drawn streets (`perpixel draw street --truth all`), maps of lanes "
    "in instance/, or masks in which all but 0 is a lane"
)
_TRUTHS = ("lines", "lanes", "scenes", "instance", "instances")  # folders


@dataclass(frozen=True)
class LanesDataset(Dataset):
    """Pictures and lanes. A network of two classes learns them: no lane, and lane.

    Attributes:
        listed: lines of each sample, by its name, where one file has those of many pictures.
    """

    listed: Mapping[str, tuple[NDArray[np.float64], ...]] = field(default_factory=dict)

    task: ClassVar[Task] = "lanes"
    classed: ClassVar[bool] = False

    @property
    def unjudged(self) -> int:
        """In maps of lanes: 255."""
        return UNJUDGED

    def read(self, sample: Sample) -> tuple[NDArray[np.uint8], Lanes]:  # type: ignore[override]
        """The picture (H, W, channels) uint8, upright, and its lanes.

        Raises:
            PictureError: the picture cannot be read, or its channels cannot be made `channels`.
            DataError: the lanes cannot be read, or do not fit the picture.
        """
        data, name = read_bytes(sample.picture), str(sample.picture)
        image = conform(decode_picture(data, max_pixels=self.max_pixels, name=name), self.channels, name=name)
        return image, self._lanes(sample, (image.shape[0], image.shape[1]))

    def read_truth(self, sample: Sample) -> Lanes:  # type: ignore[override]
        """The lanes alone; of the picture, only the header is read, for its size.

        Raises:
            DataError: as `read`.
        """
        return self._lanes(sample, read_file_header(sample.picture, max_pixels=self.max_pixels).upright_size)

    def flat(self, truth: Lanes) -> LabelMap:
        """Which pixels lie on a lane."""
        on = (truth.ids > 0).astype(np.uint8)
        return LabelMap(np.where(truth.ids == UNJUDGED, np.uint8(self.classes.ignored), on), self.classes)

    def pack(self, truth: Lanes) -> NDArray[Any]:  # type: ignore[override]
        """(H, W): the map."""
        return truth.ids

    def unpack(self, packed: NDArray[Any]) -> Lanes:  # type: ignore[override]
        """What `pack` packed, without the lines."""
        return Lanes(packed, (), np.zeros(0, np.float32), told=False)

    def _lanes(self, sample: Sample, size: Size) -> Lanes:
        if sample.name in self.listed:
            return Lanes.of_lines(self.listed[sample.name], size)
        if sample.mask is None:
            raise DataError(f"{sample.picture}: the picture has no lanes, so nothing can be learned or judged")
        if sample.mask.name.endswith(ENDING):
            return Lanes.of_lines(read_culane(sample.mask), size)
        if sample.mask.suffix == ".json":
            return Lanes.of_lines(read_drawn(sample.mask), size)
        return read_map(sample.mask, size, told=_is_of_lanes(sample.mask), max_pixels=self.max_pixels)


def open_lanes(root: Path, files: Sequence[Path], *, max_pixels: int = MAX_PIXELS) -> tuple[Layout, LanesDataset]:
    """What `open_dataset` gives for the task "lanes", before anything is held out.

    Args:
        root: the folder.
        files: all files below it.
        max_pixels: no larger picture is decoded.

    Raises:
        DataError: no lanes there, or some without a picture, or pictures without lanes.
    """
    layout, listed = _tusimple(root, files) or (_paired(root, files), {})
    headers = [read_file_header(sample.picture, max_pixels=max_pixels) for sample in layout.samples[:16]]
    channels = 3 if any(header.palette or header.channels > 2 for header in headers) else 1
    encoding = Encoding(reason="lanes are lines")
    dataset = LanesDataset(root, CLASSES, encoding, layout.splits, layout.words, channels, max_pixels, listed)
    return layout, dataset


def read_drawn(path: Path) -> tuple[NDArray[np.float64], ...]:
    """The lines of a drawn street, (P, 2) x, y each.

    Raises:
        DataError: the file cannot be read, or is of no drawn street.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["lanes"]
        return tuple(np.array(entry["image"], np.float64).reshape(-1, 2) for entry in entries)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: no scene that `perpixel draw street --truth all` wrote: {error!r}") from error


def read_map(path: Path, size: Size, *, told: bool, max_pixels: int = MAX_PIXELS) -> Lanes:
    """A map of lanes, numbered by its values where they are `told` apart; each lane then is the middle of its rows.

    Raises:
        DataError: the file cannot be read, has another size or several channels, or too many values.
    """
    try:
        raw = read_raw(path, max_pixels=max_pixels)
    except PictureError as error:
        raise DataError(str(error)) from error
    values = raw.values if raw.values.ndim == 2 else raw.values[..., 0]
    if values.shape != size:
        (height, width), (tall, wide) = values.shape, size
        raise DataError(f"{path}: the map is {height} x {width}, its picture is {tall} x {wide}")
    found, numbers = np.unique(values, return_inverse=True)
    if found[0] != 0:
        found, numbers = np.append(0, found), numbers + 1
    if not told:
        return Lanes(np.where(values > 0, np.uint8(ALIKE), np.uint8(0)), (), np.zeros(0, np.float32), told=False)
    if len(found) > ALIKE:
        raise DataError(f"{path}: {len(found) - 1} values, which are too many lanes for one picture")
    ids = numbers.reshape(size).astype(np.uint8)
    lines = tuple(_middles(ids == number) for number in range(1, len(found)))
    return Lanes(ids, lines, np.ones(len(lines), np.float32))


def _middles(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(P, 2) x, y of the middle of a lane's pixels in each row, from the lowest up."""
    count = mask.sum(axis=1)
    rows = np.flatnonzero(count)[::-1]
    x = (mask[rows] * np.arange(mask.shape[1])).sum(axis=1) / count[rows]
    return np.stack([x, rows.astype(np.float64)], axis=1)


def _is_of_lanes(path: Path) -> bool:
    """Whether a map tells lanes apart: it lies in a folder that says so."""
    return any(folder.lower() in ("instance", "instances") for folder in path.parts[:-1])


def _tusimple(root: Path, files: Sequence[Path]) -> tuple[Layout, dict[str, tuple[NDArray[np.float64], ...]]] | None:
    """Pictures that files of JSON lines name; None if there is no such file."""
    labels = [root / path for path in files if path.suffix == ".json" and is_tusimple(root / path)]
    splits, listed = defaultdict[str, list[Sample]](list), dict[str, tuple[NDArray[np.float64], ...]]()
    lost = list[str]()
    for label in labels:
        split = next((found for word in label.stem.split("_") if (found := split_of(word))), "all")
        for raw, lanes in read_tusimple(label).items():
            place = next((base / raw for base in (label.parent, root) if (base / raw).is_file()), None)
            name = PurePath(raw).with_suffix("").as_posix()
            if place is None:
                lost.append(raw)
            elif name in listed:
                raise DataError(f"{label}: the lanes of {raw} are in two files; keep one of them")
            else:
                listed[name] = lanes.lines()
                splits[split].append(Sample(name, place, label))
    if lost:
        raise DataError(f"{root}: {len(lost)} pictures of {labels[0].name} are not there: {some(lost)}")
    return (_layout(splits, f"{len(listed)} pictures with lanes in TuSimple's JSON lines"), listed) if listed else None


def _paired(root: Path, files: Sequence[Path]) -> Layout:
    """Pictures, and for each a file of lanes of the same name."""
    truths: dict[tuple[str | None, str], Path] = {}
    shown: dict[tuple[str | None, str], Path] = {}
    called = any(_in(path, "pictures") for path in files if is_picture(path))
    for path in files:
        if _is_truth(path):
            _prefer(truths, _key(path), path)
        elif is_picture(path) and (_in(path, "pictures") or not called):
            shown[_key(path)] = path
    pictures = {_unsplit(key, truths): path for key, path in shown.items()}
    if not truths:
        raise DataError(f"{root}: there are no lanes; expected {EXPECTED}")
    alone = [str(path) for key, path in pictures.items() if key not in truths]
    lost = [str(path) for key, path in truths.items() if key not in pictures]
    if alone or lost:
        what, names = ("pictures have no lanes", alone) if alone else ("files of lanes have no picture", lost)
        raise DataError(f"{root}: {len(names)} {what}: {some(names)}; expected {EXPECTED}")
    splits = defaultdict[str, list[Sample]](list)
    for key, path in truths.items():
        splits[key[0] or "all"].append(Sample(key[1], root / pictures[key], root / path))
    return _layout(splits, f"{len(truths)} pictures with lanes")


def _is_truth(path: Path) -> bool:
    """Whether a file holds lanes, by its name or its folder's."""
    if is_picture(path):
        return _is_of_lanes(path) or _in(path, "masks")
    return path.name.endswith(ENDING) or (path.suffix == ".json" and "scenes" in path.parts[:-1])


def _in(path: Path, role: str) -> bool:
    """Whether a file lies in a folder of this role."""
    return any(role_of(folder) == role for folder in path.parts[:-1])


def _unsplit(key: tuple[str | None, str], truths: Mapping[tuple[str | None, str], Path]) -> tuple[str | None, str]:
    """A picture's key, without its split where the truths have none."""
    return key if key in truths or (None, key[1]) not in truths else (None, key[1])


def _prefer(truths: dict[tuple[str | None, str], Path], key: tuple[str | None, str], path: Path) -> None:
    """Lines before maps of lanes, and these before masks."""

    def worth(file: Path) -> int:
        return 2 if not is_picture(file) else int(_is_of_lanes(file))

    if key not in truths or worth(path) > worth(truths[key]):
        truths[key] = path


def _key(path: Path) -> tuple[str | None, str]:
    """The split, and the name without folders that say what is in them."""
    folders = path.parts[:-1]
    split = next((found for folder in folders if (found := split_of(folder))), None)
    kept = [f for f in folders if role_of(f) is None and split_of(f) is None and f.lower() not in _TRUTHS]
    return split, "/".join((*kept, path.name.removesuffix(ENDING).removesuffix(path.suffix)))


def _layout(splits: Mapping[str, list[Sample]], words: str) -> Layout:
    made = {name: tuple(splits[name]) for name in in_order(list(splits))}
    undivided = "all" if "all" in made else "train" if "train" in made and "val" not in made else None
    return Layout(made, words, undivided=undivided)  # type: ignore[arg-type]
