from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from perpixel.classes import ClassTable
from perpixel.data import Dataset, Sample, open_dataset
from perpixel.errors import DataError, MaskError, PictureError
from perpixel.masks import Encoding
from perpixel.pictures import upright, write_png

CLASSES = ClassTable.named([f"c{number}" for number in range(100)])
VALUES = np.arange(15).reshape(3, 5).astype(np.uint8)


def save(path: Path, values: np.ndarray, orientation: int = 1) -> None:
    exif = Image.Exif()
    if orientation != 1:
        exif[0x0112] = orientation
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG", exif=exif)
    path.write_bytes(buffer.getvalue())


def dataset(folder: Path, picture: np.ndarray, mask: np.ndarray, *, turn: int = 1, mask_turn: int = 1) -> Dataset:
    """The picture's values are the labels, so that a pair that lies rightly is equal."""
    save(folder / "photo.png", picture, turn)
    save(folder / "mask.png", mask, mask_turn)
    sample = Sample("photo", folder / "photo.png", folder / "mask.png")
    return Dataset(folder, CLASSES, Encoding(), {"train": (sample,)}, "by hand", channels=1)


def pair(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    picture, truth = data.read(data.samples("train")[0])
    np.testing.assert_array_equal(data.read_truth(data.samples("train")[0]).labels, truth.labels)
    return picture[:, :, 0], truth.labels


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_mask_drawn_on_the_upright_photo_stays_and_the_photo_turns(turn: int, tmp_path: Path) -> None:
    picture, truth = pair(dataset(tmp_path, VALUES, upright(VALUES, turn), turn=turn))
    np.testing.assert_array_equal(picture, upright(VALUES, turn))
    np.testing.assert_array_equal(truth, picture)


@pytest.mark.parametrize("turn", [5, 6, 7, 8])
def test_a_mask_drawn_on_the_photo_as_stored_turns_with_it(turn: int, tmp_path: Path) -> None:
    picture, truth = pair(dataset(tmp_path, VALUES, VALUES, turn=turn))
    np.testing.assert_array_equal(picture, upright(VALUES, turn))
    np.testing.assert_array_equal(truth, picture)


@pytest.mark.parametrize("turn", range(2, 9))
def test_a_mask_with_the_photos_own_orientation_turns_with_it(turn: int, tmp_path: Path) -> None:
    square = VALUES[:, :3].copy()
    picture, truth = pair(dataset(tmp_path, square, square, turn=turn, mask_turn=turn))
    np.testing.assert_array_equal(picture, upright(square, turn))
    np.testing.assert_array_equal(truth, picture)


def test_exif_in_a_mask_alone_moves_nothing(tmp_path: Path) -> None:
    for turn in (3, 6):
        picture, truth = pair(dataset(tmp_path, VALUES, VALUES, mask_turn=turn))
        np.testing.assert_array_equal(truth, picture)


def test_a_mask_one_pixel_too_small_names_both_files_and_both_sizes(tmp_path: Path) -> None:
    data = dataset(tmp_path, VALUES, VALUES[:, :4])
    for read in (data.read, data.read_truth):
        with pytest.raises(MaskError) as error:
            read(data.samples("train")[0])
        assert str(error.value) == (
            f"{tmp_path}/mask.png: the mask is 3 x 4 (height x width), its picture {tmp_path}/photo.png is 3 x 5; "
            "every pixel needs its label: make the mask again at the picture's size"
        )


def test_a_data_set_of_gray_pictures_has_one_channel_and_a_mixture_three(tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    for stem in "ab":
        write_png(tmp_path / "images" / f"{stem}.png", VALUES)
        write_png(tmp_path / "masks" / f"{stem}.png", VALUES)
    data = open_dataset(tmp_path)
    assert data.channels == 1
    assert data.read(data.samples("train")[0])[0].shape == (3, 5, 1)
    write_png(tmp_path / "images" / "a.png", np.dstack([VALUES] * 4))
    data = open_dataset(tmp_path)
    assert data.channels == 3
    assert {data.read(sample)[0].shape for split in data.splits for sample in data.samples(split)} == {(3, 5, 3)}


def test_many_bands_are_many_channels_of_8_bits(tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    bands = np.full((3, 5, 6), 65535, np.uint16)
    tifffile.imwrite(tmp_path / "images" / "a.tif", bands, photometric="minisblack", planarconfig="contig")
    write_png(tmp_path / "masks" / "a.png", VALUES)
    data = open_dataset(tmp_path)
    picture, _ = data.read(data.samples("train")[0])
    assert data.channels == 6
    assert picture.dtype == np.uint8
    assert (picture == 255).all()
    write_png(tmp_path / "images" / "b.png", VALUES)
    write_png(tmp_path / "masks" / "b.png", VALUES)
    with pytest.raises(DataError, match="the pictures differ: 1 of 1 channels, 1 of 6 channels"):
        open_dataset(tmp_path)


def test_a_picture_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
        write_png(tmp_path / folder / "a.png", VALUES)
    with pytest.raises((PictureError, MaskError), match="more than the limit of 14"):
        open_dataset(tmp_path, max_pixels=14)


def test_a_data_set_goes_to_another_process(tmp_path: Path) -> None:
    data = dataset(tmp_path, VALUES, VALUES)
    assert pickle.loads(pickle.dumps(data)) == data


def test_the_fingerprint_changes_with_any_byte_and_any_name(tmp_path: Path) -> None:
    data = dataset(tmp_path, VALUES, VALUES)
    first = data.fingerprint("train")
    assert first == data.fingerprint("train")
    assert len(first) == 32
    save(tmp_path / "mask.png", VALUES[::-1].copy())
    assert data.fingerprint("train") != first
    save(tmp_path / "mask.png", VALUES)
    assert data.fingerprint("train") == first
    renamed = Sample("other", *[data.samples("train")[0].picture, data.samples("train")[0].mask])
    assert Dataset(tmp_path, CLASSES, Encoding(), {"train": (renamed,)}, "").fingerprint("train") != first
    with pytest.raises(DataError, match=r"no split 'val'; there are train \(1\)"):
        data.fingerprint("val")
