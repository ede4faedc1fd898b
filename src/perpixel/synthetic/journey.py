"""Drawn streets: one picture of a seed, or a drive through its town."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from perpixel.camera import Camera
from perpixel.synthetic.assembly import build
from perpixel.synthetic.faces import Faces, Place
from perpixel.synthetic.ground import lay_ground, raise_skyline
from perpixel.synthetic.render import render
from perpixel.synthetic.scene import Scene
from perpixel.synthetic.town import Thing, Town, sample_town
from perpixel.warp import Size

Array = NDArray[np.float64]

_SEEN = {"pedestrian": 75.0, "cyclist": 85.0, "sign": 110.0, "bollard": 70.0}


def street(seed: int, *, size: Size = (360, 480)) -> Scene:
    """Draw the street of a seed as a dash camera sees it, with exact truth for every task.

    The same seed gives the same scene; it is also the first frame of `drive(seed)`.

    Args:
        seed: any whole number from 0.
        size: (height, width) of the picture; the view is as wide in all sizes.
    """
    return _frame(sample_town(seed), size, s=0.0, time=0.0, index=0)


def drive(seed: int, *, frames: int, size: Size = (360, 480), speed: float = 8.0, fps: float = 10.0) -> Iterator[Scene]:
    """Drive down the street of a seed: the same world from a moving vehicle that follows the bends.

    Other traffic moves too, what goes our way as fast as we. Poses map each frame's vehicle frame into one world.

    Args:
        frames: how many scenes to draw.
        speed: metres a second of our vehicle.
        fps: frames a second.
    """
    if frames < 1 or fps <= 0 or speed < 0:
        raise ValueError(f"frames {frames}, fps {fps}, speed {speed}; expected at least 1, over 0, at least 0")
    town = sample_town(seed, length=260.0 + speed * frames / fps, speed=speed)
    for index in range(frames):
        time = index / fps
        yield _frame(town, size, s=speed * time, time=time, index=index)


def sample_camera(seed: int, size: Size) -> Camera:
    """The dash camera of a seed: 1.2 to 1.5 m high, about 53 degrees wide, the horizon near the middle."""
    generator = np.random.default_rng([seed, 5])
    height, width = size
    focal = width * float(generator.uniform(0.88, 1.10))
    return Camera(
        focal=(focal, focal),
        principal=((width - 1) / 2, (height - 1) / 2),
        size=size,
        height=float(generator.uniform(1.2, 1.5)),
        pitch=float(generator.uniform(-0.05, 0.035)),
    )


def vehicle_pose(town: Town, s: float) -> Array:
    """(4, 4) from the vehicle frame to the world, in the middle of our lane at s."""
    x, y, _ = town.road.at(s, town.road.keep * town.road.lane / 2)
    heading = float(town.road.heading(s))
    cosine, sine = np.cos(heading), np.sin(heading)
    return np.array([[cosine, -sine, 0, x], [sine, cosine, 0, y], [0, 0, 1, 0], [0, 0, 0, 1.0]])


def _frame(town: Town, size: Size, *, s: float, time: float, index: int) -> Scene:
    camera = sample_camera(town.seed, size)
    pose = vehicle_pose(town, s)
    faces = Faces(eye=pose[:3, 3] + (0, 0, camera.height))
    lay_ground(faces, town, s)
    raise_skyline(faces, town)
    for thing, place in _places(town, pose, s, time):
        faces.stand(place)
        build(faces, thing, bare=town.bare, time=time)
    return render(faces, town, camera, pose, s=s, time=time, frame=index)


def _places(town: Town, pose: Array, s: float, time: float) -> Iterator[tuple[Thing, Place]]:
    """The things that can be seen, or throw a shadow into the view, and where they stand."""
    things = [thing for thing in town.things(s - 60, s + 178, time) if not _hidden(thing, town, s, time)]
    along, aside = np.array([thing.at(time) for thing in things]).T
    points = town.road.at(along, aside, [thing.z for thing in things])
    headings = town.road.heading(along)
    ahead = (points[:, 0] - pose[0, 3]) * pose[0, 0] + (points[:, 1] - pose[1, 3]) * pose[1, 0]
    for i in np.flatnonzero(ahead >= -16):
        thing = things[i]
        if thing.kind in ("fence", "hedge"):
            yield from _pieces(thing, town)
        else:
            x, y, z = points[i].tolist()
            yield thing, Place(x, y, z, float(headings[i]) + thing.turn)


def _pieces(thing: Thing, town: Town) -> Iterator[tuple[Thing, Place]]:
    """A fence that follows the street, as straight pieces of about four metres."""
    end, number = thing.numbers
    cuts = np.linspace(thing.s, end, max(2, int((end - thing.s) / 4) + 1))
    points = town.road.at(cuts, thing.d, thing.z).tolist()
    for (x, y, z), (to_x, to_y, _) in pairwise(points):
        length = math.hypot(to_x - x, to_y - y)
        yield replace(thing, numbers=(length, number)), Place(x, y, z, math.atan2(to_y - y, to_x - x))


def _hidden(thing: Thing, town: Town, s: float, time: float) -> bool:
    along, aside = thing.at(time)
    ahead = along - s
    if ahead > _SEEN.get(thing.kind, 178.0) or ahead < -14:
        return True
    moving = thing.kind in ("car", "bus", "pedestrian", "cyclist")
    # Nobody stands where our own vehicle is; a bus needs more room.
    ours = town.road.keep * town.road.lane / 2
    room = 9.5 if thing.kind == "bus" else 6.5 if thing.kind == "car" else 3.5
    return moving and abs(aside - ours) < 1.25 and ahead < room
