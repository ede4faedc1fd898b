from __future__ import annotations

import numpy as np
import pytest

from perpixel.classes import CAMVID, CITYSCAPES, VOC, ClassTable, SegmentClass
from perpixel.errors import MaskError
from perpixel.masks import Evidence, Inferred, RawMask, infer_encoding

TWO = ClassTable.named(("background", "foreground"))
THREE = ClassTable.named(("a", "b", "c"))


def infer(*masks: object, classes: ClassTable | None = None, **options: object) -> Inferred:
    evidence = Evidence()
    for mask in masks:
        raw = mask if isinstance(mask, RawMask) else RawMask(np.array(mask, np.uint8))
        evidence.look(raw)
    return infer_encoding(evidence, classes, name="data", **options)


def test_0_and_255_with_two_classes_are_binary_and_the_reason_says_so() -> None:
    for mask in ([[0, 255]], [[255]]):
        encoding = infer(mask, classes=TWO).encoding
        assert encoding.kind == "binary"
        assert "the masks hold the values" in encoding.reason
        assert "two classes" in encoding.reason
    assert infer([[0, 1, 255]], classes=TWO).encoding.kind == "index"


def test_0_and_255_with_more_classes_could_be_either_and_is_refused() -> None:
    with pytest.raises(MaskError, match="hold only the values 0, 255, the table has 3 classes: foreground, or pixels"):
        infer([[0, 255]], classes=THREE)


def test_0_and_255_without_a_table_are_background_and_foreground() -> None:
    answer = infer([[0, 0]], [[0, 255]])
    assert answer.classes.names == ("background", "foreground")
    assert answer.encoding.kind == "binary"
    assert infer([[0, 1]]).encoding.kind == "index"
    assert infer(RawMask(np.array([[0, 65535]], np.uint16))).encoding.kind == "binary"


def test_two_values_are_two_classes_whatever_the_second_is() -> None:
    assert infer([[0, 128]]).encoding.values == ((0, 0), (128, 1))


def test_values_from_0_are_class_numbers_with_names_made_up() -> None:
    answer = infer([[0, 1]], [[2, 4, 255]])
    assert answer.classes.names == ("class_0", "class_1", "class_2", "class_3", "class_4")
    assert "taken as class numbers from 0" in answer.encoding.reason


def test_an_ignored_value_that_is_known_is_no_class() -> None:
    answer = infer([[0, 1, 2, 3]], ignore=3)
    assert len(answer.classes) == 3
    assert answer.classes.ignore == 3


def test_numbers_from_1_are_pointed_out() -> None:
    assert "0 does not occur, so if the classes count from 1" in infer([[1, 2, 3]]).encoding.reason


def test_too_many_values_or_only_empty_masks_ask_for_a_table() -> None:
    with pytest.raises(MaskError, match=r"the values 0 to 99: no class numbers that count from 0 to at most 63"):
        infer([list(range(100))])
    with pytest.raises(MaskError, match="all masks are empty"):
        infer([[0, 0]])


def test_colors_of_a_known_table_are_known() -> None:
    for table in (CAMVID, CITYSCAPES, VOC):
        assert infer(table.colors[None, 1:7]).classes.names == table.names
    answer = infer(np.vstack([CAMVID.colors[:5], [[0, 0, 0]]])[None])
    assert answer.classes == CAMVID
    assert answer.encoding.ignored_colors == ((0, 0, 0),)
    assert "(0, 0, 0) is ignored" in answer.encoding.reason


def test_colors_of_no_known_table_ask_for_one() -> None:
    with pytest.raises(
        MaskError, match=r"2 colors \(\(1, 2, 3\), \(4, 5, 6\)\) of no known class table; put a `classes.csv`"
    ):
        infer([[[1, 2, 3], [4, 5, 6]]])


def test_a_photo_is_no_mask() -> None:
    with pytest.raises(MaskError, match="photos, overlays or smoothed"):
        infer(np.random.default_rng(0).integers(0, 256, (64, 64, 3)))


def test_an_empty_mask_among_colored_ones_is_black() -> None:
    black = np.zeros((2, 2, 3), np.uint8)
    assert infer(black, CAMVID.colors[None]).encoding.kind == "rgb"


def palette_mask(numbers: list[int], colors: object) -> RawMask:
    return RawMask(np.array([numbers], np.uint8), np.array(colors, np.uint8))


SKY_ROAD = ClassTable((SegmentClass("sky", (0, 0, 200)), SegmentClass("road", (90, 90, 90))))


def test_a_palette_in_the_order_of_the_classes_is_an_index() -> None:
    assert infer(palette_mask([0, 1], SKY_ROAD.colors), classes=SKY_ROAD).encoding.kind == "index"


def test_palettes_in_other_orders_go_by_color() -> None:
    masks = palette_mask([0, 1], SKY_ROAD.colors), palette_mask([0, 1], SKY_ROAD.colors[::-1])
    assert infer(*masks, classes=SKY_ROAD).encoding.kind == "palette"
    far = palette_mask([5, 9], [(0, 0, 0)] * 5 + [(90, 90, 90)] + [(0, 0, 0)] * 3 + [(0, 0, 200)])
    assert infer(far, classes=SKY_ROAD).encoding.kind == "palette"


def test_one_palette_in_another_order_could_be_either_and_is_refused() -> None:
    with pytest.raises(MaskError, match=r"colors and its numbers .* name different classes"):
        infer(palette_mask([0, 1], SKY_ROAD.colors[::-1]), classes=SKY_ROAD)


def test_a_palette_of_unrelated_colors_is_an_index() -> None:
    assert infer(palette_mask([0, 1], [(1, 1, 1), (2, 2, 2)]), classes=SKY_ROAD).encoding.kind == "index"


def test_a_palette_of_camvid_tells_camvid_but_one_of_voc_tells_nothing() -> None:
    assert infer(palette_mask([0, 1, 3, 5], CAMVID.colors)).classes.names == CAMVID.names
    answer = infer(palette_mask([0, 1, 2, 3, 4, 5], VOC.colors))
    assert answer.classes.names[0] == "class_0"
    assert answer.classes[1].color == (128, 0, 0)
