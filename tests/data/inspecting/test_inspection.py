from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from perpixel.data.inspecting import Inspection, Problem, inspect_data
from perpixel.data.inspecting.looking import count_touching
from perpixel.errors import DataError
from perpixel.pictures import write_jpeg, write_png

SIZE = (48, 64)


def photo(seed: int) -> np.ndarray:
    """Blots that no other seed has."""
    noise = np.random.default_rng(seed).normal(size=(*SIZE, 3))
    return np.clip(cv2.GaussianBlur(noise, (0, 0), 4) * 400 + 128, 0, 255).astype(np.uint8)


def labels(seed: int, classes: int = 3) -> np.ndarray:
    blots = cv2.GaussianBlur(np.random.default_rng(seed).random(SIZE), (0, 0), 6)
    ranks = blots.ravel().argsort().argsort().reshape(SIZE)
    return (ranks * classes // ranks.size).astype(np.uint8)


def folder(root: Path, count: int = 6, values: Sequence[int] = (0, 1, 2)) -> Path:
    for number in range(count):
        write_png(made(root / "images") / f"p{number}.png", photo(number))
        write_png(made(root / "masks") / f"p{number}.png", np.array(values, np.uint8)[labels(number, len(values))])
    return root


def made(place: Path) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    return place


def kinds(found: Inspection) -> list[str]:
    return [problem.kind for problem in found.problems]


def problem(found: Inspection, kind: str) -> Problem:
    (one,) = (problem for problem in found.problems if problem.kind == kind)
    return one


def test_a_sound_folder_has_no_problems_and_its_shares(tmp_path: Path) -> None:
    found = inspect_data(folder(tmp_path))
    assert found.problems == ()
    data = found.to_dict()
    assert data["splits"] == {"train": 5, "val": 1}
    assert data["sizes"] == {"48x64": 6}
    assert [row["pixels"] for row in data["classes"]] == pytest.approx([1 / 3] * 3, abs=1e-6)
    assert [row["pictures"] for row in data["classes"]] == [1, 1, 1]
    assert data["encoding"] == "index"
    assert not data["overlapping"]


def test_broken_files_are_listed_and_never_stop_it(tmp_path: Path) -> None:
    folder(tmp_path, 8)
    (tmp_path / "images" / "p1.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    (tmp_path / "masks" / "p2.png").write_bytes(b"")
    (tmp_path / "images" / "p3.png").write_bytes((tmp_path / "images" / "p3.png").read_bytes()[:-40])
    found = inspect_data(tmp_path)
    broken = {problem.files[0] for problem in found.problems if problem.kind == "broken"}
    assert broken == {"masks/p1.png", "masks/p2.png", "masks/p3.png"}
    assert found.problems[0].level == "error"
    assert found.to_dict()["classes"][0]["pictures"] == 1


def test_orphans_are_listed_and_the_others_looked_at(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "masks" / "p0.png").unlink()
    write_png(tmp_path / "masks" / "stranger.png", labels(0))
    found = inspect_data(tmp_path)
    texts = {problem.text: problem.files for problem in found.problems if problem.kind == "orphans"}
    assert texts == {
        "1 picture without a mask": ("images/p0.png",),
        "1 mask without a picture": ("masks/stranger.png",),
    }
    assert sum(found.splits.values()) == 5


def test_a_value_of_one_file_is_named_with_the_file_and_does_not_change_the_coding(tmp_path: Path) -> None:
    folder(tmp_path, 12)
    odd = labels(3)
    odd[:2, :3] = 77
    write_png(tmp_path / "masks" / "p3.png", odd)
    found = inspect_data(tmp_path)
    one = problem(found, "unknown value")
    assert one.text == "value 77 has no class, in 1 mask and 6 pixels"
    assert one.files == ("masks/p3.png",)
    assert len(found.shares.names) == 3


def test_a_class_of_one_file_is_a_rare_value(tmp_path: Path) -> None:
    folder(tmp_path, 12)
    odd = labels(3)
    odd[:2, :3] = 3
    write_png(tmp_path / "masks" / "p3.png", odd)
    (tmp_path / "classes.txt").write_text("a\nb\nc\nd\n")
    assert problem(inspect_data(tmp_path), "rare value").text == "value 3 occurs in 1 mask of 12"


def test_soft_edges_jpeg_masks_and_16_bits_are_told(tmp_path: Path) -> None:
    folder(tmp_path, 10, (0, 255))
    soft = cv2.GaussianBlur(labels(1, 2) * np.uint8(255), (0, 0), 3)
    write_png(tmp_path / "masks" / "p1.png", soft)
    write_png(tmp_path / "masks" / "p2.png", (labels(2, 2) * 255).astype(np.uint16))
    (tmp_path / "masks" / "p3.png").unlink()
    write_jpeg(tmp_path / "masks" / "p3.jpg", labels(3, 2) * np.uint8(255))
    found = inspect_data(tmp_path)
    assert found.coding.encoding is not None
    assert found.coding.encoding.kind == "binary"
    assert problem(found, "soft edges").files == ("masks/p1.png",)
    assert problem(found, "jpeg masks").files == ("masks/p3.jpg",)
    assert problem(found, "16 bits").files == ("masks/p2.png",)


def test_a_mask_of_another_size_names_both_sizes(tmp_path: Path) -> None:
    folder(tmp_path)
    write_png(tmp_path / "masks" / "p4.png", labels(4)[:, :-1])
    one = problem(inspect_data(tmp_path), "broken")
    assert "the mask is 48 x 63" in one.text
    assert "is 48 x 64" in one.text


def test_a_mask_made_on_the_stored_picture_is_told(tmp_path: Path) -> None:
    folder(tmp_path)
    exif = Image.Exif()
    exif[0x0112] = 6
    data = io.BytesIO()
    Image.fromarray(photo(2)).save(data, "PNG", exif=exif)
    (tmp_path / "images" / "p2.png").write_bytes(data.getvalue())
    assert problem(inspect_data(tmp_path), "orientation").files == ("masks/p2.png",)


def test_copies_across_splits_are_leaks_and_within_a_split_a_note(tmp_path: Path) -> None:
    for split, numbers in (("train", range(4)), ("val", range(4, 7))):
        for number in numbers:
            write_png(made(tmp_path / split / "images") / f"p{number}.png", photo(number))
            write_png(made(tmp_path / split / "masks") / f"p{number}.png", labels(number))
    write_jpeg(tmp_path / "val" / "images" / "again.jpg", photo(0)[:, ::-1], quality=70)
    write_png(tmp_path / "val" / "masks" / "again.png", labels(0)[:, ::-1].copy())
    write_png(tmp_path / "train" / "images" / "same.png", photo(1))
    write_png(tmp_path / "train" / "masks" / "same.png", labels(1))
    found = inspect_data(tmp_path)
    assert problem(found, "leak").files == ("train: p0 = val: again",)
    assert problem(found, "leak").level == "error"
    assert problem(found, "copies").files == ("p1 = same",)
    assert [group.exact for group in found.copies] == [False, True]


def test_a_split_by_chance_keeps_copies_together(tmp_path: Path) -> None:
    folder(tmp_path, 10)
    for number in range(10):
        write_jpeg(tmp_path / "images" / f"q{number}.jpg", photo(number)[:, ::-1])
        write_png(tmp_path / "masks" / f"q{number}.png", labels(number)[:, ::-1].copy())
    found = inspect_data(tmp_path)
    assert kinds(found) == ["copies"]
    assert found.splits == {"train": 16, "val": 4}


def test_empty_masks_and_classes_that_never_occur(tmp_path: Path) -> None:
    folder(tmp_path, 6, (0, 1))
    (tmp_path / "classes.txt").write_text("background\ncell\ndust\n")
    write_png(tmp_path / "masks" / "p5.png", np.zeros(SIZE, np.uint8))
    found = inspect_data(tmp_path)
    assert problem(found, "empty masks").files == ("masks/p5.png",)
    assert problem(found, "class never").text == "dust never occurs"


def test_a_class_that_val_lacks_is_told(tmp_path: Path) -> None:
    for split, values in (("train", 3), ("val", 2)):
        for number in range(4):
            name = f"{split}{number}.png"
            write_png(made(tmp_path / split / "images") / name, photo(number + 10 * values))
            write_png(made(tmp_path / split / "masks") / name, labels(number, values))
    assert (
        problem(inspect_data(tmp_path), "class missing").text == "the split val has no class_2, which other splits have"
    )


def test_two_truths_are_both_named(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "train.csv").write_text("ImageId,ClassId,EncodedPixels\np0.png,1,1 5\n")
    found = inspect_data(tmp_path)
    assert problem(found, "two truths").text == "masks/ and train.csv are both the truth of these pictures"
    assert "--masks train.csv" in problem(found, "two truths").cure
    assert "two truths" not in kinds(inspect_data(tmp_path, masks="masks"))
    assert inspect_data(tmp_path, masks="train.csv").source.kind == "multilabel"


def test_things_that_touch_are_counted(tmp_path: Path) -> None:
    ids = np.zeros(SIZE, np.uint8)
    ids[2:8, 2:8], ids[2:8, 8:12], ids[20:30, 20:30], ids[40:44, 2:9] = 1, 2, 3, 4
    assert count_touching(ids) == 2
    for number in range(2):
        write_png(made(tmp_path / "images") / f"p{number}.png", photo(number))
        write_png(made(tmp_path / "instance_masks") / f"p{number}.png", ids)
    found = inspect_data(tmp_path)
    assert found.things == (8, 4)
    assert problem(found, "touching").text == "4 of 8 things (50%) touch another"


def test_masks_of_each_class_overlap(tmp_path: Path) -> None:
    mask = np.zeros(SIZE, np.uint8)
    mask[:20] = 255
    for number in range(3):
        write_png(made(tmp_path / "images") / f"p{number}.png", photo(number))
        for name in ("one", "two"):
            write_png(made(tmp_path / "masks" / name) / f"p{number}.png", mask)
    found = inspect_data(tmp_path)
    assert found.overlapping
    assert [row["pixels"] for row in found.to_dict()["classes"]] == pytest.approx([20 / 48] * 2, abs=1e-6)


def test_colors_without_a_table_are_told_with_what_was_found(tmp_path: Path) -> None:
    colors = np.array([(0, 0, 0), (200, 10, 30), (10, 200, 30)], np.uint8)
    for number in range(3):
        write_png(made(tmp_path / "images") / f"p{number}.png", photo(number))
        write_png(made(tmp_path / "masks") / f"p{number}.png", colors[labels(number)])
    assert "3 colors" in problem(inspect_data(tmp_path), "coding").text
    (tmp_path / "classes.csv").write_text("name,r,g,b\na,0,0,0\nb,200,10,30\nc,10,200,30\n")
    found = inspect_data(tmp_path)
    assert found.problems == ()
    assert [row["pixels"] for row in found.to_dict()["classes"]] == pytest.approx([1 / 3] * 3, abs=1e-6)


def test_one_mask_file_and_pictures_alone(tmp_path: Path) -> None:
    write_png(tmp_path / "one.png", labels(0))
    found = inspect_data(tmp_path / "one.png")
    assert found.to_dict()["masks"]["values"] == [0, 1, 2]
    assert found.source.kind == "mask"
    write_png(made(tmp_path / "photos") / "a.png", photo(0))
    assert kinds(inspect_data(tmp_path / "photos")) == ["no masks"]


def test_nothing_and_no_pictures_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file or folder"):
        inspect_data(tmp_path / "none")
    (tmp_path / "notes.md").write_text("nothing")
    with pytest.raises(DataError, match="no pictures"):
        inspect_data(tmp_path)


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    inspect_data(folder(tmp_path, 3), progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]
