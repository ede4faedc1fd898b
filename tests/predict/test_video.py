from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from tiny_video import RATE, read_frames, write_frames, write_grays

from perpixel.errors import DataError, PerpixelError, PictureError
from perpixel.pictures import write_png
from perpixel.predict import FileSource, VideoSource, write_video
from perpixel.predict.means import Means


def test_frames_come_in_order_with_names_and_times(tmp_path: Path) -> None:
    source = VideoSource(write_grays(tmp_path / "drive.mp4"))
    frames = list(source)
    assert (len(source), source.rate, source.size, source.problem) == (3, RATE, (48, 64), "")
    assert [frame.name for frame in frames] == ["drive/000000", "drive/000001", "drive/000002"]
    assert [frame.time for frame in frames] == pytest.approx([0, 0.1, 0.2])
    shades = [float(frame.image.mean()) for frame in frames if frame.image is not None]
    assert shades == pytest.approx([25, 128, 230], abs=6)
    assert [frame.index for frame in source] == [0, 1, 2]  # and again


def test_a_video_from_a_phone_held_upright_is_upright(tmp_path: Path) -> None:
    data = bytearray(write_grays(tmp_path / "a.mp4").read_bytes())
    matrix = data.index(b"tkhd") + 44  # a quarter turn to the right, as phones say it
    data[matrix : matrix + 36] = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
    (tmp_path / "a.mp4").write_bytes(data)
    source = VideoSource(tmp_path / "a.mp4")
    assert source.size == (64, 48)
    assert {frame.image.shape for frame in source if frame.image is not None} == {(64, 48, 3)}


@pytest.mark.parametrize("data", [b"", b"no video", None])
def test_a_broken_video_is_told_in_one_line(
    data: bytes | None, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_grays(tmp_path / "a.mp4")
    path.write_bytes(path.read_bytes()[:700] if data is None else data)
    with pytest.raises(PictureError, match=r"a\.mp4: no video that OpenCV can read"):
        VideoSource(path)
    assert capfd.readouterr().err == ""  # FFmpeg's own words say the same again
    with pytest.raises(DataError, match="no such file"):
        VideoSource(tmp_path / "none.mp4")


def test_a_video_that_breaks_off_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    noise = [generator.integers(0, 256, (48, 64, 3)).astype(np.uint8) for _ in range(20)]
    path = write_frames(tmp_path / "a.avi", noise, codec="MJPG")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    source = VideoSource(path)
    count = len(list(source))
    assert 5 < count < 12
    assert source.problem == f"{path}: cannot be read after frame {count} of 20; the file is broken there"


@pytest.mark.parametrize("size", [(48, 64), (49, 65), (1, 3), (200, 7)])
def test_frames_of_any_size_are_written_whole(size: tuple[int, int], tmp_path: Path) -> None:
    height, width = size
    frame = np.zeros((*size, 3), np.uint8)
    frame[-1:, -1:] = 255
    frame[height // 2 :, width // 2 :] = (255, 0, 0)
    with write_video(tmp_path / "a.mp4", rate=12.5) as write:
        for _ in range(4):
            write(frame)
    source = VideoSource(tmp_path / "a.mp4")
    assert (source.rate, len(source), source.size) == (12.5, 4, (height + height % 2, width + width % 2))
    seen = read_frames(tmp_path / "a.mp4")[-1].astype(int)
    assert seen[height - 1, width - 1, 0] > 150  # the last row and column are there
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, PictureError("a frame that cannot be answered")])
def test_what_is_not_finished_leaves_nothing_and_what_stood_there_stands(
    trouble: BaseException | type[BaseException], tmp_path: Path
) -> None:
    before = write_grays(tmp_path / "a.mp4").read_bytes()

    def write_half() -> None:
        with write_video(tmp_path / "a.mp4", rate=10) as write:
            write(np.zeros((8, 8, 3), np.uint8))
            raise trouble

    with pytest.raises((KeyboardInterrupt, PictureError)):
        write_half()
    assert (tmp_path / "a.mp4").read_bytes() == before
    assert len([*tmp_path.iterdir()]) == 1


def test_frames_are_of_one_size_and_there_is_at_least_one(tmp_path: Path) -> None:
    def write_widths(path: Path, *widths: int) -> None:
        with write_video(path, rate=10) as write:
            for width in widths:
                write(np.zeros((8, width, 3), np.uint8))

    with pytest.raises(ValueError, match="all must be alike"):
        write_widths(tmp_path / "a.mp4", 8, 10)
    with pytest.raises(PerpixelError, match="no frames"):
        write_widths(tmp_path / "a.mp4")
    with pytest.raises(PerpixelError, match=r"a\.mp4"):
        write_widths(tmp_path / "none" / "a.mp4", 8)
    assert not [*tmp_path.iterdir()]


def test_videos_are_found_beside_pictures_and_own_answers_left_out(tmp_path: Path) -> None:
    for name in ("drive.mp4", "drive.MOV", "deep/10.avi", "deep/9.avi", "drive.overlay.mp4", "a.depth.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    write_png(tmp_path / "drive.png", np.zeros((4, 4, 3), np.uint8))
    source = FileSource([tmp_path], videos=True)
    assert list(source.videos) == ["deep/9", "deep/10", "drive.MOV", "drive.mp4"]
    assert list(source.files) == ["drive"]
    assert len(source) == 1
    assert not FileSource([tmp_path]).videos
    (tmp_path / "drive.png").unlink()
    with pytest.raises(DataError, match="no pictures there"):
        FileSource([tmp_path])


def test_files_of_frames_and_of_pictures_never_meet(tmp_path: Path) -> None:
    (tmp_path / "drive").mkdir()
    (tmp_path / "drive.mp4").touch()
    write_png(tmp_path / "drive" / "000000.png", np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(DataError, match=r"drive/000000\.png and the frames of .*drive\.mp4 would be written to"):
        FileSource([tmp_path], videos=True).keep_frames_apart()
    (tmp_path / "drive" / "000000.png").rename(tmp_path / "drive2.png")
    FileSource([tmp_path], videos=True).keep_frames_apart()


def test_means_are_over_all_frames() -> None:
    means = Means()
    for facts in ({"near": 1.0, "counts": {"cow": 1}}, {"near": 2.0, "far": None, "counts": {"cow": 2, "dog": 1}}):
        means.add(facts)
    assert means.to_dict() == {"near": 1.5, "counts": {"cow": 1.5, "dog": 0.5}}
    assert Means().to_dict() == {}
