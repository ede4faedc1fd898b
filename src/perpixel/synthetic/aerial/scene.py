"""A site as a drone's camera sees it that looks straight down: picture and exact labels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.aerial import topmost
from perpixel.kernels.grounds import paint_ground
from perpixel.results import LabelMap
from perpixel.synthetic.aerial.classes import DRONE
from perpixel.synthetic.aerial.shapes import CASTS, LABEL, MATERIAL, RECEIVES, Array, Look, Shapes, Table
from perpixel.synthetic.aerial.site import furnish
from perpixel.synthetic.exposure import sample_exposure
from perpixel.synthetic.weather import CLEAR, CLOUDY, OVERCAST, Weather, sample_weather
from perpixel.warp import Size

LOWEST, HIGHEST = 5.0, 30.0  # metres: the altitudes of the Semantic Drone Dataset
ACROSS = 1.5  # metres that the longer side shows for each metre of altitude
SMALLEST, LARGEST = 32, 8192
SHADED = 1536  # pixels of the longer side of the maps of light, at most
EDGE, CORNER = 0.045, 0.30  # metres over which a shadow ends, and the sky is hidden beside a thing
HIDDEN = 0.45  # share of the sky's light that is lost right beside a thing
BRIGHTNESS = 0.9, 1.2  # of level ground in the sun, in shares of its own color
BAND = 2_000_000  # samples that are computed at a time
FINE_UP_TO = 6_000_000  # pixels of a picture of which each is a mean of 2 x 2 samples

_FLYING = (CLEAR, CLOUDY, OVERCAST)


@dataclass(frozen=True)
class AerialScene:
    """A picture of drawn ground from straight above, and what is true about it.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        labels: the 24 classes of the Semantic Drone Dataset, exact at pixel centers, nothing ignored.
        altitude: of the camera, metres.
        sampling: metres on the ground from one pixel to the next.
        seed: of the site; weather: clear, cloudy or overcast.
    """

    image: NDArray[np.uint8]
    labels: LabelMap
    altitude: float
    sampling: float
    seed: int
    weather: str


def aerial(seed: int = 0, *, size: Size = (704, 1056)) -> AerialScene:
    """Draw the site of this seed.

    The longer side of every size shows the same stretch of ground, so a small picture is the large one at a coarser
    sampling, and one of another aspect shows more or less beside it. A picture of 4000 x 6000 pixels takes some ten
    seconds and 150 MB.

    Args:
        size: (height, width), sides from 32 to 8192 pixels.

    Raises:
        ValueError: a negative seed, or a size out of range.
    """
    if seed < 0:
        raise ValueError(f"seed {seed}; expected 0 or more")
    check_size(size)
    generator = np.random.default_rng([seed, 83])
    altitude = float(generator.uniform(LOWEST, HIGHEST))
    weather = _flying_weather(generator)
    shapes = furnish(generator, altitude)
    order = shapes.order()
    table = shapes.seen(_from_above(altitude), order, eye=altitude)
    sun, sky = _kept_light(shapes, weather, size, altitude)
    sampling = ACROSS * altitude / max(size)
    image, labels = _pictures(shapes, order, table, weather, sun, sky, size, sampling, seed)
    return AerialScene(image, LabelMap(labels, DRONE), altitude, sampling, seed, weather.kind)


def check_size(size: Size) -> None:
    """Raise ValueError for a size out of range."""
    if min(size) < SMALLEST or max(size) > LARGEST:
        raise ValueError(f"size {size[0]}x{size[1]}; sides from {SMALLEST} to {LARGEST} pixels can be drawn")


def _flying_weather(generator: np.random.Generator) -> Weather:
    weather = sample_weather(generator)
    while weather.kind not in _FLYING:
        weather = sample_weather(generator)
    return weather


def _from_above(altitude: float) -> Look:
    """Perspective of an eye over the origin: what is high is larger and stands farther out."""

    def look(points: Array) -> tuple[Array, Array]:
        larger = altitude / np.maximum(altitude - points[..., 2], 0.2 * altitude)
        return points[..., :2] * larger[..., None], larger

    return look


def _thrown(shift: Array) -> Look:
    """Onto the ground, `shift` metres aside for each metre of height."""

    def look(points: Array) -> tuple[Array, Array]:
        return points[..., :2] + points[..., 2:] * shift, np.ones(points.shape[:2])

    return look


def _kept_light(shapes: Shapes, weather: Weather, size: Size, altitude: float) -> tuple[NDArray[np.float32], ...]:
    """Maps (h, w) of the shares of sun and sky that reach the ground."""
    longer = min(SHADED, 4 * max(size))
    step = ACROSS * altitude / longer
    rows, columns = (max(2, round(longer * side / max(size))) for side in size)
    casts = np.flatnonzero(shapes.fact(CASTS) > 0)
    dark = []
    for shift in (-weather.sun[:2] / weather.sun[2], np.zeros(2)):
        thrown = shapes.seen(_thrown(shift), casts, eye=altitude)
        ids = np.full((rows, columns), -1, np.int32)
        corner = np.array((-(columns - 1) * step / 2, -(rows - 1) * step / 2))
        topmost(thrown.kind, thrown.table, thrown.seed, thrown.bounds, corner, step, ids)
        dark.append((ids >= 0).astype(np.float32))
    shadow = cv2.GaussianBlur(dark[0], (0, 0), EDGE / step, borderType=cv2.BORDER_REPLICATE)
    near = cv2.GaussianBlur(dark[1], (0, 0), CORNER / step, borderType=cv2.BORDER_REPLICATE)
    sky = (1 - np.float32(weather.shade) * shadow) * (1 - np.float32(HIDDEN) * near)
    return np.asarray(1 - shadow, np.float32), np.asarray(sky, np.float32)


def _pictures(shapes: Shapes, order: NDArray[np.intp], table: Table, weather: Weather, sun: NDArray[np.float32],
              sky: NDArray[np.float32], size: Size, sampling: float,
              seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:  # fmt: skip
    """The picture (H, W, 3) and the labels (H, W), a band of rows at a time."""
    height, width = size
    fine = 2 if height * width <= FINE_UP_TO else 1
    label = shapes.fact(LABEL)[order].astype(np.uint8)
    receives = shapes.fact(RECEIVES)[order] > 0
    material = shapes.fact(MATERIAL)[order].astype(np.uint8)
    generator = np.random.default_rng([seed, 89])
    camera = sample_exposure(generator)
    exposure = np.array([camera.vignette, *(camera.gain * camera.tint), camera.contrast, camera.noise,
                         generator.integers(1 << 20)])  # fmt: skip
    level = float((weather.direct * weather.sun[2] + weather.ambient).mean())  # the camera sets itself by the light
    gain = generator.uniform(*BRIGHTNESS) / level
    light = np.array([weather.sun, weather.direct * gain, weather.ambient * gain])
    image, labels = np.empty((height, width, 3), np.uint8), np.empty(size, np.uint8)
    band = max(1, BAND // (width * fine * fine))
    for first in range(0, height, band):
        rows = min(band, height - first)
        corner = np.array((-(width - 1) / 2, first - (height - 1) / 2)) * sampling
        ids = np.zeros((rows, width), np.int32)
        topmost(table.kind, table.table, table.seed, table.bounds, corner, sampling, ids)
        labels[first : first + rows] = label[ids]
        step = sampling / fine
        if fine > 1:
            corner = corner - (fine - 1) / 2 * step
            ids = np.zeros((rows * fine, width * fine), np.int32)
            topmost(table.kind, table.table, table.seed, table.bounds, corner, step, ids)
        paint_ground(ids, table.kind, material, table.table, table.seed, receives, corner, step, sun, sky, light,
                     exposure, first, height, image[first : first + rows])  # fmt: skip
    return image, labels
