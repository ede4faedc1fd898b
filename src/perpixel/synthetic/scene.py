"""A drawn scene: the picture and the exact truth of every task."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perpixel.camera import Camera
from perpixel.classes import ClassTable, SegmentClass
from perpixel.results import Depth, Instances, LabelMap, Panoptic, Polylines

LANES = ClassTable(
    (
        SegmentClass("left solid", (220, 60, 60), mirror="right solid"),
        SegmentClass("left dashed", (240, 150, 60), mirror="right dashed"),
        SegmentClass("right solid", (60, 90, 220), mirror="left solid"),
        SegmentClass("right dashed", (60, 190, 220), mirror="left dashed"),
    )
)

FREE, OFF_ROAD, OCCUPIED = 0, 1, 2


@dataclass(frozen=True)
class Occupancy:
    """The ground around a vehicle seen from above, as it is, whether the camera sees it or not.

    Attributes:
        cells: (rows, columns) uint8: `FREE` road, `OFF_ROAD` (pavement, gardens), `OCCUPIED` by something that stands
            there. Row i covers X from `extent[0] + i * cell` on (forward), column j covers Y from
            `extent[2] + j * cell` on (to the left).
        extent: X from, X to, Y from, Y to; metres in the vehicle frame.
        cell: side of a cell, metres.
    """

    cells: NDArray[np.uint8]
    extent: tuple[float, float, float, float]
    cell: float

    @property
    def free(self) -> NDArray[np.bool_]:
        """(rows, columns) bool: road on which nothing stands."""
        return np.asarray(self.cells == FREE)

    def centers(self) -> NDArray[np.float64]:
        """(rows, columns, 2) X, Y of the cells' centers, metres."""
        rows, columns = self.cells.shape
        x = self.extent[0] + (np.arange(rows) + 0.5) * self.cell
        y = self.extent[2] + (np.arange(columns) + 0.5) * self.cell
        return np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)


@dataclass(frozen=True)
class Scene:
    """A picture of a drawn street with what is true about it; truth is exact at pixel centers.

    Attributes:
        image: (H, W, 3) uint8 RGB; its edges are smooth, those of the truth are not.
        labels: the eleven CamVid classes, nothing ignored.
        instances: cars, pedestrians and bicyclists of which at least a pixel is seen.
        panoptic: the same together with one segment for each other class.
        depth: metres along the optical axis; the sky is not valid.
        lanes: painted lines in the picture, near to far, also where something hides them; classes are `LANES`,
            left and right of the vehicle.
        lane_curves: for each of `lanes` its points (P, 2) X, Y on the ground in the vehicle frame, metres.
        occupancy: the ground from above.
        camera: projects the vehicle frame (X forward, Y left, Z up) into the picture.
        pose: (4, 4) from the vehicle frame to the world, metres.
        seed: of the street; time: seconds since its first frame.
        weather: clear, cloudy, overcast, dusk, rain or fog.
    """

    image: NDArray[np.uint8]
    labels: LabelMap
    instances: Instances
    panoptic: Panoptic
    depth: Depth
    lanes: Polylines
    lane_curves: tuple[NDArray[np.float64], ...]
    occupancy: Occupancy
    camera: Camera
    pose: NDArray[np.float64]
    seed: int
    time: float
    weather: str
