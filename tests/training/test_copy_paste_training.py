"""Copy-paste in a batch: for things alone, the same again by the seed, and truths that the pixels bear out."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from perpixel.classes import ClassTable, SegmentClass, save_class_table
from perpixel.cli import run
from perpixel.data import Dataset, open_dataset
from perpixel.errors import TrainingError
from perpixel.pictures import write_png
from perpixel.plan import Augmentation, Plan
from perpixel.training.order import Draw
from perpixel.training.samples import TrainingSamples

VALUES = (0, 50, 100, 150)  # of the ground of each picture; a thing is brighter by 9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pictures of a square each, somewhere else in every one."""
    root = tmp_path_factory.mktemp("squares")
    for name in ("images", "instances", "masks"):
        (root / name).mkdir()
    for number, value in enumerate(VALUES):
        ids = np.zeros((32, 32), np.uint8)
        ids[4:12, 7 * number : 7 * number + 8] = 5
        gray = value + 9 * (ids > 0)
        write_png(root / "images" / f"{number}.png", np.repeat(gray[:, :, None], 3, axis=2).astype(np.uint8))
        write_png(root / "instances" / f"{number}.png", ids)
        write_png(root / "masks" / f"{number}.png", (ids > 0).astype(np.uint8))
    table = ClassTable((SegmentClass("ground", (0, 90, 0)), SegmentClass("square", (200, 0, 0), thing=True)))
    save_class_table(table, root / "classes.yaml")
    return root


def samples(data: Dataset, *, copy_paste: float = 1.0) -> TrainingSamples:
    strengths = Augmentation(scale=(1, 1), flip=0, color=0, rare=0, copy_paste=copy_paste)
    return TrainingSamples(data, "train", Plan(crop=(32, 32), augmentation=strengths), rare=None, cache_limit=0)


@pytest.mark.parametrize("task", ["instance", "panoptic"])
def test_each_sample_gets_the_thing_of_the_one_before_it(folder: Path, task: Literal["instance", "panoptic"]) -> None:
    data = open_dataset(folder, task=task)
    order = [Draw(0, number, number) for number in range(len(data.samples("train")))]
    images, truths = samples(data).prepare(order)
    plain, _ = samples(data, copy_paste=0.0).prepare(order)
    for picture, before, (ids, labels) in zip(images[:, 0].numpy(), plain[:, 0].numpy(), truths.numpy(), strict=True):
        assert sorted(np.unique(ids)) == [0, 1, 2]
        np.testing.assert_array_equal(labels, ids > 0)
        np.testing.assert_array_equal(picture[ids != 2], before[ids != 2])
        assert len(np.unique(picture[ids == 2])) == 1
        assert picture[ids == 2][0] % 50 == 9  # of a thing, and of another picture
        assert picture[ids == 2][0] - 9 != before[0, 0]
    again, same = samples(data).prepare(order)
    assert (images == again).all()
    assert (truths == same).all()


def test_label_maps_have_nothing_to_paste(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TrainingError, match="and semantic data have none: leave it out, or give --task instance"):
        samples(open_dataset(folder, task="semantic"))
    assert run(["train", str(folder), "--task", "semantic", "--copy-paste", "1.5", "--out", str(tmp_path / "run")]) == 2
    assert "copy_paste 1.5 must be from 0 to 1" in capsys.readouterr().err
