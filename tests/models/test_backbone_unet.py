"""U-Net on a backbone: every backbone, strides by widths, pretrained weights, other channels than three."""

from __future__ import annotations

import pytest
import torch

from perpixel.backbones import BACKBONES
from perpixel.models.backbone_unet import BackboneUNet


@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_backbone_can_be_a_contracting_path(backbone: str) -> None:
    with torch.device("meta"):
        model = BackboneUNet(5, backbone=backbone).eval()
        logits = model(torch.empty(1, 3, 70, 90))
    assert logits.shape == (1, 5, 70, 90)
    assert model.stride == 1


@pytest.mark.parametrize(
    ("widths", "stride"), [((16, 8, 8, 8, 8), 1), ((16, 8, 8, 8), 2), ((16, 8, 8), 4), ((16,), 16)]
)
@torch.inference_mode()
def test_each_width_halves_the_stride(widths: tuple[int, ...], stride: int) -> None:
    model = BackboneUNet(2, backbone="resnet18", widths=widths).eval()
    assert model.stride == stride
    assert model.outputs(torch.rand(1, 3, 64, 96))["logits"].shape == (1, 2, 64 // stride, 96 // stride)


@pytest.mark.parametrize("widths", [(), (8, 8, 8, 8, 8, 8)])
def test_too_many_or_no_widths_are_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="resnet18 can be doubled 1 to 5 times"):
        BackboneUNet(2, backbone="resnet18", widths=widths)


def test_pretrained_weights_and_their_normalization_are_the_backbones() -> None:
    model = BackboneUNet(2, backbone="efficientnet_lite0", pretrained=True, in_channels=4, widths=(8, 8, 8))
    published = BACKBONES["efficientnet_lite0"]()
    published.load_pretrained()
    ours, theirs = model.backbone.state_dict(), published.state_dict()
    first = "conv_stem.weight"
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in ours.items() if name != first)
    assert torch.equal(ours[first][:, :3], theirs[first])
    assert ours[first][:, 3:].count_nonzero() == 0
    assert model.normalization.mean.flatten().tolist() == [127.0] * 4


@pytest.mark.parametrize(
    ("backbone", "classes", "deepest", "joined", "parameters"),
    [
        # The backbone without its classifier, 3 x 3 filters of the decoder, normalization (2 * 2 * 496), classifier:
        ("resnet18", 4, 512, (256, 128, 64, 64, 0), 11176512 + 3149568 + 1984 + (9 * 16 * 4 + 4)),
        ("mobilenet_v2", 23, 320, (96, 32, 24, 16, 0), 1811712 + 2191104 + 1984 + (9 * 16 * 23 + 23)),
    ],
)
def test_decoders_of_256_to_16_channels_stand_on_small_backbones(
    backbone: str, classes: int, deepest: int, joined: tuple[int, ...], parameters: int
) -> None:
    widths = (256, 128, 64, 32, 16)
    with torch.device("meta"):
        model = BackboneUNet(classes, backbone=backbone, widths=widths)
    taken = [deeper + copied for deeper, copied in zip((deepest, *widths), joined, strict=False)]
    assert [step[0][0].in_channels for step in model.up] == taken
    assert model.stride == 1
    assert sum(parameter.numel() for parameter in model.parameters()) == parameters


def test_without_skips_the_decoder_takes_the_deepest_map_alone() -> None:
    # 9 * (256 * 256 + 128 * 128 + 64 * 64 + 64 * 32) weights less than above
    with torch.device("meta"):
        model = BackboneUNet(4, backbone="resnet18", skip=False)
    assert [step[0][0].in_channels for step in model.up] == [512, 256, 128, 64, 32]
    assert sum(parameter.numel() for parameter in model.parameters()) == 14328644 - 9 * 88064
