from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from perpixel.camera import Camera
from perpixel.classes import CAMVID
from perpixel.cli import run
from perpixel.data import open_dataset
from perpixel.errors import DataError
from perpixel.masks import read_raw
from perpixel.pictures import read_picture
from perpixel.synthetic import draw_street, street

SMALL = (48, 64)


def test_what_was_drawn_opens_as_a_data_set(tmp_path: Path) -> None:
    drawn = draw_street(tmp_path / "a", count=5, size=SMALL)
    assert drawn.pictures == {"train": 4, "val": 1}
    dataset = open_dataset(tmp_path / "a")
    assert dataset.classes.names == CAMVID.names
    assert {split: len(dataset.samples(split)) for split in dataset.splits} == drawn.pictures
    picture, labels = dataset.read(dataset.samples("val")[0])
    scene = street(4, size=SMALL)
    np.testing.assert_array_equal(labels.labels, scene.labels.labels)
    assert np.abs(picture.astype(int) - scene.image).mean() < 8


def test_lossless_pictures_are_the_scenes_bytes(tmp_path: Path) -> None:
    draw_street(tmp_path, count=1, size=SMALL, seed=9, lossless=True)
    image = read_picture(tmp_path / "images/train/000009.png")
    np.testing.assert_array_equal(image, street(9, size=SMALL).image)


def test_the_whole_truth_is_read_back(tmp_path: Path) -> None:
    draw_street(tmp_path, count=1, size=SMALL, seed=2, truth="all")
    scene = street(2, size=SMALL)
    key = "train/000002"
    np.testing.assert_array_equal(read_raw(tmp_path / f"instances/{key}.png").values, scene.instances.ids)
    np.testing.assert_array_equal(read_raw(tmp_path / f"panoptic/{key}.png").values, scene.panoptic.ids)
    np.testing.assert_array_equal(read_raw(tmp_path / f"occupancy/{key}.png").values, scene.occupancy.cells)
    depth = tifffile.imread(tmp_path / f"depth/{key}.tif")
    np.testing.assert_array_equal(depth, np.where(scene.depth.valid, scene.depth.metres, 0))
    found = json.loads((tmp_path / f"scenes/{key}.json").read_text())
    assert Camera.from_dict(found["camera"]) == scene.camera
    np.testing.assert_array_equal(found["pose"], scene.pose)
    assert len(found["lanes"]) == len(scene.lanes)
    assert found["instances"] == {
        str(i + 1): CAMVID[label].name for i, label in enumerate(scene.instances.labels)
    }  # fmt: skip
    assert open_dataset(tmp_path).samples("train")[0].name.endswith("000002")


def test_frames_of_a_street_stay_in_one_split(tmp_path: Path) -> None:
    drawn = draw_street(tmp_path, count=2, size=SMALL, frames=2, val=0.5)
    names = {split: sorted(p.stem for p in (tmp_path / "masks" / split).iterdir()) for split in ("train", "val")}
    assert names == {"train": ["000000_0000", "000000_0001"], "val": ["000001_0000", "000001_0001"]}
    assert drawn.pixels.sum() == 4 * SMALL[0] * SMALL[1]


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match=r"thesis\.txt"):
        draw_street(tmp_path, count=1, size=SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(DataError, match="is a file"):
        draw_street(tmp_path / "thesis.txt", count=1, size=SMALL)


@pytest.mark.parametrize("wrong", [{"count": 0}, {"val": 1.5}, {"seed": -1}, {"size": (8, 8)}, {"frames": 0}])
def test_arguments_out_of_range_are_refused_before_anything_is_written(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"expected|can be drawn"):
        draw_street(tmp_path / "a", **{"count": 1, "size": SMALL, **wrong})  # type: ignore[arg-type]
    assert not (tmp_path / "a").exists()


def test_the_command_draws_and_tells_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["draw", "street", "--count", "2", "--size", "48x64", "--out", str(tmp_path / "a")]
    assert run([*arguments, "--json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert found["images"] == 2
    assert found["splits"] == {"train": 2, "val": 0}
    assert sum(found["shares"].values()) == pytest.approx(1, abs=1e-4)
    assert captured.err == ""
    assert run(arguments) == 1
    assert "holds other things" in capsys.readouterr().err


def test_a_size_that_is_none_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["draw", "street", "--size", "big", "--out", str(tmp_path / "a")]) == 2
    assert "HEIGHTxWIDTH" in capsys.readouterr().err
