"""`perpixel lines`: straight lines, segments and circles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

from perpixel.commands.each_picture import each_picture

COLUMNS = {
    "segments": ("x0", "y0", "x1", "y1"),
    "lines": ("rho", "theta", "x0", "y0", "x1", "y1"),
    "circles": ("x", "y", "radius"),
}
TAKES = {
    "segments": ("votes", "min_length", "max_gap", "low", "high", "sigma"),
    "lines": ("votes", "low", "high", "sigma"),
    "circles": ("min_radius", "max_radius", "roundness", "sigma"),
}


def lines(
    *images: Path,
    out: Path = Path("out"),
    kind: Literal["segments", "lines", "circles"] = "segments",
    votes: int | None = None,
    min_length: float | None = None,
    max_gap: float | None = None,
    min_radius: float | None = None,
    max_radius: float | None = None,
    roundness: float | None = None,
    low: float | None = None,
    high: float | None = None,
    sigma: float | None = None,
    json: bool = False,
) -> int:
    """Find straight lines or circles in pictures, by Hough's method.

    Writes for each picture `NAME.lines.jpg`, what was found over the pale photo, and for all of them
    `lines.csv` with a row for each: `picture`, then x and y in pixels from the center of the first, y down. Lines
    without ends have rho and theta (radians; x cos(theta) + y sin(theta) = rho) and where they cross the picture's
    border. A file that cannot be read is reported and skipped; the exit code is then 1.

    Example: `perpixel lines road.jpg --kind segments --min-length 40 --out out/`

    Args:
        images: pictures, and folders of pictures.
        out: the folder of the answers.
        kind: segments, which have ends; lines, which have none; or circles.
        votes: least number of edge pixels on a line or segment; by default it grows with the picture.
        min_length: of a segment in pixels; by default 6 % of the diagonal.
        max_gap: in pixels between pieces of one segment; by default 1 % of the diagonal.
        min_radius: of a circle in pixels; by default 3 % of the shorter side.
        max_radius: of a circle in pixels; by default half of the shorter side.
        roundness: below 1; 0.9 finds perfect circles only, 0.7 many that are none; by default 0.85.
        low: threshold of the edges, as of `perpixel edges`.
        high: threshold of the edges, as of `perpixel edges`.
        sigma: of the smoothing before, in pixels; by default 1.5.
        json: print the result as JSON.
    """
    given = {
        "votes": votes,
        "min_length": min_length,
        "max_gap": max_gap,
        "min_radius": min_radius,
        "max_radius": max_radius,
        "roundness": roundness,
        "low": low,
        "high": high,
        "sigma": sigma,
    }
    options = {name: value for name, value in given.items() if value is not None}
    for name in options:
        if name not in TAKES[kind]:
            owner = " and ".join(other for other, names in TAKES.items() if name in names)
            raise ValueError(f"--{name.replace('_', '-')} is of {owner}, not of {kind}; leave it out or change --kind")
    from json import dumps

    from perpixel.files import atomic_write
    from perpixel.pictures import write_jpeg

    def work(image: Any, place: Path) -> dict[str, Any]:
        found, drawn = _find(image, kind, options)
        write_jpeg(place.with_name(f"{place.name}.lines.jpg"), drawn, quality=95)
        return {kind: [dict(zip(COLUMNS[kind], row, strict=True)) for row in found]}

    done = each_picture(images, work, out=out, endings=(".lines.jpg",), doing=f"finding {kind}")
    if done.rows:
        atomic_write(out / "lines.csv", _csv(done.rows, kind).encode())
    if json:
        sys.stdout.write(dumps({"kind": kind, **done.to_dict()}, indent=2) + "\n")
        return done.code
    for row in done.rows:
        sys.stdout.write(f"{row['name']}: {len(row[kind])}\n")
    total = sum(len(row[kind]) for row in done.rows)
    sys.stdout.write(f"{total} {kind} in {len(done.rows)} pictures{done.remark}: {out}\n")
    return done.code


def _find(image: Any, kind: str, options: dict[str, Any]) -> tuple[list[list[float | None]], Any]:
    """Rows of the columns of this kind, and the picture with what was found."""
    import numpy as np

    from perpixel.classical.edges import canny
    from perpixel.classical.lines import hough_circles, hough_lines, hough_segments, line_ends
    from perpixel.draw.shapes import circles_over, segments_over

    if kind == "circles":
        circles = hough_circles(image, **options)
        return circles.round(3).tolist(), circles_over(image, circles)
    of_edges = {name: options[name] for name in ("low", "high", "sigma") if name in options}
    edges = canny(image, **of_edges)
    rest = {name: value for name, value in options.items() if name not in of_edges}
    if kind == "segments":
        segments = hough_segments(edges, **rest)
        return segments.tolist(), segments_over(image, segments)
    found = hough_lines(edges, **rest)
    ends = line_ends(found, edges.shape)
    rows = np.concatenate([found, ends], axis=1).round(4)
    return [[None if np.isnan(value) else float(value) for value in row] for row in rows], segments_over(image, ends)


def _csv(rows: list[dict[str, Any]], kind: str) -> str:
    import csv
    from io import StringIO

    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("picture", *COLUMNS[kind]))
    for row in rows:
        for found in row[kind]:
            writer.writerow((row["name"], *found.values()))
    return text.getvalue()
