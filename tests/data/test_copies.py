from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from perpixel.classes import ClassTable
from perpixel.data import Dataset, Sample, open_dataset
from perpixel.data.copies import fitted, make_copies, shrink, shrink_labels, tiles
from perpixel.errors import DataError
from perpixel.pictures import write_png
from perpixel.results import LabelMap

CLASSES = ClassTable.named(["ground", "car", "tree"])


def write(root: Path, *, names: tuple[str, ...] = ("a", "b", "c"), size: tuple[int, int] = (20, 30)) -> Dataset:
    """Pictures and masks, the first in val, the others in train; one pixel of each mask is ignored."""
    generator = np.random.default_rng(0)
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True)
    (root / "classes.csv").write_text("name\n" + "\n".join(CLASSES.names) + "\n")
    for name in names:
        labels = generator.integers(0, 3, size).astype(np.uint8)
        labels[0, 0] = 255
        write_png(root / f"images/{name}.png", generator.integers(0, 256, (*size, 3)).astype(np.uint8))
        write_png(root / f"masks/{name}.png", labels)
    opened = open_dataset(root)
    samples = sorted((s for every in opened.splits.values() for s in every), key=lambda sample: sample.name)
    return replace(opened, splits={"train": tuple(samples[1:]), "val": tuple(samples[:1])})


def names(dataset: Dataset) -> dict[str, list[str]]:
    return {split: [sample.name for sample in samples] for split, samples in dataset.splits.items()}


def test_each_pixel_of_a_small_mask_is_the_majority_under_it() -> None:
    labels = np.array([[0, 0, 1, 2], [0, 1, 2, 2], [255, 255, 1, 2], [255, 0, 2, 1]], np.uint8)
    small = shrink_labels(LabelMap(labels, CLASSES), (2, 2))
    assert small.labels.tolist() == [[0, 2], [255, 1]]  # of 1 2 2 1 the first is kept


@settings(max_examples=60, deadline=None)
@given(
    labels=hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 3)),
    fit=st.tuples(st.integers(1, 12), st.integers(1, 12)),
)
def test_the_majority_is_that_of_counting_by_hand(labels: np.ndarray, fit: tuple[int, int]) -> None:
    table = ClassTable.named(["a", "b", "c", "d"])
    small = shrink_labels(LabelMap(labels, table), fit).labels
    assert small.shape == fitted(labels.shape, fit)
    owner = [
        (np.arange(length) + 0.5) * parts // length for length, parts in zip(labels.shape, small.shape, strict=True)
    ]
    for i, j in np.ndindex(small.shape):
        under = labels[np.ix_(owner[0] == i, owner[1] == j)]
        counts = np.bincount(under.ravel(), minlength=4)
        assert counts[small[i, j]] == counts.max() > 0


def test_sixteen_bit_labels_and_their_ignored_value_shrink_too() -> None:
    table = ClassTable.named([f"class {number}" for number in range(300)])
    labels = np.full((4, 4), 65535, np.uint16)
    labels[:, 2:] = 299
    assert shrink_labels(LabelMap(labels, table), (2, 2)).labels.tolist() == [[65535, 299], [65535, 299]]


def test_pictures_shrink_by_area() -> None:
    picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    small = shrink(picture, (2, 2))
    assert small.shape == (2, 2, 3)
    np.testing.assert_allclose(small, picture.reshape(2, 2, 2, 2, 3).mean((1, 3)), atol=0.51)
    assert shrink(picture[:, :, :1], (2, 2)).shape == (2, 2, 1)


