"""What one looks at: the photo with its free space, the ground from above, and the grid with the nearest obstacles."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from perpixel.camera import BirdsEye, Camera
from perpixel.draw import as_shown
from perpixel.occupancy.free_space import FreeSpace
from perpixel.occupancy.polar import PolarGrid
from perpixel.results import OccupancyGrid

Picture = NDArray[np.uint8]

HEIGHT = 640  # of the views from above
WIDEST = 960  # of the photo
PAPER, INK, MUTED = (250, 250, 250), (30, 30, 30), (110, 110, 110)
FREE, BETWEEN, OCCUPIED = (58, 158, 108), (238, 214, 120), (152, 30, 46)
UNKNOWN, CONTACT = (206, 210, 218), (20, 20, 24)
_MARGIN, _TITLE, _AXIS = 14, 26, 34


def free_space_over(image: NDArray[Any], space: FreeSpace) -> Picture:
    """The photo (H, W[, C]) tinted green as far as ground is free, by its probability: (H, W, 3) uint8 RGB."""
    if image.shape[:2] != space.size:
        raise ValueError(f"the picture is {image.shape[:2]}, the free space {space.size}; both must be the same (H, W)")
    weight = (space.probability * np.float32(0.5))[..., None]
    return _bytes(as_shown(image) * (1 - weight) + np.array(FREE, np.float32) * weight)


def grid_picture(grid: OccupancyGrid) -> Picture:
    """(rows, columns, 3) uint8 RGB, forward up: green is free, red occupied, yellow between, pale gray unknown."""
    seen = grid.as_seen()
    chance = np.nan_to_num(seen)[..., None]
    low, middle, high = (np.array(color, np.float32) for color in (FREE, BETWEEN, OCCUPIED))
    below = low + (middle - low) * np.clip(chance * 2, 0, 1)
    colors = below + (high - middle) * np.clip(chance * 2 - 1, 0, 1)
    colors[np.isnan(seen)] = UNKNOWN
    return _bytes(colors)


def grid_over(image: NDArray[Any], camera: Camera, grid: OccupancyGrid) -> Picture:
    """The photo with the known cells on its ground, in the colors of `grid_picture`: (H, W, 3) uint8 RGB."""
    view = BirdsEye(camera, grid.extent, grid.cell)
    known = view.ids_back(np.ascontiguousarray(grid.known[::-1, ::-1]), outside=0)
    colors = view.ids_back(grid_picture(grid), outside=0)
    shown = as_shown(image)
    return np.where(known[..., None], _bytes(shown * np.float32(0.45) + colors * np.float32(0.55)), shown)


def occupancy_sheet(
    image: NDArray[Any], space: FreeSpace, camera: Camera, grid: OccupancyGrid, polar: PolarGrid
) -> Picture:
    """The photo, the ground from above and the grid beside each other, with metres at their sides.

    Args:
        image: (H, W[, C]), of the camera's size.

    Returns:
        (h, w, 3) uint8 RGB.
    """
    tinted = free_space_over(image, space)
    forward, aside = grid.extent[1] - grid.extent[0], grid.extent[3] - grid.extent[2]
    view = BirdsEye(camera, grid.extent, max(forward / HEIGHT, aside / WIDEST))
    above = view.picture(tinted)
    above[~view.valid] = UNKNOWN
    cells = np.asarray(cv2.resize(grid_picture(grid), above.shape[1::-1], interpolation=cv2.INTER_NEAREST), np.uint8)
    photos = [("free space", _fitted(tinted))]
    if 2 * photos[0][1].shape[0] + _TITLE <= HEIGHT:  # a wide picture leaves room for one more
        photos.append(("the grid on the ground", _fitted(grid_over(image, camera, grid))))

    left, top = _MARGIN + max(photo.shape[1] for _, photo in photos) + _MARGIN + _AXIS, _MARGIN + _TITLE
    second = left + above.shape[1] + _MARGIN + _AXIS
    column = sum(photo.shape[0] + _TITLE for _, photo in photos)
    high = _MARGIN + max(column, above.shape[0] + _TITLE) + _MARGIN
    page = Image.new("RGB", (second + above.shape[1] + _MARGIN, high + _TITLE), PAPER)
    draw, y = ImageDraw.Draw(page), top
    for title, photo in photos:
        _panel(page, draw, title, photo, _MARGIN, y)
        y += photo.shape[0] + _TITLE
    for place, title, panel in ((left, "from above, as if all were flat", above), (second, "occupancy", cells)):
        _panel(page, draw, title, panel, place, top)
        _axis(draw, view, place, top)
    _contacts(draw, polar, view, second, top)
    _legend(draw, _MARGIN, high)
    return np.asarray(page).copy()


def _fitted(photo: Picture) -> Picture:
    shrink = min(WIDEST / photo.shape[1], HEIGHT / photo.shape[0])
    size = max(round(photo.shape[1] * shrink), 1), max(round(photo.shape[0] * shrink), 1)
    return np.asarray(
        cv2.resize(photo, size, interpolation=cv2.INTER_AREA if shrink < 1 else cv2.INTER_LINEAR), np.uint8
    )


def _panel(page: Image.Image, draw: ImageDraw.ImageDraw, title: str, panel: Picture, left: int, top: int) -> None:
    draw.text((left, top - 8), title, INK, _font(15), anchor="ls")
    page.paste(Image.fromarray(np.ascontiguousarray(panel)), (left, top))


def _axis(draw: ImageDraw.ImageDraw, view: BirdsEye, left: int, top: int) -> None:
    """Metres forward, at the left of a view."""
    step = next((each for each in (1, 2, 5, 10, 20, 50, 100) if (view.extent[1] - view.extent[0]) / each <= 10), 200)
    for metres in range(int(np.ceil(view.extent[0] / step)) * step, int(view.extent[1]) + 1, step):
        y = top + float(view.from_ground(np.array([float(metres), 0.0]))[1]) + 0.5
        draw.line([(left - 5, y), (left - 1, y)], MUTED)
        draw.text((left - 7, y), f"{metres} m", MUTED, _font(11), anchor="rm")


def _contacts(draw: ImageDraw.ImageDraw, polar: PolarGrid, view: BirdsEye, left: int, top: int) -> None:
    """The nearest obstacle of each degree as a dot with a dark border, so that it is seen on every color."""
    x0, x1, y0, y1 = view.extent
    for x, y in polar.binned(np.radians(1.0)).points().tolist():
        if x0 <= x <= x1 and y0 <= y <= y1:
            column, row = view.from_ground(np.array([x, y])).tolist()
            place = (left + column - 3, top + row - 3, left + column + 3, top + row + 3)
            draw.ellipse(place, (255, 190, 40), CONTACT)


def _legend(draw: ImageDraw.ImageDraw, left: int, top: int) -> None:
    entries = (("free", FREE), ("undecided", BETWEEN), ("occupied", OCCUPIED), ("unknown", UNKNOWN))
    for name, color in entries:
        draw.rectangle([left, top, left + 13, top + 13], color, MUTED)
        draw.text((left + 20, top + 7), name, INK, _font(13), anchor="lm")
        left += 32 + int(_font(13).getlength(name)) + 10
    draw.ellipse([left + 3, top + 3, left + 10, top + 10], (255, 190, 40), CONTACT)
    draw.text((left + 20, top + 7), "nearest obstacle of a degree", INK, _font(13), anchor="lm")


def _bytes(values: NDArray[Any]) -> Picture:
    return np.asarray(np.rint(values), np.uint8)


@lru_cache
def _font(size: int) -> Any:
    return ImageFont.load_default(size=size)
