"""Videos from the command line: `predict`, `occupancy` and `depth`; lanes have their own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_depth_command import write_far
from tiny_graph import SHADES, shades_spec, write_shades
from tiny_video import read_frames, write_frames, write_grays

from perpixel.classes import ClassTable
from perpixel.cli import run
from perpixel.pictures import write_png


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_of_pictures_and_videos_is_labelled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, out, folder = write_shades(tmp_path / "m.onnx"), tmp_path / "out", tmp_path / "in"
    write_grays(folder / "deep" / "drive.mp4", shades=(25, 25, 25, 230))
    (folder / "broken.mp4").write_bytes(b"no video")
    write_png(folder / "a.png", np.full((20, 30, 3), 25, np.uint8))
    assert run(["predict", str(folder), "--model", str(model), "--out", str(out)]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("deep/drive: 4 frames, ")
    assert told.out.endswith(f"1 pictures and 1 video labelled, 1 skipped: {out}\n")
    assert told.err.count("\n") == 1
    assert "broken.mp4: no video" in told.err
    pictures = {"a.png", "a.overlay.jpg", "a.confidence.png"}
    assert names(out) == {*pictures, "predictions.json", "deep/drive.overlay.mp4"}
    said = json.loads((out / "predictions.json").read_text())
    (row,) = said["videos"]
    assert (said["images"], row["name"], row["frames"], row["size"]) == (1, "deep/drive", 4, [48, 64])
    assert row["frames_a_second"] == 10
    assert row["seconds_a_frame"] > 0
    assert row["shares"] == {"dark": 0.75, "gray": 0, "bright": 0.25}
    assert [entry["name"] for entry in said["skipped"]] == ["broken"]
    dark, *_, bright = read_frames(out / "deep" / "drive.overlay.mp4")
    assert dark.shape[0] > 48  # a legend below, the same for all frames
    assert np.abs(dark[52:].astype(int) - bright[52:]).max() < 20
    for seen, shade, color in ((dark, 25, SHADES[0].color), (bright, 230, SHADES[2].color)):
        assert seen[24, 32] == pytest.approx((np.array(color) + shade) / 2, abs=12)


def test_each_frame_is_written_as_a_picture_is_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, out = write_shades(tmp_path / "m.onnx"), tmp_path / "out"
    video = write_grays(tmp_path / "drive.mp4")
    arguments = ["predict", str(video), "--model", str(model), "--out", str(out), "--each-frame", "--json"]
    assert run(arguments) == 0
    said = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in said["predictions"]] == [f"drive/{number:06d}" for number in range(3)]
    assert len(said["videos"]) == 1
    for number in range(3):
        with Image.open(out / "drive" / f"{number:06d}.png") as labels:
            assert (np.asarray(labels) == number).all()
    (tmp_path / "drive").mkdir()
    write_png(tmp_path / "drive" / "000001.png", np.zeros((8, 8, 3), np.uint8))
    assert run([*arguments[:2], str(tmp_path / "drive"), *arguments[2:]]) == 0  # named 000001, not drive/000001
    assert run(["predict", str(tmp_path), *arguments[2:]]) == 1
    assert "would be written to the same folder drive" in capsys.readouterr().err


@pytest.mark.parametrize("each_frame", [False, True])
def test_things_are_counted_over_a_video(each_frame: bool, tmp_path: Path) -> None:
    model = write_shades(tmp_path / "m.onnx", shades_spec(stride=1, multiple=8))
    frame = np.full((48, 64, 3), 26, np.uint8)
    frame[8:24, 8:24] = frame[8:24, 40:56] = 230
    video, out = write_frames(tmp_path / "a.mp4", [frame] * 2), tmp_path / "out"
    options = ["--things", "components", "--things-of", "bright", "--least-area", "50", "--out", str(out)]
    more = ["--each-frame"] if each_frame else []
    assert run(["predict", str(video), "--model", str(model), *options, *more]) == 0
    (row,) = json.loads((out / "predictions.json").read_text())["videos"]
    assert row["counts"] == {"bright": 2}
    assert read_frames(out / "a.overlay.mp4")[0].shape == (48, 64, 3)
    if not each_frame:
        assert names(out) == {"a.overlay.mp4", "predictions.json"}
        return
    images = json.loads((out / "instances.json").read_text())["images"]
    assert [image["file_name"] for image in images] == ["a/000000.png", "a/000001.png"]


def test_occupancy_of_a_video(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = ClassTable.named(["road", "car", "sky"])
    model, out = write_shades(tmp_path / "m.onnx", shades_spec(classes=table)), tmp_path / "out"
    (tmp_path / "cameras").mkdir()
    camera = "image_size: [96, 160]\nfocal_length: [160, 160]\nprincipal_point: [79.5, 32]\nheight: 1.5\n"
    (tmp_path / "cameras" / "drive.yaml").write_text(camera)
    frame = np.full((96, 160, 3), 25, np.uint8)
    frame[:32] = 240
    write_frames(tmp_path / "in" / "drive.mp4", [frame] * 2)
    write_frames(tmp_path / "in" / "other.mp4", [frame] * 2)  # has no camera
    options = ["--camera", str(tmp_path / "cameras"), "--model", str(model), "--out", str(out)]
    assert run(["occupancy", str(tmp_path / "in"), *options, "--each-frame", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said == json.loads((out / "occupancy.json").read_text())
    (row,) = said["videos"]
    assert [entry["time"] for entry in row["rows"]] == [0, 0.1]
    assert row["rows"][1]["clear_ahead"] == 40
    assert "other.mp4: no camera for it" in said["skipped"][0]["problem"]
    assert len(read_frames(out / "drive.occupancy.mp4")) == 2
    endings = (".occupancy.jpg", ".grid.npz", ".grid.png", ".grid.geojson", ".map.yaml", ".map.pgm")
    frames = {f"drive/{number:06d}{ending}" for number in range(2) for ending in endings}
    assert names(out) == {"drive.occupancy.mp4", "occupancy.json", *frames}


def test_depth_of_a_video(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, out = write_far(tmp_path / "m.onnx"), tmp_path / "out"
    video = write_grays(tmp_path / "drive.mp4", shades=(25, 230))
    assert run(["depth", str(video), "--model", str(model), "--out", str(out), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["videos"]
    assert [entry["median"] for entry in row["rows"]] == pytest.approx([1.5, 4.5], abs=0.05)
    near, far = read_frames(out / "drive.depth.mp4")
    place = 24, 64 + 10 + 32  # in the colors of depth, which mean the same in both frames
    assert near[place][0] > near[place][2] + 50
    assert far[place][2] > far[place][0] + 20
    assert names(out) == {"drive.depth.mp4"}
    assert run(["predict", str(video), "--model", str(model), "--out", str(out)]) == 0
    (row,) = json.loads((out / "predictions.json").read_text())["videos"]
    assert row["median"] == pytest.approx(3, abs=0.05)
