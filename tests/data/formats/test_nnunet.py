"""nnU-Net: names of files, dataset.json of both versions, channels in several files, regions that overlap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_maps import MAPS, assert_comes_back, put, semantic, truths
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_collection import change, json_values, read_or_refuse

from perpixel.classes import ClassTable
from perpixel.data.formats import find_format, read_collection
from perpixel.data.formats.nnunet import NNUNET
from perpixel.errors import DataError, MaskError
from perpixel.masks.raw import read_raw
from perpixel.pictures import read_picture, write_jpeg, write_png

QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _known(root: Path, labels: Any, values: list[list[int]], *, channels: int = 1) -> Path:
    for folder in ("imagesTr", "labelsTr"):
        (root / folder).mkdir(parents=True)
    for channel in range(channels):
        write_png(
            root / "imagesTr" / f"la_003_{channel:04d}.png", np.full((len(values), len(values[0])), channel, np.uint8)
        )
    write_png(root / "labelsTr" / "la_003.png", np.array(values, np.uint8))
    (root / "dataset.json").write_text(json.dumps({"labels": labels, "file_ending": ".png"}))
    return root


@QUICK
@given(first=MAPS, second=MAPS)
def test_every_label_map_comes_back(first: NDArray[np.uint8], second: NDArray[np.uint8], tmp_path: Path) -> None:
    assert_comes_back(NNUNET, semantic(tmp_path, {"train": {"a": first, "b": second}, "val": {"c": second}}))
    assert_comes_back(NNUNET, semantic(tmp_path, {"all": {"a": first, "b": second}}))


def test_test_pictures_come_back_as_such(tmp_path: Path) -> None:
    one = np.array([[0, 1]], np.uint8)
    drawn = semantic(tmp_path, {"train": {"a": one}, "val": {"b": one}, "test": {"c": one}})
    assert_comes_back(NNUNET, drawn)
    assert_comes_back(NNUNET, drawn, pictures=False)


def test_names_and_labels_are_those_of_nnunet(tmp_path: Path) -> None:
    drawn = semantic(tmp_path / "in", {"all": {"a": np.array([[0, 2, 255]], np.uint8)}})
    put(NNUNET, drawn, tmp_path, pictures=True)
    assert (tmp_path / "imagesTr" / "a_0000.png").is_file()
    assert read_raw(tmp_path / "labelsTr" / "a.png").values.tolist() == [[0, 2, 3]]
    assert json.loads((tmp_path / "dataset.json").read_text()) == {
        "channel_names": {"0": "gray"},
        "labels": {"background": 0, "cat": 1, "street lamp": 2, "ignore": 3},
        "numTraining": 1,
        "file_ending": ".png",
    }


def test_without_a_background_the_classes_begin_at_1(tmp_path: Path) -> None:
    drawn = semantic(tmp_path / "in", {"all": {"a": np.array([[0, 1]], np.uint8)}}, ClassTable.named(["sky", "road"]))
    put(NNUNET, drawn, tmp_path, pictures=False)
    assert read_raw(tmp_path / "labelsTr" / "a.png").values.tolist() == [[1, 2]]
    again = read_collection(tmp_path)
    assert again.classes.names == ("background", "sky", "road")
    assert truths(again)["all", "a"][2] == truths(drawn)["all", "a"][2]


def test_jpegs_become_png(tmp_path: Path) -> None:
    drawn = semantic(tmp_path / "in", {"all": {"a": np.zeros((8, 8), np.uint8)}})
    photo = tmp_path / "in" / "all" / "a.png"
    write_jpeg(photo, np.full((8, 8, 3), 90, np.uint8))
    put(NNUNET, drawn, tmp_path, pictures=True)
    np.testing.assert_array_equal(read_picture(tmp_path / "imagesTr" / "a_0000.png"), read_picture(photo))
    assert json.loads((tmp_path / "dataset.json").read_text())["channel_names"] == {"0": "R", "1": "G", "2": "B"}


@pytest.mark.parametrize(
    "labels", [{"background": 0, "lesion": 1, "ignore": 2}, {"0": "background", "1": "lesion", "2": "ignore"}]
)
def test_both_versions_of_a_known_file(labels: Any, tmp_path: Path) -> None:
    collection = read_collection(_known(tmp_path, labels, [[0, 1, 2]]))
    assert (find_format(tmp_path), collection.kind) == ("nnunet", "semantic")
    assert truths(collection)["all", "la_003"] == (
        (1, 3), [2, 1], [("background", [0, 1, 2], False, False), ("lesion", [1, 1, 1], False, False)]
    )  # fmt: skip


def test_channels_in_several_files_are_one_picture(tmp_path: Path) -> None:
    collection = read_collection(_known(tmp_path, {"background": 0, "lesion": 1}, [[0, 1]], channels=4))
    ((_, entry),) = collection.entries
    assert entry.picture is None
    assert entry.load is not None
    assert entry.load().tolist() == [[[0, 1, 2, 3], [0, 1, 2, 3]]]


def test_regions_overlap(tmp_path: Path) -> None:
    labels = {"background": 0, "whole tumor": [1, 2], "core": [2]}
    collection = read_collection(_known(tmp_path, labels, [[0, 1, 2]]))
    assert (collection.kind, collection.classes.names) == ("multilabel", ("whole tumor", "core"))
    assert [region.runs.area for region in collection.entries[0][1].read().regions] == [2, 1]


def test_an_unknown_label_is_said_with_its_place(tmp_path: Path) -> None:
    collection = read_collection(_known(tmp_path, {"background": 0, "lesion": 1}, [[0, 1, 7]]))
    with pytest.raises(
        MaskError, match=r"la_003\.png: label 7 at row 0, column 2 is not one of dataset\.json's \[0, 1\]"
    ):
        collection.entries[0][1].read()


def test_medical_volumes_and_missing_pictures_are_said(tmp_path: Path) -> None:
    _known(tmp_path, {"background": 0}, [[0]])
    (tmp_path / "imagesTr" / "la_003_0000.png").rename(tmp_path / "imagesTr" / "la_004_0000.png")
    with pytest.raises(DataError, match=r"la_003\.png: the label has no picture imagesTr/la_003_0000\.png"):
        read_collection(tmp_path)
    (tmp_path / "labelsTr" / "la_003.png").rename(tmp_path / "labelsTr" / "la_003.nii.gz")
    with pytest.raises(DataError, match="medical volumes are not read"):
        read_collection(tmp_path)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10), value=json_values)
def test_nothing_but_an_error_of_data_comes_of_a_changed_file(
    place: int, value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = _known(tmp_path_factory.mktemp("changed"), {"background": 0, "a": [1, 2]}, [[0, 1]])
    data = json.loads((root / "dataset.json").read_text())
    change(data, place, value)
    (root / "dataset.json").write_text(json.dumps(data))
    read_or_refuse(NNUNET, root)
