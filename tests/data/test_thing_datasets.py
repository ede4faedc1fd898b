"""Things told apart: read from annotations, packed for learning, opened by folder, task and contract."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perpixel.classes import ClassTable, SegmentClass, save_class_table
from perpixel.data import Sample, census, open_dataset
from perpixel.data.annotation import Annotation, Entry, Region
from perpixel.data.contract import save_contract
from perpixel.data.inspecting import inspect_data
from perpixel.data.inspecting.agreement import contract_of
from perpixel.data.things import InstanceDataset, PanopticDataset, ThingDataset
from perpixel.errors import DataError
from perpixel.masks import Encoding
from perpixel.masks.runs import encode_mask
from perpixel.pictures import write_png
from perpixel.results import Instances, Panoptic

COW, DOG, GRASS = (
    SegmentClass("cow", (9, 9, 9), True),
    SegmentClass("dog", (8, 8, 8), True),
    SegmentClass("grass", (0, 9, 0)),
)
THINGS, ALL = ClassTable((COW, DOG)), ClassTable((COW, DOG, GRASS))


def region(label: int, picture: str, *, thing: int | None = None, crowd: bool = False) -> Region:
    rows = [[pixel == "x" for pixel in line] for line in picture.split()]
    return Region(label, encode_mask(np.array(rows)), thing, crowd)


def truth_of(
    kind: type[ThingDataset], classes: ClassTable, annotation: Annotation
) -> tuple[ThingDataset, Instances | Panoptic]:
    sample = Sample("a", Path("a.png"), entry=Entry("a", Path("a.png"), lambda: annotation))
    dataset = kind(Path(), classes, Encoding(), {"train": (sample,)}, "")
    return dataset, dataset.read_truth(sample)


def test_the_smaller_of_two_things_has_the_pixels_of_both_and_crowds_lie_below_all() -> None:
    large, small = region(0, "xxx xx. ...", thing=1), region(1, "x.. x.. ...", thing=2)
    crowd, hidden = region(0, "..x ..x ..x", crowd=True), region(1, "x.. ... ...", thing=3)
    dataset, truth = truth_of(InstanceDataset, THINGS, Annotation((3, 3), (small, large, crowd, hidden)))
    assert truth.crowd is not None
    labels, crowds = truth.labels.tolist(), truth.crowd.tolist()
    assert (labels, crowds) == ([0, 0, 1, 1], [True, False, False, False])
    assert truth.ids.tolist() == [[4, 2, 2], [3, 2, 1], [0, 0, 1]]
    assert dataset.flat(truth).labels.tolist() == [[2, 1, 1], [2, 1, 255], [0, 0, 255]]
    assert dataset.learned.names == ("background", "cow", "dog")


def test_a_thing_class_without_ids_is_a_crowd_and_what_is_not_judged_has_no_segment() -> None:
    cow, grass, dogs = region(0, "xx. ...", thing=1), region(2, "..x ..x"), region(1, "... xx.")
    ignored = encode_mask(np.array([[0, 0, 1], [0, 0, 0]], bool))
    dataset, truth = truth_of(PanopticDataset, ALL, Annotation((2, 3), (cow, grass, dogs), ignored))
    assert truth.ids.tolist() == [[1, 1, 0], [3, 3, 2]]
    assert truth.crowd is not None
    assert truth.crowd.tolist() == [False, False, True]
    packed = dataset.pack(truth)
    assert packed[0].tolist() == [[1, 1, 0], [-1, -1, 0]]
    assert packed[1].tolist() == [[0, 0, 255], [1, 1, 2]]
    back = dataset.unpack(packed)
    assert sorted(zip(back.labels.tolist(), back.areas.tolist(), back.crowd.tolist(), strict=True)) == [
        (0, 2, False), (1, 2, True), (2, 1, False)
    ]  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), things=st.integers(0, 6))
def test_what_is_packed_comes_back(seed: int, things: int) -> None:
    generator = np.random.default_rng(seed)
    ids = generator.integers(0, things + 1, (5, 7)).astype(np.int32)
    whole = Instances(ids, generator.integers(0, 2, things), THINGS, np.ones(things, np.float32))
    truth = whole[whole.areas > 0]
    dataset = InstanceDataset(Path(), THINGS, Encoding(), {}, "")
    back = dataset.unpack(dataset.pack(truth))
    assert back.ids.tolist() == truth.ids.tolist()
    assert back.labels.tolist() == truth.labels.tolist()
    assert back.crowd is None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten pictures with masks of grass and cows, and the ids of the cows."""
    for name in ("images", "masks", "instances"):
        (tmp_path / name).mkdir()
    for number in range(10):
        generator = np.random.default_rng(number)
        write_png(tmp_path / "images" / f"{number}.png", generator.integers(0, 256, (8, 9, 3)).astype(np.uint8))
        ids = np.zeros((8, 9), np.uint16)
        ids[1:4, 1:4], ids[1:4, 4:7] = 7, 300
        write_png(tmp_path / "instances" / f"{number}.png", ids)
        write_png(tmp_path / "masks" / f"{number}.png", np.where(ids > 0, 0, 1).astype(np.uint8))
    save_class_table(ClassTable((COW, GRASS)), tmp_path / "classes.yaml")
    return tmp_path


