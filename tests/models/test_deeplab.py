"""DeepLabv3, DeepLabv3+ and the FCN on a dilated ResNet: published names and counts, whole networks that load."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from perpixel.errors import ModelError
from perpixel.models.deeplabv3 import DeepLabV3
from perpixel.models.deeplabv3plus import DeepLabV3Plus
from perpixel.models.fcn_resnet import FCNResNet

Published = DeepLabV3 | FCNResNet

# Tensors in torchvision's published file, SHA-256 of its sorted lines "name<tab>shape", and its parameters.
PUBLISHED = [
    (DeepLabV3, 370, "49d2e604b2407efc678870981c660d45c1b0f427e5046ad43d96363397c31b17", 42_004_074),
    (FCNResNet, 334, "73e14e4ed978d880d373ae52e761a53372aead3101cb21ccd563271649056703", 35_322_218),
]
BOTH = pytest.mark.parametrize("make", [DeepLabV3, FCNResNet])


def public(model: Published) -> dict[str, Tensor]:
    """The tensors under the names of torchvision's files."""
    return {
        name.replace("auxiliary.", "aux_classifier."): tensor
        for name, tensor in model.state_dict().items()
        if not name.startswith("normalization.")
    }


@pytest.mark.parametrize(("make", "tensors", "digest", "parameters"), PUBLISHED)
def test_names_shapes_and_parameters_are_torchvisions(
    make: type[Published], tensors: int, digest: str, parameters: int
) -> None:
    with torch.device("meta"):
        model = make(21)
    lines = sorted(f"{name}\t{'x'.join(map(str, tensor.shape)) or 'scalar'}" for name, tensor in public(model).items())
    assert len(lines) == tensors
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == digest
    assert sum(parameter.numel() for parameter in model.parameters()) == parameters


@BOTH
@torch.inference_mode()
def test_a_published_file_gives_the_published_answers(make: type[Published], tmp_path: Path) -> None:
    torch.manual_seed(0)
    published, model, other = (make(4, backbone="resnet18", width=8).eval() for _ in range(3))
    file = tmp_path / "published.safetensors"
    save_file(public(published), file)
    model.load_published(file)
    other.load_published(public(published))
    images = torch.rand(1, 3, 40, 56) * 255
    assert torch.equal(model(images), published(images))
    assert torch.equal(other(images), published(images))
    assert torch.equal(model.normalization.mean, published.normalization.mean)


@BOTH
def test_tensors_that_do_not_fit_are_named_and_nothing_is_loaded(make: type[Published]) -> None:
    model = make(4, backbone="resnet18", width=8)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    tensors = {name: torch.zeros_like(tensor) for name, tensor in public(model).items()}
    with pytest.raises(ModelError, match=r"the tensors given: .* it lacks backbone\.conv1\.weight$"):
        model.load_published({name: tensor for name, tensor in tensors.items() if name != "backbone.conv1.weight"})
    with pytest.raises(ModelError, match=r"fc\.weight has no place"):
        model.load_published({**tensors, "fc.weight": torch.zeros(3)})
    with pytest.raises(ModelError, match=r"auxiliary\.4\.weight \(is 21x4x1x1, should be 4x"):
        model.load_published({**tensors, "aux_classifier.4.weight": torch.zeros(21, 4, 1, 1)})
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_the_rates_of_deeplabv3_are_12_24_36_and_its_stages_are_dilated_by_2_and_4() -> None:
    with torch.device("meta"):
        model = DeepLabV3(21)
    assert [branch[0].dilation[0] for branch in list(model.classifier[0].convs)[1:4]] == [12, 24, 36]
    assert [block.conv2.dilation[0] for block in model.backbone.layer4] == [2, 4, 4]
    assert model.stride == 8


@BOTH
def test_the_auxiliary_head_answers_in_training_only(make: type[Published]) -> None:
    model = make(3, backbone="resnet18", width=8)
    outputs = model.train().outputs(torch.rand(1, 3, 64, 96))  # of one picture: the mean of a map is one value
    assert outputs["logits"].shape == outputs["auxiliary"].shape == (1, 3, 8, 12)
    assert model.eval().outputs(torch.rand(1, 3, 64, 96)).keys() == {"logits"}


def test_deeplabv3plus_has_the_decoder_of_the_paper() -> None:
    with torch.device("meta"):
        model = DeepLabV3Plus(21, separable=False)
    assert [branch[0].dilation[0] for branch in list(model.pyramid.convs)[1:4]] == [6, 12, 18]
    assert model.reduce[0].weight.shape == (48, 256, 1, 1)
    assert [filters[0].weight.shape for filters in model.refine] == [(256, 304, 3, 3), (256, 256, 3, 3)]
    assert (model.stride, model.backbone.strides[-1]) == (4, 16)
    expected = (
        23_508_032  # ResNet-50 without its classifier
        + 2 * (2048 * 256 + 2 * 256)
        + 3 * (2048 * 256 * 9 + 2 * 256)
        + (1280 * 256 + 2 * 256)
        + (256 * 48 + 2 * 48)
        + (304 * 256 * 9 + 2 * 256)
        + (256 * 256 * 9 + 2 * 256)
        + (256 * 21 + 21)
    )
    assert sum(parameter.numel() for parameter in model.parameters()) == expected


def test_separable_convolutions_of_the_paper_are_the_default_and_a_fifth_of_the_head() -> None:
    with torch.device("meta"):
        model = DeepLabV3Plus(21)
    head = sum(p.numel() for name, p in model.named_parameters() if not name.startswith("backbone."))
    separable = [9 * inner + 2 * inner + inner * 256 + 2 * 256 for inner in (2048, 2048, 2048, 256 + 48, 256)]
    plain = 2 * (2048 * 256 + 2 * 256) + (1280 * 256 + 2 * 256) + (256 * 48 + 2 * 48) + (256 * 21 + 21)
    assert head == sum(separable) + plain == 3_188_101
    assert [branch[0][0].groups for branch in list(model.pyramid.convs)[1:4]] == [2048] * 3


@pytest.mark.parametrize("output_stride", [8, 16, 32])
@torch.inference_mode()
def test_deeplabv3plus_answers_at_stride_4_whatever_the_backbones_stride(output_stride: int) -> None:
    model = DeepLabV3Plus(2, backbone="mobilenet_v3_small", width=8, output_stride=output_stride).eval()
    assert model.outputs(torch.rand(1, 3, 64, 96))["logits"].shape == (1, 2, 16, 24)
    assert model(torch.rand(1, 3, 37, 53)).shape == (1, 2, 37, 53)
