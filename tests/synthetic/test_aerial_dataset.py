from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perpixel.cli import run
from perpixel.data import open_dataset
from perpixel.errors import DataError
from perpixel.pictures import read_picture, write_png
from perpixel.synthetic import aerial, draw_aerial
from perpixel.synthetic.aerial import DRONE

SMALL = (48, 64)


def test_what_was_drawn_opens_as_a_data_set(tmp_path: Path) -> None:
    drawn = draw_aerial(tmp_path / "a", count=5, size=SMALL)
    assert drawn.pictures == {"train": 4, "val": 1}
    assert drawn.pixels.sum() == 5 * 48 * 64
    dataset = open_dataset(tmp_path / "a")
    assert dataset.classes.names == DRONE.names
    np.testing.assert_array_equal(dataset.classes.colors, DRONE.colors)
    assert dataset.encoding.kind == "index"
    assert {split: [s.name for s in samples] for split, samples in dataset.splits.items()} == {
        "train": ["000", "001", "002", "003"],
        "val": ["004"],
    }
    picture, truth = dataset.read(dataset.samples("val")[0])
    scene = aerial(4, size=SMALL)
    np.testing.assert_array_equal(truth.labels, scene.labels.labels)
    assert np.abs(picture.astype(int) - scene.image).mean() < 10


def test_the_files_are_those_of_the_drone_set(tmp_path: Path) -> None:
    draw_aerial(tmp_path, count=1, size=SMALL, seed=7)
    lines = (tmp_path / "class_dict_seg.csv").read_text().splitlines()
    assert lines[0] == " name, r, g, b"
    assert lines[1] == "unlabeled, 0, 0, 0"
    assert lines[16] == "person, 255, 22, 96"
    assert len(lines) == 25
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert files == ["class_dict_seg.csv", "label_images_semantic/007.png", "original_images/007.jpg"]
    with Image.open(tmp_path / "label_images_semantic/007.png") as labels:
        assert labels.mode == "L"


def test_lossless_pictures_are_the_scenes_bytes(tmp_path: Path) -> None:
    draw_aerial(tmp_path, count=1, size=SMALL, seed=9, lossless=True)
    image = read_picture(tmp_path / "original_images/009.png")
    np.testing.assert_array_equal(image, aerial(9, size=SMALL).image)


def test_the_drone_set_as_kaggle_gives_it_opens_as_it_is(tmp_path: Path) -> None:
    """Its own drawing of the labels lies beside them, and a folder is called after the whole."""
    draw_aerial(tmp_path / "a", count=3, size=SMALL)
    inner = tmp_path / "kaggle/dataset/semantic_drone_dataset"
    inner.mkdir(parents=True)
    for folder in ("original_images", "label_images_semantic"):
        (tmp_path / "a" / folder).rename(inner / folder)
    (tmp_path / "a/class_dict_seg.csv").rename(tmp_path / "kaggle/class_dict_seg.csv")
    drawn = tmp_path / "kaggle/RGB_color_image_masks/RGB_color_image_masks"
    drawn.mkdir(parents=True)
    for number in range(3):
        write_png(drawn / f"{number:03d}.png", np.zeros((*SMALL, 3), np.uint8))
    dataset = open_dataset(tmp_path / "kaggle")
    assert dataset.classes.names == DRONE.names
    np.testing.assert_array_equal(dataset.classes.colors, DRONE.colors)
    assert sum(len(samples) for samples in dataset.splits.values()) == 3
    _, truth = dataset.read(dataset.samples("train")[0])
    assert truth.size == SMALL


@pytest.mark.parametrize("wrong", [{"count": 0}, {"val": 1.5}, {"seed": -1}, {"size": (8, 8)}])
def test_arguments_out_of_range_are_refused_before_anything_is_written(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"expected|can be drawn"):
        draw_aerial(tmp_path / "a", **{"count": 1, "size": SMALL, **wrong})  # type: ignore[arg-type]
    assert not (tmp_path / "a").exists()


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match=r"thesis\.txt"):
        draw_aerial(tmp_path, count=1, size=SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_command_draws_and_tells_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["draw", "aerial", "--count", "2", "--size", "64x48", "--out", str(tmp_path / "a"), "--json"]
    assert run(arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["world"] == "aerial"
    assert found["splits"] == {"train": 2, "val": 0}
    assert list(found["shares"]) == list(DRONE.names)
    with Image.open(tmp_path / "a/original_images/000.jpg") as picture:
        assert picture.size == (48, 64)  # Pillow says width, height


@pytest.mark.parametrize("flag", [["--frames", "2"], ["--truth", "all"]])
def test_what_only_streets_have_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flag: list[str]
) -> None:
    assert run(["draw", "aerial", "--out", str(tmp_path / "a"), *flag]) == 2
    assert "leave out" in capsys.readouterr().err
    assert not (tmp_path / "a").exists()
