"""Exported files: what they hold, what they weigh, and that a wrong one is not written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.classes import CAMVID, ClassTable
from perpixel.errors import ModelError
from perpixel.export import export_onnx
from perpixel.models import build
from perpixel.spec import Geometry, InputSpec, ModelSpec

SPEC = ModelSpec("test", "semantic", CAMVID)


class Plain(Segmenter):
    """Two convolutions and a normalization between: the least network that an exporter can get wrong."""

    def __init__(self, num_classes: int = 11, *, in_channels: int = 3, width: int = 8) -> None:
        super().__init__(num_classes, in_channels=in_channels, stride=4, geometry=Geometry(8, 8))
        self.first = nn.Conv2d(in_channels, width, 4, stride=4, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, num_classes, 3, padding=1)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        return {"logits": self.second(torch.relu(self.norm(self.first(images))))}


class Pooling(Plain):
    """Adds a grid of means, which torch exports for any size without an error and right only for the traced one."""

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        logits = super().compute(images)["logits"]
        means = nn.functional.adaptive_avg_pool2d(logits, 6)
        return {"logits": logits + 3 * nn.functional.interpolate(means, size=logits.shape[2:], mode="nearest")}


@pytest.fixture(scope="module")
def plain() -> Plain:
    torch.manual_seed(0)
    model = Plain()
    model.norm.running_mean.normal_()  # type: ignore[union-attr]
    model.norm.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]
    return model


@pytest.fixture(scope="module")
def file(plain: Plain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    export_onnx(plain, SPEC, path)
    return path


def test_the_graph_takes_pictures_of_any_size_as_they_lie_in_memory(plain: Plain, file: Path) -> None:
    session = onnxruntime.InferenceSession(file)
    (taken,), (given,) = session.get_inputs(), session.get_outputs()
    assert (taken.name, taken.type, taken.shape) == ("image", "tensor(uint8)", [1, "height", "width", 3])
    assert (given.name, given.type, given.shape) == ("logits", "tensor(float)", [1, 11, "rows", "columns"])
    for height, width in ((1, 1), (16, 8), (37, 53)):
        image = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), dtype=np.uint8)
        (logits,) = session.run(None, {"image": image})
        assert logits.shape[2:] == (-(-height // 8) * 2, -(-width // 8) * 2)
        with torch.inference_mode():
            full = plain.eval()(torch.from_numpy(image).permute(0, 3, 1, 2).float())
        enlarged = nn.functional.interpolate(torch.from_numpy(logits), scale_factor=4, mode="bilinear")
        torch.testing.assert_close(enlarged[:, :, :height, :width], full, rtol=1e-4, atol=1e-4)


def test_the_graph_is_valid_small_and_free_of_traces(file: Path) -> None:
    graph = onnx.load(file)
    onnx.checker.check_model(graph, full_check=True)
    assert "BatchNormalization" not in {node.op_type for node in graph.graph.node}
    assert (graph.ir_version, graph.opset_import[0].version) == (8, 18)
    assert str(Path(__file__).parent) not in str(graph)
    assert [entry.key for entry in graph.metadata_props] == ["perpixel"]
    assert not any(node.metadata_props or node.doc_string for node in graph.graph.node)


def test_the_metadata_is_a_spec_that_says_what_the_graph_is(file: Path, plain: Plain) -> None:
    metadata = onnxruntime.InferenceSession(file).get_modelmeta().custom_metadata_map
    spec = ModelSpec.from_dict(json.loads(metadata["perpixel"]))
    assert spec.classes == CAMVID
    assert spec.graphs == {"main": "model.onnx"}
    assert spec.geometry == plain.geometry
    assert [(output.name, output.stride, output.kind) for output in spec.outputs] == [("logits", 4, "logits")]


def test_class_scale_and_bias_are_initializers_that_a_calibration_can_write(file: Path) -> None:
    graph = onnx.load(file)
    tensors = {tensor.name: tensor for tensor in graph.graph.initializer}
    scale, bias = (onnx.numpy_helper.to_array(tensors[name]) for name in ("class_scale", "class_bias"))
    assert (scale.shape, scale.dtype, bias.shape, bias.dtype) == ((1, 11, 1, 1), np.float32) * 2
    assert scale.min() == scale.max() == 1
    assert bias.min() == bias.max() == 0
    image = {"image": np.random.default_rng(0).integers(0, 256, (1, 9, 9, 3), dtype=np.uint8)}
    before = onnxruntime.InferenceSession(file).run(None, image)[0]
    new_scale, new_bias = (
        values.astype(np.float32).reshape(1, 11, 1, 1) for values in (np.arange(11) + 1, np.arange(11))
    )
    tensors["class_scale"].CopyFrom(onnx.numpy_helper.from_array(new_scale, "class_scale"))
    tensors["class_bias"].CopyFrom(onnx.numpy_helper.from_array(new_bias, "class_bias"))
    after = onnxruntime.InferenceSession(graph.SerializeToString()).run(None, image)[0]
    np.testing.assert_allclose(after, before * new_scale + new_bias, rtol=1e-5, atol=1e-5)


def test_half_stores_two_bytes_a_weight_and_computes_in_float32(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = Plain(width=256)
    with torch.no_grad():
        model.second.weight *= 1e7
    agreement = export_onnx(model, SPEC, tmp_path / "half.onnx", half=True)
    weights = 2 * model.first.weight.numel() + 4 * model.second.weight.numel()
    assert weights < (tmp_path / "half.onnx").stat().st_size < weights + 10_000
    assert min(row.labels for row in agreement.rows) >= 0.999
    graph = onnx.load(tmp_path / "half.onnx")
    stored = {tensor.name: tensor.data_type for tensor in graph.graph.initializer}
    half = {name for name, kind in stored.items() if kind == onnx.TensorProto.FLOAT16}
    casts = {node.input[0] for node in graph.graph.node if node.op_type == "Cast" and node.input[0] in stored}
    assert half == casts
    assert len(half) == 1  # the other holds a number that float16 cannot
    assert stored["class_scale"] == stored["class_bias"] == onnx.TensorProto.FLOAT


def test_a_fixed_size_is_the_only_one_taken(plain: Plain, tmp_path: Path) -> None:
    agreement = export_onnx(plain, SPEC, tmp_path / "fixed.onnx", size=(30, 50))
    assert [row.size for row in agreement.rows] == [(30, 50)]
    session = onnxruntime.InferenceSession(tmp_path / "fixed.onnx")
    assert session.get_inputs()[0].shape == [1, 30, 50, 3]
    assert session.get_outputs()[0].shape == [1, 11, 8, 14]
    spec = ModelSpec.from_dict(json.loads(session.get_modelmeta().custom_metadata_map["perpixel"]))
    assert spec.input.size == (30, 50)


def test_other_pictures_are_taken_as_the_spec_says(tmp_path: Path) -> None:
    spec = ModelSpec("test", "semantic", CAMVID, input=InputSpec(channels=5, dtype="uint16"))
    export_onnx(Plain(in_channels=5), spec, tmp_path / "model.onnx")
    taken = onnxruntime.InferenceSession(tmp_path / "model.onnx").get_inputs()[0]
    assert (taken.type, taken.shape[3]) == ("tensor(uint16)", 5)


def test_a_graph_that_is_right_only_at_the_traced_size_is_not_written(tmp_path: Path) -> None:
    torch.manual_seed(0)
    with pytest.raises(ModelError, match="the graph disagrees with the network: at") as caught:
        export_onnx(Pooling(), SPEC, tmp_path / "wrong.onnx")
    assert "export with a fixed size" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_broken_network_is_not_written(tmp_path: Path) -> None:
    model = Plain()
    nn.init.constant_(model.second.weight, float("nan"))
    with pytest.raises(ModelError, match=r"second\.weight of the model holds NaN or infinity"):
        export_onnx(model, SPEC, tmp_path / "nan.onnx")


def test_a_class_table_of_another_length_is_refused(plain: Plain, tmp_path: Path) -> None:
    spec = ModelSpec("test", "semantic", ClassTable.named(("a", "b")))
    with pytest.raises(ModelError, match="the model has 11 classes and its class table 2"):
        export_onnx(plain, spec, tmp_path / "model.onnx")


def test_what_torch_cannot_export_is_one_line(tmp_path: Path) -> None:
    class Stubborn(Plain):
        def compute(self, images: Tensor) -> dict[str, Tensor]:
            return super().compute(images if images.mean() > 0 else -images)  # a graph has no branches

    with pytest.raises(ModelError, match="torch cannot export Stubborn") as caught:
        export_onnx(Stubborn(), SPEC, tmp_path / "model.onnx")
    assert "\n" not in str(caught.value)


def test_exporting_leaves_the_network_as_it_was_and_says_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = Plain().train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    export_onnx(model, SPEC, tmp_path / "model.onnx")
    assert model.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert capfd.readouterr() == ("", "")


def test_real_pictures_can_be_judged_too_and_the_opset_chosen(plain: Plain, tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    agreement = export_onnx(plain, SPEC, tmp_path / "model.onnx", pictures=[picture], opset=20)
    assert agreement.rows[-1].size == (20, 30)
    assert onnx.load(tmp_path / "model.onnx").opset_import[0].version == 20


def test_a_valid_convolution_network_answers_for_every_pixel(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = build("unet", 11, options={"widths": (4, 8), "padding": "valid", "norm": False})
    export_onnx(model, SPEC, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for size in ((1, 1), (9, 40)):
        (logits,) = session.run(None, {"image": np.zeros((1, *size, 3), np.uint8)})
        assert all(given >= side for given, side in zip(logits.shape[2:], size, strict=True))
