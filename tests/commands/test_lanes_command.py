from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.camera import Camera, write_camera
from perpixel.cli import run
from perpixel.data.culane_lanes import read_culane
from perpixel.data.tusimple_lanes import read_tusimple
from perpixel.pictures import read_picture, write_jpeg, write_png

CAMERA = Camera((450.0, 450.0), (239.5, 134.5), (270, 480), height=1.4, pitch=0.02)


def road() -> NDArray[np.uint8]:
    """A solid line 1.6 m to the left and a dashed one 1.8 m to the right, 15 cm wide."""
    image = np.full((270, 480, 3), 80, np.uint8)
    for y, dash in ((1.6, 100.0), (-1.8, 3.0)):
        for x in np.arange(2.0, 50.0, 0.5):
            if x % (2 * dash) < dash:
                corners = np.array([[x, y - 0.07, 0], [x + 0.5, y - 0.07, 0], [x + 0.5, y + 0.07, 0], [x, y + 0.07, 0]])
                pixels = np.rint(CAMERA.project(corners)[0] * 64).astype(np.int32)
                cv2.fillPoly(image, [pixels], (220, 220, 210), cv2.LINE_AA, 6)
    return image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "in"
    (place / "sub").mkdir(parents=True)
    write_jpeg(place / "sub" / "street.jpg", road(), quality=95)
    write_png(place / "night.png", np.zeros((270, 480, 3), np.uint8))
    return place


def test_lanes_are_drawn_and_written_as_tusimple_does(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["lanes", str(folder), "--out", str(out)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "night: 0 lines"
    assert told[1].startswith("sub/street: ")
    assert told[2].endswith(f" in 2: {out}")
    found = read_tusimple(out / "lanes.json")
    assert found.keys() == {"night.png", "sub/street.jpg"}
    assert len(found["night.png"]) == 0
    assert len(found["sub/street.jpg"]) == 2
    assert found["sub/street.jpg"].milliseconds > 0
    assert len(found["night.png"].rows) == 48
    assert read_picture(out / "sub" / "street.lanes.jpg").shape == (270, 480, 3)


def test_with_a_camera_metres_are_told_and_culane_files_written(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_camera(tmp_path / "camera.yaml", CAMERA)
    out = tmp_path / "out"
    options = ["--camera", str(tmp_path / "camera.yaml"), "--format", "culane", "--out", str(out), "--json"]
    assert run(["lanes", str(folder), *options]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["task"], told["format"], told["camera"], told["images"]) == ("lanes", "culane", "given", 2)
    row = {entry["name"]: entry for entry in told["pictures"]}
    assert (row["night"]["lanes"], row["night"]["curvature"], row["night"]["offset"]) == (0, None, None)
    assert (row["sub/street"]["width"], row["sub/street"]["offset"]) == pytest.approx((3.4, 0.1), abs=0.1)
    assert read_culane(out / "night.lines.txt") == ()
    lines = read_culane(out / "sub" / "street.lines.txt")
    assert len(lines) == row["sub/street"]["lanes"]
    assert not (out / "lanes.json").exists()


def test_a_video_becomes_a_video_with_the_lines_of_each_frame(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = cv2.VideoWriter(str(tmp_path / "drive.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 10, (480, 270))
    if not writer.isOpened():
        pytest.skip("this OpenCV writes no MP4")
    for _ in range(3):
        writer.write(cv2.cvtColor(road(), cv2.COLOR_RGB2BGR))
    writer.release()
    out = tmp_path / "out"
    assert run(["lanes", str(tmp_path / "drive.mp4"), "--out", str(out)]) == 0
    assert "lines in 3 frames" in capsys.readouterr().out
    assert {path.name for path in out.iterdir()} == {"drive.lanes.mp4", "lanes.json"}
    assert [*read_tusimple(out / "lanes.json")] == [f"drive/{n:06d}" for n in range(3)]
    video = cv2.VideoCapture(str(out / "drive.lanes.mp4"))
    assert (video.get(cv2.CAP_PROP_FRAME_COUNT), video.get(cv2.CAP_PROP_FPS)) == (3, 10)
    (tmp_path / "text.mp4").write_text("no video")
    assert run(["lanes", str(tmp_path / "text.mp4"), "--out", str(tmp_path / "none")]) == 1
    assert "no video" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_pictures_of_any_kind_and_size_have_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generator = np.random.default_rng(0)
    for name, shape in (("pixel", (1, 1)), ("strip", (2, 90, 3)), ("tall", (90, 3)), ("alpha", (40, 60, 4))):
        write_png(tmp_path / f"{name}.png", generator.integers(0, 256, shape).astype(np.uint8))
    write_png(tmp_path / "deep.png", (road()[:, :, 0].astype(np.uint16) * 257))
    assert run(["lanes", str(tmp_path), "--out", str(tmp_path / "out"), "--json"]) == 0
    found = {row["name"]: row["lanes"] for row in json.loads(capsys.readouterr().out)["pictures"]}
    assert (len(found), found["deep"], found["pixel"]) == (5, 2, 0)


def test_what_goes_wrong_is_one_line(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken.png").write_bytes(b"no picture")
    (tmp_path / "camera.yaml").write_text("height: 1")
    (tmp_path / "empty").mkdir()
    twice = [tmp_path / "a" / "x.mp4", tmp_path / "b" / "x.mp4"]
    for path in twice:
        path.parent.mkdir()
        path.touch()
    for options, code, message in (
        ([str(folder), "--format", "kitti"], 2, "kitti"),
        ([str(folder), "--lane-width", "0"], 2, "lane width 0 must"),
        ([str(folder), "--camera", str(tmp_path / "camera.yaml")], 1, "camera.yaml"),
        ([str(tmp_path / "empty")], 1, "no pictures"),
        ([str(tmp_path / "none.mp4")], 1, "no such file"),
        ([*map(str, twice)], 1, "would be written to the same file x.mp4"),
        ([], 2, "no pictures were given"),
        ([str(folder)], 1, "broken.png"),
    ):
        assert run(["lanes", *options, "--out", str(tmp_path / "out")]) == code
        captured = capsys.readouterr()
        assert message in captured.err
        assert captured.err.count("\n") == 1
    assert "in 2, 1 skipped: " in captured.out
