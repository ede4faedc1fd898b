"""CVAT's XML, read as a stream and without a look outside: a file that declares a document type is refused.

Entities of a document type can name files of this computer, or grow to any size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from perpixel.errors import DataError

SHAPES = ("polygon", "box", "ellipse", "mask")
SKIPPED = ("polyline", "points", "cuboid", "skeleton", "tag")
_DEEPEST = 100  # elements within each other


@dataclass(frozen=True)
class CvatImage:
    """One picture: the attributes of `<image>`, and kind and attributes of each shape in it."""

    attributes: Mapping[str, str]
    shapes: tuple[tuple[str, Mapping[str, str]], ...]


@dataclass
class CvatXml:
    """What a file says.

    Attributes:
        path: the file.
        labels: name and color (`#rrggbb` or empty) of each class, in order; empty if the file lists none.
        images: in the file's order.
        skipped: how many shapes without an area there are, by kind.
    """

    path: Path
    labels: list[tuple[str, str]] = field(default_factory=list)
    images: list[CvatImage] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def read_cvat_xml(path: Path) -> CvatXml:
    """Read a file.

    Raises:
        DataError: it cannot be read, is no XML, is of a video, or declares a document type.
    """
    reader = _Reader(path)
    try:
        with path.open("rb") as file:
            reader.parser.ParseFile(file)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (expat.ExpatError, ValueError, LookupError) as error:  # the latter of unknown encodings
        raise DataError(f"{path}: not XML, or cut off: {error}") from error
    if not reader.root:
        raise DataError(f"{path}: the XML is not CVAT's, which is `<annotations>`")
    return reader.found


class _Reader:
    """Takes the elements one after the other as expat finds them."""

    def __init__(self, path: Path) -> None:
        self.found = CvatXml(path)
        self.root = False
        self._way = list[str]()
        self._words = ""
        self._label: dict[str, str] = {}
        self._image: dict[str, str] = {}
        self._shapes = list[tuple[str, Mapping[str, str]]]()
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _refuse(self, name: str, system: str | None, public: str | None, internal: bool) -> None:
        raise DataError(
            f"{self.found.path}: it declares a document type ({name}), which CVAT never does; take the line out"
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._way) >= _DEEPEST:
            raise DataError(f"{self.found.path}: more than {_DEEPEST} elements within each other; not CVAT's")
        if not self._way:
            self.root = name == "annotations"
        if name == "track" and self._way == ["annotations"]:
            raise DataError(f"{self.found.path}: tracks of a video; export the task as `CVAT for images`")
        self._way.append(name)
        self._words = ""
        if self._way == ["annotations", "image"]:
            self._image, self._shapes = attributes, []
        elif self._way[:-1] == ["annotations", "image"]:
            if name in SHAPES:
                self._shapes.append((name, attributes))
            elif name in SKIPPED:
                self.found.skipped[name] += 1
        elif name == "label" and self._way[-2:] == ["labels", "label"]:
            self._label = {}

    def _text(self, words: str) -> None:
        if self._way[-2:-1] == ["label"]:
            self._words += words

    def _end(self, name: str) -> None:
        if self._way[:1] == ["annotations"] and self._way[-3:-1] == ["labels", "label"]:
            self._label[name] = self._words.strip()
        elif self._way[-2:] == ["labels", "label"] and self._label.get("type") not in SKIPPED:
            self.found.labels.append((self._label.get("name", ""), self._label.get("color", "")))
        elif self._way == ["annotations", "image"]:
            self.found.images.append(CvatImage(self._image, tuple(self._shapes)))
        self._way.pop()
