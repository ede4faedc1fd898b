"""What a vehicle asks of a picture: where are the lines, where may I drive?

    python examples/road.py road.jpg

A drawn street with its camera: the lines found in it, which needs no training, its free space by the embedded model
`street`, and beside it the ground in metres. For a photo of yours take `perpixel.read_picture` and
`perpixel.read_camera`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import perpixel
from perpixel.occupancy.sheet import occupancy_sheet


def main(out: Path, seed: int = 100004) -> None:
    """Write the picture of a street's lines, free space and grid, and say what was found."""
    scene = perpixel.street(seed=seed, size=(540, 960))

    view = perpixel.lane_view(scene.camera)
    lines = perpixel.lane_curves(scene.image, view).in_picture(view.camera)

    space = perpixel.free_space(perpixel.Predictor("street")(scene.image))
    polar = perpixel.polar_grid(space, scene.camera)
    grid = perpixel.occupancy_grid(space, scene.camera, polar=polar)

    seen = perpixel.lanes_over(scene.image, lines, lane=False)
    perpixel.write_jpeg(out, occupancy_sheet(seen, space, scene.camera, grid, polar))
    print(f"{len(lines)} lines, the nearest thing at {polar.contacts.min():.1f} m: look at {out}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "road.jpg"))
