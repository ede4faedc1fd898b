"""The pictures of "What is in my masks?": each trap as it is and as it is often read: `python -m recipes.mask_traps`.

One drawn street and a few drawn cells, so that the pictures are ours; every wrong panel is made by making the mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from perpixel.classes import CAMVID, ClassTable, color_of
from perpixel.draw import overlay
from perpixel.files import make_folder
from perpixel.masks.encoding import _CITYSCAPES_IDS
from perpixel.masks.runs import encode_mask, from_kaggle, to_kaggle
from perpixel.pictures import write_jpeg, write_png
from perpixel.results import LabelMap
from perpixel.synthetic import street

DOCS = Path(__file__).parents[1] / "docs" / "masks"
SEED, SIZE = 100012, (180, 240)
GAP, CAPTION = 6, 22
MANY_COLORS = 4096

Picture = NDArray[np.uint8]
Panel = tuple[str, Picture]


def main() -> None:
    """Write `docs/masks/TRAP.png` for every trap; `TRAP.jpg` where photos are shown."""
    make_folder(DOCS)
    for name, draw in TRAPS.items():
        sheet = _beside(draw())
        if len(np.unique(sheet.reshape(-1, 3), axis=0)) > MANY_COLORS:
            write_jpeg(DOCS / f"{name}.jpg", sheet)
        else:
            write_png(DOCS / f"{name}.png", sheet)


def black() -> list[Panel]:
    """Numbers that look like nothing."""
    labels = _scene()[1]
    return [("a viewer shows the numbers 0 to 10", _gray(labels)), ("the same numbers in color", _colors(labels))]


def two_values() -> list[Panel]:
    """0 and 255 taken for class numbers."""
    road = np.where(_scene()[1] == CAMVID.index("road"), 255, 0).astype(np.uint8)
    ignored = np.repeat(np.where(road[:, :, None] > 0, 255, 70).astype(np.uint8), 3, axis=2)
    ignored[road > 0] = (255, 0, 255)
    return [("road is 255, all else 0", _gray(road)), ("read as labels: 255 is ignored", ignored)]


def one_based() -> list[Panel]:
    """Classes that count from 1."""
    image, labels = _scene()
    shifted = np.where(labels == 255, 255, np.minimum(labels + 1, len(CAMVID) - 1)).astype(np.uint8)
    return [
        ("0 is `ignore`, classes from 1", _over(image, labels)),
        ("read from 0: all are the next", _over(image, shifted)),
    ]


def channels() -> list[Panel]:
    """Colors read in the order blue, green, red, then looked up as the nearest class."""
    image, labels = _scene()
    colors = _colors(labels)[:, :, ::-1].astype(int)
    nearest = np.abs(colors[:, :, None] - CAMVID.colors.astype(int)).sum(axis=3).argmin(axis=2)
    return [("RGB, as they are", _over(image, labels)), ("read as BGR, nearest class", _over(image, nearest))]


def ignored() -> list[Panel]:
    """The void class of CamVid taught as a class of its own."""
    image, labels = _scene()
    edge = cv2.dilate(cv2.Canny(labels, 0, 1), np.ones((3, 3), np.uint8)) > 0
    void = np.where(edge, 255, labels).astype(np.uint8)
    table = ClassTable((*CAMVID.classes, CAMVID.classes[0].__class__("void", (255, 0, 255))))
    taught = LabelMap(np.where(edge, len(CAMVID), labels).astype(np.uint8), table)
    return [
        ("not judged along edges", _over(image, void)),
        ("learnt as a twelfth class", overlay(image, taught, legend=False)),
    ]


def jpeg() -> list[Panel]:
    """Colors that no class has."""
    colors = _colors(_scene()[1])
    _, data = cv2.imencode(".jpg", colors[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
    lossy = cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1]
    count = len(np.unique(lossy.reshape(-1, 3), axis=0))
    return [
        (f"PNG: {len(np.unique(colors.reshape(-1, 3), axis=0))} colors", _enlarged(colors)),
        (f"JPEG: {count} colors", _enlarged(lossy)),
    ]


def smooth() -> list[Panel]:
    """Numbers between two classes that are no class in between."""
    labels = _scene()[1]
    small = (SIZE[1] // 3, SIZE[0] // 3)
    nearest = cv2.resize(cv2.resize(labels, small, interpolation=cv2.INTER_NEAREST_EXACT), SIZE[::-1], interpolation=0)
    linear = cv2.resize(cv2.resize(labels, small, interpolation=cv2.INTER_LINEAR), SIZE[::-1])
    return [
        ("resized by the nearest pixel", _enlarged(_colors(nearest))),
        ("resized smoothly", _enlarged(_colors(linear))),
    ]


def floor() -> list[Panel]:
    """A mask that is resized smoothly and cut to whole numbers gets smaller each time."""
    mask = _cells()[1] > 0
    once = mask.astype(np.float32)
    for _ in range(4):
        small = cv2.resize(once, (SIZE[1] // 2, SIZE[0] // 2), interpolation=cv2.INTER_AREA)
        once = np.floor(cv2.resize(small, SIZE[::-1]) + 1e-6)
    lost = np.where(mask[:, :, None], [90, 200, 120], [40, 40, 40]).astype(np.uint8)
    lost[mask & (once < 1)] = (255, 0, 0)
    return [("the mask", _two_colors(mask)), (f"four times rounded down: {1 - once.sum() / mask.sum():.0%} lost", lost)]


def turned() -> list[Panel]:
    """A picture whose orientation is only noted in its file."""
    image, labels = _scene()
    lying = np.ascontiguousarray(np.rot90(image))
    wrong = cv2.resize(lying, SIZE[::-1])
    return [("shown upright, as EXIF says", _over(image, labels)), ("stored lying, mask upright", _over(wrong, labels))]


def off_by_one() -> list[Panel]:
    """Run lengths from 1 read from 0."""
    mask = _small_cells()
    text = to_kaggle(encode_mask(mask))
    moved = np.zeros(mask.size, np.bool_)
    numbers = [int(part) for part in text.split()]
    for start, length in zip(numbers[::2], numbers[1::2], strict=True):
        moved[start : start + length] = True  # the mistake: pixel 1 is the first
    moved = moved.reshape(mask.shape[::-1]).T
    return [("pixel 1 is the first", _blocks(mask, mask)), ("read from 0: down by one", _blocks(moved, mask))]


def order() -> list[Panel]:
    """Run lengths down the columns read along the rows."""
    mask = _cells()[1] > 0
    wrong = from_kaggle(to_kaggle(encode_mask(mask)), SIZE, order="row").decode()
    return [("down the columns", _two_colors(mask)), ("read along the rows: as many pixels", _two_colors(wrong))]


def sixteen_bits() -> list[Panel]:
    """Ids beyond 255 read into 8 bits."""
    ids = _cells()[1].astype(np.uint16)
    ids[ids > 0] += 250
    narrow = ids.astype(np.uint8)
    return [
        ("16 bits: ids 251 to 270", _random_colors(ids)),
        ("read as 8: id 256 is background", _random_colors(narrow)),
    ]


def overlap() -> list[Panel]:
    """Classes that overlap, painted into one map."""
    disks = np.zeros((2, *SIZE), np.uint8)
    cv2.circle(disks[0], (95, 90), 60, 1, -1)
    cv2.circle(disks[1], (150, 90), 60, 1, -1)
    first, second = disks > 0
    both = np.full((*SIZE, 3), 40, np.uint8)
    both[first], both[second] = color_of(1), color_of(2)
    one = both.copy()
    both[first & second] = (200, 160, 0)
    return [("a mask for each class", both), ("one map: the later one wins", one)]


def raw_ids() -> list[Panel]:
    """Cityscapes' raw ids taken for the classes that are learnt."""
    labels = _scene()[1]
    names = {"road": 7, "pavement": 8, "building": 11, "pole": 17, "tree": 21, "sky": 23, "car": 26, "pedestrian": 24}
    ids = np.zeros(SIZE, np.uint8)
    for name, number in names.items():
        ids[labels == CAMVID.index(name)] = number
    train = np.full(256, 255, np.uint8)
    train[list(_CITYSCAPES_IDS)] = np.arange(len(_CITYSCAPES_IDS))
    known = np.where(ids < 19, ids, 255)
    return [
        ("raw ids, brought to 19 classes", _cityscapes(train[ids])),
        ("raw ids as class numbers", _cityscapes(known)),
    ]


