"""Points and surfaces as PLY files, which MeshLab, Blender and CloudCompare open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.files import atomic_write


def write_ply(
    path: Path, points: NDArray[Any], *, colors: NDArray[np.uint8] | None = None, faces: NDArray[Any] | None = None
) -> None:
    """Write a point cloud, or a surface of triangles; binary, little-endian.

    Args:
        path: of the file.
        points: (N, 3) x, y, z; stored as float32.
        colors: (N, 3) uint8 RGB of the points, or None.
        faces: (M, 3) numbers of points, or None.

    Raises:
        ValueError: another shape, or a face of a point that there is not.
        PerpixelError: the file cannot be written.
    """
    if points.ndim != 2 or points.shape[1] != 3:
        raise ValueError(f"points are {points.shape}; expected (N, 3)")
    if colors is not None and (colors.shape != points.shape or colors.dtype != np.uint8):
        raise ValueError(f"colors are {colors.dtype} {colors.shape}; expected uint8 {points.shape}")
    if faces is not None and (faces.ndim != 2 or faces.shape[1] != 3 or not _inside(faces, len(points))):
        raise ValueError(f"faces are {faces.shape}; expected (M, 3) numbers of the {len(points)} points")
    kind: list[tuple[str, str]] = [(axis, "<f4") for axis in "xyz"]
    if colors is not None:
        kind += [(name, "u1") for name in ("red", "green", "blue")]
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(points)}"]
    header += [f"property {'float' if code == '<f4' else 'uchar'} {name}" for name, code in kind]
    vertices = np.empty(len(points), kind)
    for number, (name, _) in enumerate(kind):
        vertices[name] = points[:, number] if number < 3 or colors is None else colors[:, number - 3]
    body = vertices.tobytes()
    if faces is not None:
        header += [f"element face {len(faces)}", "property list uchar int vertex_indices"]
        corners = np.empty(len(faces), [("count", "u1"), ("corners", "<i4", 3)])
        corners["count"], corners["corners"] = 3, faces
        body += corners.tobytes()
    atomic_write(path, "\n".join([*header, "end_header", ""]).encode("ascii") + body)


def _inside(faces: NDArray[Any], count: int) -> bool:
    return not faces.size or bool(faces.min() >= 0 and faces.max() < count)
