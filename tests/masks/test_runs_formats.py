"""Formats of run lengths: answers worked by hand and by each format's own tool, and every mask comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.errors import MaskError
from perpixel.masks.runs import (
    Runs,
    encode_mask,
    from_carvana,
    from_coco,
    from_coco_counts,
    from_coco_text,
    from_cvat,
    from_cvat_attributes,
    from_kaggle,
    from_label_studio,
    from_siim,
    from_vot,
    to_carvana,
    to_coco,
    to_coco_counts,
    to_coco_text,
    to_cvat,
    to_cvat_attributes,
    to_kaggle,
    to_label_studio,
    to_siim,
    to_vot,
)
from perpixel.masks.runs.packed import pack_values, unpack_values
from perpixel.masks.runs.text import FORMATS, PairOptions, from_text, to_text

A = np.array([[0, 1, 1, 0], [0, 1, 0, 0], [1, 0, 0, 1]], bool)
B = np.array([[1, 1, 0], [0, 1, 1]], bool)
Z = np.zeros((10, 10), bool)
Z[2:5, 3:8] = True
HOLE = Z.copy()
HOLE[3, 4] = False
STEEL = np.zeros((256, 1600), bool)
STEEL[10:20, 100:103] = True
EMPTY, FULL = np.zeros((3, 4), bool), np.ones((3, 4), bool)
ROW, COLUMN = np.arange(64)[:, None], np.arange(64)
DISC = (ROW - 32) ** 2 + (COLUMN - 20) ** 2 <= 100

Pair = tuple[Callable[[Runs], Any], Callable[[Any, tuple[int, int]], Runs]]
WAYS: dict[str, Pair] = {
    "kaggle": (to_kaggle, from_kaggle),
    "kaggle, rows from 0": (
        lambda runs: to_kaggle(runs, order="row", base=0, empty="-"),
        lambda text, size: from_kaggle(text, size, order="row", base=0, empty=["-"]),
    ),
    "carvana": (to_carvana, from_carvana),
    "siim": (to_siim, from_siim),
    "coco": (to_coco_text, from_coco_text),
    "coco counts": (to_coco_counts, from_coco_counts),
    "vot": (to_vot, from_vot),
    "cvat": (to_cvat, from_cvat),
    "cvat attributes": (to_cvat_attributes, from_cvat_attributes),
    "label studio": (to_label_studio, from_label_studio),
}

KNOWN: list[tuple[str, NDArray[np.bool_], Any]] = [
    ("kaggle", A, "3 3 7 1 12 1"),
    ("kaggle", B, "1 1 3 2 6 1"),
    ("kaggle", EMPTY, ""),
    ("kaggle", FULL, "1 12"),
    ("kaggle", Z, "33 3 43 3 53 3 63 3 73 3"),
    ("kaggle", STEEL, "25611 10 25867 10 26123 10"),
    ("kaggle, rows from 0", A, "1 2 5 1 8 1 11 1"),
    ("kaggle, rows from 0", EMPTY, "-"),
    ("carvana", A, "2 2 6 1 9 1 12 1"),
    ("siim", A, "2 3 1 1 4 1"),
    ("siim", B, "0 1 1 2 1 1"),
    ("siim", EMPTY, "-1"),
    ("coco counts", A, [2, 3, 1, 1, 4, 1]),
    ("coco counts", B, [0, 1, 1, 2, 1, 1]),
    ("coco counts", EMPTY, [12]),
    ("coco counts", FULL, [0, 12]),
    ("coco counts", Z, [32, 3, 7, 3, 7, 3, 7, 3, 7, 3, 25]),
    ("coco", A, "231N30"),
    ("coco", B, "01110O"),
    ("coco", EMPTY, "<"),
    ("coco", FULL, "0<"),
    ("coco", Z, "P1370000000b0"),
    ("coco", STEEL, "ZPi0:f7000fWf;"),
    ("coco", DISC, "Pe01k18J4M2N2O0O2O00000O20N1000001N101N2N3L6HTQ2"),
    ("vot", A, "m0,0,4,3,1,2,2,1,2,1,2,1"),
    ("vot", HOLE, "m3,2,5,3,0,6,1,8"),
    ("vot", EMPTY, "m0,0,1,1,1"),
    ("cvat", A, [1, 2, 2, 1, 2, 1, 2, 1, 0, 0, 3, 2]),
    ("cvat", HOLE, [0, 6, 1, 8, 3, 2, 7, 4]),
    ("cvat attributes", HOLE, {"rle": "0, 6, 1, 8", "left": "3", "top": "2", "width": "5", "height": "3"}),
    ("label studio", np.eye(2, dtype=bool)[::-1], [0, 0, 0, 16, 57, 27, 252, 96, 19, 255, 198, 0]),
]


@pytest.mark.parametrize(("way", "mask", "answer"), KNOWN)
def test_known_answers(way: str, mask: NDArray[np.bool_], answer: Any) -> None:
    write, read = WAYS[way]
    assert write(encode_mask(np.ascontiguousarray(mask))) == answer
    np.testing.assert_array_equal(read(answer, mask.shape).decode(), mask)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [(5, 7), (1, 9), (9, 1), (1, 1)])
def test_every_mask_comes_back(way: str, size: tuple[int, int]) -> None:
    write, read = WAYS[way]
    generator = np.random.default_rng(0)
    corners = np.zeros(size, bool)
    corners[0, 0] = corners[-1, -1] = True
    for mask in (np.zeros(size, bool), np.ones(size, bool), corners, ~corners, *(generator.random((4, *size)) < 0.5)):
        np.testing.assert_array_equal(read(write(encode_mask(mask)), size).decode(), mask)


def test_every_format_turns_into_every_other() -> None:
    runs = encode_mask(HOLE)
    for one in FORMATS:
        for other in FORMATS:
            text = to_text(from_text(to_text(runs, one), one, (10, 10)), other)
            assert from_text(text, other, (10, 10)) == runs


def test_long_runs_of_label_studio_go_through_several_blocks() -> None:
    generator = np.random.default_rng(0)
    for length in (8, 9, 16, 17, 256, 257, 65536, 65537, 150000):
        values = np.concatenate([np.full(length, 255), generator.integers(0, 3, 20), np.zeros(300)]).astype(np.uint8)
        back, short = unpack_values(pack_values(values))
        assert not short
        np.testing.assert_array_equal(back, values)
        assert unpack_values(pack_values(values)[:-9])[1]


def test_label_studio_streams_are_those_of_its_converter() -> None:
    values = np.array([1, 1, 1, 1, 2, 3, 5, 6, 7, 8, *[4] * 8], np.uint8)
    stream = [0, 0, 0, 18, 57, 27, 252, 96, 32, 1, 0, 6, 0, 40, 0, 192, 3, 128, 17, 56, 32]
    assert list(pack_values(values)) == stream


def test_values_as_they_are_are_read_from_label_studio() -> None:
    """Its own encoder never writes such a block of several values; its reader takes it."""
    bits = f"{8:032b}{7:05b}{2:04b}{3:04b}{7:04b}{15:04b}" + "0" + "01" + f"{7:04b}"
    bits += "".join(f"{value:08b}" for value in (9, 9, 9, 255, 9, 9, 9, 0))
    stream = int(bits + "0" * (-len(bits) % 8), 2).to_bytes((len(bits) + 7) // 8, "big")
    assert unpack_values(stream)[0].tolist() == [9, 9, 9, 255, 9, 9, 9, 0]
    assert from_label_studio(list(stream), (1, 2)).decode().tolist() == [[True, False]]


def test_siim_starts_are_gaps() -> None:
    runs = from_siim("387620 23 996 33", (1024, 1024))
    assert runs.spans.tolist() == [[387620, 387643], [388639, 388672]]


def test_a_decoder_that_forgets_the_base_moves_the_mask() -> None:
    """The public kernels' bug: '3 3 7 1 12 1' becomes '4 3 8 1', and the last pixel is lost. Ours says why."""
    with pytest.raises(MaskError, match=r"pair 3 of 3 \(12 1\) ends 1 beyond .* read them with base 1"):
        from_kaggle("3 3 7 1 12 1", (3, 4), base=0)
    with pytest.raises(MaskError, match=r"pair 1 of 1 \(0 3\) starts before pixel 1, .* read them with base 0"):
        from_kaggle("0 3", (3, 4))