def test_the_task_chooses_between_classes_things_and_all(folder: Path) -> None:
    assert open_dataset(folder).task == "semantic"
    panoptic, instances = open_dataset(folder, task="panoptic"), open_dataset(folder, task="instance")
    truth = panoptic.read(panoptic.samples("val")[0])[1]
    assert isinstance(truth, Panoptic)
    assert sorted(zip(truth.labels.tolist(), truth.areas.tolist(), strict=True)) == [(0, 9), (0, 9), (1, 54)]
    things = instances.read_truth(instances.samples("val")[0])
    assert isinstance(things, Instances)
    assert (things.classes.names, things.areas.tolist()) == (("cow",), [9, 9])
    counted = census(instances, "train")
    assert counted.pixels.tolist() == [8 * 54, 8 * 18]
    assert {name: len(own) for name, own in instances.splits.items()} == {"train": 8, "val": 2}


def test_ids_alone_are_instances_without_being_asked_for(folder: Path) -> None:
    for file in (folder / "masks").iterdir():
        file.unlink()
    (folder / "masks").rmdir()
    (folder / "classes.yaml").unlink()
    dataset = open_dataset(folder)
    assert isinstance(dataset, InstanceDataset)
    assert dataset.classes.names == ("thing",)
    with pytest.raises(DataError, match="only things are annotated, and panoptic wants every pixel"):
        open_dataset(folder, task="panoptic")


def test_a_picture_without_its_ids_is_named(folder: Path) -> None:
    shutil.rmtree(folder / "masks")
    (folder / "classes.yaml").unlink()
    (folder / "instances" / "3.png").unlink()
    with pytest.raises(DataError, match=r"images/3\.png"):
        open_dataset(folder)


def test_what_has_no_things_is_said(folder: Path) -> None:
    save_class_table(ClassTable.named(["cow", "grass"]), folder / "classes.yaml")
    with pytest.raises(DataError, match=r"no class is a thing; write a classes\.yaml"):
        open_dataset(folder, task="panoptic")
    (folder / "instances" / "3.png").unlink()
    save_class_table(ClassTable((COW, GRASS)), folder / "classes.yaml")
    with pytest.raises(DataError, match="1 of 10 pictures have no map of ids in instances/: 3; add them"):
        open_dataset(folder, task="panoptic")
    for file in (folder / "instances").iterdir():
        file.unlink()
    (folder / "instances").rmdir()
    with pytest.raises(DataError, match=r"things are not told apart \(semantic\); for --task instance give"):
        open_dataset(folder, task="instance")


def test_ids_of_another_size_are_named(folder: Path) -> None:
    write_png(folder / "instances" / "5.png", np.zeros((4, 4), np.uint16))
    dataset = open_dataset(folder, task="panoptic", split_seed=None)
    with pytest.raises(DataError, match=r"instances/5\.png"):
        census(dataset, "all")


def test_a_contract_of_things_is_held_to(folder: Path, tmp_path: Path) -> None:
    for file in (folder / "masks").iterdir():
        file.unlink()
    (folder / "masks").rmdir()
    (folder / "classes.yaml").unlink()
    contract = contract_of(inspect_data(folder), masks=None)
    save_contract(contract, folder / "perpixel.yaml")
    dataset = open_dataset(folder / "perpixel.yaml")
    assert dataset.task == "instance"
    assert "encoding" not in (folder / "perpixel.yaml").read_text()
    write_png(folder / "instances" / "5.png", np.full((8, 9), 3, np.uint16))
    with pytest.raises(DataError, match="has other files"):
        open_dataset(folder)
