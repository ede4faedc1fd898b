from __future__ import annotations

import numpy as np
import pytest

from perpixel.classes import CAMVID, CITYSCAPES, VOC, ClassTable, SegmentClass
from perpixel.errors import MaskError
from perpixel.masks import Encoding, RawMask, decode_labels

THREE = ClassTable.named(("a", "b", "c"))
TWO = ClassTable.named(("background", "foreground"))


def labels(values: object, classes: ClassTable, encoding: Encoding, dtype: type = np.uint8) -> list[list[int]]:
    answer = decode_labels(RawMask(np.array(values, dtype)), classes, encoding)
    assert answer.labels.dtype == classes.dtype
    return answer.labels.tolist()


def test_an_index_is_the_class_and_the_files_ignored_value_becomes_255() -> None:
    assert labels([[0, 10, 11]], CAMVID, Encoding()) == [[0, 10, 255]]


def test_255_is_ignored_in_every_table_because_perpixel_writes_it() -> None:
    assert labels([[0, 255]], CAMVID, Encoding()) == [[0, 255]]


def test_an_ignored_value_that_is_also_a_class_is_ignored() -> None:
    drone = ClassTable.named(("unlabeled", "paved-area", "dirt"), ignore=0)
    assert labels([[0, 1, 2]], drone, Encoding()) == [[255, 1, 2]]


@pytest.mark.parametrize("foreground", [1, 255, 65535])
def test_binary_takes_1_and_the_largest_value_as_foreground(foreground: int) -> None:
    assert labels([[0, foreground]], TWO, Encoding("binary"), np.uint16) == [[0, 1]]


def test_one_based_numbers_count_from_1_and_0_is_ignored() -> None:
    assert labels([[0, 1, 3, 255]], THREE, Encoding("one-based")) == [[255, 0, 2, 255]]


def test_cityscapes_raw_ids_become_train_ids() -> None:
    raw = [[7, 8, 11, 33, 0, 9, 29]]
    assert labels(raw, CITYSCAPES, Encoding("cityscapes-ids")) == [[0, 1, 2, 18, 255, 255, 255]]


def test_a_table_of_values_is_exact() -> None:
    encoding = Encoding("values", ((0, 0), (128, 2)))
    assert labels([[0, 128]], THREE, encoding) == [[0, 2]]
    with pytest.raises(MaskError, match="label 127 at row 0, column 1"):
        labels([[0, 127]], THREE, encoding)


def test_16_bit_labels_beyond_255_are_kept() -> None:
    many = ClassTable.named([f"c{number}" for number in range(400)], ignore=65535)
    assert labels([[0, 255, 256, 399, 65535]], many, Encoding(), np.uint16) == [[0, 255, 256, 399, 65535]]


def test_gray_saved_as_rgb_is_gray() -> None:
    values = np.repeat(np.array([[0, 1, 2]], np.uint8)[:, :, None], 3, axis=2)
    assert labels(values, THREE, Encoding()) == [[0, 1, 2]]
    values[0, 1, 2] = 9
    with pytest.raises(MaskError, match=r"color \(1, 1, 9\) at row 0, column 1, where numbers are expected"):
        labels(values, THREE, Encoding())


def test_colors_are_looked_up_exactly() -> None:
    encoding = Encoding("rgb", ignored_colors=((0, 0, 0),))
    assert labels([[[128, 128, 128], [0, 128, 192], [0, 0, 0]]], CAMVID, encoding) == [[0, 10, 255]]


def test_every_class_of_every_known_table_is_found_by_its_color() -> None:
    for table in (CAMVID, CITYSCAPES, VOC):
        assert labels(table.colors[None], table, Encoding("rgb")) == [list(range(len(table)))]


def test_an_unknown_color_names_color_place_and_nearest_class() -> None:
    with pytest.raises(MaskError) as error:
        decode_labels(
            RawMask(np.array([[[128, 0, 0]], [[64, 2, 128]]], np.uint8)), CAMVID, Encoding("rgb"), name="masks/a.png"
        )
    assert str(error.value).startswith(
        "masks/a.png: color (64, 2, 128) at row 1, column 0 is not one of the colors of the 11 classes; "
        "the nearest is (64, 0, 128) (car). Soft edges or lossy compression change colors"
    )


def test_palettes_that_differ_between_files_go_by_their_colors() -> None:
    encoding = Encoding("palette", ignored_colors=((255, 255, 255),))
    table = ClassTable((SegmentClass("sky", (0, 0, 200)), SegmentClass("road", (90, 90, 90))))
    one = RawMask(np.array([[0, 1, 2]], np.uint8), np.array([[90, 90, 90], [0, 0, 200], [255, 255, 255]], np.uint8))
    other = RawMask(np.array([[0, 1]], np.uint8), np.array([[0, 0, 200], [90, 90, 90]], np.uint8))
    assert decode_labels(one, table, encoding).labels.tolist() == [[1, 0, 255]]
    assert decode_labels(other, table, encoding).labels.tolist() == [[0, 1]]
    wrong = RawMask(np.array([[0, 1]], np.uint8), np.array([[0, 0, 200], [90, 90, 91]], np.uint8))
    with pytest.raises(
        MaskError, match=r"color \(90, 90, 91\) at row 0, column 1 .* nearest is \(90, 90, 90\) \(road\)"
    ):
        decode_labels(wrong, table, encoding)
    with pytest.raises(MaskError, match="no palette, others"):
        decode_labels(RawMask(one.values), table, encoding)


def message(values: object, classes: ClassTable, dtype: type = np.uint8) -> str:
    with pytest.raises(MaskError) as error:
        decode_labels(RawMask(np.array(values, dtype)), classes, Encoding(), name="labels/aachen_0.png")
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_class_too_many_names_file_value_place_and_cure() -> None:
    assert message([[0, 1], [3, 2]], THREE) == (
        "labels/aachen_0.png: label 3 at row 1, column 0 is not one of the 3 classes 0 to 2, nor 255 (ignore). "
        "If 3 marks pixels that are not judged, set `ignore: 3`; if it is a class, add it to the table"
    )


def test_likely_cures_are_told_by_the_values() -> None:
    assert "Cityscapes raw ids: add `encoding: cityscapes-ids` to classes.yaml" in message([[0, 7, 33, 26]], CITYSCAPES)
    assert "class numbers from 1: add `encoding: one-based`" in message([[1, 2, 3]], THREE)
    assert "0/255 mask" in message([[0, 65535]], THREE, np.uint16)
    assert "8-bit labels stretched to 16 bits" in message([[0, 257, 514]], THREE, np.uint16)
    assert "photo, soft edges or ids of things" in message([list(range(100))], THREE)
    assert "name it in the class table" in message([[0, 77]], THREE)
    assert "nor 11 or 255 (ignore)" in message([[12]], CAMVID)


def test_an_unknown_encoding_and_values_out_of_place_are_value_errors() -> None:
    with pytest.raises(ValueError, match="'indices' is not one of index, binary"):
        Encoding("indices")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="only there"):
        Encoding("index", ((0, 0),))
    with pytest.raises(ValueError, match="from 0 to 65535"):
        Encoding("values", ((-1, 0),))
