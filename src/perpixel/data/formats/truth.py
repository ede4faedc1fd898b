"""What all annotation files of regions have in common: named classes, and a truth that lies on its picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from perpixel.classes import ClassTable, SegmentClass, color_of
from perpixel.data.annotation import Annotation, Region
from perpixel.data.listing import some
from perpixel.errors import DataError, MaskError
from perpixel.masks.runs import Runs, encode_mask
from perpixel.pictures import read_file_header, upright

MOST_CLASSES = 5000
Size = tuple[int, int]


def truth_place(path: Path, masks: str | None) -> Path:
    """Where the annotation files are: what was given, or what `masks` names below it."""
    return path if masks is None or path.is_file() else path / masks


def thing_table(names: Sequence[str], *, source: object) -> ClassTable:
    """A table of things of these names.

    Raises:
        DataError: no name, one that occurs twice, or more than 5000.
    """
    if not names:
        raise DataError(f"{source}: there is no class, so there is nothing to learn or to judge; annotate something")
    if len(names) > MOST_CLASSES:
        raise DataError(f"{source}: {len(names)} classes, such as {names[0]!r}; at most {MOST_CLASSES} are read")
    try:
        return ClassTable(tuple(SegmentClass(name, color_of(n), thing=True) for n, name in enumerate(names, 1)))
    except ValueError as error:
        raise DataError(f"{source}: {error}") from error


def label_of(classes: ClassTable, name: str, *, source: object) -> int:
    """The number of a class.

    Raises:
        DataError: the table has no such class.
    """
    try:
        return classes.index(name)
    except ValueError as error:
        raise DataError(f"{source}: {error}") from error


@dataclass(frozen=True)
class Truth:
    """Reads the truth of one picture when it is asked for, and lays it on the picture.

    Attributes:
        source: what the errors name.
        picture: the photo, if it is there.
        size: (height, width) that the annotations are of; None where they do not say.
        draw: the truth at a size; what it raises gets the source's name.
        max_pixels: no larger picture is read.
    """

    source: str
    picture: Path | None
    size: Size | None
    draw: Callable[[Size], Annotation]
    max_pixels: int

    def __call__(self) -> Annotation:
        """The truth, upright like the picture.

        Raises:
            DataError: it cannot be read, or is of another size than the picture.
        """
        if self.picture is None:
            if self.size is None:
                raise DataError(f"{self.source}: neither the picture nor its size is there; put the pictures beside it")
            return self._drawn(self.size)
        header = read_file_header(self.picture, max_pixels=self.max_pixels)
        size = self.size or header.upright_size
        if size == header.upright_size:
            return self._drawn(size)
        if size == header.size:  # made with a tool that does not turn pictures as their EXIF says
            return _turned(self._drawn(size), header.orientation)
        (height, width), (wanted_height, wanted_width) = size, header.upright_size
        raise MaskError(
            f"{self.source}: annotated at {height} x {width} (height x width), but {self.picture} is "
            f"{wanted_height} x {wanted_width}; was the picture resized? Give the one that was annotated"
        )

    def _drawn(self, size: Size) -> Annotation:
        if size[0] * size[1] > self.max_pixels:
            raise MaskError(
                f"{self.source}: a picture of {size[0]} x {size[1]} pixels; the limit is {self.max_pixels}: raise "
                "`max_pixels` if you trust the file"
            )
        try:
            return self.draw(size)
        except DataError as error:
            raise type(error)(f"{self.source}: {error}") from error
        except RecursionError as error:
            raise MaskError(f"{self.source}: lists within lists without end; the file is damaged") from error


def all_or_none(pictures: Sequence[tuple[str, Path | None]], *, source: object, below: Path) -> None:
    """Check that either all pictures are there, or none: an annotation file alone.

    Raises:
        DataError: some are there and others not.
    """
    missing = [name for name, picture in pictures if picture is None]
    if missing and len(missing) < len(pictures):
        raise DataError(
            f"{source}: {len(missing)} of {len(pictures)} pictures are not below {below}: {some(missing)}; add them, "
            "or say which folder has the pictures"
        )


def _turned(truth: Annotation, orientation: int) -> Annotation:
    regions = tuple(replace(region, runs=_turned_runs(region.runs, orientation)) for region in truth.regions)
    ignored = None if truth.ignored is None else _turned_runs(truth.ignored, orientation)
    height, width = truth.size
    return Annotation((width, height) if orientation >= 5 else (height, width), regions, ignored)


def _turned_runs(runs: Runs, orientation: int) -> Runs:
    return encode_mask(upright(runs.decode(max_pixels=runs.size[0] * runs.size[1]), orientation))


def numbered(regions: Sequence[Region]) -> tuple[Region, ...]:
    """Those that have a pixel, each a thing of its own, from 1 on."""
    kept = [region for region in regions if region.runs.area]
    return tuple(replace(region, thing=number) for number, region in enumerate(kept, start=1))
