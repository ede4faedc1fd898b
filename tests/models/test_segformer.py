"""SegFormer: public names and shapes, published parameters and operations, and the decoder's order of steps."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from perpixel.complexity import complexity
from perpixel.errors import ModelError
from perpixel.models.segformer import Head, SegFormer

# Tensors of transformers' SegFormer-B0 with 150 classes, and SHA-256 of their sorted lines "name<tab>shape".
TENSORS, DIGEST = 208, "b734ea8c8454822c42a78e9187d807868694cd8a90fd26613b22ed6f0792621c"


def narrow(num_classes: int = 3) -> SegFormer:
    torch.manual_seed(0)
    return SegFormer(num_classes, widths=(4, 8, 10, 16), depths=(1, 1, 1, 1), width=8)


def test_names_shapes_and_parameters_are_the_published_ones() -> None:
    with torch.device("meta"):
        network = SegFormer(150)
    lines = sorted(
        f"{name}\t{'x'.join(map(str, tensor.shape)) or 'scalar'}"
        for name, tensor in network.state_dict().items()
        if not name.startswith("normalization.")
    )
    assert (len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()) == (TENSORS, DIGEST)
    assert sum(parameter.numel() for parameter in network.parameters()) == 3_752_694


@pytest.mark.parametrize(
    ("size", "side", "parameters", "millions", "published"),
    [  # table 1a: of encoder and decoder, and operations on ADE20K, 150 classes, where B5 has larger pictures
        ("b0", 512, 3_752_694, 3.8, 8.4),
        ("b1", 512, 13_715_798, 13.7, 15.9),
        ("b2", 512, 27_461_974, 27.5, 62.4),
        ("b5", 640, 84_708_694, 84.7, 183.3),
    ],
)
def test_operations_are_the_published_ones_less_those_that_the_order_of_fusing_saves(
    size: str, side: int, parameters: int, millions: float, published: float
) -> None:
    with torch.device("meta"):
        network = SegFormer(150, size=size)
    cost = complexity(network, (side, side))
    assert cost.parameters == parameters
    assert round(parameters / 1e6, 1) == millions
    width, places = network.decode_head.classifier.in_channels, (side // 4) ** 2
    enlarged_first = 4 * width * width * places
    fused_first = width * width * places * (1 + 1 / 4 + 1 / 16 + 1 / 64)
    assert (cost.flops / 2 + enlarged_first - fused_first) / 1e9 == pytest.approx(published, rel=0.01)


@torch.inference_mode()
def test_fusing_before_enlarging_gives_the_numbers_of_the_papers_order() -> None:
    torch.manual_seed(0)
    head = Head((4, 6, 10, 8), 5, 3, dropout=0.0).eval()
    maps = [torch.rand(2, width, 16 >> level, 24 >> level) for level, width in enumerate((4, 6, 10, 8))]
    enlarged = [
        F.interpolate(project(x), size=(16, 24), mode="bilinear")
        for project, x in zip(head.linear_projections, maps, strict=True)
    ]
    fused = head.linear_fuse(torch.cat(enlarged[::-1], dim=1))
    expected = head.classifier(F.relu(head.batch_norm(fused)))
    torch.testing.assert_close(head(maps), expected)


def test_a_published_file_loads_whole_or_without_its_head(tmp_path: Path) -> None:
    file = tmp_path / "segformer.pth"
    published = {name: x for name, x in narrow().state_dict().items() if not name.startswith("normalization.")}
    published["decode_head.linear_c.0.proj.bias"] = published.pop("decode_head.linear_projections.0.proj.bias") + 1
    torch.save(published, file)
    whole, other = SegFormer(3, widths=(4, 8, 10, 16), depths=(1, 1, 1, 1), width=8), narrow(5)
    whole.load_published(file)
    assert torch.equal(whole.decode_head.linear_projections[0].proj.bias, published["decode_head.linear_c.0.proj.bias"])
    assert torch.equal(whole.decode_head.classifier.weight, published["decode_head.classifier.weight"])
    with pytest.raises(ModelError, match=r"do not fit SegFormer: other shapes: decode_head\.classifier\.weight"):
        other.load_published(file)
    other.segformer.load_pretrained(file)
    key = "stages.3.blocks.0.mlp.fc2.weight"
    assert torch.equal(other.segformer.state_dict()[key], published[f"segformer.{key}"])


def test_a_size_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="size is 'b6'; SegFormer has b0, b1, b2, b3, b4, b5"):
        SegFormer(2, size="b6")


def test_the_decoder_is_three_times_as_wide_from_b2_on() -> None:
    with torch.device("meta"):
        widths = [SegFormer(2, size=size).decode_head.linear_fuse.out_channels for size in ("b0", "b1", "b2", "b5")]
    assert widths == [256, 256, 768, 768]