@pytest.mark.parametrize(
    ("size", "fit", "expected"),
    [
        ((4000, 6000), (704, 1056), (704, 1056)),  # the drone set
        ((6000, 4000), (704, 1056), (704, 469)),
        ((100, 100), (704, 1056), (100, 100)),  # never enlarged
        ((1, 9000), (704, 1056), (1, 1056)),
    ],
)
def test_pictures_keep_their_aspect(size: tuple[int, int], fit: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fitted(size, fit) == expected


@given(size=st.tuples(st.integers(1, 40), st.integers(1, 40)), tile=st.tuples(st.integers(1, 12), st.integers(1, 12)))
def test_tiles_cover_every_pixel_and_are_all_of_one_size(size: tuple[int, int], tile: tuple[int, int]) -> None:
    covered = np.zeros(size, int)
    found = list(tiles(size, tile))
    for rows, columns in found:
        covered[rows, columns] += 1
        assert covered[rows, columns].shape == (min(tile[0], size[0]), min(tile[1], size[1]))
    assert covered.min() == 1
    assert len({(rows.start, columns.start) for rows, columns in found}) == len(found)


def test_the_drone_sets_pictures_make_64_tiles() -> None:
    assert len(list(tiles((4000, 6000), (512, 768)))) == 64


def test_copies_keep_splits_classes_and_what_is_ignored(tmp_path: Path) -> None:
    dataset = write(tmp_path / "data")
    copies = make_copies(dataset, tmp_path / "copies", fit=(10, 10))
    assert names(copies) == {"train": ["b", "c"], "val": ["a"]}
    assert copies.classes.names == CLASSES.names
    for split in ("train", "val"):
        for sample, source in zip(copies.samples(split), dataset.samples(split), strict=True):
            picture, truth = copies.read(sample)
            large, labels = dataset.read(source)
            np.testing.assert_array_equal(picture, shrink(large, (10, 10)))
            np.testing.assert_array_equal(truth.labels, shrink_labels(labels, (10, 10)).labels)


def test_tiles_of_a_picture_stay_in_its_split(tmp_path: Path) -> None:
    dataset = write(tmp_path / "data")
    copies = make_copies(dataset, tmp_path / "copies", tile=(16, 16))
    starts = ["00000_00000", "00000_00014", "00004_00000", "00004_00014"]
    assert names(copies)["val"] == [f"a_{start}" for start in starts]
    picture, truth = copies.read(copies.samples("train")[1])
    large, labels = dataset.read(dataset.samples("train")[0])
    np.testing.assert_array_equal(picture, large[0:16, 14:30])
    np.testing.assert_array_equal(truth.labels, labels.labels[0:16, 14:30])


def test_a_second_call_reads_nothing_and_a_changed_source_is_copied_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = write(tmp_path / "data")
    make_copies(dataset, tmp_path / "copies", fit=(10, 10))
    read: list[str] = []
    whole = Dataset.read

    def spy(self: Dataset, sample: Sample) -> object:
        read.append(sample.name)
        return whole(self, sample)

    monkeypatch.setattr(Dataset, "read", spy)
    make_copies(dataset, tmp_path / "copies", fit=(10, 10))
    assert read == []
    later = (tmp_path / "copies/done/b.txt").stat().st_mtime_ns + 10**9
    os.utime(tmp_path / "data/masks/b.png", ns=(later, later))
    make_copies(dataset, tmp_path / "copies", fit=(10, 10))
    assert read == ["b"]


def test_another_split_of_the_same_pictures_needs_no_new_copies(tmp_path: Path) -> None:
    dataset = write(tmp_path / "data")
    make_copies(dataset, tmp_path / "copies", fit=(10, 10))
    swapped = replace(dataset, splits={"train": dataset.splits["val"], "val": dataset.splits["train"]})
    assert names(make_copies(swapped, tmp_path / "copies", fit=(10, 10))) == {"train": ["a"], "val": ["b", "c"]}


def test_names_that_would_collide_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path / "data", names=("a", "b b", "c.d"))
    dataset = open_dataset(tmp_path / "data")
    samples = sorted((s for every in dataset.splits.values() for s in every), key=lambda sample: sample.name)
    again = replace(samples[0], name="a")
    dataset = replace(dataset, splits={"train": tuple(samples), "test": (again,)})
    copies = make_copies(dataset, tmp_path / "copies", fit=(10, 10))
    assert names(copies) == {"train": ["train_a", "b_b", "c.d"], "test": ["test_a"]}


def test_a_folder_of_other_copies_or_things_is_left_alone(tmp_path: Path) -> None:
    dataset = write(tmp_path / "data")
    make_copies(dataset, tmp_path / "copies", fit=(10, 10))
    with pytest.raises(DataError, match="other copies"):
        make_copies(dataset, tmp_path / "copies", fit=(12, 12))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match=r"thesis\.txt"):
        make_copies(dataset, tmp_path / "mine", fit=(10, 10))
    with pytest.raises(ValueError, match="positive"):
        make_copies(dataset, tmp_path / "new", fit=(0, 10))
    with pytest.raises(DataError, match="split `train`"):
        make_copies(replace(dataset, splits={}), tmp_path / "new", fit=(10, 10))
    assert not (tmp_path / "new").exists()
