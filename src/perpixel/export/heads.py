"""The second stage of a two-stage network as a graph of its own, and whether it answers as the network."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch

from perpixel.errors import ModelError
from perpixel.export.agreement import Comparison, closeness
from perpixel.export.tracing import traced_graph
from perpixel.predict.second_stage import INPUTS, OUTPUTS

TRACED = (5, 3)  # boxes that are judged and masks that are drawn while it is recorded; any number of either may come
TRIED = (TRACED, (7, 0), (0, 2))  # in use it gets boxes alone, and then masks alone


def trace_heads(heads: Any, *, opset: int) -> onnx.ModelProto:
    """The graph of `perpixel.layers.regions.heads.RegionHeads`, for any number of boxes.

    Raises:
        ModelError: torch cannot export it.
    """
    given = dict(zip(INPUTS, heads.example(*TRACED), strict=True))
    graph = traced_graph(heads, given, OUTPUTS, tuple({0: torch.export.Dim.DYNAMIC} for _ in INPUTS), opset=opset)
    for values, names in ((graph.graph.input, ("boxes", "masks")), (graph.graph.output, ("boxes", "boxes", "masks"))):
        for value, name in zip(values, names, strict=True):
            value.type.tensor_type.shape.dim[0].dim_param = name
    return graph


def compare_heads(data: bytes, heads: Any, *, tie: float) -> tuple[Comparison, ...]:
    """Run the file and the module on random numbers of several boxes, of none, and of several masks, and of none.

    Raises:
        ModelError: the file cannot be run on them.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    rows = []
    for counts in TRIED:
        given = heads.example(*counts)
        with torch.inference_mode():
            theirs = heads(*given)
        try:
            ours = session.run(list(OUTPUTS), dict(zip(INPUTS, (np.asarray(x) for x in given), strict=True)))
        except Exception as error:  # ONNX Runtime's exceptions have no common base but this
            first = str(error).splitlines()[0]
            raise ModelError(
                f"the second graph cannot be run on {counts[0]} boxes and {counts[1]} masks: {first}"
            ) from error
        for name, mine, own in zip(OUTPUTS, ours, theirs, strict=True):
            rows.append(closeness(mine, own.numpy(), counts, traced=counts == TRACED, tie=tie, output=name))
    return tuple(rows)