def test_every_token_of_an_empty_mask_is_read() -> None:
    for token in ("", " ", "-", "-1", "nan"):
        assert from_kaggle(token, (3, 4)).area == from_siim(token, (3, 4)).area == 0
    with pytest.raises(MaskError, match="0 numbers"):
        from_kaggle("", (3, 4), empty=["-1"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3 3 7", "3 numbers, where each start has a length"),
        ("3 3 7 0", r"pair 2 of 2 \(7 0\) has no pixel"),
        ("7 1 3 3", r"pair 2 of 2 \(3 3\) starts before pair 1 of 2 \(7 1\) ends, at 8: .* sort the pairs"),
        ("3 3 5 1", r"pair 2 of 2 \(5 1\) starts before .* take their union"),
        ("3 3 12 2", r"pair 2 of 2 \(12 2\) ends 1 beyond the last of the 12 pixels of 3 x 4"),
        ("3 x", "'x', number 2 of 2, is no whole number"),
        ("3 2.5", "'2.5', number 2"),
        ("3 1_0", "'1_0', number 2"),
        ("3 " + "9" * 30, "has 30 digits"),
        ("-5 2", "starts before pixel 1"),
        ("999999999999999999 999999999999999999", "beyond"),
    ],
)
def test_pairs_are_checked_as_strictly_as_a_competition_does(text: str, message: str) -> None:
    with pytest.raises(MaskError, match=message):
        from_kaggle(text, (3, 4))


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (from_siim, "3 3 -1 2", "starts 1 before"),
        (from_siim, "3 3 7 1", "from the picture's first pixel"),
        (from_siim, "3 999999999999999999 " * 12, "beyond"),
        (from_coco_text, "231N3", r"sum is 11, but 3 x 4 has 12 pixels"),
        (from_coco_text, "231N\\n", r"character 6, 'n'|character 5|cut off"),
        (from_coco_text, "2é", "character 2, 'é'"),
        (from_coco_counts, [2, -1, 11], "count 2 of 3 is -1"),
        (from_coco_counts, [2, 9], "sum is 11"),
        (from_coco_counts, [2.5, 9.5], "2.5, number 1"),
        (from_coco_counts, "2 10", "is no list"),
        (from_coco_counts, [True, 11], "True, number 1"),
        (from_vot, "0,0,4,3", "begins with m"),
        (from_vot, "m0,0,4", "3 numbers"),
        (from_vot, "m1,0,4,3,12", "not inside of 3 x 4"),
        (from_vot, "m0,0,4,3,11", "sum is 11, but its box of 3 x 4 has 12"),
        (from_vot, "m0,0,99999999,99999999,11", "not inside"),
        (from_cvat, [1, 0, 0], "3 numbers"),
        (from_cvat, [1, 0, 0, -1, 0], "not inside"),
        (from_cvat_attributes, {"rle": "1"}, "without left and top and width and height"),
        (from_cvat_attributes, {"rle": "1", "left": "0 1", "top": "0", "width": "1", "height": "1"}, "one number each"),
        (from_label_studio, [0, 0, 0, 48], "4 bytes"),
        (from_label_studio, [0, 0, 0, 16, 57, 27, 252, 96, 19, 255, 198, 0], "holds 16 values, but 3 x 4"),
        (from_label_studio, [0, 0, 0, 48, 57, 27, 252, 96, 19], "cut off"),
        (from_label_studio, [256], "0 to 255"),
    ],
)
def test_what_cannot_be_read_is_told(read: Callable[..., Runs], value: Any, message: str) -> None:
    with pytest.raises(MaskError, match=message):
        read(value, (3, 4))