TRAPS: dict[str, Callable[[], list[Panel]]] = {
    "black": black,
    "two-values": two_values,
    "one-based": one_based,
    "raw-ids": raw_ids,
    "channels": channels,
    "ignored": ignored,
    "jpeg": jpeg,
    "smooth": smooth,
    "floor": floor,
    "turned": turned,
    "sixteen-bits": sixteen_bits,
    "overlap": overlap,
    "off-by-one": off_by_one,
    "order": order,
}


def _scene() -> tuple[Picture, NDArray[np.uint8]]:
    scene = street(SEED, size=SIZE)
    return scene.image, np.asarray(scene.labels.labels, np.uint8)


def _cells() -> tuple[None, NDArray[np.int32]]:
    """Twenty disks with ids 1 to 20."""
    generator, ids = np.random.default_rng(3), np.zeros(SIZE, np.int32)
    for number in range(1, 21):
        x, y = int(generator.integers(10, SIZE[1] - 10)), int(generator.integers(10, SIZE[0] - 10))
        cv2.circle(ids, (x, y), int(generator.integers(9, 20)), number, -1)
    return None, ids


def _small_cells() -> NDArray[np.bool_]:
    mask = np.zeros((12, 16), np.uint8)
    cv2.circle(mask, (4, 4), 3, 1, -1)
    cv2.rectangle(mask, (10, 6), (13, 11), 1, -1)
    return mask > 0


