"""Which classes of a label map become things, and by what names."""

from __future__ import annotations

import numpy as np
import pytest

from perpixel.classes import ClassTable, SegmentClass
from perpixel.masks.counted import Counted
from perpixel.results import LabelMap

STREET = ClassTable(
    (SegmentClass("road", (9, 9, 9)), SegmentClass("pole", (1, 2, 3)), SegmentClass("car", (4, 5, 6), thing=True))
)
LABELS = np.array([[2, 2, 0, 1, 0, 2], [2, 2, 0, 1, 0, 0]], np.uint8)


def test_things_are_those_of_the_table_and_their_labels_count_from_the_first_of_them() -> None:
    found = Counted(STREET, "components")(LabelMap(LABELS, STREET))
    assert found.classes.names == ("car",)
    assert found.labels.tolist() == [0, 0]
    assert found.ids.tolist() == [[1, 1, 0, 0, 0, 2], [1, 1, 0, 0, 0, 0]]


def test_named_classes_are_things_in_the_order_of_the_table() -> None:
    counted = Counted(STREET, "watershed", ["car", "pole"], least_area=2)
    assert [(entry.name, entry.thing) for entry in counted.classes] == [("pole", True), ("car", True)]
    found = counted(LabelMap(LABELS, STREET))
    assert [(found.classes[label].name, area) for label, area in zip(found.labels, found.areas, strict=True)] == [
        ("pole", 2),
        ("car", 4),
    ]


def test_what_cannot_be_counted_is_refused_before_any_picture() -> None:
    with pytest.raises(ValueError, match="did you mean 'car'"):
        Counted(STREET, "components", ["cars"])
    with pytest.raises(ValueError, match="none of the classes a, b is a thing in the class table: name those"):
        Counted(ClassTable.named(["a", "b"]), "components")
    with pytest.raises(ValueError, match="things by 'hope'; expected components or watershed"):
        Counted(STREET, "hope")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least -1 pixels"):
        Counted(STREET, "components", least_area=-1)
