from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from perpixel.data.near_duplicates import groups, members, signature, signature_of, signatures
from perpixel.data.signatures import Signatures
from perpixel.pictures import encode_jpeg, encode_png, upright, write_jpeg, write_png
from perpixel.synthetic import drive, street


@lru_cache
def scene(seed: int) -> np.ndarray:
    return street(seed, size=(180, 240)).image


def half(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, (image.shape[1] // 2, image.shape[0] // 2), interpolation=cv2.INTER_AREA)


def times(factor: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda image: np.clip(image * factor, 0, 255).astype(np.uint8)


CHANGES: dict[str, Callable[[np.ndarray], bytes]] = {
    "jpeg": lambda image: encode_jpeg(image, quality=70),
    "half": lambda image: encode_png(half(image)),
    "mirror": lambda image: encode_png(image[:, ::-1]),
    "brighter": lambda image: encode_png(times(1.2)(image)),
    "darker": lambda image: encode_png(times(0.8)(image)),
    "all and brighter": lambda image: encode_jpeg(half(times(1.2)(image))[:, ::-1], quality=70),
    "all and darker": lambda image: encode_jpeg(half(times(0.8)(image))[:, ::-1], quality=70),
}


def together(*files: bytes) -> list[int]:
    return groups(Signatures.of([signature_of(data) for data in files])).tolist()


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_the_same_photo(change: str) -> None:
    for seed in range(5):
        image = scene(seed)[: 180 - seed, : 240 - 2 * seed]  # odd sizes too
        assert together(encode_png(image), CHANGES[change](image)) == [0, 0], seed


def test_other_scenes_are_other_photos() -> None:
    assert together(*(encode_png(scene(seed)) for seed in range(14))) == list(range(14))


def test_frames_of_a_drive_are_neighbors_not_copies() -> None:
    frames = [encode_png(frame.image) for frame in drive(3, frames=4, size=(180, 240), fps=1.0)]
    assert together(*frames) == [0, 1, 2, 3]


def test_somebody_who_walks_before_a_standing_camera_makes_another_photo() -> None:
    image = scene(1).copy()
    image[80:130, 100:115] = (200, 30, 30)
    moved = scene(1).copy()
    moved[80:130, 140:155] = (200, 30, 30)
    assert together(encode_png(image), encode_png(moved)) == [0, 1]


def test_flat_and_dark_pictures_do_not_fall_together() -> None:
    generator = np.random.default_rng(0)
    flat = [np.full((100, 100), value, np.uint8) for value in (0, 3, 3, 90)]
    noise = [generator.integers(8, 12, (100, 100)).astype(np.uint8) for _ in range(8)]
    files = [encode_png(image) for image in (*flat, *noise)]
    assert together(*files) == [0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]  # the two of 3 are the same bytes


def test_dark_cells_are_told_apart_and_their_copies_found() -> None:
    cells = []
    for seed in range(12):
        generator = np.random.default_rng(seed)
        image = np.zeros((128, 128), np.uint8)
        for x, y, radius in generator.integers((0, 0, 3), (128, 128, 9), (15, 3)).tolist():
            cv2.circle(image, (x, y), radius, int(generator.integers(15, 40)), -1)
        cells.append(image)
    copies = [encode_jpeg(times(0.8)(image)[:, ::-1], quality=70) for image in cells]
    assert together(*map(encode_png, cells), *copies) == [*range(12), *range(12)]


def test_groups_hang_together_through_others_and_are_numbered_by_their_first_members() -> None:
    image = scene(5)
    files = [encode_png(scene(6)), *(encode_png(times(factor)(image)) for factor in (0.7, 0.9, 1.1)), encode_png(image)]
    numbers = groups(Signatures.of([signature_of(data) for data in files]))
    assert numbers.tolist() == [0, 1, 1, 1, 1]
    assert members(numbers) == [[1, 2, 3, 4]]


def test_another_shape_is_another_photo() -> None:
    assert together(encode_png(scene(1)), encode_png(cv2.resize(scene(1), (180, 180)))) == [0, 1]


def test_a_photo_on_its_side_with_exif_is_the_upright_one(tmp_path: Path) -> None:
    write_png(tmp_path / "upright.png", scene(2))
    exif = Image.Exif()
    exif[0x0112] = 8
    stored = next(turned for turned in (np.rot90(scene(2), k) for k in (1, 3)) if _turns_to(turned, 8, scene(2)))
    Image.fromarray(stored).save(tmp_path / "stored.jpg", exif=exif, quality=95)
    found = signatures([tmp_path / "upright.png", tmp_path / "stored.jpg"])
    assert found.sizes.tolist() == [[180, 240], [180, 240]]
    assert groups(found).tolist() == [0, 0]


def _turns_to(stored: np.ndarray, orientation: int, wanted: np.ndarray) -> bool:
    return np.array_equal(upright(stored, orientation), wanted)


def test_sixteen_bits_and_bands_have_signatures(tmp_path: Path) -> None:
    gray = cv2.cvtColor(scene(4), cv2.COLOR_RGB2GRAY)
    write_png(tmp_path / "deep.png", gray.astype(np.uint16) * 16)  # 12 bits in 16
    write_png(tmp_path / "plain.png", gray)
    assert groups(signatures([tmp_path / "deep.png", tmp_path / "plain.png"])).tolist() == [0, 0]


def test_a_broken_or_missing_file_is_named_and_stands_alone(tmp_path: Path) -> None:
    write_jpeg(tmp_path / "good.jpg", scene(0))
    (tmp_path / "broken.jpg").write_bytes((tmp_path / "good.jpg").read_bytes()[:900])
    (tmp_path / "text.jpg").write_text("no picture")
    told: list[tuple[int, int]] = []
    paths = [tmp_path / name for name in ("good.jpg", "broken.jpg", "text.jpg", "missing.jpg", "missing.jpg")]
    found = signatures(paths, progress=lambda done, of: told.append((done, of)))
    assert [bool(problem) for problem in found.problems] == [False, True, True, True, True]
    assert "text.jpg" in found.problems[2]
    assert groups(found).tolist() == [0, 1, 2, 3, 4]
    assert told == [(number, 5) for number in range(1, 6)]


def test_no_pictures_have_no_groups() -> None:
    assert groups(signatures([])).tolist() == []


def test_a_large_jpeg_has_the_signature_of_its_small_copy(tmp_path: Path) -> None:
    large = cv2.resize(
        scene(7), (1931, 1447), interpolation=cv2.INTER_CUBIC
    )  # decoded at an eighth, not divisible by 8
    write_jpeg(tmp_path / "large.jpg", large)
    write_png(tmp_path / "small.png", scene(7))
    one, other = (signature(tmp_path / name) for name in ("large.jpg", "small.png"))
    assert np.abs(one.gray.astype(float) - other.gray.astype(float)).mean() < 1.5
    assert together((tmp_path / "large.jpg").read_bytes(), (tmp_path / "small.png").read_bytes()) == [0, 0]


def test_many_alike_pictures_are_compared_within_seconds() -> None:
    one = signature_of(encode_png(scene(9)))
    generator = np.random.default_rng(0)
    grays = np.clip(one.gray + generator.normal(0, 1, (1500, 64, 64)), 0, 255).astype(np.float16)
    names = tuple(str(number).encode() for number in range(1500))
    alike = Signatures(names, np.tile(np.array(one.size), (1500, 1)), grays, ("",) * 1500)
    assert not groups(alike).any()
