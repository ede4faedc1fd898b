"""Graph-based segmentation of any graph: the plain algorithm over edges that were sorted beforehand."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled


def merge_edge_list(
    ends: NDArray[np.int32],
    weights: NDArray[np.float64],
    *,
    nodes: int,
    scale: float,
    min_size: int,
    strictly: bool = False,
) -> NDArray[np.int32]:
    """The region of each node.

    Args:
        ends: (M, 2) int32, the two nodes of each edge, by increasing weight.
        weights: (M,) float64, increasing.
        nodes: how many there are.
        scale: k of the paper.
        min_size: afterwards, if one side of an edge has fewer nodes, both become one, the lightest edges first.
        strictly: merge if the weight is below both thresholds, which are rounded to float32, as scikit-image does;
            otherwise if it is not above them, as in the paper.

    Returns:
        (nodes,) int32: the smallest node of its region.

    Raises:
        ValueError: edges and weights that do not fit.
    """
    if ends.shape != (len(weights), 2):
        raise ValueError(f"{len(weights)} weights and ends of shape {ends.shape}; expected two nodes for each weight")
    return _merge(np.ascontiguousarray(ends), weights, nodes, scale, min_size, strictly)


@compiled
def _root(parent: NDArray[np.int32], node: Any) -> Any:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = np.int64(parent[node])
    return node


@compiled
def _merge(
    ends: NDArray[np.int32], weights: NDArray[np.float64], nodes: int, scale: float, min_size: int, strictly: bool
) -> NDArray[np.int32]:
    parent = np.empty(nodes, np.int32)
    for node in range(nodes):
        parent[node] = node
    size = np.ones(nodes, np.int64)
    inner = np.zeros(nodes, np.float64)
    for edge in range(len(weights)):
        a, b = _root(parent, ends[edge, 0]), _root(parent, ends[edge, 1])
        if a == b:
            continue
        first, second = inner[a] + scale / size[a], inner[b] + scale / size[b]
        if strictly:
            lower = min(np.float64(np.float32(first)), np.float64(np.float32(second)))
            joins = weights[edge] < lower
        else:
            joins = weights[edge] <= min(first, second)
        if joins:
            root, other = min(a, b), max(a, b)
            parent[other] = root
            size[root] += size[other]
            inner[root] = weights[edge]
    for edge in range(len(weights)):
        a, b = _root(parent, ends[edge, 0]), _root(parent, ends[edge, 1])
        if a != b and (size[a] < min_size or size[b] < min_size):
            root, other = min(a, b), max(a, b)
            parent[other] = root
            size[root] += size[other]
    for node in range(nodes):
        parent[node] = _root(parent, node)
    return parent
