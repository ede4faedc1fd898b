"""Changes to an ONNX graph after torch wrote it: smaller, named, ready for calibration."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SCALE, BIAS = "class_scale", "class_bias"
HALF_MAX = float(np.finfo(np.float16).max)
SMALL = 256  # tensors with fewer numbers stay float32: a cast costs more of the file than it saves


def strip(model: onnx.ModelProto) -> None:
    """Remove what the exporter writes for its own debugging: traces, names of Python code, shapes in between."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    graph.ClearField("value_info")
    graph.name = "main"


def name_sizes(model: onnx.ModelProto) -> None:
    """Call the sizes that are free `height` and `width`, of the first output `rows` and `columns`.

    Other outputs of the same size have the same names, and of another size names with their own before them.
    """
    known: dict[str, str] = {}
    _name(model.graph.input[0], {1: "height", 2: "width"}, {})
    for number, value in enumerate(model.graph.output):
        before = f"{value.name}_" if number else ""
        axes = {2: "rows", 3: "columns"} if len(value.type.tensor_type.shape.dim) == 4 else {1: "anchors"}
        _name(value, {index: f"{before}{name}" for index, name in axes.items()}, known)


def _name(value: onnx.ValueInfoProto, names: dict[int, str], known: dict[str, str]) -> None:
    """Name the free dimensions of a value; what the exporter gave one name keeps one, as `known` remembers."""
    for index, name in names.items():
        dimension = value.type.tensor_type.shape.dim[index]
        if not dimension.HasField("dim_value"):
            dimension.dim_param = known.setdefault(dimension.dim_param, name)


def add_calibration(model: onnx.ModelProto, num_classes: int) -> None:
    """Put `class_scale` (ones) and `class_bias` (zeros), (1, K, 1, 1), between the network and its output `logits`.

    Added here, after the exporter's optimizer, which would take a multiplication by one away.
    """
    graph = model.graph
    for node in graph.node:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                if name == "logits":
                    names[index] = "network_logits"
    shape = (1, num_classes, 1, 1)
    graph.initializer.append(numpy_helper.from_array(np.ones(shape, np.float32), SCALE))
    graph.initializer.append(numpy_helper.from_array(np.zeros(shape, np.float32), BIAS))
    graph.node.append(helper.make_node("Mul", ["network_logits", SCALE], ["scaled_logits"], name="scale_logits"))
    graph.node.append(helper.make_node("Add", ["scaled_logits", BIAS], ["logits"], name="shift_logits"))


def store_half(model: onnx.ModelProto) -> None:
    """Store weights as float16, each with a cast to float32 in front of its use.

    The runtime casts once, when it loads the file. Tensors with numbers that float16 cannot hold stay as they are.
    """
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or tensor.name in (SCALE, BIAS):
            continue
        values = numpy_helper.to_array(tensor)
        if values.size < SMALL or np.abs(values).max() > HALF_MAX:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], name=f"{name}.cast", to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    graph.ClearField("node")
    graph.node.extend(nodes)
