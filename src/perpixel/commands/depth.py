"""`perpixel depth`: how far away what pictures and videos show is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perpixel.commands.arguments import comma_separated
from perpixel.commands.each_picture import each_picture
from perpixel.commands.each_video import place_of
from perpixel.commands.terms import say_terms

if TYPE_CHECKING:
    from perpixel.predict import Frame, Predictor
    from perpixel.results import Depth


def depth(
    *sources: Path,
    model: str,
    out: Path = Path("out"),
    camera: Path | None = None,
    flip: bool = False,
    each_frame: bool = False,
    commercial_only: bool = False,
    threads: int | None = None,
    json: bool = False,
) -> int:
    """Find how far away what pictures and videos show is.

    Writes for each picture `NAME.depth.png`, 16 bits, the distance along the optical axis in millimetres; and
    `NAME.depth.jpg`, picture and depth in colors beside each other. With a camera also how high above the ground
    everything is, `NAME.height.tif` (float32 metres) and `NAME.height.jpg` in colors; and `NAME.ply`, the points in
    metres: X forward, Y left, Z up. A file that cannot be read is reported and skipped; the exit code is then 1.

    A video becomes `NAME.depth.mp4`, frame and depth beside each other, in colors that mean the same distance from the
    first frame to the last. Each frame is answered by itself.

    Example: `perpixel depth photos/ drive.mp4 --model runs/depth --camera camera.yaml --out out/`

    Args:
        sources: pictures, videos, and folders of them; what ends in `.depth.png` is left out of folders.
        model: a run of `train --task depth`, a checkpoint folder, or an ONNX file that perpixel wrote; several,
            separated by commas, are averaged.
        out: the folder of the answers.
        camera: a YAML file, as `perpixel occupancy` takes it; or a folder with NAME.yaml or NAME.json for each picture.
        flip: average with the answer to the mirrored picture; twice the time.
        each_frame: also write for each frame of a video what is written for a picture, as `NAME/000000.depth.png` and
            so on.
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

    def write(image: Any, found: Depth, place: Path, name: Path) -> None:
        write_depth(place, image, found, None if cameras is None else cameras(name, image.shape[:2]))

    def work(image: Any, place: Path) -> dict[str, Any]:
        found = predictor(image)
        write(image, found, place, place.relative_to(out))
        return depth_facts(found)

    done = each_picture(
        sources,
        work,
        out=out,
        endings=DepthSink.endings if camera is None else (*DepthSink.endings, *OF_CAMERA),
        doing="measuring",
        sees=lambda image: None,
        film=lambda: _Film(predictor, write if each_frame else None, out),
        video_ending=DepthSink.video_ending,
        each_frame=each_frame,
    )
    if json:
        sys.stdout.write(dumps({"task": "depth", "model": predictor.spec.name, **done.to_dict()}, indent=2) + "\n")
        return done.code
    for row in done.rows:
        sys.stdout.write(f"{row['name']}: {row['near']:.2f} to {row['far']:.2f} m, median {row['median']:.2f} m\n")
    sys.stdout.write(f"{done.videos_told}{done.count('measured')}: {out}\n")
    return done.code


class _Film:
    """The depths of a video, beside its frames."""

    def __init__(self, predictor: Predictor, write: Callable[[Any, Depth, Path, Path], None] | None, out: Path) -> None:
        self.predictor, self.write, self.out = predictor, write, out
        self.rows: list[dict[str, Any]] = []

    def show(self, image: Any, frame: Frame) -> Any:
        from perpixel.draw.depth import depth_beside
        from perpixel.predict.depth_sink import depth_facts, reach_of

        found = self.predictor(image)
        if self.write is not None:
            self.write(image, found, place_of(frame, self.out), Path(frame.name).parent)
        self.rows.append({"time": round(frame.time or 0.0, 3), **depth_facts(found)})
        return depth_beside(image, found, reach_of(self.predictor.spec))

    def summary(self) -> dict[str, Any]:
        return {"rows": self.rows}
