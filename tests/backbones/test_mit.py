"""MiT: published parameter counts, strides, what attention sees, and files with old and new names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from perpixel.backbones.mit import Attention, MiT, StochasticDepth, mit_b0, mit_b1, mit_b2, mit_b3, mit_b4, mit_b5
from perpixel.errors import ModelError

OLD = {  # the names on the Hugging Face hub, part by part
    "patch_embeddings.proj": "encoder.patch_embeddings.0.proj",
    "patch_embeddings.layer_norm": "encoder.patch_embeddings.0.layer_norm",
    "blocks.0.layernorm_before": "encoder.block.0.0.layer_norm_1",
    "blocks.0.attention.q_proj": "encoder.block.0.0.attention.self.query",
    "blocks.0.attention.k_proj": "encoder.block.0.0.attention.self.key",
    "blocks.0.attention.v_proj": "encoder.block.0.0.attention.self.value",
    "blocks.0.attention.o_proj": "encoder.block.0.0.attention.output.dense",
    "blocks.0.attention.sequence_reduction.sequence_reduction": "encoder.block.0.0.attention.self.sr",
    "blocks.0.attention.sequence_reduction.layer_norm": "encoder.block.0.0.attention.self.layer_norm",
    "blocks.0.layernorm_after": "encoder.block.0.0.layer_norm_2",
    "blocks.0.mlp.fc1": "encoder.block.0.0.mlp.dense1",
    "blocks.0.mlp.dwconv.dwconv": "encoder.block.0.0.mlp.dwconv.dwconv",
    "blocks.0.mlp.fc2": "encoder.block.0.0.mlp.dense2",
    "layer_norm": "encoder.layer_norm.0",
}


def narrow(*, drop_path: float = 0.1) -> MiT:
    torch.manual_seed(0)
    return MiT(widths=(4, 8, 10, 16), depths=(1, 1, 1, 1), drop_path=drop_path)


def old_names(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    found = {}
    for name, tensor in tensors.items():
        stage, _, rest = name.removeprefix("stages.").partition(".")
        part, _, leaf = rest.rpartition(".")
        old = OLD[part].replace("block.0.", f"block.{stage}.").replace("embeddings.0.", f"embeddings.{stage}.")
        old = f"encoder.layer_norm.{stage}" if part == "layer_norm" else old
        found[f"segformer.{old}.{leaf}"] = tensor
    return found


@pytest.mark.parametrize(
    ("make", "parameters", "millions"),
    [  # the paper's table 1a, without the decoder; its 3.4 for the first would be 3.3
        (mit_b0, 3_319_392, 3.4),
        (mit_b1, 13_151_424, 13.1),
        (mit_b2, 24_196_288, 24.2),
        (mit_b3, 44_072_128, 44.0),
        (mit_b4, 60_842_688, 60.8),
        (mit_b5, 81_443_008, 81.4),
    ],
)
def test_parameters_are_the_published_ones(make: Callable[[], MiT], parameters: int, millions: float) -> None:
    with torch.device("meta"):
        backbone = make()
    assert sum(values.numel() for values in backbone.parameters()) == parameters
    assert parameters / 1e6 == pytest.approx(millions, abs=0.1)


@torch.inference_mode()
def test_maps_have_the_stated_strides_and_channels_at_an_odd_size() -> None:
    backbone = narrow().eval()
    maps = backbone(torch.rand(1, 3, 65, 79))
    assert [tuple(x.shape) for x in maps] == [
        (1, channels, -(-65 // stride), -(-79 // stride))
        for channels, stride in zip((4, 8, 10, 16), (4, 8, 16, 32), strict=True)
    ]


@torch.inference_mode()
def test_attention_is_the_mean_of_what_is_asked_weighted_by_how_alike_it_is() -> None:
    torch.manual_seed(0)
    attention = Attention(6, heads=2, reduction=2).eval()
    x = torch.rand(2, 4, 6, 6)
    query = attention.q_proj(x).reshape(2, 24, 6)
    asked = attention.sequence_reduction(x).reshape(2, 6, 6)
    key, value = attention.k_proj(asked), attention.v_proj(asked)
    heads = []
    for own in (slice(0, 3), slice(3, 6)):
        alike = query[..., own] @ key[..., own].transpose(1, 2) / 3**0.5
        heads.append(alike.softmax(dim=2) @ value[..., own])
    expected = attention.o_proj(torch.cat(heads, dim=2)).view(2, 4, 6, 6)
    torch.testing.assert_close(attention(x), expected)


@torch.inference_mode()
def test_every_place_sees_the_whole_map_at_once() -> None:
    stage = narrow().eval().stages[0]
    image = torch.rand(1, 3, 64, 64)
    other = image.clone()
    other[..., -16:, -16:] = 0
    assert float((stage(image) - stage(other))[0, :, 0, 0].abs().max()) > 0


def test_stochastic_depth_leaves_out_whole_pictures_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    layer = StochasticDepth(0.25)
    x = torch.ones(4000, 2, 2, 3)
    y = layer.train()(x)
    per_picture = y.flatten(1)
    assert per_picture.unique().tolist() == pytest.approx([0, 4 / 3])
    assert torch.equal(per_picture.amin(1), per_picture.amax(1))
    assert float(y.mean()) == pytest.approx(1, abs=0.03)
    assert torch.equal(layer.eval()(x), x)


def test_later_blocks_are_left_out_more_often() -> None:
    blocks = [block for stage in narrow(drop_path=0.3).stages for block in stage.blocks]
    assert [block.drop_path.rate for block in blocks] == pytest.approx([0, 0.1, 0.2, 0.3])


@pytest.mark.parametrize("old", [False, True])
def test_files_with_old_and_new_names_load_and_leave_out_a_head(old: bool, tmp_path: Path) -> None:
    published = narrow().state_dict()
    named = old_names(published) if old else {f"segformer.{name}": tensor for name, tensor in published.items()}
    head = {"classifier.weight": torch.zeros(9, 16), "decode_head.classifier.bias": torch.zeros(9)}
    torch.save({**named, **head}, tmp_path / "mit.pth")
    torch.manual_seed(1)
    backbone = MiT(widths=(4, 8, 10, 16), depths=(1, 1, 1, 1))
    backbone.load_pretrained(tmp_path / "mit.pth")
    assert all(torch.equal(tensor, published[name]) for name, tensor in backbone.state_dict().items())


def test_the_published_weights_say_what_they_may_not_be_used_for(tmp_path: Path) -> None:
    backbone = narrow()
    torch.save(backbone.state_dict(), tmp_path / "mit.pth")
    backbone.published = str(tmp_path / "mit.pth")
    with pytest.warns(UserWarning, match="no commercial use"):
        backbone.load_pretrained()


def test_tensors_that_do_not_fit_are_named(tmp_path: Path) -> None:
    wrong = {name: tensor for name, tensor in narrow().state_dict().items() if name != "stages.2.layer_norm.bias"}
    torch.save(wrong, tmp_path / "wrong.pth")
    with pytest.raises(ModelError, match=r"do not fit MiT: it lacks stages\.2\.layer_norm\.bias"):
        narrow().load_pretrained(tmp_path / "wrong.pth")


@pytest.mark.parametrize(
    ("widths", "depths", "message"),
    [
        ((4, 8, 12, 16), (1, 1, 1, 1), r"multiples of \(1, 2, 5, 8\)"),
        ((4, 8, 10), (1, 1, 1), "four stages"),
        ((4, 8, 10, 16), (1, 1, 0, 1), "one block or more"),
    ],
)
def test_sizes_that_make_no_transformer_are_refused(
    widths: tuple[int, ...], depths: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        MiT(widths=widths, depths=depths)
