"""`perpixel convert`: from every format to every other, with a receipt; and nothing where it fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO as PycocotoolsCoco  # noqa: N811

from perpixel.commands.convert import convert
from perpixel.data.converting import Receipt
from perpixel.data.converting import convert as run
from perpixel.data.converting.losses import has_holes, has_parts
from perpixel.data.formats import FORMATS, read_collection
from perpixel.errors import DataError
from perpixel.masks.runs import encode_mask
from perpixel.pictures import read_picture, write_jpeg, write_png

CELLS = np.array([[1, 1, 0, 2, 2], [1, 1, 0, 2, 2], [0, 0, 0, 0, 0], [3, 0, 0, 0, 3]], np.uint8)
RING = np.array([[1, 1, 1, 2], [1, 0, 1, 2], [1, 1, 1, 255]], np.uint8)


def _cells(root: Path, ids: np.ndarray[Any, Any] = CELLS) -> Path:
    """Three things in one picture, the third of two parts; nothing in the other."""
    for folder in ("images", "instance_masks"):
        (root / folder).mkdir(parents=True)
    for name, values in {"a": ids, "b": ids * 0}.items():
        write_jpeg(root / "images" / f"{name}.jpg", np.full(values.shape, 90, np.uint8))
        write_png(root / "instance_masks" / f"{name}.png", values)
    (root / "classes.yaml").write_text("classes: [{name: cell, thing: true}]\n")
    return root


def _streets(root: Path, *, background: bool = False, values: np.ndarray[Any, Any] = RING) -> Path:
    """Two splits of label maps, with a hole and pixels that are not judged."""
    for split in ("train", "val"):
        for folder in ("images", "masks"):
            (root / folder / split).mkdir(parents=True)
        for name in ("a", "b"):
            write_png(root / "images" / split / f"{name}.png", np.full((3, 4, 3), 90, np.uint8))
            write_png(root / "masks" / split / f"{name}.png", values)
    first = "background" if background else "sky"
    (root / "classes.yaml").write_text(f"classes: [{first}, road, car]\nencoding: index\n")
    return root


def _told(receipt: Receipt) -> dict[str, dict[str, tuple[int, int, int]]]:
    return {
        side: {split: (own.pictures, own.regions, own.things) for split, own in counts.items()}
        for side, counts in (("read", receipt.read), ("written", receipt.written))
    }


@pytest.mark.parametrize("to", FORMATS)
def test_things_go_into_every_format(to: str, tmp_path: Path) -> None:
    receipt = run(_cells(tmp_path / "in"), tmp_path / "out", to=to)
    assert receipt.target.format == to
    assert _told(receipt)["read"] == {"all": (2, 3, 3)}
    if not FORMATS[to].lost & {"holes", "parts"}:
        assert set(receipt.ious.values()) == {1.0}
        assert receipt.exact == receipt.expected
    assert ("things" in receipt.losses) == ("things" in FORMATS[to].lost)
    assert not list(tmp_path.glob(".out*"))


@pytest.mark.parametrize("to", FORMATS)
def test_classes_go_into_every_format(to: str, tmp_path: Path) -> None:
    receipt = run(_streets(tmp_path / "in"), tmp_path / "out", to=to)
    assert _told(receipt)["read"] == {"train": (2, 6, 0), "val": (2, 6, 0)}
    if not FORMATS[to].lost & {"holes", "parts"}:
        assert receipt.exact == receipt.expected == 12
    assert ("ignored" in receipt.losses) == ("ignored" in FORMATS[to].lost)


@pytest.mark.parametrize("to", FORMATS)
def test_masks_alone_go_into_every_format(to: str, tmp_path: Path) -> None:
    receipt = run(_streets(tmp_path / "in"), tmp_path / "out", to=to, pictures=False)
    assert sum(own.pictures for own in receipt.written.values()) == 4
    assert not list((tmp_path / "out").rglob("images/train/*.png"))


@pytest.mark.parametrize("to", [name for name in FORMATS if not FORMATS[name].lost & {"holes", "parts", "classes"}])
def test_there_and_back(to: str, tmp_path: Path) -> None:
    source = _streets(tmp_path / "in", background=True, values=np.where(RING == 255, 0, RING))
    run(source, tmp_path / "out", to=to)
    run(tmp_path / "out", tmp_path / "back", to="index-png", source_format=to)
    before, after = (
        sorted(
            (place.classes[region.label].name, region.runs.counts.tolist())
            for _, entry in place.entries
            for region in entry.read().regions
        )
        for place in (read_collection(source), read_collection(tmp_path / "back"))
    )
    assert before == after


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools with NumPy 2
def test_pycocotools_reads_the_cells(tmp_path: Path) -> None:
    run(_cells(tmp_path / "in"), tmp_path / "out", to="coco")
    (file,) = (tmp_path / "out" / "annotations").glob("*.json")
    coco = PycocotoolsCoco(str(file))
    masks = [coco.annToMask(annotation) for annotation in coco.loadAnns(coco.getAnnIds())]
    for number, mask in enumerate(masks, start=1):
        np.testing.assert_array_equal(mask, number == CELLS)


def test_what_is_lost_is_counted_with_the_files(tmp_path: Path) -> None:
    receipt = run(_cells(tmp_path / "in"), tmp_path / "out", to="index-png")
    lost = receipt.losses["things"]
    assert (lost.regions, lost.pictures, lost.files) == (3, 1, ["a"])
    assert receipt.notes == ("pixels of no region became the class 'background'",)
    receipt = run(_streets(tmp_path / "streets"), tmp_path / "yolo", to="yolo")
    assert (receipt.losses["holes"].regions, receipt.losses["ignored"].pictures) == (4, 4)
    assert receipt.notes == ("a class of a picture is one region; its parts were not made things",)


def test_holes_and_parts() -> None:
    ring = np.ones((3, 3), bool)
    ring[1, 1] = False
    assert has_holes(encode_mask(ring))
    assert not has_holes(encode_mask(~ring))
    corner = np.eye(2, dtype=bool)
    assert not has_parts(encode_mask(corner))
    assert has_parts(encode_mask(np.array([[1, 0, 1]], bool)))
    opened = ring.copy()
    opened[0, 1] = False
    assert not has_holes(encode_mask(opened))


def test_the_receipt_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    convert(_streets(tmp_path / "in"), tmp_path / "out", to="voc")
    printed = capsys.readouterr().out
    assert printed.splitlines() == [
        f"read: {tmp_path / 'in'}: index-png (semantic), 3 classes",
        "  train: 2 pictures, 6 regions, 0 things",
        "  val: 2 pictures, 6 regions, 0 things",
        f"written: {tmp_path / 'out'}: voc (semantic), 3 classes",
        "  train: 2 pictures, 6 regions, 0 things",
        "  val: 2 pictures, 6 regions, 0 things",
        "read again: 12 of 12 regions are the same to the pixel",
        "IoU: sky 1, road 1, car 1",
        "voc does not hold groups of things that nobody told apart, regions that share pixels; there are none",
        "nothing was lost",
    ]


def test_the_receipt_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    convert(_cells(tmp_path / "in"), tmp_path / "out", to="rgb-png", json=True)
    receipt = json.loads(capsys.readouterr().out)
    assert receipt["iou"] == {"cell": 1.0}
    assert receipt["losses"] == {"things": {"regions": 3, "pictures": 1, "files": ["a"]}}
    assert receipt["target"]["splits"] == {"all": {"pictures": 2, "regions": 3, "things": 0}}


def test_classes_and_ignore_can_be_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _streets(tmp_path / "in")
    (tmp_path / "in" / "classes.yaml").unlink()
    (tmp_path / "three.txt").write_text("one\ntwo\nthree\n")
    convert(tmp_path / "in", tmp_path / "out", to="coco-panoptic", classes=str(tmp_path / "three.txt"), ignore=2)
    assert "IoU: one 1, two 1; one class does not occur" in capsys.readouterr().out


def test_pictures_of_several_files_are_made_one(tmp_path: Path) -> None:
    for folder in ("imagesTr", "labelsTr"):
        (tmp_path / "in" / folder).mkdir(parents=True)
    for channel in range(3):
        write_png(tmp_path / "in" / "imagesTr" / f"x_{channel:04d}.png", np.full((2, 3), channel, np.uint8))
    write_png(tmp_path / "in" / "labelsTr" / "x.png", np.array([[0, 1, 1], [0, 0, 1]], np.uint8))
    (tmp_path / "in" / "dataset.json").write_text('{"labels": {"background": 0, "lesion": 1}}')
    run(tmp_path / "in", tmp_path / "out", to="coco")
    (photo,) = (tmp_path / "out").rglob("x.png")
    assert read_picture(photo).tolist() == [[[0, 1, 2]] * 3] * 2


def test_nothing_is_left_where_it_fails(tmp_path: Path) -> None:
    source = _streets(tmp_path / "in")
    write_png(source / "masks" / "val" / "b.png", np.full((3, 4), 77, np.uint8))
    (source / "classes.yaml").write_text("classes: [sky, road, car]\nencoding: index\n")
    with pytest.raises(DataError, match=r"b\.png: label 77"):
        run(source, tmp_path / "out", to="voc")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_target_that_is_not_empty_or_in_the_source_is_refused(tmp_path: Path) -> None:
    source = _cells(tmp_path / "in")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="the folder is not empty; give one that is empty or not there"):
        run(source, tmp_path / "out", to="coco")
    with pytest.raises(DataError, match="a file is there"):
        run(source, tmp_path / "out" / "mine.txt", to="coco")
    with pytest.raises(DataError, match="lies in what is read"):
        run(source, source / "coco", to="coco")
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"


def test_an_empty_target_and_folders_above_it_are_taken(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    run(_cells(tmp_path / "in"), tmp_path / "empty", to="coco")
    run(tmp_path / "in", tmp_path / "some" / "where", to="coco")
    assert (tmp_path / "some" / "where" / "annotations").is_dir()


def test_an_unknown_format_is_answered_with_the_known(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'pascal' is no format to write; there are coco-panoptic, coco, "):
        run(_cells(tmp_path / "in"), tmp_path / "out", to="pascal")
    with pytest.raises(ValueError, match="there is no format 'pascal'"):
        run(tmp_path / "in", tmp_path / "out", to="voc", source_format="pascal")


def test_pictures_that_are_missing_are_said(tmp_path: Path) -> None:
    run(_cells(tmp_path / "in"), tmp_path / "bare", to="instance-png", pictures=False)
    with pytest.raises(DataError, match="the picture of a is not there"):
        run(tmp_path / "bare", tmp_path / "out", to="voc")
    run(tmp_path / "bare", tmp_path / "out", to="voc", pictures=False)


def test_the_known_formats_are_in_the_help() -> None:
    words = " ".join((convert.__doc__ or "").split())
    for name in FORMATS:
        assert name in words
