from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from perpixel.classes import ClassTable
from perpixel.data import open_dataset
from perpixel.data.contract import find_contract, load_contract, save_contract
from perpixel.data.inspecting import inspect_data
from perpixel.data.inspecting.agreement import contract_of
from perpixel.data.splitting import by_chance
from perpixel.errors import DataError, MaskError
from perpixel.pictures import write_jpeg, write_png
from perpixel.predict import FileSource


def photo(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(48, 64, 3))
    return np.clip(cv2.GaussianBlur(noise, (0, 0), 4) * 400 + 128, 0, 255).astype(np.uint8)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for name in ("images", "masks"):
        (root / name).mkdir(parents=True)
    for number in range(10):
        write_png(root / "images" / f"p{number}.png", photo(number))
        mask = np.zeros((48, 64), np.uint8)
        mask[:10], mask[10:20], mask[20:22] = 1, 2, 9
        write_png(root / "masks" / f"p{number}.png", mask)
    (root / "classes.yaml").write_text("classes: [sky, road, car]\nignore: 9\n")
    return root


def agreed(data: Path, place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    save_contract(contract_of(inspect_data(data), masks=None), place)
    return place


def test_what_is_written_is_read_back(data: Path, tmp_path: Path) -> None:
    place = agreed(data, tmp_path / "check" / "perpixel.yaml")
    made = contract_of(inspect_data(data), masks=None)
    read = load_contract(place)
    assert read.classes == made.classes == ClassTable.named(("sky", "road", "car"), ignore=9)
    assert (read.encoding.kind, read.task, read.channels) == ("index", "semantic", 3)
    assert read.splits == made.splits
    assert read.root.resolve() == data.resolve()
    assert "root: ../data" in place.read_text()


def test_a_contract_opens_as_a_path_or_in_the_folder(data: Path, tmp_path: Path) -> None:
    plain = open_dataset(data)
    by_path = open_dataset(agreed(data, tmp_path / "check" / "perpixel.yaml"))
    assert by_path.splits.keys() == plain.splits.keys()
    assert [sample.name for sample in by_path.splits["val"]] == [sample.name for sample in plain.splits["val"]]
    assert (by_path.classes, by_path.channels) == (plain.classes, plain.channels)
    agreed(data, data / "perpixel.yaml")
    (data / "classes.yaml").unlink()
    assert open_dataset(data).classes == plain.classes


def test_another_file_in_a_split_is_refused_with_the_cure(data: Path, tmp_path: Path) -> None:
    place = agreed(data, tmp_path / "check" / "perpixel.yaml")
    shutil.copy(data / "masks" / "p0.png", data / "masks" / "p10.png")
    write_png(data / "images" / "p10.png", photo(10))
    with pytest.raises(DataError, match=r"perpixel\.yaml: the split .* run `perpixel inspect .* --out .*check` again"):
        open_dataset(place)


def test_a_changed_file_is_refused(data: Path, tmp_path: Path) -> None:
    place = agreed(data, tmp_path / "perpixel.yaml")
    write_png(data / "images" / "p3.png", photo(33))
    with pytest.raises(DataError, match=r"has other files \(names or sizes\)"):
        open_dataset(place)


def test_a_value_that_is_not_in_the_contract_names_its_file(data: Path, tmp_path: Path) -> None:
    place = agreed(data, tmp_path / "perpixel.yaml")
    mask = np.full((48, 64), 7, np.uint8)
    write_png(data / "masks" / "p3.png", mask)
    with pytest.raises(MaskError, match=r"p3\.png: label 7"):
        open_dataset(place)


def test_what_is_asked_for_goes_before_the_contract(data: Path, tmp_path: Path) -> None:
    place = agreed(data, tmp_path / "perpixel.yaml")
    table = ClassTable.named(("a", "b", "c"), ignore=9)
    assert open_dataset(place, classes=table).classes == table


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("format: 2\n", "expected `format: 1`"),
        ("[1, 2]", "expected `format: 1`"),
        ("format: 1\nroot: .\nfoo: 1\n", "unknown key 'foo'"),
        ("format: 1\nroot: .\ntask: semantic\n", "missing"),
        ("format: 1\nroot: [\n", "not a contract"),
        ("format: 1\nroot: .\ntask: poetry\n", "task 'poetry'"),
    ],
)
def test_a_broken_contract_is_named(text: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "perpixel.yaml").write_text(text)
    with pytest.raises(DataError, match=what) as error:
        find_contract(tmp_path)
    assert "perpixel.yaml: not a contract" in str(error.value)


def test_a_folder_without_a_contract_has_none(tmp_path: Path) -> None:
    assert find_contract(tmp_path) is None


def test_a_split_by_chance_keeps_copies_on_one_side_and_is_as_before_without_them(data: Path, tmp_path: Path) -> None:
    before = open_dataset(data)
    samples = sorted((*before.splits["train"], *before.splits["val"]), key=lambda sample: sample.name)
    assert dict(before.splits) == by_chance(samples, 0)
    for number in range(10):
        write_jpeg(data / "images" / f"q{number}.jpg", photo(number)[:, ::-1], quality=70)
        shutil.copy(data / "masks" / f"p{number}.png", data / "masks" / f"q{number}.png")
    for dataset in (open_dataset(data), open_dataset(agreed(data, tmp_path / "perpixel.yaml"))):
        held_out = sorted(sample.name for sample in dataset.splits["val"])
        assert len(held_out) == 4
        assert [name[1:] for name in held_out[:2]] == [name[1:] for name in held_out[2:]]


def test_a_group_larger_than_val_is_learned_from(data: Path) -> None:
    samples = open_dataset(data).splits["train"]
    made = by_chance(samples, 0, [0] * (len(samples) - 2) + [1, 2])
    assert len(made["val"]) == 2
    assert by_chance(samples, 0, [0] * len(samples)) == by_chance(samples, 0)


def test_predicting_takes_the_pictures_of_a_data_set_without_its_masks(data: Path, tmp_path: Path) -> None:
    plain = FileSource([data])
    assert len(plain) == 20  # without a contract nothing says which are the masks
    by_path = FileSource([agreed(data, tmp_path / "check" / "perpixel.yaml")])
    assert list(by_path.files) == [f"images/p{number}" for number in range(10)]
    agreed(data, data / "perpixel.yaml")
    assert list(FileSource([data]).files) == list(by_path.files)
    (data / "images" / "p3.png").unlink()
    with pytest.raises(DataError):
        FileSource([data])
