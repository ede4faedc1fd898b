"""Two claims of the encoder-decoder papers, measured: does unpooling keep edges, do skips restore detail?

    python -m recipes.camvid_light CAMVID --out local/camvid240
    python -m recipes.claims local/camvid240 --out runs/claims            # hours on one core; run again to go on
    python -m recipes.claims local/camvid240 --out runs/claims --only unet --seeds 0   # a part, beside another one
    python -m recipes.claims --out runs/claims --tell docs/claims.md      # the table of what is there

SegNet-Basic with each of five ways of upsampling, and U-Net with and without skips, three seeds each; all else is the
same: data, order of the pictures, plan, evaluator. Everything starts from random weights.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cyclopts import App

from perpixel.commands.arguments import comma_separated
from perpixel.data import open_dataset
from perpixel.files import atomic_write
from perpixel.training.spread import Spread
from recipes.camvid_light import measure, plan

BASIC = {"widths": (16, 16, 16, 16)}
U = {"widths": (8, 16, 32, 64, 128)}
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "segnet_basic nearest": ("segnet_basic", {**BASIC, "upsample": "nearest"}),
    "segnet_basic nails": ("segnet_basic", {**BASIC, "upsample": "nails"}),
    "segnet_basic bilinear": ("segnet_basic", {**BASIC, "upsample": "bilinear"}),
    "segnet_basic unpool": ("segnet_basic", {**BASIC, "upsample": "unpool"}),
    "segnet_basic transposed": ("segnet_basic", {**BASIC, "upsample": "transposed"}),
    "unet with skips": ("unet", {**U, "skip": True}),
    "unet without skips": ("unet", {**U, "skip": False}),
}
SEEDS = (0, 1, 2)
NUMBERS = ("mean_iou", "boundary_f1", "pixel_accuracy")
PROTOCOL = (
    "# Does unpooling keep edges, do skips restore detail?\n\n"
    "CamVid train (367 pictures) and val (101), 240x180, 11 classes; random weights; crops of 120x160, 12 passes over "
    "the pictures in batches of 8, AdamW 2e-3, poly; the best of four epochs by val mean IoU; mean ± sample "
    "standard deviation over the seeds. {done} of {wanted} runs are done."
)


app = App(help=__doc__, help_format="plaintext")


@app.default
def main(
    data: Path | None = None,
    *,
    out: Path,
    only: str | None = None,
    seeds: str = "0,1,2",
    tell: Path | None = None,
) -> None:
    """Train what is not there yet, judge it, and tell the table.

    Args:
        data: the small copy of CamVid; left out, nothing is trained.
        out: a folder for all runs.
        only: how the names of the wanted variants begin.
        seeds: comma-separated.
        tell: a file for the table, Markdown.
    """
    if data is not None:
        dataset = open_dataset(data)
        for seed in map(int, comma_separated(seeds)):
            for name in VARIANTS:
                if name.startswith(only or ""):
                    architecture, options = VARIANTS[name]
                    wanted = plan(architecture, options=options, rate=2e-3, repeat=3, seed=seed)
                    measure(dataset, folder_of(out, name, seed), wanted)
    table = tabulate(out)
    if tell is not None:
        atomic_write(tell, table.encode())
    print(table)


def folder_of(out: Path, name: str, seed: int) -> Path:
    """The run of one variant with one seed."""
    return out / f"{name.replace(' ', '-')}-{seed}"


def tabulate(out: Path) -> str:
    """What the runs in a folder say, as Markdown."""
    lines = [
        "| network | mean IoU | boundary F1 | pixel accuracy | seeds |",
        "|---|---|---|---|---|",
    ]
    done = 0
    for name in VARIANTS:
        found = [folder_of(out, name, seed) / "scores.json" for seed in SEEDS]
        scores = [json.loads(file.read_text(encoding="utf-8")) for file in found if file.is_file()]
        if scores:
            cells = [shown([score[number] for score in scores]) for number in NUMBERS]
            lines.append(f"| {name} | {' | '.join(cells)} | {len(scores)} |")
            done += len(scores)
    return "\n".join([PROTOCOL.format(done=done, wanted=len(VARIANTS) * len(SEEDS)), "", *lines, ""])


def shown(values: list[float]) -> str:
    """Mean and sample standard deviation, in per cent."""
    found = Spread.of(values)
    if found is None:
        return "–"
    return f"{100 * found.mean:.1f}" + ("" if found.spread is None else f" ± {100 * found.spread:.1f}")


if __name__ == "__main__":
    app()
