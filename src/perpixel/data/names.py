"""What folder names say: pictures or masks, and of which split."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Role = Literal["pictures", "masks", "other"]

_PICTURES = re.compile(r"images?|imgs?|photos?|pictures?|originals?|inputs?|frames?|jpegimages|leftimg8bit|rgb")
_MASKS = re.compile(
    r"masks?|labels?|annots?|annotations?|gt|groundtruth|truths?|targets?|segs?|segmentations?|segmentationclass|"
    r"semantic|gtfine|gtcoarse"
)
_OTHER = re.compile(
    r"instances?|instanceids|segmentationobject|panoptic|depth|disparity|boundaries|overlays?|predictions?"
)
_DRAWN = "rgb_color_image_masks"  # the Semantic Drone Dataset's own drawing of its label images
_SPLITS = {
    "train": "train",
    "training": "train",
    "trn": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
    "tst": "test",
}
_ROLES: dict[re.Pattern[str], Role] = {_OTHER: "other", _MASKS: "masks", _PICTURES: "pictures"}
_JOINED = re.compile(r"(train|val|valid|test)(annot|masks?|labels?|gt|images?|imgs?)")  # trainannot, testmasks


@lru_cache(maxsize=4096)  # many files, few folders
def role_of(folder: str) -> Role | None:
    """What a folder of this name holds; None if the name does not tell. `label_images` holds masks.

    A name such as `semantic_drone_dataset` is of a whole data set, and tells nothing.
    """
    words = _words(folder)
    if folder.lower() == _DRAWN or "dataset" in words:
        return "other" if folder.lower() == _DRAWN else None
    for pattern, role in _ROLES.items():
        if any(pattern.fullmatch(word) for word in words):
            return role
    return None


@lru_cache(maxsize=4096)
def split_of(name: str) -> str | None:
    """train, val or test, if a folder's or list's name is made of nothing but a split's name and roles."""
    words = _words(name)
    found = {_SPLITS[word] for word in words if word in _SPLITS}
    rest = [word for word in words if word not in _SPLITS and not any(role.fullmatch(word) for role in _ROLES)]
    return found.pop() if len(found) == 1 and not rest else None


def in_order(splits: list[str]) -> list[str]:
    """train, val, test, then others by name."""
    known = list(dict.fromkeys(_SPLITS.values()))
    return sorted(splits, key=lambda split: (known.index(split) if split in known else len(known), split))


def _words(name: str) -> set[str]:
    words = set(re.findall(r"[a-z0-9]+", name.lower()))
    for word in list(words):
        if joined := _JOINED.fullmatch(word):
            words |= {joined[1], joined[2]}
            words.remove(word)
    return words
