"""Lanes as data to learn from: every layout, and what does not fit."""

import json
from pathlib import Path

import numpy as np
import pytest

from perpixel.data import open_dataset
from perpixel.data.culane_lanes import write_culane
from perpixel.data.lanes import LanesDataset
from perpixel.data.tusimple_lanes import write_tusimple
from perpixel.errors import DataError, PerpixelError
from perpixel.pictures import write_png
from perpixel.results.lane_rows import LaneRows, fixed_rows
from perpixel.results.lanes import ALIKE, UNJUDGED, Lanes
from perpixel.synthetic import draw_street
from perpixel.warp import Warp

SIZE = (72, 128)
LEFT = np.array([[20.0, 71.0], [60.0, 30.0]])
RIGHT = np.array([[110.0, 71.0], [66.0, 30.0]])


def picture(path: Path, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, np.random.default_rng(seed).integers(0, 255, (*SIZE, 3), np.uint8))


def opened(root: Path) -> LanesDataset:
    dataset = open_dataset(root, task="lanes")
    assert isinstance(dataset, LanesDataset)
    return dataset


def lines_of(dataset: LanesDataset, name: str) -> tuple[np.ndarray, ...]:
    samples = [sample for each in dataset.splits.values() for sample in each if sample.name == name]
    image, truth = dataset.read(samples[0])
    assert image.shape[:2] == truth.size == dataset.read_truth(samples[0]).size
    return truth.lines


def test_culanes_files_are_read_beside_their_pictures_or_in_a_folder_of_their_own(tmp_path: Path) -> None:
    for number, (image, lines) in enumerate((("d/{}.png", "d/{}.lines.txt"), ("images/{}.png", "lines/{}.lines.txt"))):
        root = tmp_path / str(number)
        for name in range(5):
            picture(root / image.format(name), name)
            (root / lines.format(name)).parent.mkdir(exist_ok=True)
            write_culane(root / lines.format(name), [LEFT, RIGHT])
        dataset = opened(root)
        assert {split: len(samples) for split, samples in dataset.splits.items()} == {"train": 4, "val": 1}
        name = dataset.samples("train")[0].name
        assert np.allclose(lines_of(dataset, name)[1], RIGHT)


def test_tusimples_json_lines_name_their_pictures(tmp_path: Path) -> None:
    rows = fixed_rows(SIZE[0])
    lanes = LaneRows.of_lines([LEFT, RIGHT], rows, SIZE)
    for name in ("clips/1/20.png", "clips/2/20.png"):
        picture(tmp_path / name)
    write_tusimple(tmp_path / "label_data_train.json", {"clips/1/20.png": lanes})
    write_tusimple(tmp_path / "label_data_val.json", {"clips/2/20.png": LaneRows(rows, ())})
    dataset = opened(tmp_path)
    assert [sample.name for sample in dataset.samples("train")] == ["clips/1/20"]
    assert len(lines_of(dataset, "clips/1/20")) == 2
    assert lines_of(dataset, "clips/2/20") == ()
    (tmp_path / "clips/2/20.png").unlink()
    with pytest.raises(DataError, match=r"1 pictures of .* are not there: clips/2/20.png"):
        open_dataset(tmp_path, task="lanes")


def test_drawn_streets_have_their_lanes(tmp_path: Path) -> None:
    draw_street(tmp_path / "drawn", count=3, size=SIZE, val=0.4, truth="all")
    dataset = opened(tmp_path / "drawn")
    assert {split: len(samples) for split, samples in dataset.splits.items()} == {"train": 2, "val": 1}
    scene = json.loads((tmp_path / "drawn/scenes/train/000000.json").read_text())
    found = lines_of(dataset, "000000")
    assert [np.round(line, 3).tolist() for line in found] == [entry["image"] for entry in scene["lanes"]]


def test_maps_of_lanes_give_the_middles_of_their_rows(tmp_path: Path) -> None:
    ids = np.zeros(SIZE, np.uint8)
    ids[30:, 10:13], ids[40:, 90:92] = 20, 170
    for name in ("a", "b"):
        picture(tmp_path / f"images/{name}.png")
        (tmp_path / "instance").mkdir(exist_ok=True)
        write_png(tmp_path / f"instance/{name}.png", ids)
    first, second = lines_of(opened(tmp_path), "a")
    assert first.tolist() == [[11.0, float(y)] for y in range(71, 29, -1)]
    assert second[0].tolist() == [90.5, 71.0]


def test_masks_that_tell_no_lane_from_another_are_maps_alone(tmp_path: Path) -> None:
    mask = np.zeros(SIZE, np.uint8)
    mask[:, 10:13], mask[:, 90:92] = 1, 2  # solid, dashed
    for split in ("train", "valid"):
        picture(tmp_path / split / "a.png")
        (tmp_path / f"{split}_mask").mkdir()
        write_png(tmp_path / f"{split}_mask/a.png", mask)
    dataset = opened(tmp_path)
    truth = dataset.read_truth(dataset.samples("val")[0])
    assert not truth.told
    assert truth.lines == ()
    assert np.unique(truth.ids).tolist() == [0, ALIKE]


def test_what_does_not_fit_is_told_in_one_line(tmp_path: Path) -> None:
    picture(tmp_path / "none/images/a.png")
    with pytest.raises(PerpixelError, match="there are no lanes; expected TuSimple's JSON lines"):
        open_dataset(tmp_path / "none", task="lanes")
    for name in ("a", "b"):
        picture(tmp_path / f"alone/{name}.png")
    write_culane(tmp_path / "alone/a.lines.txt", [LEFT])
    with pytest.raises(DataError, match=r"1 pictures have no lanes: b.png"):
        open_dataset(tmp_path / "alone", task="lanes")
    write_culane(tmp_path / "alone/b.lines.txt", [LEFT])
    write_culane(tmp_path / "alone/c.lines.txt", [LEFT])
    with pytest.raises(DataError, match=r"1 files of lanes have no picture: c.lines.txt"):
        open_dataset(tmp_path / "alone", task="lanes")
    picture(tmp_path / "small/images/a.png")
    (tmp_path / "small/instance").mkdir()
    write_png(tmp_path / "small/instance/a.png", np.ones((9, 9), np.uint8))
    dataset = opened(tmp_path / "small")
    with pytest.raises(DataError, match=r"a.png: the map is 9 x 9, its picture is 72 x 128"):
        dataset.read(dataset.samples("train")[0])
    (tmp_path / "drawn/scenes").mkdir(parents=True)
    (tmp_path / "drawn/scenes/a.json").write_text('{"lanes": 3}')
    picture(tmp_path / "drawn/images/a.png")
    dataset = opened(tmp_path / "drawn")
    with pytest.raises(DataError, match="no scene that `perpixel draw street"):
        dataset.read_truth(dataset.samples("train")[0])


def test_lanes_move_with_their_picture_and_what_lies_beyond_is_not_judged() -> None:
    lanes = Lanes.of_lines([LEFT, RIGHT], SIZE)
    mirrored = Warp(np.array([[-1.0, 0, 127], [0, 1, 0], [0, 0, 1]]), SIZE)
    moved = lanes.warp(mirrored)
    assert np.allclose(moved.lines[0], [[107, 71], [67, 30]])
    assert np.array_equal(moved.ids, lanes.ids[:, ::-1])
    shifted = lanes.warp(Warp(np.array([[1.0, 0, 100], [0, 1, 0], [0, 0, 1]]), SIZE))
    assert (shifted.ids[:, 28:] == UNJUDGED).all()
    assert (shifted.ids[:, :28] != UNJUDGED).all()
