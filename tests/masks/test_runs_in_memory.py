"""Runs: what is reckoned without decoding is what the pixels say."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.errors import MaskError
from perpixel.kernels.run_lengths import extents
from perpixel.masks.runs import (
    Runs,
    coco_to_labels,
    encode_mask,
    from_coco,
    intersection,
    iou_matrix,
    labels_to_coco,
    labels_to_runs,
    runs_to_labels,
    to_coco,
    union,
)
from perpixel.masks.runs.runs import together

A = np.array([[0, 1, 1, 0], [0, 1, 0, 0], [1, 0, 0, 1]], bool)


def blobs(seed: int, size: tuple[int, int] = (13, 17)) -> list[NDArray[np.bool_]]:
    """Empty, full, corners, and boxes and noise at random."""
    generator = np.random.default_rng(seed)
    masks = [np.zeros(size, bool), np.ones(size, bool), np.zeros(size, bool), generator.random(size) < 0.3]
    masks[2][0, 0] = masks[2][-1, -1] = True
    for _ in range(4):
        rows, columns = (sorted(generator.integers(0, side + 1, 2)) for side in size)
        mask = np.zeros(size, bool)
        mask[slice(*rows), slice(*columns)] = True
        masks.append(mask)
    return masks


def test_counts_go_down_the_columns_and_begin_outside() -> None:
    runs = encode_mask(A)
    assert runs.counts.tolist() == [2, 3, 1, 1, 4, 1]
    assert runs.spans.tolist() == [[2, 5], [6, 7], [11, 12]]
    assert encode_mask(np.ones((3, 4), bool)).counts.tolist() == [0, 12]
    assert encode_mask(np.zeros((3, 4), bool)).counts.tolist() == [12]
    np.testing.assert_array_equal(runs.decode(), A)


@pytest.mark.parametrize("size", [(13, 17), (1, 9), (9, 1), (1, 1)])
def test_area_and_box_are_those_of_the_pixels(size: tuple[int, int]) -> None:
    for mask in blobs(1, size):
        runs = encode_mask(mask)
        rows, columns = np.nonzero(mask)
        box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) if mask.any() else (0, 0, 0, 0)
        assert (runs.area, runs.box) == (mask.sum(), box)
        boxes, areas = extents(together([runs, runs]), height=size[0])
        assert (areas.tolist(), boxes.tolist()) == ([mask.sum()] * 2, [list(box)] * 2)
        np.testing.assert_array_equal(runs.decode(), mask)


def test_union_intersection_and_iou_are_those_of_the_pixels() -> None:
    masks = blobs(2)
    every = [encode_mask(mask) for mask in masks]
    expected = np.array([[(a & b).sum() / max((a | b).sum(), 1) for b in masks] for a in masks])
    np.testing.assert_array_equal(iou_matrix(every, every), expected)
    for a, one in zip(masks, every, strict=True):
        for b, other in zip(masks, every, strict=True):
            assert (one | other) == encode_mask(a | b)
            assert (one & other) == encode_mask(a & b)
    assert union(every[3:]) == encode_mask(np.any(masks[3:], axis=0))
    assert intersection(every[3:5]) == encode_mask(masks[3] & masks[4])


def test_a_crowd_is_measured_by_the_prediction_alone() -> None:
    small, large = np.zeros((4, 5), bool), np.zeros((4, 5), bool)
    small[1:3, 1:3], large[1:, 2:] = True, True
    one, other = encode_mask(small), encode_mask(large)
    assert one.iou(other) == 2 / (4 + 9 - 2)
    assert iou_matrix([one], [other, other], crowd=[False, True]).tolist() == [[2 / 11, 2 / 4]]


def test_iou_equals_pycocotools() -> None:
    peer = pytest.importorskip("pycocotools.mask")
    every = [encode_mask(mask) for mask in blobs(3)]
    theirs = [to_coco(runs) for runs in every]
    for crowd in (0, 1):
        expected = peer.iou(theirs, theirs, [crowd] * len(theirs))
        np.testing.assert_allclose(iou_matrix(every, every, crowd=[bool(crowd)] * len(every)), expected)
    boxes = [[x0, y0, x1 - x0, y1 - y0] for x0, y0, x1, y1 in (runs.box for runs in every)]
    assert peer.toBbox(theirs).tolist() == boxes
    assert peer.area(theirs).tolist() == [runs.area for runs in every]
    assert peer.merge(theirs[4:])["counts"].decode() == to_coco(union(every[4:]))["counts"]


def test_equal_masks_are_equal_however_their_counts_were_written() -> None:
    written = Runs((3, 4), np.array([2, 1, 0, 2, 1, 1, 4, 0, 0, 1, 0]))
    assert written == encode_mask(A)
    assert hash(written) == hash(encode_mask(A))
    assert written != encode_mask(~A)
    assert not written.counts.flags.writeable


@pytest.mark.parametrize("counts", [[], [11], [13], [-1, 13], [1.0, 11.0], [[12]]])
def test_counts_that_do_not_fit_are_refused(counts: list[object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Runs((3, 4), np.array(counts))


def test_what_is_no_mask_is_refused() -> None:
    with pytest.raises(TypeError, match="mask > 0"):
        encode_mask(np.zeros((3, 4), np.uint8))
    with pytest.raises(ValueError, match="at least one pixel"):
        encode_mask(np.zeros((0, 4), bool))
    with pytest.raises(ValueError, match="of one picture"):
        union([encode_mask(A), encode_mask(A.T)])
    with pytest.raises(ValueError, match="there is none"):
        union([])
    with pytest.raises(ValueError, match="whole numbers from 1 on"):
        Runs((3, 0), np.array([0]))


def test_no_memory_is_taken_for_more_pixels_than_allowed() -> None:
    runs = Runs((2**15, 2**15), np.array([2**30]))
    with pytest.raises(MaskError, match="max_pixels"):
        runs.decode()
    with pytest.raises(MaskError, match="the limit is 11"):
        encode_mask(A).decode(max_pixels=11)
    with pytest.raises(MaskError, match="1000000 x 1000000"):
        from_coco({"size": [10**6, 10**6], "counts": "PPPPPPPPPPPPPPPPPPP0"})


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_label_map_comes_back(kind: type) -> None:
    labels = np.random.default_rng(4).integers(0, 5, (6, 8)).repeat(4, 0).repeat(3, 1).astype(kind)
    masks = labels_to_runs(labels)
    assert list(masks) == [0, 1, 2, 3, 4]
    assert all(runs == encode_mask(labels == label) for label, runs in masks.items())
    np.testing.assert_array_equal(runs_to_labels(masks, dtype=kind), labels)
    assert list(labels_to_runs(labels, ignore=0)) == [1, 2, 3, 4]
    assert list(labels_to_runs(labels, ignore={0, 3})) == [1, 2, 4]
    np.testing.assert_array_equal(runs_to_labels(labels_to_runs(labels, ignore=0), background=9)[labels == 0], 9)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools' decode
def test_all_labels_at_once_are_the_bytes_of_pycocotools_one_by_one() -> None:
    peer = pytest.importorskip("pycocotools.mask")
    labels = np.random.default_rng(5).integers(0, 6, (9, 7)).repeat(7, 0).repeat(5, 1).astype(np.uint8)
    found = labels_to_coco(labels)
    for label, rle in found.items():
        theirs = peer.encode(np.asfortranarray(labels == label).view(np.uint8))
        assert rle == {"size": theirs["size"], "counts": theirs["counts"].decode()}
        np.testing.assert_array_equal(from_coco(theirs).decode(), labels == label)
        np.testing.assert_array_equal(peer.decode(rle), labels == label)
    np.testing.assert_array_equal(coco_to_labels(found), labels)


def test_later_masks_cover_earlier_ones() -> None:
    under, over = encode_mask(A), encode_mask(np.tri(3, 4, dtype=bool))
    labels = runs_to_labels({300: under, 7: over})
    assert labels.dtype == np.uint16
    assert labels.tolist() == [[7, 300, 300, 0], [7, 7, 0, 0], [7, 7, 7, 300]]
    assert runs_to_labels({70000: under}).dtype == np.int32
    assert runs_to_labels({-1: under}).dtype == np.int32


def test_a_map_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one mask"):
        runs_to_labels({})
    with pytest.raises(ValueError, match="do not fit uint8"):
        runs_to_labels({300: encode_mask(A)}, dtype=np.uint8)
    with pytest.raises(TypeError, match="float"):
        runs_to_labels({3: encode_mask(A)}, dtype=np.float32)
    with pytest.raises(TypeError, match="int64"):
        labels_to_runs(np.zeros((3, 4), np.int64))
    with pytest.raises(MaskError, match=r"of label 4.*cut off"):
        coco_to_labels({3: to_coco(encode_mask(A)), 4: {"size": [3, 4], "counts": "2P"}})
    with pytest.raises(MaskError, match=r"label 3.*from_coco"):
        coco_to_labels({3: to_coco(encode_mask(A), compressed=False)})
