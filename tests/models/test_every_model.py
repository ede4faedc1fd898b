"""What must hold for every network in the table; a new entry is tested without a change here."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor

from perpixel.architecture import Segmenter, fitting, surround
from perpixel.classes import ClassTable
from perpixel.export import load_checkpoint, save_checkpoint
from perpixel.models import MODELS, build
from perpixel.objectives import SemanticObjective
from perpixel.plan import Plan
from perpixel.predict import Predictor
from perpixel.spec import ModelSpec, OutputSpec
from perpixel.synthetic import street
from perpixel.synthetic.scene import Scene
from perpixel.training.learner import Learner

CLASSES = ClassTable.named(("above", "ground", "standing"))
GROUPS = {"sky": 0, "road": 1, "pavement": 1}  # of the drawn streets' classes; all others stand
SCENES = (1, 2, 3, 5)
BAR, STEPS = 0.9, 400


@dataclass(frozen=True)
class Case:
    """A network, narrow and shallow enough to learn and to be exported in seconds.

    `size` is that of the drawn scenes: a network that decides on a coarse grid gets larger ones.
    """

    name: str
    backbone: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    in_channels: int = 3
    size: tuple[int, int] = (64, 96)
    rate: float = 4e-3

    def build(self) -> Segmenter:
        torch.manual_seed(0)
        return build(
            self.name, len(CLASSES), backbone=self.backbone, in_channels=self.in_channels, options=self.options
        )


TWO_STAGE = {"mask_rcnn", "panoptic_fpn"}  # what they find is no label map: they have tests of their own
here = [name for name, rung in MODELS.items() if name not in TWO_STAGE and (not rung.extra or find_spec(rung.extra))]
FCN = {"widths": (4, 8, 16, 32, 32), "hidden": 64, "norm": True, "zero_scores": False, "dropout": 0.1}
NARROW = {
    "fcn_flat": Case("fcn_flat", options={"widths": (8,) * 6}),
    "fcn32s": Case("fcn32s", options={**FCN, "upsampling": "learned"}, size=(128, 192)),
    "fcn16s": Case("fcn16s", options=FCN, size=(96, 144)),
    "fcn8s": Case("fcn8s", options=FCN),
    "deconvnet": Case("deconvnet", options={"widths": (4, 8, 16, 32, 32), "hidden": 64, "kernel": 2}),
    "patch": Case(
        "patch", options={"patch": 33, "kernels": (4, 4, 3), "widths": (6, 8, 8), "hidden": 24}, size=(48, 48)
    ),
    "farabet": Case("farabet", options={"widths": (4, 8, 32), "hidden": 64}),
    "pinheiro": Case("pinheiro", options={"widths": (8, 12)}),
    "ddrnet": Case("ddrnet", options={"width": 8, "pooled": 16, "head": 16}, size=(128, 192)),
    "fc_densenet": Case("fc_densenet", options={"first": 8, "growth": 4, "depths": (2, 2, 3), "dropout": 0.0}),
    "lanenet": Case("lanenet", "mobilenet_v3_small", {"width": 32, "size": (64, 96)}),
    "segformer": Case("segformer", options={"widths": (8, 16, 40, 64), "depths": (1, 1, 1, 1), "width": 32}),
    "segnet": Case("segnet", options={"widths": (8, 16, 32)}),
    "segnet_basic": Case("segnet_basic", options={"widths": (8, 8, 8, 8)}),
    "fcn_resnet": Case("fcn_resnet", "resnet18", {"width": 64}),
    "pspnet": Case("pspnet", "mobilenet_v3_small", {"width": 64}),
    "deeplabv3": Case("deeplabv3", "resnet18", {"width": 32}),
    "deeplabv3plus": Case("deeplabv3plus", "efficientnet_lite0", {"width": 32}),
    "ladder": Case("ladder", "resnet18", {"width": 16}),
    "hf": Case("hf", options={"config": {"model_type": "segformer", "hidden_sizes": (16, 24, 32, 48)}}),
    "unet": Case("unet", options={"widths": (8, 12, 16)}),
}
CASES = {
    **{name: NARROW.get(name, Case(name)) for name in here},  # a network not named above is tested as it is
    "segnet_basic transposed, strided": Case(
        "segnet_basic", options={"widths": (8, 8), "upsample": "transposed", "downsample": "stride"}
    ),
    "unet valid": Case("unet", options={"widths": (8, 16, 24), "padding": "valid", "norm": False, "dropout": 0.0}),
    "unet on resnet18": Case("unet", "resnet18", {"widths": (32, 16, 16, 8)}),
    "unet on mobilenet_v2": Case("unet", "mobilenet_v2", {"widths": (32, 16, 16, 8, 8)}, in_channels=4),
}
LEARNT = ["unet valid", *here]  # each costs seconds


@pytest.fixture(params=CASES)
def model(request: pytest.FixtureRequest) -> Segmenter:
    return CASES[request.param].build().eval()


@pytest.fixture(scope="module", params=LEARNT)
def learnt(request: pytest.FixtureRequest) -> tuple[Segmenter, float]:
    """A network trained on four drawn scenes until it knows them, and its mean IoU on them."""
    case = CASES[request.param]
    model = case.build()
    images, truths = pictures(model, size=case.size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=case.rate)
    score = 0.0
    for step in range(1, STEPS + 1):
        model.train()
        optimizer.param_groups[0]["lr"] = case.rate * min(step / 10, 1)
        optimizer.zero_grad()
        loss(model, images, truths).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        if step % 10 == 0 and (score := mean_iou(model, images, truths)) >= BAR:
            break
    return model.eval(), score


def pictures(model: Segmenter, *, size: tuple[int, int] = (64, 64)) -> tuple[Tensor, Tensor]:
    """Four drawn streets, raw 0 .. 255 (4, C, H, W), and three groups of their classes, less the model's margin."""
    images, truths = [], []
    for seed in SCENES:
        scene = drawn(seed, size)
        table = np.array([GROUPS.get(name, 2) for name in scene.labels.classes.names])
        channels = np.concatenate([scene.image, scene.image.mean(2, keepdims=True)], axis=2)
        images.append(channels[..., : model.in_channels].astype(np.float32))
        truths.append(table[scene.labels.labels])
    image, labels = torch.tensor(np.stack(images)).permute(0, 3, 1, 2), torch.tensor(np.stack(truths))
    if model.geometry.margin:  # the answer then covers the picture exactly where the padding asks for nothing more
        image = surround(image, model.geometry)
    return image.contiguous(), labels


