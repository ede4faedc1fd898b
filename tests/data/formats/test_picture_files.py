"""Pictures found by what annotation files call them, and names that cannot lead out of a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_collection import by_class, collection_of, put_picture_of

from perpixel.data.formats.coco import COCO
from perpixel.data.formats.cvat import CVAT
from perpixel.data.formats.format import Format, Reading
from perpixel.data.formats.label_studio import LABEL_STUDIO
from perpixel.data.formats.labelme import LABELME
from perpixel.data.formats.picture_files import PictureFiles, entry_name, name_of, place_of
from perpixel.errors import DataError


@pytest.mark.parametrize(
    "said", ["deep/a.png", "a.png", "a", "a.jpg", "C:\\data\\deep\\a.png", "/home/x/images/deep/a.png", "./deep/a"]
)
def test_a_picture_is_found_by_any_end_of_its_path(tmp_path: Path, said: str) -> None:
    put_picture_of(tmp_path / "images/deep/a.png", (2, 2))
    put_picture_of(tmp_path / "masks/deep/a.png", (2, 2))
    found = PictureFiles(tmp_path).find(said)
    assert found is not None
    assert (found.path, found.name) == (tmp_path / "images/deep/a.png", "deep/a")


@pytest.mark.parametrize("said", ["", "b.png", "..", "/", "a.png/b", "\0"])
def test_what_is_not_there_is_not_found(tmp_path: Path, said: str) -> None:
    put_picture_of(tmp_path / "a.png", (2, 2))
    assert PictureFiles(tmp_path).find(said) is None


def test_of_several_the_one_of_the_split_is_taken(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        put_picture_of(tmp_path / split / "a.png", (2, 2))
    files = PictureFiles(tmp_path)
    found = files.find("a.png", split="val")
    assert found is not None
    assert found.path == tmp_path / "valid/a.png"
    with pytest.raises(DataError, match=r"x.json: 2 pictures below .* are called 'a.png'"):
        files.find("a.png", source="x.json")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a.png", "a"),
        ("images/train/deep/a.png", "deep/a"),
        ("train/images/a.png", "a"),
        ("x/images/a.png", "a"),
        ("deep/a.b.png", "deep/a.b"),
    ],
)
def test_folders_that_only_tell_what_is_in_them_are_no_part_of_a_name(path: str, name: str) -> None:
    assert name_of(Path(path)) == name


def test_a_name_does_not_lead_out_of_its_folder(tmp_path: Path) -> None:
    assert entry_name("../../etc/C:/x.png", source="x.json") == "etc/x"
    for said in ("..", "/", "a\0.png"):
        with pytest.raises(DataError, match=r"x.json: .* is no name of a picture"):
            entry_name(said, source="x.json")
    for name in ("../a", "/a", "b/../../a"):
        with pytest.raises(DataError, match="leads out of the folder"):
            place_of(tmp_path, name, ".json")


@pytest.mark.parametrize("form", [COCO, LABELME, CVAT, LABEL_STUDIO])
def test_annotations_are_read_without_their_pictures(tmp_path: Path, form: Format) -> None:
    mask = np.eye(5, 7, dtype=bool)
    collection = collection_of(tmp_path / "in", {"all": {"a": [(1, mask)]}})
    assert form.write is not None
    (tmp_path / "out").mkdir()
    form.write(collection, tmp_path / "out", pictures=False, progress=None)
    again = form.read(tmp_path / "out", Reading())
    assert by_class(again) == by_class(collection)
    with pytest.raises(DataError, match="the picture of a is not there"):
        again.picture_of(again.entries[0][1])
