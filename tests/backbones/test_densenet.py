"""DenseNet-121: public names and shapes, published parameter count, strides."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
import torch
from torch import nn

from perpixel.backbones.densenet import DenseNet, densenet121
from perpixel.errors import ModelError

# Tensors in torchvision's published file, and SHA-256 of its sorted lines "name<tab>shape".
TENSORS, DIGEST = 727, "a05a494192643287121ff95fa45c0569cf94a586606a71c8882bcf24dd1ba226"


def signature(module: nn.Module) -> tuple[int, str]:
    lines = sorted(
        f"{name}\t{'x'.join(map(str, tensor.shape)) or 'scalar'}" for name, tensor in module.state_dict().items()
    )
    return len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()


def narrow(*, classes: int | None = None) -> DenseNet:
    torch.manual_seed(0)
    return DenseNet(depths=(2, 1, 3, 2), first=8, growth=4, classes=classes)


def test_names_shapes_and_parameters_are_the_published_ones() -> None:
    with torch.device("meta"):
        whole, features = densenet121(classes=1000), densenet121()
    assert signature(whole) == (TENSORS, DIGEST)
    assert sum(parameter.numel() for parameter in whole.parameters()) == 7_978_856
    assert sum(parameter.numel() for parameter in features.parameters()) == 7_978_856 - 1_025_000
    assert features.channels == (64, 256, 512, 1024, 1024)


@torch.inference_mode()
def test_maps_have_the_stated_strides_and_channels_at_an_odd_size() -> None:
    backbone = narrow().eval()
    maps = backbone(torch.rand(1, 3, 65, 79))
    assert backbone.channels == (8, 16, 12, 18, 17)
    assert backbone.strides == (2, 4, 8, 16, 32)
    assert [tuple(x.shape) for x in maps] == [
        (1, channels, -(-65 // stride), -(-79 // stride))
        for channels, stride in zip(backbone.channels, backbone.strides, strict=True)
    ]


@torch.inference_mode()
def test_the_maps_are_those_on_the_way_to_the_classifier() -> None:
    backbone = narrow(classes=7).eval()
    images = torch.rand(2, 3, 64, 64)
    features = backbone.features
    x = features.get_submodule("pool0")(
        torch.relu(features.get_submodule("norm0")(features.get_submodule("conv0")(images)))
    )
    for number in (1, 2, 3):  # torchvision's order: norm, ReLU, 1 x 1, mean of 2 x 2
        transition = features.get_submodule(f"transition{number}")
        block = features.get_submodule(f"denseblock{number}")(x)
        activated = torch.relu(transition.get_submodule("norm")(block))
        torch.testing.assert_close(backbone(images)[number], activated)
        x = nn.functional.avg_pool2d(transition.get_submodule("conv")(activated), 2, 2)
    x = torch.relu(features.get_submodule("norm5")(features.get_submodule("denseblock4")(x)))
    torch.testing.assert_close(backbone.classify(images), backbone.classifier(x.mean(dim=(2, 3))))


@torch.inference_mode()
def test_a_layer_reads_all_that_was_written_before_it() -> None:
    block = narrow().features.get_submodule("denseblock3").eval()
    widths = [layer.get_submodule("conv1").in_channels for layer in block.children()]
    assert widths == [6, 10, 14]
    x = torch.rand(1, 6, 5, 5)
    assert torch.equal(block(x)[:, :6], x)


@pytest.mark.parametrize("dotted", [False, True])
def test_published_files_load_with_old_and_new_names(dotted: bool, tmp_path: Path) -> None:
    published = narrow(classes=10).state_dict()
    named = {re.sub(r"\.(norm|conv)([12])\.", r".\1.\2.", name) if dotted else name: x for name, x in published.items()}
    assert ("features.denseblock1.denselayer1.norm.1.weight" in named) == dotted
    torch.save(named, tmp_path / "densenet.pth")
    for backbone in (narrow(), narrow(classes=10)):
        nn.init.zeros_(backbone.features.get_submodule("conv0").weight)
        backbone.load_pretrained(tmp_path / "densenet.pth")
        assert all(torch.equal(tensor, published[name]) for name, tensor in backbone.state_dict().items())


def test_tensors_that_do_not_fit_are_named(tmp_path: Path) -> None:
    wrong = narrow().state_dict()
    del wrong["features.norm5.weight"]
    torch.save(wrong, tmp_path / "wrong.pth")
    with pytest.raises(ModelError, match=r"do not fit DenseNet: it lacks features\.norm5\.weight"):
        narrow().load_pretrained(tmp_path / "wrong.pth")