@cache
def drawn(seed: int, size: tuple[int, int]) -> Scene:
    return street(seed, size=size)


def loss(model: Segmenter, images: Tensor, truths: Tensor) -> Tensor:
    outputs = model.outputs(images)
    logits = F.interpolate(outputs["logits"], scale_factor=model.stride, mode="bilinear")
    total = F.cross_entropy(logits[:, :, : truths.shape[1], : truths.shape[2]], truths)
    if "auxiliary" in outputs:
        coarse = F.interpolate(outputs["auxiliary"], truths.shape[1:], mode="bilinear")
        total = total + 0.1 * F.cross_entropy(coarse, truths)
    return total


@torch.inference_mode()
def mean_iou(model: Segmenter, images: Tensor, truths: Tensor) -> float:
    model.eval()
    labels = model(images).argmax(dim=1)[:, : truths.shape[1], : truths.shape[2]]
    pairs = [(labels == index, truths == index) for index in range(len(CLASSES))]
    return float(np.mean([float((ours & theirs).sum() / (ours | theirs).sum()) for ours, theirs in pairs]))


def taken(model: Segmenter, height: int, width: int) -> tuple[int, int]:
    """The size itself, or the next that a network with a margin takes."""
    if not model.geometry.margin:
        return height, width
    return fitting(height, model.geometry), fitting(width, model.geometry)


@pytest.mark.parametrize("size", [(1, 1), (37, 53), (64, 33)])
@torch.inference_mode()
def test_logits_have_the_size_of_the_picture_less_the_margin(model: Segmenter, size: tuple[int, int]) -> None:
    height, width = taken(model, *size)
    logits = model(torch.rand(2, model.in_channels, height, width) * 255)
    margin = model.geometry.margin
    assert logits.shape == (2, len(CLASSES), height - 2 * margin, width - 2 * margin)


