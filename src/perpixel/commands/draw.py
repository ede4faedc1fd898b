"""`perpixel draw`: scenes with exact truth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from perpixel.commands.arguments import parse_size


def draw(
    world: Literal["street"],
    *,
    out: Path,
    count: int = 200,
    size: str = "360x480",
    seed: int = 0,
    frames: int = 1,
    val: float = 0.2,
    truth: Literal["labels", "all"] = "labels",
    lossless: bool = False,
    json: bool = False,
) -> None:
    """Draw scenes with exact truth, as a data set.

    The same seed draws the same scene. `perpixel train` takes the folder as it is.

    Example: `perpixel draw street --count 200 --out drawn/`

    Args:
        world: what to draw: a street as a dash camera sees it, with the eleven CamVid classes.
        out: a folder that is empty or not there yet.
        count: how many streets.
        size: HEIGHTxWIDTH of the pictures.
        seed: of the first street; the others follow.
        frames: how many pictures of each street, along a drive.
        val: share of the streets for the validation split.
        truth: "all" also writes instances, panoptic segments, depth, occupancy, lanes, camera and pose.
        lossless: PNG pictures, not JPEG.
        json: print the result as JSON.
    """
    wanted = parse_size(size)
    from json import dumps

    from rich.console import Console
    from rich.progress import Progress

    from perpixel.synthetic import draw_street

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        bar = bars.add_task("drawing", total=count * frames)
        drawn = draw_street(
            out,
            count=count,
            size=wanted,
            seed=seed,
            frames=frames,
            val=val,
            truth=truth,
            lossless=lossless,
            progress=lambda done, total: bars.update(bar, completed=done, total=total),
        )
    shares = drawn.pixels / drawn.pixels.sum()
    images = sum(drawn.pictures.values())
    if json:
        result = {
            "task": "semantic",
            "images": images,
            "world": world,
            "out": str(out),
            "splits": drawn.pictures,
            "shares": {name: round(float(share), 6) for name, share in zip(drawn.classes.names, shares, strict=True)},
        }
        sys.stdout.write(dumps(result, indent=2) + "\n")
        return
    splits = ", ".join(f"{number} {split}" for split, number in drawn.pictures.items())
    sys.stdout.write(f"{out}: {images} pictures of {wanted[0]}x{wanted[1]} ({splits})\n")
    named = zip(drawn.classes.names, shares, strict=True)
    sys.stdout.write("pixels: " + ", ".join(f"{name} {share:.1%}" for name, share in named) + "\n")
