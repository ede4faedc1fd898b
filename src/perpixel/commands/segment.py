"""`perpixel segment`: regions by a method that needs no training."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from perpixel.commands.arguments import comma_separated
from perpixel.commands.each_picture import each_picture

ENDINGS = (".png", ".tif", ".csv", ".colors.png", ".boundaries.jpg", ".scales.jpg")


def segment(
    *images: Path,
    method: str = "graph",
    out: Path = Path("out"),
    scale: str | None = None,
    sigma: float | None = None,
    min_size: int | None = None,
    connectivity: Literal[4, 8] | None = None,
    color: Literal["distance", "intersect"] | None = None,
    neighbors: int | None = None,
    compat: Literal["skimage"] | None = None,
    clusters: int | None = None,
    position: float | None = None,
    texture: float | None = None,
    regions: int | None = None,
    compactness: float | None = None,
    spatial_radius: float | None = None,
    color_radius: float | None = None,
    level: float | None = None,
    levels: int | None = None,
    window: int | None = None,
    offset: float | None = None,
    weighting: Literal["gauss", "mean"] | None = None,
    low: float | None = None,
    high: float | None = None,
    gap: int | None = None,
    tolerance: float | None = None,
    on: Literal["gradient", "distance"] | None = None,
    min_depth: float | None = None,
    against: Literal["seed", "mean"] | None = None,
    points: str | None = None,
    box: str | None = None,
    strokes: Path | None = None,
    iterations: int | None = None,
    trees: int | None = None,
    scales: str | None = None,
    seed: int | None = None,
    list: bool = False,
    json: bool = False,
) -> int:
    """Split pictures into regions, without any training.

    Writes for each picture, at its own size, the label map `NAME.png` (16 bits; `NAME.tif` of 32 bits beyond 65536
    regions), `NAME.colors.png` with a random color for each region, `NAME.boundaries.jpg` and a table `NAME.csv` with
    pixels, box and mean color of each region. `--scale 50,150,500` writes only `NAME.scales.jpg`, a row of pictures to
    choose from. A file that cannot be read is reported and skipped; the exit code is then 1.

    Example: `perpixel segment photo.png --method graph --sigma 0.5 --scale 300 --min-size 50 --out out/`

    Args:
        images: pictures, and folders of pictures.
        method: graph, kmeans, slic, mean-shift, watershed, grow, split-merge, threshold, otsu, adaptive, contours,
            grabcut or forest; `--list` tells what each does and takes. Options left out are the method's own.
        out: the folder of the answers.
        scale: graph: larger gives larger regions; several, separated by commas, give the row of pictures.
        sigma: graph, slic, watershed, contours: of the smoothing before, in pixels.
        min_size: graph, mean-shift, split-merge, contours: pixels of the smallest region.
        connectivity: graph, grow: 4 or 8 neighbors.
        color: graph: by the distance of colors, or each channel alone and then intersected.
        neighbors: graph: join pixels to this many nearest in place and color, instead of the grid.
        compat: graph: the labels of scikit-image.
        clusters: kmeans: how many colors.
        position: kmeans: weight of the place beside the color.
        texture: kmeans: weight of the texture beside the color.
        regions: slic: about how many.
        compactness: slic: more gives squarer regions.
        spatial_radius: mean-shift: in pixels.
        color_radius: mean-shift: in units of CIE Lab, of which white is 255 from black.
        level: threshold: above it is 1; by default the middle of the values' range.
        levels: otsu: how many classes of brightness.
        window: adaptive: side of the neighborhood, odd.
        offset: adaptive: how far a pixel may be below the neighborhood's mean.
        weighting: adaptive: of the neighborhood.
        low: contours: threshold down to which an edge is followed.
        high: contours: threshold of edges.
        gap: contours: pixels between ends that are joined.
        tolerance: grow, split-merge: how far values may differ.
        on: watershed: on edges, or on the distance inside of bright objects, which parts those that touch.
        min_depth: watershed: shallower basins are filled.
        against: grow: compare with the seed, or with the mean of what has grown.
        points: grow: seeds, as `x,y x,y`.
        box: grabcut: around the object, as `x0,y0,x1,y1`.
        strokes: grow, watershed, grabcut, forest: a picture of the same size, 0 or black where nothing is said; numbers
            or colors are labels.
        iterations: grabcut: rounds.
        trees: forest: how many.
        scales: forest: sigmas of its features, separated by commas.
        seed: kmeans, grabcut, forest: of what is drawn at random.
        list: tell all methods with their options, and do nothing else.
        json: print the result as JSON.
    """
    flags = dict(locals())
    from perpixel.classical import METHODS, find_method
    from perpixel.classical.options import options_for, told
    from perpixel.classical.picture import as_rgb, channels_last

    if list:
        sys.stdout.write("\n".join(told(name) for name in METHODS) + "\n")
        return 0
    name = method.replace("-", "_")
    given = {key: value for key, value in flags.items() if key not in ("images", "method", "out", "list", "json")}
    options = _read(options_for(method, given))
    many = options.pop("scale") if len(options.get("scale", ())) > 1 else None
    if "scale" in options:
        options["scale"] = options["scale"][0]
    found = find_method(name)
    run, tellers = found.function(), [each for each in ("strokes", "points", "box") if each in found.options()]
    if found.strokes and not options.keys() & set(tellers):
        raise ValueError(f"{method} must be told where to begin: give " + " or ".join("--" + each for each in tellers))

    def work(image: Any, place: Path) -> dict[str, Any]:
        return _choose(image, place, many, options) if many else _one(image, place, run, options)

    sees = channels_last if name == "graph" else as_rgb
    done = each_picture(images, work, out=out, endings=ENDINGS, doing=method, sees=sees)
    if json:
        from json import dumps

        sys.stdout.write(dumps({"method": name, **done.to_dict()}, indent=2) + "\n")
        return done.code
    for row in done.rows:
        counts = row["regions"] if many else {"": row["regions"]}
        said = ", ".join((f"scale {key}: " if key else "") + f"{value} regions" for key, value in counts.items())
        sys.stdout.write(f"{row['name']}: {said}\n")
    sys.stdout.write(f"{len(done.rows)} pictures segmented{done.remark}: {out}\n")
    return done.code


def _one(image: Any, place: Path, run: Callable[..., Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Segment one picture and write its four files."""
    from perpixel.classical.region_table import region_table
    from perpixel.draw.regions import boundaries_over, region_colors
    from perpixel.files import atomic_write
    from perpixel.masks.ids import write_ids
    from perpixel.pictures import write_jpeg, write_png

    labels = run(image, **options)
    table = region_table(image, labels)
    label_file = write_ids(place, labels)
    write_png(place.with_name(f"{place.name}.colors.png"), region_colors(labels))
    write_jpeg(place.with_name(f"{place.name}.boundaries.jpg"), boundaries_over(image, labels), quality=95)
    atomic_write(place.with_name(f"{place.name}.csv"), table.encode())
    return {"regions": table.count("\n") - 1, "labels": str(label_file)}


