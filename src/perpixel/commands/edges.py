"""`perpixel edges`: thin lines where the brightness changes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from perpixel.commands.each_picture import each_picture


def edges(
    *images: Path,
    out: Path = Path("out"),
    low: float | None = None,
    high: float | None = None,
    sigma: float = 1.5,
    json: bool = False,
) -> int:
    """Find the edges in pictures, by Canny's method.

    Writes for each picture, at its own size, `NAME.edges.png` (255 on an edge, else 0) and `NAME.edges.overlay.jpg`,
    the edges over the pale photo. Thresholds that are not given adapt to each picture; they are printed. A file that
    cannot be read is reported and skipped; the exit code is then 1.

    Example: `perpixel edges photo.jpg folder/ --out out/`

    Args:
        images: pictures, and folders of pictures.
        out: the folder of the answers.
        low: slope down to which an edge is followed; by default half of `high`.
        high: slope from which on there is an edge: 4 times the change of brightness, 0 to 255, from one pixel to the
            next after smoothing; by default three times the picture's mean.
        sigma: of the smoothing before, in pixels; more finds larger things only.
        json: print the result as JSON.
    """
    from json import dumps

    import numpy as np

    from perpixel.classical.edges import canny, canny_thresholds
    from perpixel.draw.shapes import edges_over
    from perpixel.pictures import write_jpeg, write_png

    def work(image: Any, place: Path) -> dict[str, Any]:
        least, most = canny_thresholds(image, low=low, high=high, sigma=sigma)
        found = canny(image, low=least, high=most, sigma=sigma)
        write_png(place.with_name(f"{place.name}.edges.png"), np.where(found, np.uint8(255), np.uint8(0)))
        write_jpeg(place.with_name(f"{place.name}.edges.overlay.jpg"), edges_over(image, found), quality=95)
        return {"low": round(least, 3), "high": round(most, 3), "share": round(float(found.mean()), 6)}

    done = each_picture(images, work, out=out, endings=(".edges.png", ".edges.overlay.jpg"), doing="finding edges")
    if json:
        sys.stdout.write(dumps(done.to_dict(), indent=2) + "\n")
        return done.code
    for row in done.rows:
        said = f"{row['share']:.1%} of pixels, thresholds {row['low']:.1f} and {row['high']:.1f}"
        sys.stdout.write(f"{row['name']}: {said}\n")
    sys.stdout.write(f"edges of {len(done.rows)} pictures{done.remark}: {out}\n")
    return done.code
