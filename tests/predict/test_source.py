from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from perpixel.errors import DataError
from perpixel.pictures import write_jpeg, write_png
from perpixel.predict import FileSource


def picture(path: Path, shade: int = 9) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write = write_png if path.suffix == ".png" else write_jpeg
    write(path, np.full((4, 5, 3), shade, np.uint8))
    return path


def test_folders_are_searched_in_natural_order(tmp_path: Path) -> None:
    for name in ("b/10.png", "b/9.png", "b/c/1.png", "a2.png", "a10.png"):
        picture(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    picture(tmp_path / ".hidden.png")
    source = FileSource([tmp_path])
    assert [frame.name for frame in source] == ["a2", "a10", "b/9", "b/10", "b/c/1"]
    assert len(source) == 5


def test_frames_carry_picture_number_and_file(tmp_path: Path) -> None:
    paths = [picture(tmp_path / f"{number}.png", shade=number) for number in range(9)]
    frames = list(FileSource(paths))
    assert [frame.index for frame in frames] == list(range(9))
    assert [frame.path for frame in frames] == paths
    for number, frame in enumerate(frames):
        assert frame.image is not None
        assert (frame.image == number).all()


def test_pictures_that_differ_in_the_suffix_alone_keep_it(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png", "b.png"):
        picture(tmp_path / name)
    assert list(FileSource([tmp_path]).files) == ["a.jpg", "a.png", "b"]


def test_two_pictures_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("x/a.png", "y/a.png"):
        picture(tmp_path / name)
    with pytest.raises(DataError, match=r"x/a\.png and .*y/a\.png would be written to the same file"):
        FileSource([tmp_path / "x", tmp_path / "y"])
    assert list(FileSource([tmp_path]).files) == ["x/a", "y/a"]


def test_a_picture_named_twice_is_taken_once(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    assert len(FileSource([path, tmp_path, path])) == 1


def test_broken_picture_is_a_frame_without_picture(tmp_path: Path) -> None:
    for name in ("1.png", "3.png"):
        picture(tmp_path / name)
    (tmp_path / "2.png").write_bytes((tmp_path / "1.png").read_bytes()[:40])
    frames = list(FileSource([tmp_path]))
    assert [frame.image is None for frame in frames] == [False, True, False]
    assert "2.png" in frames[1].problem


def test_what_the_sink_writes_is_not_read_again(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    picture(tmp_path / "out" / "a.png")
    picture(tmp_path / "a.overlay.jpg")
    picture(tmp_path / "a.confidence.png")
    assert list(FileSource([tmp_path], without=tmp_path / "out").files) == ["a"]


def test_links_that_lead_in_circles_end(tmp_path: Path) -> None:
    picture(tmp_path / "a" / "1.png")
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a", target_is_directory=True)
    assert list(FileSource([tmp_path]).files) == ["a/1"]


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no pictures there; they end in \.bmp"):
        FileSource([tmp_path])
    with pytest.raises(DataError, match="nowhere: there is no such file or folder"):
        FileSource([tmp_path / "nowhere"])


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_folder_without_permission_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0)
    with pytest.raises(DataError, match="cannot be read"):
        FileSource([folder])


def test_leaving_early_is_no_trouble(tmp_path: Path) -> None:
    for number in range(20):
        picture(tmp_path / f"{number}.png")
    frames = iter(FileSource([tmp_path]))
    next(frames)
    del frames
