"""From what a thing is to its faces."""

from __future__ import annotations

import numpy as np

from perpixel.classes import CAMVID
from perpixel.synthetic.buildings import building
from perpixel.synthetic.faces import Faces
from perpixel.synthetic.furniture import bollard, fence, lamp_post, sign
from perpixel.synthetic.greenery import hedge, tree
from perpixel.synthetic.people import cyclist, pedestrian
from perpixel.synthetic.town import Thing
from perpixel.synthetic.vehicles import bus, car

_CLASS = {
    "building": "building", "lamp": "pole", "bollard": "pole", "sign": "sign", "fence": "fence", "hedge": "tree",
    "tree": "tree", "car": "car", "bus": "car", "pedestrian": "pedestrian", "cyclist": "bicyclist",
}  # fmt: skip
_LABEL = {kind: CAMVID.index(name) for kind, name in _CLASS.items()}


def build(faces: Faces, thing: Thing, *, bare: bool, time: float) -> None:
    """Add a thing at the present place of `faces`, as it looks after `time` seconds; trees are `bare` in winter."""
    generator = np.random.default_rng(thing.seed)
    label = _LABEL[thing.kind]
    instance = faces.thing if CAMVID[label].thing else 0
    faces.part(label, instance=instance, seed=thing.seed % 99991)
    match thing.kind:
        case "car":
            car(faces, generator)
        case "bus":
            bus(faces, generator)
        case "pedestrian":
            pedestrian(faces, generator, stride=time * 6.0)
        case "cyclist":
            cyclist(faces, generator, stride=time * 6.0)
        case "building":
            width, deep, floors, shop = thing.numbers
            building(faces, width, deep, int(floors), generator, shop=bool(shop))
        case "lamp":
            lamp_post(faces, generator)
        case "bollard":
            bollard(faces, generator)
        case "sign":
            sign(faces, generator, pole=_LABEL["lamp"], board=label)
        case "tree":
            tree(faces, generator, bare=bare, tall=thing.numbers[0])
        case "fence":
            fence(faces, thing.numbers[0], int(thing.numbers[1]), generator)
        case "hedge":
            hedge(faces, thing.numbers[0], thing.numbers[1], generator)
