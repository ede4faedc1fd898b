"""From a stock of faces to a scene: truth at pixel centers, the picture from 2 x 2 samples a pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.camera import Camera
from perpixel.classes import CAMVID
from perpixel.kernels.painting import ELLIPSE, cast_shadows, nearest_faces
from perpixel.kernels.surfaces import paint
from perpixel.results import Depth, Instances, LabelMap, Panoptic
from perpixel.synthetic.exposure import expose
from perpixel.synthetic.faces import Faces, Packed, frames, pack
from perpixel.synthetic.lanes import lanes_of
from perpixel.synthetic.occupancy import occupancy_of
from perpixel.synthetic.scene import Scene
from perpixel.synthetic.town import Town

Array = NDArray[np.float64]

CONTACT = 150  # of 255: how dark it is under a car


def render(faces: Faces, town: Town, camera: Camera, pose: Array, *, s: float, time: float,
           frame: int) -> Scene:  # fmt: skip
    """Draw the faces as the camera at `pose` sees them, and say what is true."""
    rotation = camera.rotation @ pose[:3, :3].T
    packed = pack(faces, rotation)
    ids, inverse = _visible(packed, camera, fine=1)
    sky = CAMVID.index("sky")
    labels = np.where(ids >= 0, packed.label[ids], np.uint8(sky)).astype(np.uint8)
    things = np.where(ids >= 0, packed.instance[ids], 0)
    instances, panoptic = _segments(labels, things)
    with np.errstate(divide="ignore"):
        metres = np.where(ids >= 0, 1 / inverse, 0).astype(np.float32)
    lanes, curves = lanes_of(town, camera, pose, s)
    return Scene(
        image=_picture(packed, faces, town, camera, rotation, frame),
        labels=LabelMap(labels, CAMVID),
        instances=instances,
        panoptic=panoptic,
        depth=Depth(metres, ids >= 0),
        lanes=lanes,
        lane_curves=curves,
        occupancy=occupancy_of(packed, faces.places, town, pose, s),
        camera=camera,
        pose=pose,
        seed=town.seed,
        time=time,
        weather=town.weather.kind,
    )


def _visible(packed: Packed, camera: Camera, *, fine: int) -> tuple[NDArray[np.int32], Array]:
    height, width = camera.size[0] * fine, camera.size[1] * fine
    ids, inverse = np.full((height, width), -1, np.int32), np.zeros((height, width))
    order = np.argsort(packed.corners[:, :, 2].min(1), kind="stable")
    nearest_faces(
        order, packed.corners, packed.origin, packed.across, packed.along, packed.cutout, packed.shape, packed.seed,
        _intrinsics(camera, fine), ids, inverse,
    )  # fmt: skip
    return ids, inverse


def _intrinsics(camera: Camera, fine: int) -> Array:
    """fx, fy, cx, cy of a grid `fine` times as dense, its pixel centers at whole numbers, too."""
    (fx, fy), (cx, cy) = camera.focal, camera.principal
    shift = (fine - 1) / 2
    return np.array([fx * fine, fy * fine, cx * fine + shift, cy * fine + shift])


def _segments(labels: NDArray[np.uint8], things: NDArray[np.int32]) -> tuple[Instances, Panoptic]:
    seen = np.bincount(things.ravel()) > 0
    seen[0] = False
    count = int(np.count_nonzero(seen))
    ids = (np.cumsum(seen) * seen).astype(np.int32)[things]
    kinds = np.zeros(count + 1, np.intp)
    kinds[ids.ravel()] = labels.ravel()
    instances = Instances(ids, kinds[1:], CAMVID, np.ones(count, np.float32))
    thing = np.array([entry.thing for entry in CAMVID])
    stuff = np.flatnonzero(np.bincount(labels[ids == 0], minlength=len(CAMVID)))
    table = np.zeros(len(CAMVID), np.int32)
    table[stuff] = count + 1 + np.arange(len(stuff))
    whole = np.where(ids > 0, ids, table[labels]).astype(np.int32)
    if thing[stuff].any():
        raise ValueError("a thing was drawn without an instance number")
    every = np.concatenate([kinds[1:], stuff.astype(np.intp)])
    return instances, Panoptic(whole, every, CAMVID, np.ones(len(every), np.float32))


def _picture(packed: Packed, faces: Faces, town: Town, camera: Camera, rotation: Array,
             frame: int) -> NDArray[np.uint8]:  # fmt: skip
    ids, inverse = _visible(packed, camera, fine=2)
    shadow = _shadows(packed, faces, town, camera, rotation, ids)
    image = np.empty((*camera.size, 3), np.float32)
    parts = (packed.origin, packed.across, packed.along, packed.normal, packed.color, packed.shape)
    light, axes = town.weather.light(rotation), np.ascontiguousarray(rotation.T)
    table = np.concatenate(parts, axis=1)
    paint(ids, inverse, shadow, table, packed.material, packed.seed, light, _intrinsics(camera, 2), axes, image)
    return expose(image, town.weather.kind, seed=town.seed, frame=frame)


def _shadows(packed: Packed, faces: Faces, town: Town, camera: Camera, rotation: Array,
             ids: NDArray[np.int32]) -> NDArray[np.uint8]:  # fmt: skip
    shadow = np.zeros(ids.shape, np.uint8)
    intrinsics = _intrinsics(camera, 2)
    if faces.contacts:
        flat = (_contacts(faces) - faces.eye) @ rotation.T
        origin, across, along, _ = frames(flat)
        shape = np.zeros((len(flat), 6))
        shape[:, 0] = np.sqrt(((flat[:, 1] - flat[:, 0]) ** 2).sum(1))
        shape[:, 1] = np.sqrt(((flat[:, 3] - flat[:, 0]) ** 2).sum(1))
        for share, strength in ((1.12, CONTACT // 2), (0.98, CONTACT)):
            center = flat.mean(1, keepdims=True)
            scaled = np.ascontiguousarray(center + (flat - center) * share)
            scaled_origin = np.ascontiguousarray(scaled[:, 0])
            _cast(scaled, scaled_origin, across, along, np.full(len(flat), ELLIPSE, np.uint8), shape * share,
                  np.zeros(len(flat), np.int64), strength, intrinsics, ids, packed, shadow)  # fmt: skip
    if town.weather.shade > 0:
        chosen = packed.casts & (packed.world[:, :, 2].max(1) > 0.05)
        ray = rotation @ town.weather.sun
        up = rotation[:, 2]
        climb = float(town.weather.sun[2])
        corners, origin = packed.corners[chosen], packed.origin[chosen]
        level = faces.eye[2] - 0.05
        corners = corners - (corners @ up + level)[..., None] / climb * ray
        origin = origin - (origin @ up + level)[..., None] / climb * ray
        a = packed.across[chosen] - (packed.across[chosen] @ up)[:, None] / climb * ray
        b = packed.along[chosen] - (packed.along[chosen] @ up)[:, None] / climb * ray
        aa, ab, bb = (a * a).sum(1), (a * b).sum(1), (b * b).sum(1)
        size = aa * bb - ab * ab
        flat_enough = size > 1e-4
        safe = np.where(flat_enough, size, 1.0)[:, None]
        across, along = (a * bb[:, None] - b * ab[:, None]) / safe, (b * aa[:, None] - a * ab[:, None]) / safe
        k = flat_enough
        _cast(np.ascontiguousarray(corners[k]), origin[k], across[k], along[k], packed.cutout[chosen][k],
              packed.shape[chosen][k], packed.seed[chosen][k], 255, intrinsics, ids, packed, shadow)  # fmt: skip
    return shadow


def _contacts(faces: Faces) -> Array:
    """The ground (n, 4, 3) right under things, world axes."""
    number, length, width = np.array(faces.contacts).T
    places = [faces.places[int(i)] for i in number]
    x, y, z, heading = np.array([(p.x, p.y, p.z, p.heading) for p in places]).T
    forward = np.stack([np.cos(heading), np.sin(heading), np.zeros(len(x))], axis=1) * (length / 2)[:, None]
    left = np.stack([-np.sin(heading), np.cos(heading), np.zeros(len(x))], axis=1) * (width / 2)[:, None]
    center = np.stack([x, y, z + 0.05], axis=1)
    return np.stack([center + a * forward + b * left for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))], axis=1)


def _cast(corners: Array, origin: Array, across: Array, along: Array, cutout: NDArray[np.uint8], shape: Array,
          seed: NDArray[np.int64], strength: int, intrinsics: Array, ids: NDArray[np.int32], packed: Packed,
          shadow: NDArray[np.uint8]) -> None:  # fmt: skip
    receives = packed.receives
    cast_shadows(corners, origin, across, along, cutout, shape, seed, strength, intrinsics, ids, receives, shadow)
