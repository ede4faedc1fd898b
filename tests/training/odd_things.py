"""Pictures with odd things: ids with gaps and beyond 8 bits, hundreds of them, none, some without area, and crowds."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perpixel.classes import ClassTable, SegmentClass, save_class_table
from perpixel.cli import run
from perpixel.data import open_dataset
from perpixel.masks.runs import encode_mask, to_coco
from perpixel.pictures import write_png
from perpixel.plan import Plan
from perpixel.training import checkpoints, record, train

SIZE = (64, 72)


def write_id_maps(root: Path) -> Path:
    """`images/` and 16-bit `instance_masks/`: 420 things, ids 1, 300 and 65535, one pixel, and nothing at all."""
    many = np.zeros(SIZE, np.uint16)
    rows, columns = np.indices(SIZE)
    grid = (rows % 3 < 2) & (columns % 3 < 2) & (rows < 60) & (columns < 63)
    many[grid] = (rows // 3 * 21 + columns // 3 + 1)[grid]
    gaps = np.zeros(SIZE, np.uint16)
    gaps[4:20, 4:20], gaps[30:60, 10:40], gaps[5:25, 40:70] = 1, 300, 65535
    speck = np.zeros(SIZE, np.uint16)
    speck[63, 71] = 9
    for number, ids in enumerate([many, gaps, speck, np.zeros(SIZE, np.uint16)] * 2):
        for name, picture in (("images", _picture(ids > 0, number)), ("instance_masks", ids)):
            (root / name).mkdir(parents=True, exist_ok=True)
            write_png(root / name / f"{number}.png", picture)
    save_class_table(ClassTable((SegmentClass("square", (200, 0, 0), thing=True),)), root / "classes.yaml")
    return root


def write_coco(root: Path) -> Path:
    """COCO's JSON: a crowd beside things, boxes and polygons without area, a thing of one pixel, an empty picture."""
    things = np.zeros((3, *SIZE), np.bool_)
    things[0, 4:20, 4:20], things[1, 10:30, 30:70], things[2, 63, 0] = True, True, True
    group = np.zeros(SIZE, np.bool_)
    group[40:, 30:] = True
    annotations: list[dict[str, Any]] = []
    for image in range(1, 7):
        own: list[dict[str, Any]] = (
            [] if image % 3 == 0 else [{"segmentation": to_coco(encode_mask(mask))} for mask in things]
        )
        if image % 3 == 1:
            own.append({"segmentation": to_coco(encode_mask(group)), "iscrowd": 1})
            own.append(
                {"segmentation": [[50.0, 5.0, 50.0, 5.0, 50.0, 5.0]], "bbox": [50.0, 5.0, 0.0, 0.0], "area": 0.0}
            )
            own.append(
                {"segmentation": [[10.0, 2.0, 20.0, 2.0, 15.0, 2.0]], "bbox": [10.0, 2.0, 10.0, 0.0], "area": 0.0}
            )
        annotations += [{"iscrowd": 0, **each, "image_id": image, "category_id": 1} for each in own]
    (root / "images").mkdir(parents=True)
    for image in range(1, 7):
        write_png(root / "images" / f"{image}.png", _picture(things.any(axis=0) & (image % 3 > 0), image))
    names = [{"id": n, "file_name": f"{n}.png", "height": SIZE[0], "width": SIZE[1]} for n in range(1, 7)]
    numbered = [{"id": number, **each} for number, each in enumerate(annotations, start=1)]
    data = {"images": names, "annotations": numbered, "categories": [{"id": 1, "name": "square"}]}
    (root / "instances.json").write_text(json.dumps(data))
    return root


def _picture(bright: Any, seed: int) -> Any:
    image = np.random.default_rng(seed).integers(0, 60, (*SIZE, 3)).astype(np.uint8)
    image[np.broadcast_to(bright, SIZE)] += 150
    return image


def go_through(
    model: Path, plan: Plan, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Learn a step from all of them, and let a model of squares be judged on them and predict them.

    Args:
        model: a run on things of one class, called square.
        plan: of a network for things.
        folder: where there is room.
    """
    monkeypatch.setattr(checkpoints, "save_checkpoint", partial(checkpoints.save_checkpoint, graph=False))
    monkeypatch.setattr(record, "draw_curves", lambda history, path: None)
    for write in (write_id_maps, write_coco):
        data, out = write(folder / write.__name__), folder / f"{write.__name__} out"
        learnt = train(open_dataset(data), out=out / "run", plan=plan)
        assert np.isfinite(learnt.history[0]["loss"])
        capsys.readouterr()
        flags = ["--model", str(model), "--split", "train", "--out", str(out / "report"), "--json"]
        assert run(["evaluate", str(data), *flags]) == 0
        scores = json.loads(capsys.readouterr().out)
        assert 0 <= scores["boundary_ap"] <= scores["mask_ap"] <= 1
        assert len(list((out / "report" / "worst").iterdir())) == scores["images"]
        assert run(["predict", str(data / "images"), "--model", str(model), "--out", str(out / "answers")]) == 0
        answers = json.loads((out / "answers" / "predictions.json").read_text())["predictions"]
        assert len(answers) == len(list((data / "images").iterdir()))