@torch.inference_mode()
def test_coarse_logits_cover_the_padded_picture_at_their_stride(model: Segmenter) -> None:
    height, width = taken(model, 37, 53)
    logits = model.outputs(torch.rand(1, model.in_channels, height, width) * 255)["logits"]
    padded = [fitting(side, model.geometry) - 2 * model.geometry.margin for side in (height, width)]
    assert logits.shape[2:] == tuple(-(-side // model.stride) for side in padded)


@torch.inference_mode()
def test_a_picture_does_not_depend_on_its_neighbors_in_the_batch(model: Segmenter) -> None:
    images, _ = pictures(model)
    together, alone = model(images), torch.cat([model(image[None]) for image in images])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4 * float(together.abs().max()))


def test_every_trainable_parameter_gets_a_gradient(model: Segmenter) -> None:
    model.train()
    images, truths = pictures(model)
    loss(model, images, truths).backward()
    if len(model.answers) > 1:  # of what is not for classes, a loss of its own
        outputs = model.outputs(images.float())
        torch.stack([outputs[name].square().mean() for name in model.answers[1:]]).sum().backward()
    without = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert without == []


def test_building_again_gives_the_same_tensors(model: Segmenter) -> None:
    recipe: Any = model.architecture
    again = build(
        recipe["name"],
        len(CLASSES),
        backbone=recipe["backbone"],
        in_channels=recipe["in_channels"],
        options=recipe["options"],
    )
    ours, theirs = ({name: tensor.shape for name, tensor in network.state_dict().items()} for network in (model, again))
    assert ours == theirs


def test_a_resumed_network_learns_on_with_the_very_same_weights(
    model: Segmenter, request: pytest.FixtureRequest
) -> None:
    case = CASES[request.node.callspec.params["model"]]
    images, truths = pictures(model)
    accelerator, plan = Accelerator(cpu=True), Plan(optimizer="sgd", rate=0.01, ema=0.9)
    if truths.shape[1:] != images.shape[2:]:
        truths = F.pad(truths, [(images.shape[2] - truths.shape[1]) // 2] * 4)

    def learner(network: Segmenter) -> Learner:
        return Learner(network, SemanticObjective(network), plan, accelerator)

    first = learner(model)
    first.learn([(images, truths)], rate=0.01, step=0)
    tensors, facts = {name: tensor.clone() for name, tensor in first.tensors().items()}, first.facts()
    first.learn([(images, truths)], rate=0.01, step=1)
    second = learner(case.build())
    second.load(facts, tensors)
    second.learn([(images, truths)], rate=0.01, step=1)
    assert all(torch.equal(tensor, second.tensors()[name]) for name, tensor in first.tensors().items())


def test_a_narrow_copy_overfits_four_drawn_scenes(learnt: tuple[Segmenter, float]) -> None:
    assert learnt[1] >= BAR


def test_saved_and_loaded_it_answers_the_same_and_its_graph_too_at_sizes_not_traced(
    learnt: tuple[Segmenter, float], tmp_path: Path
) -> None:
    model, _ = learnt
    spec = ModelSpec("test", "semantic", CLASSES, outputs=(OutputSpec("logits", model.stride),))
    save_checkpoint(tmp_path / "checkpoint", model, spec)
    again, _ = load_checkpoint(tmp_path / "checkpoint")
    session = onnxruntime.InferenceSession(tmp_path / "checkpoint" / "model.onnx")
    predictor = Predictor(tmp_path / "checkpoint", confidence="none", threads=1)
    for size in ((1, 1), (37, 53), (61, 29)):
        image = np.random.default_rng(0).integers(0, 256, (1, *size, model.in_channels), dtype=np.uint8)
        images = torch.from_numpy(image).permute(0, 3, 1, 2).float()
        if model.geometry.margin:
            images = surround(images, model.geometry)
        with torch.inference_mode():
            expected = model.outputs(images)["logits"]
            assert torch.equal(again.outputs(images)["logits"], expected)
            full = model(images)[0, :, : size[0], : size[1]]
        (graph,) = session.run(["logits"], {"image": image})
        torch.testing.assert_close(
            torch.from_numpy(graph), expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max())
        )
        labels = torch.from_numpy(predictor(image[0]).labels).long()
        first, second = full.topk(2, dim=0).values
        sure = first - second > 1e-3 * full.abs().max()  # of two classes that are all but equal either may be first
        assert sure.float().mean() > 0.9
        assert torch.equal(labels[sure], full.argmax(dim=0)[sure])
