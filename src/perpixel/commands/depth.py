"""`perpixel depth`: how far away what a picture shows is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from perpixel.commands.arguments import comma_separated
from perpixel.commands.each_picture import each_picture
from perpixel.commands.terms import say_terms


def depth(
    *sources: Path,
    model: str,
    out: Path = Path("out"),
    camera: Path | None = None,
    flip: bool = False,
    commercial_only: bool = False,
    threads: int | None = None,
    json: bool = False,
) -> int:
    """Find how far away what pictures show is.

    Writes for each picture `NAME.depth.png`, 16 bits, the distance along the optical axis in millimetres; and
    `NAME.depth.jpg`, picture and depth in colors beside each other. With a camera also how high above the ground
    everything is, `NAME.height.tif` (float32 metres) and `NAME.height.jpg` in colors; and `NAME.ply`, the points in
    metres: X forward, Y left, Z up. A file that cannot be read is reported and skipped; the exit code is then 1.

    Example: `perpixel depth photos/ --model runs/depth --camera camera.yaml --out out/`

    Args:
        sources: pictures, and folders of pictures; what ends in `.depth.png` is left out of folders.
        model: a run of `train --task depth`, a checkpoint folder, or an ONNX file that perpixel wrote; several,
            separated by commas, are averaged.
        out: the folder of the answers.
        camera: a YAML file, as `perpixel occupancy` takes it; or a folder with NAME.yaml or NAME.json for each picture.
        flip: average with the answer to the mirrored picture; twice the time.
        commercial_only: refuse a model whose terms do not allow commercial use.
        threads: of the network's runtime; by default all.
        json: print what was found as JSON.
    """
    from json import dumps

    from perpixel.commands.cameras import cameras_of
    from perpixel.predict import Predictor
    from perpixel.predict.depth_sink import OF_CAMERA, DepthSink, depth_facts, write_depth

    cameras = None if camera is None else cameras_of(camera)
    predictor = Predictor(
        comma_separated(model), flip=flip, confidence="none", threads=threads, commercial_only=commercial_only
    )
    if predictor.spec.task != "depth":
        raise ValueError(f"{predictor.spec.name} is for {predictor.spec.task}: take a model of `train --task depth`")
    say_terms(predictor)

    def work(image: Any, place: Path) -> dict[str, Any]:
        ours = None if cameras is None else cameras(place.relative_to(out), image.shape[:2])
        found = predictor(image)
        write_depth(place, image, found, ours)
        return depth_facts(found)

    endings = DepthSink.endings if camera is None else (*DepthSink.endings, *OF_CAMERA)
    done = each_picture(sources, work, out=out, endings=endings, doing="measuring", sees=lambda image: None)
    if json:
        sys.stdout.write(dumps({"task": "depth", "model": predictor.spec.name, **done.to_dict()}, indent=2) + "\n")
        return done.code
    for row in done.rows:
        sys.stdout.write(f"{row['name']}: {row['near']:.2f} to {row['far']:.2f} m, median {row['median']:.2f} m\n")
    sys.stdout.write(f"{len(done.rows)} pictures measured{done.remark}: {out}\n")
    return done.code