def _choose(image: Any, place: Path, scales: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """One row of pictures for several scales of the graph."""
    import numpy as np

    from perpixel.classical.graph import graph_scales
    from perpixel.draw.regions import boundaries_over, in_a_row, region_colors
    from perpixel.pictures import write_jpeg

    if {"neighbors", "compat"} & options.keys():
        raise ValueError("several scales go with the grid only: leave --neighbors and --compat, or give one scale")
    maps = graph_scales(image, scales, **options)
    counts = {f"{scale:g}": int(labels.max()) + 1 for scale, labels in zip(scales, maps, strict=True)}
    captions = [f"scale {scale}: {count} regions" for scale, count in counts.items()]
    rows = [
        in_a_row([boundaries_over(image, labels) for labels in maps], captions),
        in_a_row([region_colors(labels) for labels in maps], captions),
    ]
    write_jpeg(place.with_name(f"{place.name}.scales.jpg"), np.concatenate(rows), quality=95)
    return {"regions": counts}


def _read(options: dict[str, Any]) -> dict[str, Any]:
    """Options that are written as text become what the methods take."""
    from perpixel.classical.strokes import read_strokes

    readers: dict[str, Callable[[Any], Any]] = {
        "scale": lambda text: _numbers("scale", text),
        "scales": lambda text: tuple(_numbers("scales", text)),
        "box": lambda text: [int(number) for number in _numbers("box", text)],
        "points": lambda text: [_numbers("points", pair) for pair in text.split()],
        "strokes": read_strokes,
    }
    return {name: readers.get(name, lambda value: value)(value) for name, value in options.items()}


def _numbers(what: str, text: str) -> list[float]:
    try:
        return [float(part) for part in comma_separated(text)]
    except ValueError:
        raise ValueError(f"{what} {text!r} is not numbers with commas between, such as 50,150") from None