def _over(image: Picture, labels: NDArray[Any]) -> Picture:
    return overlay(image, LabelMap(labels.astype(np.uint8), CAMVID), legend=False)


def _colors(labels: NDArray[np.uint8]) -> Picture:
    table = np.zeros((256, 3), np.uint8)
    table[: len(CAMVID)] = CAMVID.colors
    return np.asarray(table[labels])


def _cityscapes(labels: NDArray[Any]) -> Picture:
    from perpixel.classes import CITYSCAPES

    table = np.zeros((256, 3), np.uint8)
    table[: len(CITYSCAPES)] = CITYSCAPES.colors
    return np.asarray(table[labels.astype(np.uint8)])


def _random_colors(ids: NDArray[Any]) -> Picture:
    table = np.random.default_rng(5).integers(80, 255, (65536, 3)).astype(np.uint8)
    table[0] = 30
    return np.asarray(table[ids])


def _gray(values: NDArray[np.uint8]) -> Picture:
    return np.repeat(values[:, :, None], 3, axis=2)


def _two_colors(mask: NDArray[np.bool_]) -> Picture:
    return np.where(mask[:, :, None], [90, 200, 120], [40, 40, 40]).astype(np.uint8)


def _enlarged(image: Picture) -> Picture:
    """A sixteenth of it, so that single pixels are seen."""
    top, left = SIZE[0] // 2 - 10, SIZE[1] // 3
    part = image[top : top + SIZE[0] // 4, left : left + SIZE[1] // 4]
    return np.asarray(cv2.resize(part, SIZE[::-1], interpolation=cv2.INTER_NEAREST), np.uint8)


def _blocks(mask: NDArray[np.bool_], true: NDArray[np.bool_]) -> Picture:
    """Each pixel a block; red is wrong."""
    small = _two_colors(mask)
    small[mask & ~true] = (255, 0, 0)
    small[~mask & true] = (120, 40, 40)
    large = cv2.resize(small, SIZE[::-1], interpolation=cv2.INTER_NEAREST)
    large[:: SIZE[0] // 12] = large[:, :: SIZE[1] // 16] = 20
    return np.asarray(large, np.uint8)


def _beside(panels: list[Panel]) -> Picture:
    """Panels in a row, each over its caption."""
    width = sum(picture.shape[1] for _, picture in panels) + GAP * (len(panels) - 1)
    sheet = Image.new("RGB", (width, SIZE[0] + CAPTION), "white")
    pen, font, left = ImageDraw.Draw(sheet), ImageFont.load_default(14), 0
    for caption, picture in panels:
        sheet.paste(Image.fromarray(picture), (left, 0))
        pen.text((left + 2, SIZE[0] + 3), caption, fill="black", font=font)
        left += picture.shape[1] + GAP
    return np.array(sheet)


if __name__ == "__main__":
    main()
