from __future__ import annotations

import numpy as np
import pytest

from perpixel.classes import CAMVID, VOC, ClassTable, SegmentClass, color_of


def test_voc_colors_follow_the_bits_of_the_number() -> None:
    assert [color_of(number) for number in (0, 1, 2, 7, 8, 255)] == [
        (0, 0, 0),
        (128, 0, 0),
        (0, 128, 0),
        (128, 128, 128),
        (64, 0, 0),
        (224, 224, 192),  # the border of the devkit's masks
    ]
    assert len({color_of(number) for number in range(256)}) == 256


def test_up_to_255_classes_labels_are_uint8_and_beyond_uint16() -> None:
    few, many = (ClassTable.named([f"c{i}" for i in range(count)]) for count in (255, 256))
    assert (few.dtype, few.ignored) == (np.uint8, 255)
    assert (many.dtype, many.ignored) == (np.uint16, 65535)


def test_beyond_255_classes_255_is_a_class_and_not_ignored() -> None:
    assert ClassTable.named([f"c{number}" for number in range(255)]).ignore == 255
    assert ClassTable.named([f"c{number}" for number in range(256)]).ignore == 65535


def test_mirror_classes_change_places() -> None:
    table = ClassTable(
        (
            SegmentClass("road", (0, 0, 0)),
            SegmentClass("l", (1, 0, 0), mirror="r"),
            SegmentClass("r", (2, 0, 0), mirror="l"),
        )
    )
    assert table.mirror.tolist() == [0, 2, 1]
    with pytest.raises(ValueError, match="'l' mirrors to 'r', which does not mirror back"):
        ClassTable((SegmentClass("l", (1, 0, 0), mirror="r"), SegmentClass("r", (2, 0, 0))))
    with pytest.raises(ValueError, match="no class 'x'"):
        ClassTable((SegmentClass("l", (1, 0, 0), mirror="x"),))


def test_a_near_name_is_offered() -> None:
    assert CAMVID.index("car") == 8
    with pytest.raises(ValueError, match="did you mean 'pavement'"):
        CAMVID.index("pavment")
    with pytest.raises(ValueError, match="the classes are background, aeroplane"):
        VOC.index("zzz")


def test_a_dictionary_reads_back_equal() -> None:
    assert ClassTable.from_dict(CAMVID.to_dict()) == CAMVID


def test_tables_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one class"):
        ClassTable(())
    with pytest.raises(ValueError, match="more than once: a"):
        ClassTable.named(("a", "b", "a"))
    with pytest.raises(ValueError, match="not three numbers from 0 to 255"):
        ClassTable((SegmentClass("a", (0, 0, 256)),))
    with pytest.raises(ValueError, match="ignore -1 is no value"):
        ClassTable.named("ab", ignore=-1)
