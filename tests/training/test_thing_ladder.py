"""A ladder of networks that tell things apart: which take part, and what its table and page say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from perpixel.classes import ClassTable, SegmentClass, save_class_table
from perpixel.cli import run
from perpixel.data import Dataset, Task
from perpixel.pictures import write_png
from perpixel.plan import Plan
from perpixel.training import Run, climb
from perpixel.training.folders import begin
from perpixel.training.ladder import climbing

OPTIONS = {
    "panoptic_deeplab": {"backbone": "mobilenet_v3_small", "width": 16, "beside": 8, "head": 8},
    "mask_rcnn": {"backbone": "mobilenet_v3_small", "width": 8, "hidden": 16, "depth": 1},
    "panoptic_fpn": {"backbone": "mobilenet_v3_small", "width": 8, "branch": 8, "hidden": 16, "depth": 1},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two squares to a picture; every picture has its own gray, so that an answer can be told by it."""
    root = tmp_path / "squares"
    for split in ("train", "val"):
        for number in range(2):
            ids = np.zeros((40, 48), np.uint8)
            ids[4:16, 4 + number : 20], ids[20:36, 20:40] = 1, 7
            gray = np.full((40, 48, 3), 40 + 10 * number + 100 * (split == "val"), np.uint8)
            for name, picture in (("images", gray), ("instances", ids), ("masks", (ids > 0).astype(np.uint8))):
                (root / name / split).mkdir(parents=True, exist_ok=True)
                write_png(root / name / split / f"{number}.png", picture)
    table = ClassTable((SegmentClass("ground", (0, 90, 0)), SegmentClass("square", (200, 0, 0), thing=True)))
    save_class_table(table, root / "classes.yaml")
    return root


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that learn nothing, and answer with the truth of each picture."""
    answers: dict[int, Any] = {}

    def train(dataset: Dataset, *, out: Path, plan: Plan, **rest: object) -> Run:
        begin(out, plan, {})
        for sample in dataset.samples("val"):
            image, truth = dataset.read(sample)
            answers[int(image[0, 0, 0])] = truth
        return Run(out, plan, [{"step": 1, "seconds": 6.0}], None, 1)

    class Knowing:
        def __init__(self, folder: Path, **rest: object) -> None:
            pass

        def __call__(self, image: NDArray[np.uint8]) -> Any:
            return answers[int(image[0, 0, 0])]

    monkeypatch.setattr(climbing, "train", train)
    monkeypatch.setattr(climbing, "Predictor", Knowing)
    monkeypatch.setattr(climbing, "make_plan", lambda dataset, *, given, **rest: Plan().with_reason("", **given))


@pytest.mark.usefixtures("untrained")
@pytest.mark.parametrize(
    ("task", "names", "measures", "headings"),
    [
        ("instance", ["mask_rcnn", "panoptic_deeplab"], ("mask_ap", "boundary_ap"), "mask AP | AP50 | boundary AP"),
        ("panoptic", ["panoptic_fpn", "panoptic_deeplab"], ("pq", "pq stuff"), "PQ | PQ things | PQ stuff"),
    ],
)
def test_networks_of_things_stand_in_one_table_by_their_own_measures(
    folder: Path, tmp_path: Path, task: Task, names: list[str], measures: tuple[str, ...], headings: str
) -> None:
    out = tmp_path / "ladder"
    options = {name: OPTIONS[name] for name in names}
    given = {"epochs": 1, "crop": (32, 32)}
    found = climb(folder, out=out, given=given, architectures=names, options=options, seeds=[0], task=task)
    assert found.failures == {}
    assert [line.name for line in found.lines] == names  # no method without a network tells things apart
    best = found.best("network")
    assert best is not None
    assert best.best_by is not None
    assert best.best_by.mean == pytest.approx(1)
    written = json.loads((out / "ladder.json").read_text())
    assert written["task"] == task
    for rung in written["rungs"]:
        assert [rung[name]["mean"] for name in measures] == pytest.approx([1, 1])
        assert rung["per_class"]["square"]["mean"] == pytest.approx(1)
        assert rung["flops"] > 1e6
    text, html = (out / "ladder.md").read_text(), (out / "index.html").read_text()
    assert f"| network | year | {headings} | parameters |" in text
    assert f"## {headings.partition(' |')[0]} of each class" in text
    assert ('class="legend"' in html) == (task == "panoptic")
    assert html.count("<img") == 2 * (2 + len(names))
    with Image.open(out / "pictures" / f"01-{names[0]}-seed0.jpg") as answer:
        colors = np.asarray(answer).reshape(40, 48, 3).astype(int)
    assert np.abs(colors[10, 12] - colors[28, 30]).max() > 40  # one color a thing


def test_what_cannot_take_part_is_said_before_anything_is_written(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["ladder", str(folder), "--epochs", "1", "--out", str(tmp_path / "ladder")]
    assert run([*flags, "--task", "instance", "--arch", "mask_rcnn,unet,segnet"]) == 1
    said = capsys.readouterr().err
    assert "read for the task instance, which unet and segnet cannot learn" in said
    assert "of mask_rcnn, panoptic_deeplab" in said
    assert run([*flags, "--arch", "panoptic_fpn,mask_rcnn"]) == 1  # the first decides how the data are read
    assert "read for the task panoptic, which mask_rcnn cannot learn" in capsys.readouterr().err
    assert not (tmp_path / "ladder").exists()
