from __future__ import annotations

import json
from pathlib import Path

import pytest

from perpixel.camera import Camera, Distortion, read_camera, write_camera
from perpixel.errors import DataError

CAMERA = Camera(
    (721.5377, 721.5377),
    (609.5593, 172.854),
    (375, 1242),
    1.65,
    0.01,
    -0.02,
    0.003,
    Distortion((-0.3, 0.1, 0), (1e-3, 0)),
)
GOOD = "image_size: [375, 1242]\nfocal_length: [721.5, 721.5]\nprincipal_point: [609.6, 172.9]\nheight: 1.65\n"


def test_a_camera_survives_its_file(tmp_path: Path) -> None:
    write_camera(tmp_path / "camera.yaml", CAMERA)
    assert read_camera(tmp_path / "camera.yaml") == CAMERA


def test_angles_and_distortion_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "camera.yaml").write_text(GOOD)
    assert read_camera(tmp_path / "camera.yaml") == Camera((721.5, 721.5), (609.6, 172.9), (375, 1242), 1.65)


def test_json_and_the_camera_inside_a_drawn_scene_are_read(tmp_path: Path) -> None:
    path = tmp_path / "scene.json"
    path.write_text(json.dumps({"seed": 3, "camera": CAMERA.to_dict()}))
    assert read_camera(path) == CAMERA


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected lines such as `height: 1.65`"),
        ("{[", "not a camera"),
        (GOOD.replace("height: 1.65\n", ""), "a camera without height"),
        (GOOD + "ptich: 0.1\n", "did you mean 'pitch'?"),
        (GOOD + "pitch: 14\n", "14 degrees are 0.2443"),
        (GOOD + "pitch: down\n", "pitch 'down' is not 1 number"),
        (GOOD.replace("[721.5, 721.5]", "721.5"), "focal_length 721.5 is not 2 numbers"),
        (GOOD.replace("[375, 1242]", "[375.5, 1242]"), "whole pixels"),
        (GOOD.replace("1.65", "-1.65"), "must all be positive"),
        (GOOD.replace("1.65", ".nan"), "finite"),
        (GOOD + "radial_distortion: [1, 2, 3, 4]\n", "radial_distortion .* is not 2 or 3 numbers"),
    ],
)
def test_a_file_that_is_no_camera_is_refused_in_one_line(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "camera.yaml"
    path.write_text(text)
    with pytest.raises(DataError, match=says) as caught:
        read_camera(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_a_folder_and_a_picture_are_refused_in_one_line(tmp_path: Path) -> None:
    picture = tmp_path / "photo.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    for path in (tmp_path / "none.yaml", tmp_path, picture):
        with pytest.raises(DataError, match="no camera can be read there"):
            read_camera(path)