def test_coco_objects_are_read_with_lists_text_and_bytes() -> None:
    runs = encode_mask(A)
    assert to_coco(runs) == {"size": [3, 4], "counts": "231N30"}
    for counts in ("231N30", b"231N30", [2, 3, 1, 1, 4, 1]):
        assert from_coco({"size": [3, 4], "counts": counts}) == runs
    for wrong in ({"counts": "231N30"}, {"size": [3], "counts": ""}, {"size": [3, -4], "counts": "<"}, "231N30"):
        with pytest.raises(MaskError, match="COCO"):
            from_coco(wrong)  # type: ignore[arg-type]


def test_options_are_refused_where_a_format_has_none() -> None:
    runs = encode_mask(A)
    with pytest.raises(ValueError, match="order and base are of kaggle; coco"):
        to_text(runs, "coco", PairOptions(order="row"))
    with pytest.raises(ValueError, match="token for an empty mask"):
        to_text(runs, "vot", PairOptions(empty="-"))
    with pytest.raises(ValueError, match="no format 'rle'"):
        to_text(runs, "rle")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="order 'rows' and base 1"):
        to_kaggle(runs, order="rows")  # type: ignore[arg-type]


def test_no_text_asks_for_more_memory_than_allowed() -> None:
    for name in FORMATS:
        with pytest.raises(MaskError, match="1000000 x 1000000"):
            from_text("1 1", name, (10**6, 10**6))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(FORMATS), st.text(alphabet='0123456789 ,-mPNo[{"é\0\n'), st.integers(1, 9))
def test_any_text_is_read_or_refused(name: Any, text: str, height: int) -> None:
    try:
        runs = from_text(text, name, (height, 3))
    except (MaskError, ValueError):
        return
    assert runs.decode().shape == (height, 3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 255), max_size=40))
def test_any_bytes_are_read_as_a_brush_or_refused(rest: list[int]) -> None:
    for head in ([], [0, 0, 0, 48, 57, 27, 252], [0, 0, 0, 48, 255, 255, 255]):
        try:
            runs = from_label_studio(head + rest, (3, 4))
        except MaskError:
            continue
        assert runs.decode().shape == (3, 4)
