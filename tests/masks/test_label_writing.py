from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from perpixel.classes import CAMVID, ClassTable
from perpixel.errors import PerpixelError
from perpixel.masks import Encoding, decode_labels, decode_raw, encode_labels, read_raw, write_labels
from perpixel.results import LabelMap


def test_a_written_file_holds_class_numbers_and_shows_class_colors(tmp_path: Path) -> None:
    write_labels(tmp_path / "a.png", LabelMap(np.array([[0, 10, 255]], np.uint8), CAMVID))
    image = Image.open(tmp_path / "a.png")
    assert image.mode == "P"
    assert np.array(image).tolist() == [[0, 10, 255]]
    assert np.array(image.convert("RGB")).tolist() == [[[128, 128, 128], [0, 128, 192], [255, 255, 255]]]


def test_beyond_255_classes_a_file_has_16_bits(tmp_path: Path) -> None:
    many = ClassTable.named([f"c{number}" for number in range(256)])
    write_labels(tmp_path / "a.png", LabelMap(np.array([[0, 255, 65535]], np.uint16), many))
    raw = read_raw(tmp_path / "a.png")
    assert raw.values.dtype == np.uint16
    assert raw.values.tolist() == [[0, 255, 65535]]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([1, 2, 11, 254, 255, 256, 300]), st.tuples(st.integers(1, 9), st.integers(1, 9)), st.data())
def test_every_label_map_survives_a_round_trip(count: int, size: tuple[int, int], data: st.DataObject) -> None:
    classes = ClassTable.named([f"c{number}" for number in range(count)])
    allowed = st.one_of(st.integers(0, count - 1), st.just(classes.ignored))
    answer = LabelMap(data.draw(arrays(classes.dtype, size, elements=allowed)), classes)
    if classes.dtype is np.uint8:  # other tools see the same numbers
        np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(encode_labels(answer)))), answer.labels)
    again = decode_labels(decode_raw(encode_labels(answer)), classes, Encoding())
    np.testing.assert_array_equal(again.labels, answer.labels)


def test_a_file_that_cannot_be_written_is_an_error_and_the_old_one_stays(tmp_path: Path) -> None:
    answer = LabelMap(np.zeros((1, 1), np.uint8), CAMVID)
    with pytest.raises(PerpixelError, match="cannot be written"):
        write_labels(tmp_path / "none" / "a.png", answer)
