"""A data set of things opened for a model."""

from pathlib import Path

import numpy as np

from perpixel.classes import ClassTable, SegmentClass
from perpixel.evaluation.opening import open_for_model
from perpixel.pictures import write_png

NUCLEI = ClassTable((SegmentClass("nucleus", (9, 9, 9), thing=True),))
TWO = ClassTable((*NUCLEI.classes, SegmentClass("dot", (99, 9, 9), thing=True)))


def test_maps_of_ids_that_name_no_class_are_of_the_one_class_of_a_model(tmp_path: Path) -> None:
    for kind in ("images", "instance_masks"):
        (tmp_path / kind).mkdir()
    for name in "abcdef":
        write_png(tmp_path / f"images/{name}.png", np.full((8, 8, 3), ord(name), np.uint8))
        write_png(tmp_path / f"instance_masks/{name}.png", np.eye(8, dtype=np.uint16) * 3)
    dataset, taken = open_for_model(tmp_path, NUCLEI, task="instance")
    assert taken
    assert dataset.classes.names == ("nucleus",)
    assert dataset.read_truth(dataset.samples("train")[0]).classes.names == ("nucleus",)
    other, taken = open_for_model(tmp_path, TWO, task="instance")
    assert not taken
    assert other.classes.names == ("thing",)
