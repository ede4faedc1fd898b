"""`perpixel draw`: scenes with exact truth."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from perpixel.commands.arguments import parse_size

if TYPE_CHECKING:
    from perpixel.synthetic import Drawn


def draw(
    world: Literal["street", "aerial", "solids"],
    *,
    out: Path,
    count: int = 200,
    size: str | None = None,
    seed: int = 0,
    frames: int = 1,
    val: float = 0.2,
    truth: Literal["labels", "all"] = "labels",
    slices: int | None = None,
    lossless: bool = False,
    json: bool = False,
) -> None:
    """Draw scenes with exact truth, as a data set.

    The same seed draws the same scene. `perpixel train` takes the folder as it is; solids with `--task slices`.

    Example: `perpixel draw street --count 200 --out drawn/`

    Example: `perpixel draw aerial --size 4000x6000 --count 4 --out drone/`

    Example: `perpixel draw solids --count 1000 --slices 24 --out solids/`

    Args:
        world: what to draw: a street as a dash camera sees it, with the eleven CamVid classes; aerial, ground as a
            drone sees it from 5 to 30 metres straight above, in the layout and with the 24 classes of the Semantic
            Drone Dataset; or solids, closed, shaded objects seen from the front, as slices of depth.
        out: a folder that is empty or not there yet.
        count: how many streets, sites or objects.
        size: HEIGHTxWIDTH of the pictures, by default 360x480 (street), 704x1056 (aerial) or 64x64 (solids, which are
            square). The drone set's own, which it calls 6000x4000, are 4000x6000 here.
        seed: of the first street, site or object; the others follow.
        frames: how many pictures of each street, along a drive.
        val: share of the streets, sites or objects for the validation split.
        truth: "all" also writes instances, panoptic segments, depth, occupancy, lanes, camera and pose of streets.
        slices: of solids, the nearest first; 24 by default.
        lossless: PNG pictures, not JPEG; those of solids always are.
        json: print the result as JSON.
    """
    wanted = parse_size(size or {"street": "360x480", "aerial": "704x1056", "solids": "64x64"}[world])
    if world != "street" and (frames != 1 or truth != "labels"):
        raise ValueError(f"{world}: single pictures with one kind of truth; leave out --frames and --truth")
    if world != "solids" and slices is not None:
        raise ValueError("--slices are of solids: `perpixel draw solids --slices 24`")
    if world == "solids" and wanted[0] != wanted[1]:
        raise ValueError(f"size {wanted[0]}x{wanted[1]}: pictures of solids are square, such as 64x64")
    if world == "solids" and not 0 <= val <= 1:
        raise ValueError(f"val {val:g} is the share that is held out: a number from 0 to 1")
    from json import dumps

    from rich.console import Console
    from rich.progress import Progress

    from perpixel.synthetic import draw_aerial, draw_street, write_solids

    def drawing(progress: Callable[[int, int], None]) -> Drawn:
        if world == "aerial":
            return draw_aerial(out, count=count, size=wanted, seed=seed, val=val, lossless=lossless, progress=progress)
        if world == "solids":
            kept, layers = int(count * val + 1e-9), 24 if slices is None else slices
            return write_solids(
                out, train=count - kept, val=kept, slices=layers, size=wanted[0], seed=seed, progress=progress
            )
        return draw_street(
            out,
            count=count,
            size=wanted,
            seed=seed,
            frames=frames,
            val=val,
            truth=truth,
            lossless=lossless,
            progress=progress,
        )

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        bar = bars.add_task("drawing", total=count * frames)
        drawn = drawing(lambda done, total: bars.update(bar, completed=done, total=total))
    shares = drawn.pixels / drawn.pixels.sum()
    images = sum(drawn.pictures.values())
    if json:
        result = {
            "task": "slices" if world == "solids" else "semantic",
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
    if world == "solids":
        inside = drawn.pixels.sum() / (images * wanted[0] * wanted[1] * len(drawn.classes))
        sys.stdout.write(f"{len(drawn.classes)} slices, {inside:.1%} of them inside of an object\n")
        sys.stdout.write(f"train with: perpixel train {out} --task slices --out runs/solid\n")
        return
    named = zip(drawn.classes.names, shares, strict=True)
    sys.stdout.write("pixels: " + ", ".join(f"{name} {share:.1%}" for name, share in named) + "\n")
