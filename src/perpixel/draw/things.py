"""Things over their picture: a color for each, thin outlines, boxes, and what there is to say about each."""

from __future__ import annotations

import colorsys
from functools import lru_cache
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.draw.legend import with_legend
from perpixel.draw.shown import as_shown
from perpixel.kernels.overlay import blend
from perpixel.results import Instances, Panoptic

Text = Literal["none", "id", "class", "score"]

FONT = cv2.FONT_HERSHEY_SIMPLEX
GOLDEN = 0.6180339887498949  # of a turn of the hue: the step that keeps any number of hues farthest apart
COLORS = 4096  # then they begin again
NOTHING = np.uint16(65535)  # a label without a color
WHITE = (255, 255, 255)


def instances_over(
    image: NDArray[Any], answer: Instances, *, alpha: float = 0.45, boxes: bool = True, text: Text = "score"
) -> NDArray[np.uint8]:
    """One color a thing over the picture, its outline and box, and a line of text where it fits.

    A thing's color follows from its id alone, so the same answer looks the same everywhere, and neighbors in number
    never look alike. Text stands at the top of the thing's box and is left out where the box is smaller than the text,
    or where it would hide a quarter of the thing or half of another.

    Args:
        image: (H, W[, C]) of any type and any number of channels, shown as `as_shown` says.
        answer: of the same size.
        alpha: weight of the colors, 0 to 1.
        boxes: draw them.
        text: "id", the number of the thing in the id map; "class", that and the name of its class; "score", that and
            how sure it is; or "none".

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        ValueError: the sizes differ, or `alpha` is not from 0 to 1.
    """
    _check(image, answer.size)
    table = thing_colors(max(len(answer), 1))
    drawn = _filled(image, answer.ids, table, alpha)
    edges = outlines(answer.ids)
    drawn[edges] = table[answer.ids[edges] - 1]
    sides = answer.boxes.tolist()
    places = range(len(answer)) if boxes or text != "none" else ()
    order = sorted(places, key=lambda index: (sides[index][1] - sides[index][3]) * (sides[index][2] - sides[index][0]))
    for index in reversed(order):  # the largest first, so that nothing lies over the small ones
        if boxes:
            _box(drawn, sides[index], table[index].tolist())
    if text != "none":
        areas = answer.areas
        for index in order:
            _say(drawn, answer.ids, index, areas, sides[index], _words(answer, index, text))
    return drawn


def panoptic_over(
    image: NDArray[Any], answer: Panoptic, *, alpha: float = 0.5, legend: bool = True
) -> NDArray[np.uint8]:
    """Stuff in the colors of its classes, things in shades of theirs with white outlines, and a legend of classes.

    What belongs to no segment shows the picture as it is.

    Returns:
        (H, W, 3) uint8 RGB; higher by the legend, and at least 200 wide with it.

    Raises:
        ValueError: the sizes differ, or `alpha` is not from 0 to 1.
    """
    _check(image, answer.size)
    thing = np.array([entry.thing for entry in answer.classes], np.bool_)[answer.labels]
    table = answer.classes.colors[answer.labels].reshape(-1, 3)
    for number, index in enumerate(np.flatnonzero(thing)):
        table[index] = shade(table[index], number)
    drawn = _filled(image, answer.ids, table if len(table) else np.zeros((1, 3), np.uint8), alpha)
    of_things = np.concatenate([[False], thing])[answer.ids]
    drawn[outlines(np.where(of_things, answer.ids, 0))] = WHITE
    return with_legend(drawn, answer.label_map()) if legend else drawn


@lru_cache(maxsize=4)
def thing_colors(count: int) -> NDArray[np.uint8]:
    """(count, 3) uint8 RGB: each a golden step of hue from the one before, bright and dark in turn. Read-only."""
    table = np.array([_color(index % COLORS) for index in range(count)], np.uint8).reshape(-1, 3)
    table.flags.writeable = False
    return table


def shade(color: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    """(3,) a color that is still taken for `color`, but not for that of the thing before: lighter, darker, turned."""
    red, green, blue = (value / 255 for value in color.tolist())
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    turn = (number * GOLDEN % 1 - 0.5) * 0.14
    lift = (0.0, 0.3, -0.25, 0.15, -0.12)[number % 5]
    value = min(max(max(value, 0.45) + lift, 0.35), 1.0)
    saturation = min(max(saturation - max(lift, 0) * 0.9, 0.0), 1.0)
    turned = colorsys.hsv_to_rgb((hue + turn) % 1, saturation, value)
    shaded: NDArray[np.uint8] = np.rint(np.array(turned) * 255).astype(np.uint8)
    return shaded


def outlines(ids: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(H, W) bool: pixels of a thing beside a pixel that is not of it. The picture's border is no outline."""
    edge = np.zeros(ids.shape, np.bool_)
    across, down = ids[:, 1:] != ids[:, :-1], ids[1:] != ids[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    return np.asarray(edge & (ids > 0))


def _check(image: NDArray[Any], size: tuple[int, int]) -> None:
    if image.shape[:2] != size:
        raise ValueError(f"the picture is {image.shape[:2]}, the answer {size}; both must be the same (H, W)")


def _filled(image: NDArray[Any], ids: NDArray[np.int32], table: NDArray[np.uint8], alpha: float) -> NDArray[np.uint8]:
    labels = ((ids - 1) % COLORS).astype(np.uint16)  # a thing's color begins again as the table does
    labels[ids == 0] = NOTHING
    return blend(as_shown(image), labels, table[:COLORS], alpha=alpha)


def _color(index: int) -> tuple[int, ...]:
    saturation, value = ((0.95, 1.0), (0.65, 1.0), (0.9, 0.75))[index % 3]
    return tuple(round(255 * part) for part in colorsys.hsv_to_rgb((0.02 + index * GOLDEN) % 1, saturation, value))


def _box(drawn: NDArray[np.uint8], sides: list[int], color: list[int]) -> None:
    """Just outside of the thing, so that none of its pixels is covered."""
    x0, y0, x1, y1 = sides
    if x1 > x0 and y1 > y0:
        cv2.rectangle(drawn, (x0 - 1, y0 - 1), (x1, y1), color, 1)


def _words(answer: Instances, index: int, text: Text) -> str:
    words = [str(index + 1)]
    if text in ("class", "score"):
        words.append(answer.classes[int(answer.labels[index])].name)
    if text == "score":
        words.append(f"{answer.scores[index]:.2f}".lstrip("0") if answer.scores[index] < 1 else "1")
    return " ".join(words)


def _say(
    drawn: NDArray[np.uint8],
    ids: NDArray[np.int32],
    index: int,
    areas: NDArray[np.int64],
    sides: list[int],
    words: str,
) -> None:
    """White on a dark ground at the top left inside of a box, if there is room and it hides no thing."""
    size = float(np.clip(max(drawn.shape[:2]) / 1600, 0.35, 1.0))
    width = 2 if size > 0.7 else 1
    (wide, high), below = cv2.getTextSize(words, FONT, size, width)
    x0, y0, x1, y1 = sides
    if x1 - x0 < wide + 4 or y1 - y0 < 2 * (high + below + 4):
        return
    place = slice(y0, y0 + high + below + 3), slice(x0, x0 + wide + 4)
    hidden = np.bincount(ids[place].ravel(), minlength=len(areas) + 1)[1:]
    hidden[index] *= 2  # of the thing itself no more than a quarter
    if (2 * hidden > areas).any():
        return
    drawn[place] = drawn[place] // 4
    cv2.putText(drawn, words, (x0 + 2, y0 + high + 1), FONT, size, WHITE, width, cv2.LINE_AA)
