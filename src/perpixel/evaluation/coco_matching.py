"""Which picture and which class of a COCO file of predictions is which of the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from perpixel.data.formats.json_values import listed, mapping, said, text
from perpixel.data.listing import some
from perpixel.errors import DataError

Value = TypeVar("Value")


def names_of(images: Sequence[Mapping[str, Any]]) -> dict[Any, str]:
    """What pictures are called, by id: the `file_name`, with the id where several have it or none is stated."""
    given = {image["id"]: str(image.get("file_name") or "picture") for image in images}
    often = Counter(given.values())
    return {key: f"{name} ({key})" if often[name] > 1 or name == "picture" else name for key, name in given.items()}


def same_pictures(
    found: Mapping[str, Any], images: Sequence[Mapping[str, Any]], *, source: Path, truth: Path
) -> dict[Any, Any]:
    """The truth's id of each picture that a file of predictions lists, by that file's id.

    A file that lists no pictures has the truth's ids. Of one that does, the names decide, without suffix and if need be
    without folders; the ids do where one side has no names.

    Args:
        found: the file of predictions.
        images: those of the truth.
        source: what errors name.
        truth: likewise.

    Raises:
        DataError: it lists a picture that the truth does not have.
    """
    if found.get("images") is None:
        return {image["id"]: image["id"] for image in images}
    own = [mapping(image, f"{source}: an image") for image in listed(found["images"], f"{source}: images")]
    for image in own:
        if not isinstance(image.get("id"), int | str):
            raise DataError(f"{source}: an image has the id {said(image.get('id'))}; ids are numbers or texts")
    named = any(map(_path, own)) and any(map(_path, images))
    for called in (_whole, _path, _name) if named else (_id,):
        there = _unlike(images, called)
        if all(called(image) in there for image in own) and len(_unlike(own, called)) == len(own):
            return {image["id"]: there[called(image)] for image in own}
    there = _unlike(images, called)
    unknown = [str(image.get("file_name") or image["id"]) for image in own if called(image) not in there]
    if unknown:
        raise DataError(f"{source}: {len(unknown)} of its pictures are not in {truth}: {some(unknown)}")
    raise DataError(f"{source}: two of its pictures are called alike; each has a `file_name` and an `id` of its own")


def same_classes(found: Mapping[str, Any], names: Mapping[int, str], *, source: Path) -> dict[int, int]:
    """The truth's category of each category of a file of predictions, by ids.

    A file that lists no categories has the truth's ids. Of one that does, the names decide; a category that the truth
    does not have is left out, and `known` refuses it where it is used.
    """
    if found.get("categories") is None:
        return {number: number for number in names}
    by_name = {name: number for number, name in names.items()}
    same = dict[int, int]()
    for given in listed(found["categories"], f"{source}: categories"):
        category = mapping(given, f"{source}: a category")
        number, name = category.get("id"), text(category.get("name"), f"{source}: the name of a category")
        if isinstance(number, int) and (names.get(number) == name or name in by_name):
            same[number] = number if names.get(number) == name else by_name[name]
    return same


def known(key: Any, of: Mapping[Any, Value], what: str) -> Value:
    """What an id stands for.

    Raises:
        DataError: nothing; `what` says where the id is and what it is of.
    """
    if not isinstance(key, int | str) or key not in of:
        raise DataError(
            f"{what} {said(key)}, which the truth does not have, by its name where both files state names; known are "
            f"{some([str(each) for each in of]) or 'none'}"
        )
    return of[key]


def _whole(image: Mapping[str, Any]) -> Any:
    return image["id"], str(image.get("file_name"))


def _path(image: Mapping[str, Any]) -> str:
    """The path without its suffix; "" if it is not stated."""
    path = PurePosixPath(str(image.get("file_name") or ""))
    return str(path.with_suffix("")) if path.name else ""


def _name(image: Mapping[str, Any]) -> str:
    return PurePosixPath(_path(image)).name


def _id(image: Mapping[str, Any]) -> Any:
    return image["id"]


def _unlike(images: Sequence[Mapping[str, Any]], called: Callable[[Mapping[str, Any]], Any]) -> dict[Any, Any]:
    """The ids of pictures by what they are called, where no other is called so."""
    often = Counter(map(called, images))
    return {called(image): image["id"] for image in images if often[called(image)] == 1}
