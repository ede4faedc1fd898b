from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.kernels.run_lengths import compress, decompress, label_runs, paint_runs, scan

TEXTS = {  # worked with pycocotools
    "?": [15],
    "`0": [16],
    "o0": [31],
    "P1": [32],
    "o?": [511],
    "P`0": [512],
    "Xo011": [1000, 1, 1],
    "231N": [2, 3, 1, 1],
    "061": [0, 6, 1],
    "e75S100000ST1": [245, 5, 35, 5, 35, 5, 35, 5, 1190],
}


def brute(labels: NDArray[Any], label: int, *, columns: bool) -> list[int]:
    """One pixel after the other."""
    counts, state = [0], False
    for value in (labels.T if columns else labels).ravel().tolist():
        if (value == label) != state:
            counts.append(0)
            state = not state
        counts[-1] += 1
    return counts


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int32])
@pytest.mark.parametrize("size", [(1, 1), (1, 23), (23, 1), (7, 9), (16, 40)])
@pytest.mark.parametrize("columns", [True, False])
def test_runs_of_every_label_are_those_of_its_own_mask(kind: type, size: tuple[int, int], columns: bool) -> None:
    generator = np.random.default_rng(size[0])
    coarse = generator.integers(0, 4, ((size[0] + 4) // 5, (size[1] + 4) // 5)).astype(kind)
    labels = coarse.repeat(5, axis=0).repeat(5, axis=1)[: size[0], : size[1]]
    labels = np.ascontiguousarray(np.where(generator.random(size) < 0.05, kind(100), labels))
    present, (counts, offsets) = label_runs(labels, columns=columns)
    assert present.tolist() == np.unique(labels).tolist()
    assert present.dtype == kind
    for i, label in enumerate(present):
        assert counts[offsets[i] : offsets[i + 1]].tolist() == brute(labels, label, columns=columns)
    np.testing.assert_array_equal(paint_runs((counts, offsets), present, size, columns=columns), labels)


@pytest.mark.parametrize("labels", [[-5, -5, 7, 2_000_000_000], [1 << 20, 0, 0, 1 << 20]])
def test_labels_may_be_negative_or_huge(labels: list[int]) -> None:
    present, (counts, offsets) = label_runs(np.array([labels], np.int32))
    assert present.tolist() == sorted(set(labels))
    np.testing.assert_array_equal(paint_runs((counts, offsets), present, (1, 4)), [labels])


@pytest.mark.parametrize("cut", [np.s_[::-1], np.s_[:, ::-1], np.s_[::2, 1::3], np.s_[3:, 5:]])
def test_any_view_of_a_map_is_read_as_it_looks(cut: Any) -> None:
    labels = np.random.default_rng(0).integers(0, 3, (20, 31)).astype(np.uint8)
    for view in (labels[cut], np.asfortranarray(labels)[cut]):
        for columns in (True, False):
            ends, values = scan(view, columns=columns)
            np.testing.assert_array_equal(
                np.repeat(values, np.diff(ends, prepend=0)), (view.T if columns else view).ravel()
            )


def test_texts_are_those_of_pycocotools_and_come_back() -> None:
    for text, counts in TEXTS.items():
        many = np.array(counts), np.array([0, len(counts)])
        assert compress(many, pixels=sum(counts))[0].tobytes().decode() == text
        characters = np.frombuffer(bytearray(text.encode()), np.uint8)
        (found, _), (fault, _, _) = decompress(characters, np.array([0, len(text)]), pixels=sum(counts))
        assert (found.tolist(), fault) == (counts, "")


def test_many_masks_are_compressed_and_read_at_once() -> None:
    joined = "".join(TEXTS).encode()
    offsets = np.cumsum([0, *map(len, TEXTS)])
    counts, places = np.concatenate([*TEXTS.values()]), np.cumsum([0, *map(len, TEXTS.values())])
    text, ends = compress((counts, places), pixels=10**6)
    assert text.tobytes() == joined
    assert ends.tolist() == offsets.tolist()


@pytest.mark.parametrize(
    ("text", "fault", "place"),
    [
        (b"2 ", "character", 1),
        (b"2\xff", "character", 1),
        (b"2P", "cut off", 2),
        (b"2N", "too many", 1),
        (b"<1", "too many", 1),
        (b"oooooooooooooooooooooooo0", "too many", 0),
        (b"231", "too few", 6),
        (b"", "too few", 0),
    ],
)
def test_what_is_wrong_with_a_text_is_told_with_its_place(text: bytes, fault: str, place: int) -> None:
    characters = np.frombuffer(bytearray(text), np.uint8)
    assert decompress(characters, np.array([0, len(text)]), pixels=12)[1] == (fault, 0, place)
