"""A trained network as one ONNX file that takes raw pictures, checked against the network it came from."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from perpixel.architecture import Segmenter
from perpixel.errors import ModelError
from perpixel.export.agreement import Agreement, compare, drawn
from perpixel.export.deployed import Deployed
from perpixel.export.folding import folded
from perpixel.export.heads import compare_heads, trace_heads
from perpixel.export.surgery import add_calibration, name_sizes, store_half, strip
from perpixel.export.tracing import traced_graph
from perpixel.files import atomic_write
from perpixel.predict.second_stage import SECOND
from perpixel.spec import InputSpec, ModelSpec
from perpixel.tasks import channels_of

METADATA_KEY = "perpixel"
OPSET = 18  # the exporter's own; and IR 8, which came with it: every ONNX Runtime since 1.14 reads both
IR_VERSION = 8


def export_onnx(
    model: Segmenter,
    spec: ModelSpec,
    path: Path,
    *,
    size: tuple[int, int] | None = None,
    half: bool = False,
    opset: int = OPSET,
    pictures: Sequence[NDArray[Any]] | None = None,
) -> Agreement:
    """Write `model` to `path` as one ONNX file and compare the file's answers with the model's.

    Input `image` (1, H, W, C), raw values of the type that `spec` says; normalization and padding are in the graph.
    Output `logits` (1, K, rows, columns) float32 at the network's stride, never activated: enlarge them bilinearly by
    the stride and crop to H x W. The initializers `class_scale` and `class_bias` (1, K, 1, 1) multiply and shift them;
    they are ones and zeros until a calibration writes others. The spec is in the metadata as JSON under `perpixel`.

    The model is not changed, whatever its mode or device; it is exported as it is in evaluation.

    A network with a second stage becomes two files: beside `model.onnx` there is `model.regions.onnx` then, which
    judges what boxes hold, and the outputs are those that `spec.outputs` names.

    Args:
        size: (height, width) of the only pictures that the graph shall take; None takes any from 1 x 1 pixel on.
        half: store the weights as float16. They are computed with in float32 all the same; the file is half as large.
        opset: version of ONNX's operators.
        pictures: (H, W, C) to compare answers on, beside drawn ones.

    Raises:
        ModelError: the spec has another number of classes than the model, a weight is not finite, torch cannot export
            it, or the file's answers differ from the model's; then nothing is written.
    """
    spec = replace(complete(spec, model, size=size), graphs=graph_files(model, path))
    if channels_of(spec) != model.num_classes:
        raise ModelError(f"the model has {model.num_classes} classes and its class table {channels_of(spec)}")
    for name, tensor in model.state_dict().items():
        if not torch.isfinite(tensor).all():
            raise ModelError(f"{name} of the model holds NaN or infinity: its training went wrong, train it again")
    deployed = Deployed(copy.deepcopy(model).cpu().eval())
    traced = size or (2 * model.geometry.multiple + 7, 3 * model.geometry.multiple + 5)
    drawing = drawn(traced, model.in_channels, np.dtype(spec.input.dtype), np.random.default_rng(0))
    graph = trace(folded(deployed, torch.from_numpy(drawing[None])), spec, traced, opset=opset)
    strip(graph)
    name_sizes(graph)
    if "logits" in model.answers:
        add_calibration(graph, model.num_classes)
    data = finished(graph, half=half, description=spec.to_dict())
    agreement = compare(data, deployed, spec, traced, half=half, pictures=pictures or ())
    agreement.check()
    heads = deployed.model.second_stage
    if heads is not None:
        second = trace_heads(heads, opset=opset)
        strip(second)
        judging = finished(second, half=half, description={"graph": SECOND, "of": path.name})
        rows = compare_heads(judging, heads, tie=agreement.tie)
        agreement = replace(agreement, rows=agreement.rows + rows)
        agreement.check()
        atomic_write(path.with_name(spec.graphs[SECOND]), judging)
    atomic_write(path, data)
    return agreement


def graph_files(model: Segmenter, path: Path) -> dict[str, str]:
    """The file of each of the network's graphs by role, where `path` is the main one's."""
    second = {} if model.second_stage is None else {SECOND: f"{path.stem}.{SECOND}{path.suffix}"}
    return {"main": path.name, **second}


def finished(graph: onnx.ModelProto, *, half: bool, description: dict[str, Any]) -> bytes:
    """The bytes of a file: weights stored as asked, versions and description written."""
    if half:
        store_half(graph)
    graph.ir_version = max(IR_VERSION, onnx.helper.find_min_ir_version_for(graph.opset_import))
    graph.producer_name = "perpixel"
    entry = graph.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, json.dumps(description)
    return bytes(graph.SerializeToString())


def complete(spec: ModelSpec, model: Segmenter, *, size: tuple[int, int] | None = None) -> ModelSpec:
    """`spec` with all that the model itself knows: channels, stride, geometry, how to build it."""
    return replace(
        spec,
        input=InputSpec(channels=model.in_channels, dtype=spec.input.dtype, size=size),
        outputs=model.describe_outputs(spec.outputs[0].kind),
        geometry=model.geometry,
        regions=model.rules,
        architecture=dict(model.architecture) or spec.architecture,
    )


def trace(deployed: Deployed, spec: ModelSpec, size: Sequence[int], *, opset: int) -> onnx.ModelProto:
    """The graph as torch exports it; any size if `spec.input.size` is None.

    Raises:
        ModelError: torch cannot export this network.
    """
    image = torch.zeros(1, *size, spec.input.channels, dtype=getattr(torch, spec.input.dtype))
    free = {1: torch.export.Dim.DYNAMIC, 2: torch.export.Dim.DYNAMIC}
    given = {"image": image}
    return traced_graph(deployed, given, deployed.model.answers, ({} if spec.input.size else free,), opset=opset)
