"""Depth maps beside pictures: layouts, values, splits, and what is wrong with others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from perpixel.augment import augment
from perpixel.data import DepthDataset, open_dataset
from perpixel.data.depths import read_depth
from perpixel.errors import DataError
from perpixel.pictures import write_png
from perpixel.plan import Augmentation

SIZE = (6, 8)


def ramp(shift: int = 0) -> np.ndarray:
    return (np.arange(48, dtype=np.uint16).reshape(SIZE) * 50 + 1000 + shift).astype(np.uint16)


def write_recording(root: Path, count: int = 10) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        write_png(root / f"frame-{number:03d}.color.png", np.full((*SIZE, 3), number, np.uint8))
        write_png(root / f"frame-{number:03d}.depth.png", ramp(number))
        (root / f"frame-{number:03d}.pose.txt").write_text("1 0 0 0")
    return root


def test_a_recording_is_paired_by_names_and_its_last_fifth_held_out(tmp_path: Path) -> None:
    dataset = open_dataset(write_recording(tmp_path / "a"), task="depth")
    assert isinstance(dataset, DepthDataset)
    assert [sample.name for sample in dataset.samples("val")] == ["frame-008", "frame-009"]
    assert len(dataset.samples("train")) == 8
    picture, truth = dataset.read(dataset.samples("val")[1])
    assert picture[0, 0].tolist() == [9, 9, 9]
    assert truth.metres[0, 0] == pytest.approx(1.009)
    assert truth.valid.all()


def test_each_recording_of_several_gives_its_own_last_fifth(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_recording(tmp_path / name, 5)
    dataset = open_dataset(tmp_path, task="depth")
    assert [sample.name for sample in dataset.samples("val")] == ["one/frame-004", "two/frame-004"]


def test_drawn_scenes_are_read_in_metres_and_split_by_their_folders(tmp_path: Path) -> None:
    for split in ("train", "val"):
        for kind, suffix in (("images", "png"), ("masks", "png"), ("depth", "tif")):
            (tmp_path / kind / split).mkdir(parents=True)
            path = tmp_path / kind / split / f"7.{suffix}"
            if kind == "depth":
                tifffile.imwrite(path, np.where(ramp() > 1100, ramp() / 100, 0).astype(np.float32))
            else:
                write_png(path, np.zeros((*SIZE, 3) if kind == "images" else SIZE, np.uint8))
    dataset = open_dataset(tmp_path, task="depth", bins="uniform:4")
    assert {name: len(samples) for name, samples in dataset.splits.items()} == {"train": 1, "val": 1}
    truth = dataset.read_truth(dataset.samples("train")[0])
    assert truth.metres[1, 1] == pytest.approx(14.5)
    assert truth.valid[0].tolist() == [False, False, False, True, True, True, True, True]
    packed = dataset.pack(truth)
    assert packed.max() == 255
    assert (dataset.unpack(packed).valid == truth.valid).all()
    assert (dataset.pack(dataset.unpack(packed)) == packed).all()  # what is kept in memory stays what it is


def test_picture_and_depth_move_together(tmp_path: Path) -> None:
    picture = np.repeat((ramp() // 50).astype(np.uint8)[:, :, None], 3, 2)
    write_png(tmp_path / "a.png", ramp())
    truth = read_depth(tmp_path / "a.png")
    options = Augmentation(scale=(1, 1), flip=1, color=0)
    moved, depth = augment(picture, truth, options, size=SIZE, generator=np.random.default_rng(0))
    assert moved[0, 0, 0] == picture[0, -1, 0]
    assert np.allclose(depth.metres[depth.valid] * 20, moved[:, :, 0][depth.valid], atol=0.51)


def test_zero_and_the_greatest_value_are_no_depth(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", np.array([[0, 65535, 65534, 1]], np.uint16))
    found = read_depth(tmp_path / "a.png")
    assert found.valid.tolist() == [[False, False, True, True]]
    assert found.metres[0, 2] == pytest.approx(65.534)
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0, np.nan, np.inf, -1, 2.5]], np.float32))
    assert read_depth(tmp_path / "a.tif").valid.tolist() == [[False, False, False, False, True]]


def test_files_that_are_no_depth_maps_are_told_in_one_line(tmp_path: Path) -> None:
    write_png(tmp_path / "gray.png", np.ones(SIZE, np.uint8))
    write_png(tmp_path / "color.png", np.ones((*SIZE, 3), np.uint8))
    (tmp_path / "text.png").write_text("no picture")
    for name, words in (("gray", "8 bits is no depth map"), ("color", "3 channels"), ("text", "text.png")):
        with pytest.raises(DataError, match=words):
            read_depth(tmp_path / f"{name}.png")


def test_what_has_no_partner_another_size_or_no_depth_is_told(tmp_path: Path) -> None:
    root = write_recording(tmp_path / "a", 3)
    (root / "frame-001.depth.png").unlink()
    with pytest.raises(DataError, match=r"1 pictures have no depth map: frame-001\.color\.png"):
        open_dataset(root, task="depth")
    root = write_recording(tmp_path / "b", 3)
    write_png(root / "frame-000.depth.png", ramp()[:4])
    dataset = open_dataset(root, task="depth")
    with pytest.raises(DataError, match="the depth map is 4 x 8, its picture is 6 x 8"):
        dataset.read(dataset.samples("train")[0])
    root = tmp_path / "c"
    root.mkdir()
    write_png(root / "a.png", np.ones((*SIZE, 3), np.uint8))
    with pytest.raises(DataError, match="there are no depth maps; expected"):
        open_dataset(root, task="depth")
    root = write_recording(tmp_path / "d", 2)
    for number in range(2):
        write_png(root / f"frame-{number:03d}.depth.png", np.zeros(SIZE, np.uint16))
    with pytest.raises(DataError, match="none of the depth maps has a pixel"):
        open_dataset(root, task="depth")


def test_bins_without_depth_and_classes_with_it_are_refused(tmp_path: Path) -> None:
    root = write_recording(tmp_path / "a", 2)
    with pytest.raises(ValueError, match="give --task depth"):
        open_dataset(root, bins="uniform:8")
    with pytest.raises(ValueError, match="depth maps have no classes"):
        open_dataset(root, task="depth", ignore=3)
