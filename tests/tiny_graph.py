"""Networks of three operations as ONNX files, so that predicting is tested without training anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from perpixel.classes import ClassTable
from perpixel.spec import Geometry, InputSpec, ModelSpec, OutputSpec

SHADES = ClassTable.named(["dark", "gray", "bright"])
CENTERS = (0.1, 0.5, 0.9)  # mean brightness of each class, in shares of white


def shades_spec(*, stride: int = 4, multiple: int = 8, channels: int = 3, classes: ClassTable = SHADES) -> ModelSpec:
    return ModelSpec(
        "shades",
        "semantic",
        classes,
        input=InputSpec(channels=channels),
        outputs=(OutputSpec("logits", stride),),
        geometry=Geometry(multiple=multiple, minimum=multiple),
    )


def write_shades(path: Path, spec: ModelSpec | None = None, *, centers: Sequence[float] = CENTERS) -> Path:
    """The highest logit has the class whose brightness is nearest to a coarse pixel's mean: -40 (x - center)^2."""
    spec = spec or shades_spec()
    channels = spec.input.channels
    weights = np.repeat(80 * np.array(centers)[:, None] / channels, channels, axis=1)[:, :, None, None]
    return write_graph(path, spec, weights, -40 * np.array(centers) ** 2)


def write_slopes(path: Path, spec: ModelSpec) -> Path:
    """Two classes: whether the picture gets brighter or darker from left to right."""
    slope = np.array([-1, 0, 1]) * 10 / spec.input.channels
    weights = np.stack([slope, -slope])[:, None, None, :].repeat(spec.input.channels, axis=1)
    return write_graph(path, spec, weights, np.zeros(2))


def write_graph(path: Path, spec: ModelSpec, weights: NDArray[np.float64], bias: NDArray[np.float64]) -> Path:
    """Picture to shares of white, border repeated up to the multiple, a convolution, the mean over the stride."""
    stride, multiple = spec.outputs[0].stride, spec.geometry.multiple
    classes = len(spec.classes)
    height, width = spec.input.size or ("H", "W")
    constants = {
        "white": np.float32(255),
        "multiple": np.array([0, 0, multiple, multiple], np.int64),
        "step": np.array([1, 1, multiple, multiple], np.int64),
        "none": np.zeros(4, np.int64),
        "weights": weights.astype(np.float32),
        "bias": bias.astype(np.float32),
        "class_scale": np.ones((1, classes, 1, 1), np.float32),
        "class_bias": np.zeros((1, classes, 1, 1), np.float32),
    }
    across = weights.shape[3] // 2
    nodes = [
        helper.make_node("Cast", ["image"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["real"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Div", ["planes", "white"], ["shares"]),
        helper.make_node("Shape", ["shares"], ["shape"]),
        helper.make_node("Neg", ["shape"], ["negative"]),
        helper.make_node("Mod", ["negative", "step"], ["over"]),
        helper.make_node("Concat", ["none", "over"], ["pads"], axis=0),
        helper.make_node("Pad", ["shares", "pads"], ["padded"], mode="edge"),
        helper.make_node("Conv", ["padded", "weights", "bias"], ["fine"], pads=[0, across, 0, across]),
        helper.make_node("AveragePool", ["fine"], ["raw"], kernel_shape=[stride] * 2, strides=[stride] * 2),
        helper.make_node("Mul", ["raw", "class_scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "class_bias"], ["logits"]),
    ]
    kind = {"uint8": TensorProto.UINT8, "uint16": TensorProto.UINT16}[spec.input.dtype]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", kind, [1, height, width, spec.input.channels])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, classes, "h", "w"])],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    entry = model.metadata_props.add()
    entry.key, entry.value = "perpixel", json.dumps(spec.to_dict())
    onnx.save(model, path)
    return path


def write_checkpoint(folder: Path, spec: ModelSpec | None = None) -> Path:
    """A checkpoint folder without the weights, which predicting does not need."""
    folder.mkdir(parents=True)
    spec = replace(spec or shades_spec(), graphs={"main": "model.onnx"})
    spec.save(folder / "config.json")
    write_shades(folder / "model.onnx", spec)
    return folder


def shade_picture(size: tuple[int, int], *, channels: int = 3, cell: int = 8, seed: int = 0) -> NDArray[np.uint8]:
    """Blocks of the three shades with some noise."""
    generator = np.random.default_rng(seed)
    rows, columns = -(-size[0] // cell), -(-size[1] // cell)
    shades = generator.choice(np.round(255 * np.array(CENTERS)), (rows, columns))
    picture = shades.repeat(cell, axis=0).repeat(cell, axis=1)[: size[0], : size[1], None].repeat(channels, axis=2)
    return (picture + generator.integers(-9, 10, picture.shape)).clip(0, 255).astype(np.uint8)
