"""Light and air: one sun, sky colors, clouds, haze."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Color = tuple[float, float, float]

CLEAR, CLOUDY, OVERCAST, DUSK, RAIN, FOG = "clear", "cloudy", "overcast", "dusk", "rain", "fog"
KINDS = (CLEAR, CLOUDY, OVERCAST, DUSK, RAIN, FOG)


@dataclass(frozen=True)
class Weather:
    """The light of a scene; colors are RGB, lights are factors on surface colors.

    Attributes:
        kind: one of `KINDS`.
        sun: (3,) unit vector toward the sun, world axes.
        direct, ambient: (3,) light of the sun, and from everywhere.
        zenith, horizon, cloud, haze: (3,) 0 to 255.
        haze_length: metres after which 63 % of the light is haze.
        shade: how much of the ambient light a cast shadow takes, 0 to 1.
        cover, contrast: share of the sky under cloud, and how sharp its edges are.
        seed: of the clouds.
    """

    kind: str
    sun: Array
    direct: Array
    ambient: Array
    zenith: Array
    horizon: Array
    cloud: Array
    haze: Array
    haze_length: float
    shade: float
    cover: float
    contrast: float
    seed: int

    def light(self, rotation: Array) -> Array:
        """The (9, 3) table of `perpixel.kernels.surfaces.paint`; `rotation` goes from world to camera axes."""
        rows = [rotation @ self.sun, self.direct, self.ambient, self.zenith, self.horizon, self.cloud, self.haze]
        rows += [np.array([self.haze_length, self.shade, 0.0]), np.array([self.cover, self.contrast, float(self.seed)])]
        return np.array(rows)


def sample_weather(generator: np.random.Generator) -> Weather:
    """Mostly fair, sometimes gray, wet or late."""
    kind = str(generator.choice(KINDS, p=[0.30, 0.22, 0.22, 0.10, 0.10, 0.06]))
    azimuth, elevation = generator.uniform(0, 2 * np.pi), generator.uniform(0.45, 1.05)
    gain = generator.uniform(0.95, 1.28)
    seed = int(generator.integers(1 << 20))
    zenith: Color = (86, 136, 205)
    horizon: Color = (196, 216, 234)
    cloud: Color = (246, 246, 246)
    direct, ambient, length, shade, cover, contrast = (0.82, 0.77, 0.66), (0.50, 0.54, 0.60), 650.0, 0.16, 0.45, 3.5
    if kind == CLEAR and generator.random() < 0.4:  # CamVid's own sky is often burnt out to white
        zenith, horizon = (176, 206, 238), (246, 248, 250)
    elif kind == CLOUDY:
        cover, direct = 0.72, (0.62, 0.58, 0.52)
    elif kind in (OVERCAST, RAIN):
        white = generator.uniform(0.72, 1.12)
        zenith, horizon = _scaled((190, 196, 204), white), _scaled((222, 225, 228), white)
        cloud = _scaled((206, 210, 214), white)
        direct, ambient, shade, cover, contrast = (0.06, 0.06, 0.06), (0.82, 0.84, 0.86), 0.0, 0.8, 1.4
        length = 420.0 if kind == OVERCAST else 190.0
        gain *= 0.9
    elif kind == DUSK:
        elevation = generator.uniform(0.18, 0.35)
        zenith, horizon, cloud = (78, 92, 138), (238, 178, 128), (226, 170, 150)
        direct, ambient, cover = (0.70, 0.46, 0.28), (0.34, 0.34, 0.42), 0.55
        gain *= 0.9
    elif kind == FOG:
        zenith, horizon, cloud = (206, 210, 214), (212, 215, 218), (208, 212, 216)
        direct, ambient, length, shade, cover = (0.04,) * 3, (0.80, 0.82, 0.84), generator.uniform(55, 110), 0.0, 0.3
    sun = np.array([np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)])
    return Weather(
        kind=kind,
        sun=sun,
        direct=np.array(direct) * gain,
        ambient=np.array(ambient) * gain,
        zenith=np.array(zenith, np.float64),
        horizon=np.array(horizon, np.float64),
        cloud=np.array(cloud, np.float64),
        haze=np.array(horizon, np.float64) * 0.94,
        haze_length=length,
        shade=shade,
        cover=cover,
        contrast=contrast,
        seed=seed,
    )


def _scaled(color: Color, factor: float) -> Color:
    red, green, blue = (min(250.0, value * factor) for value in color)
    return red, green, blue
