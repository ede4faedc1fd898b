from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_graph import shades_spec, write_shades

from perpixel.camera import Camera, write_camera
from perpixel.classes import ClassTable
from perpixel.cli import run
from perpixel.occupancy.files import read_npz
from perpixel.pictures import read_picture, write_png

CAMERA = Camera((160, 160), (79.5, 32.0), (96, 160), height=1.5)
ENDINGS = (".occupancy.jpg", ".grid.npz", ".grid.png", ".grid.geojson", ".map.yaml", ".map.pgm")


@pytest.fixture
def model(tmp_path: Path) -> str:
    """Dark is road, gray a car, bright the sky."""
    return str(write_shades(tmp_path / "m.onnx", shades_spec(classes=ClassTable.named(["road", "car", "sky"]))))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A road with a car 12 m ahead on the left, and one without."""
    place = tmp_path / "in"
    (place / "deep").mkdir(parents=True)
    empty = np.full((*CAMERA.size, 3), 25, np.uint8)
    empty[:32] = 240
    car = empty.copy()
    car[24:52, 48:72] = 128
    write_png(place / "car.png", car)
    write_png(place / "deep" / "empty.png", empty)
    return place


@pytest.fixture
def camera(tmp_path: Path) -> Path:
    write_camera(tmp_path / "camera.yaml", CAMERA)
    return tmp_path / "camera.yaml"


def asked(folder: Path, camera: Path, model: str, out: Path, *more: str) -> int:
    return run(["occupancy", str(folder), "--camera", str(camera), "--model", model, "--out", str(out), *more])


def test_every_picture_becomes_a_sheet_and_a_grid_in_all_forms(
    folder: Path, camera: Path, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert asked(folder, camera, model, out) == 0
    expected = {f"{name}{ending}" for name in ("car", "deep/empty") for ending in ENDINGS} | {"occupancy.json"}
    assert {path.relative_to(out).as_posix() for path in out.rglob("*.*")} == expected
    shown = capsys.readouterr().out.splitlines()
    assert shown[-1] == f"2 pictures mapped: {out}"
    assert "degrees left" in shown[0]
    assert "no obstacle seen" in shown[1]
    grid = read_npz(out / "car.grid.npz")
    assert grid.extent == (0, 40, -10, 10)
    x, y = grid.centers()[grid.probability > 0.5].T
    assert np.median(x) == pytest.approx(1.5 * 160 / 20, abs=1)
    assert y.min() > 0
    assert read_picture(out / "car.occupancy.jpg").shape[1] > 900


def test_json_says_what_is_near_and_how_far_the_way_is_clear(
    folder: Path, camera: Path, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert asked(folder, camera, model, out, "--extent", "0,20,-5,5", "--cell", "0.5", "--json") == 0
    printed = capsys.readouterr().out
    assert printed == (out / "occupancy.json").read_text()
    found = json.loads(printed)
    assert (found["task"], found["images"], found["extent"], found["cell"]) == ("occupancy", 2, [0, 20, -5, 5], 0.5)
    car, empty = found["pictures"]
    assert car["nearest_obstacle"]["metres"] == pytest.approx(12 * 1.3 / 1.5, abs=1.0)
    assert car["nearest_obstacle"]["bearing"] > 0
    assert empty["nearest_obstacle"] is None
    assert empty["clear_ahead"] == 20


def test_a_camera_of_the_same_shape_fits_a_larger_picture_and_another_shape_is_skipped(
    folder: Path, camera: Path, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_png(folder / "large.png", np.full((192, 320, 3), 25, np.uint8))
    write_png(folder / "square.png", np.full((96, 96, 3), 25, np.uint8))
    (folder / "broken.png").write_bytes(b"\x89PNG")
    assert asked(folder, camera, model, tmp_path / "out", "--compat", "mathworks") == 1
    captured = capsys.readouterr()
    assert "3 pictures mapped, 2 skipped" in captured.out
    assert "the picture is 96x96, its camera's are 96x160" in captured.err
    assert captured.err.count("\n") == 2


def test_each_picture_may_have_its_own_camera(
    folder: Path, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_camera(folder / "car.yaml", CAMERA)
    assert asked(folder, folder, model, tmp_path / "out") == 1
    captured = capsys.readouterr()
    assert "1 pictures mapped, 1 skipped" in captured.out
    assert "no camera for it" in captured.err
    assert "empty.yaml" in captured.err


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        (["--extent", "0,40"], 2, "extent '0,40' is not X from"),
        (["--extent", "40,0,-10,10"], 2, "is not X from"),
        (["--cell", "0"], 2, "cell 0.0 must be a length over 0"),
        (["--cell", "0.001"], 2, "too many: take larger ones"),
        (["--vehicle", "long"], 2, "vehicle 'long' is not LENGTHxWIDTH"),
        (["--free", "raod"], 2, "did you mean 'road'"),
        (["--model", "stret"], 1, "did you mean 'street'"),
        (["--camera", "none.yaml"], 1, "none.yaml: no camera can be read there"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(
    more: list[str],
    code: int,
    says: str,
    folder: Path,
    camera: Path,
    model: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    given = {"--camera": str(camera), "--model": model, **dict(zip(more[::2], more[1::2], strict=True))}
    options = [part for pair in given.items() for part in pair]
    assert run(["occupancy", str(folder), "--out", str(out), *options]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err
    assert captured.err.count("\n") == 1
    assert not out.exists()


def test_without_pictures_or_camera_it_says_so(camera: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["occupancy", "--camera", str(camera)]) == 2
    assert "no pictures were given" in capsys.readouterr().err
    assert run(["occupancy", "photo.jpg"]) == 2
    assert "--camera" in capsys.readouterr().err
