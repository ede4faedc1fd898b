"""What must hold for every network in the table; a new entry is tested without a change here."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from perpixel.architecture import Segmenter, fitting, surround
from perpixel.classes import ClassTable
from perpixel.export import load_checkpoint, save_checkpoint
from perpixel.models import MODELS, build
from perpixel.spec import ModelSpec

CLASSES = ClassTable.named(("ground", "box", "disk"))
SPEC = ModelSpec("test", "semantic", CLASSES)


@dataclass(frozen=True)
class Case:
    name: str
    backbone: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    in_channels: int = 3

    def build(self) -> Segmenter:
        torch.manual_seed(0)
        return build(
            self.name, len(CLASSES), backbone=self.backbone, in_channels=self.in_channels, options=self.options
        )


NARROW = {
    "ladder": Case("ladder", "efficientnet_lite0", {"width": 16}),
    "unet": Case("unet", options={"widths": (8, 12, 16, 24, 32)}),
}
CASES = {
    **{name: NARROW.get(name, Case(name)) for name in MODELS},  # a network not named above is tested as it is
    "unet valid": Case("unet", options={"widths": (8, 16, 24), "padding": "valid", "norm": False, "dropout": 0.0}),
    "unet on resnet18": Case("unet", "resnet18", {"widths": (32, 16, 16, 8)}),
    "unet on mobilenet_v2": Case("unet", "mobilenet_v2", {"widths": (32, 16, 16, 8, 8)}, in_channels=4),
}
LEARNT = ["unet valid", *MODELS]  # each costs seconds


@pytest.fixture(params=CASES)
def model(request: pytest.FixtureRequest) -> Segmenter:
    return CASES[request.param].build().eval()


@pytest.fixture(scope="module", params=LEARNT)
def learnt(request: pytest.FixtureRequest) -> tuple[Segmenter, float]:
    """A network trained on four drawn pictures until it knows them, and the least IoU of a class."""
    model = CASES[request.param].build()
    images, truths = pictures(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    worst = 0.0
    for step in range(1, 151):
        model.train()
        optimizer.zero_grad()
        loss(model, images, truths).backward()
        optimizer.step()
        if step % 10 == 0 and (worst := least_iou(model, images, truths)) >= 0.9:
            break
    return model.eval(), worst


def pictures(model: Segmenter, *, side: int = 64) -> tuple[Tensor, Tensor]:
    """Four pictures of a box and a disk, raw 0 .. 255 (4, C, H, W), and their labels, less the model's margin."""
    generator = np.random.default_rng(1)
    row, column = np.mgrid[:side, :side]
    images, truths = [], []
    for _ in range(4):
        truth = np.zeros((side, side), np.int64)
        top, left = generator.integers(4, side // 2, 2)
        truth[top : top + 20, left : left + 24] = 1
        y, x = generator.integers(16, side - 16, 2)
        truth[(row - y) ** 2 + (column - x) ** 2 < 14**2] = 2
        colors = np.array([[90, 90, 90, 90], [200, 60, 60, 60], [60, 90, 200, 160]], np.float32)
        images.append(colors[truth][..., : model.in_channels] + generator.normal(0, 15, (side, side, 1)))
        truths.append(truth)
    image, labels = torch.tensor(np.stack(images)).float().permute(0, 3, 1, 2), torch.tensor(np.stack(truths))
    if model.geometry.margin:  # the answer then covers the picture exactly where the padding asks for nothing more
        image = surround(image, model.geometry)
    return image.contiguous(), labels


def loss(model: Segmenter, images: Tensor, truths: Tensor) -> Tensor:
    outputs = model.outputs(images)
    logits = F.interpolate(outputs["logits"], scale_factor=model.stride, mode="bilinear")
    total = F.cross_entropy(logits[:, :, : truths.shape[1], : truths.shape[2]], truths)
    if "auxiliary" in outputs:
        coarse = F.interpolate(outputs["auxiliary"], truths.shape[1:], mode="bilinear")
        total = total + 0.1 * F.cross_entropy(coarse, truths)
    return total


@torch.inference_mode()
def least_iou(model: Segmenter, images: Tensor, truths: Tensor) -> float:
    model.eval()
    labels = model(images).argmax(dim=1)[:, : truths.shape[1], : truths.shape[2]]
    pairs = [(labels == index, truths == index) for index in range(len(CLASSES))]
    return min(float((ours & theirs).sum() / (ours | theirs).sum()) for ours, theirs in pairs)


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
    loss(model, *pictures(model)).backward()
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


def test_a_narrow_copy_overfits_four_drawn_pictures(learnt: tuple[Segmenter, float]) -> None:
    assert learnt[1] >= 0.9


def test_saved_and_loaded_it_answers_the_same_and_its_graph_too_at_sizes_not_traced(
    learnt: tuple[Segmenter, float], tmp_path: Path
) -> None:
    model, _ = learnt
    save_checkpoint(tmp_path / "checkpoint", model, SPEC)
    again, _ = load_checkpoint(tmp_path / "checkpoint")
    session = onnxruntime.InferenceSession(tmp_path / "checkpoint" / "model.onnx")
    for size in ((1, 1), (37, 53), (64, 29)):
        image = np.random.default_rng(0).integers(0, 256, (1, *size, model.in_channels), dtype=np.uint8)
        images = torch.from_numpy(image).permute(0, 3, 1, 2).float()
        if model.geometry.margin:
            images = surround(images, model.geometry)
        with torch.inference_mode():
            expected = model.outputs(images)["logits"]
            assert torch.equal(again.outputs(images)["logits"], expected)
        (graph,) = session.run(["logits"], {"image": image})
        torch.testing.assert_close(
            torch.from_numpy(graph), expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max())
        )
