"""MiT, mix transformer: every place asks the whole map, of which it sees a smaller copy, and then its neighbors.

Xie, Wang, Yu, Anandkumar, Alvarez & Luo, 2021, https://arxiv.org/abs/2105.15203, figure 2 and table 6. The smaller copy
is Wang et al.'s, 2021, https://arxiv.org/abs/2102.12122; leaving out whole branches at random ("stochastic depth")
Huang et al.'s, 2016, https://arxiv.org/abs/1603.09382.

There is no code for the place of a pixel: patches overlap and filters of 3 x 3 stand between the matrices, and zeros at
the border tell the rest. So pictures of any size are taken. Inside, maps are (N, H, W, C).

Names and shapes are those of `transformers` 5; files with its older names load too, and that is how the Hugging Face
hub has them. NVIDIA, which published the weights, allows research and evaluation only, no commercial use.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.backbones.backbone import Backbone

HEADS = (1, 2, 5, 8)  # of attention, stage by stage, in all sizes: table 6
REDUCTIONS = (8, 4, 2, 1)  # how much smaller the map is that is asked
EXPANSION = 4
SIZES = {  # channels and blocks of each stage
    "b0": ((32, 64, 160, 256), (2, 2, 2, 2)),
    "b1": ((64, 128, 320, 512), (2, 2, 2, 2)),
    "b2": ((64, 128, 320, 512), (3, 4, 6, 3)),
    "b3": ((64, 128, 320, 512), (3, 4, 18, 3)),
    "b4": ((64, 128, 320, 512), (3, 8, 27, 3)),
    "b5": ((64, 128, 320, 512), (3, 6, 40, 3)),
}
RENAMED = (
    (r"encoder\.patch_embeddings\.(\d+)\.", r"stages.\1.patch_embeddings."),
    (r"encoder\.block\.(\d+)\.", r"stages.\1.blocks."),
    (r"encoder\.layer_norm\.(\d+)\.", r"stages.\1.layer_norm."),
    (r"\.layer_norm_1\.", ".layernorm_before."),
    (r"\.layer_norm_2\.", ".layernorm_after."),
    (r"\.self\.(q|k|v)(uery|ey|alue)\.", r".\1_proj."),
    (r"\.self\.sr\.", ".sequence_reduction.sequence_reduction."),
    (r"\.self\.layer_norm\.", ".sequence_reduction.layer_norm."),
    (r"\.output\.dense\.", ".o_proj."),
    (r"\.mlp\.dense(\d)\.", r".mlp.fc\1."),
    (r"decode_head\.linear_c\.", "decode_head.linear_projections."),
)


class MiT(Backbone):
    """Features of an RGB picture, of 32 pixels or more a side, at strides 4, 8, 16 and 32.

    Args:
        widths: channels of the four stages, multiples of 1, 2, 5 and 8.
        depths: blocks of each.
        drop_path: how often the last block's branches are left out of a picture in training; the first's never are.

    Raises:
        ValueError: not four stages, or a width that its heads cannot share.
    """

    strides = (4, 8, 16, 32)
    classifier_names = ("classifier.", "decode_head.")

    def __init__(
        self, *, widths: Sequence[int], depths: Sequence[int], drop_path: float = 0.1, published: str = ""
    ) -> None:
        super().__init__()
        if len(widths) != len(HEADS) or len(depths) != len(HEADS) or min(depths) < 1:
            raise ValueError(f"widths {tuple(widths)} and depths {tuple(depths)}: four stages, of one block or more")
        if any(width % heads for width, heads in zip(widths, HEADS, strict=True)):
            raise ValueError(f"widths {tuple(widths)} must be multiples of {HEADS}, the heads of each stage")
        self.published = published
        self.channels = tuple(widths)
        rates = [drop_path * number / max(sum(depths) - 1, 1) for number in range(sum(depths))]
        self.stages = nn.ModuleList()
        for number, (before, width, depth) in enumerate(zip((3, *widths), widths, depths, strict=False)):
            done = sum(depths[:number])
            self.stages.append(
                Stage(
                    before,
                    width,
                    rates[done : done + depth],
                    kernel=3 if number else 7,
                    stride=2 if number else 4,
                    heads=HEADS[number],
                    reduction=REDUCTIONS[number],
                )
            )
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.trunc_normal_(layer.weight, std=0.02)
                nn.init.zeros_(layer.bias)
            elif isinstance(layer, nn.Conv2d) and layer.bias is not None:
                outgoing = layer.weight[0, 0].numel() * layer.out_channels // layer.groups
                nn.init.normal_(layer.weight, std=(2 / outgoing) ** 0.5)
                nn.init.zeros_(layer.bias)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Map normalized images (N, 3, H, W) to four, (N, channels[i], ceil(H / strides[i]), ceil(W / strides[i]))."""
        maps = []
        x = images
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps

    def load_pretrained(self, source: str | Path | None = None) -> None:
        """Load public ImageNet weights: from a file, a repository `owner/name` of the Hugging Face hub, or `published`.

        Files of whole SegFormers fit, and their head is left out. The published ones warn that they are NVIDIA's, for
        research and evaluation only.

        Raises:
            ModelError: they cannot be had, or do not fit; the message names the tensors.
        """
        super().load_pretrained(source)
        if source is None:
            warnings.warn(
                f"{self.published}: NVIDIA's licence allows research and evaluation with these weights and what is "
                "learnt from them, but no commercial use",
                stacklevel=2,
            )

    def renamed(self, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Tensors under these names, from a file of a classifier or of a whole SegFormer, old or new."""
        return {name.removeprefix("segformer."): tensor for name, tensor in current_names(tensors).items()}


class Stage(nn.Module):
    """Embed patches that overlap, then blocks.

    Maps (N, in_channels, H, W) to (N, width, ceil(H / stride), ceil(W / stride)).
    """

    def __init__(
        self,
        in_channels: int,
        width: int,
        drop_paths: Sequence[float],
        *,
        kernel: int,
        stride: int,
        heads: int,
        reduction: int,
    ) -> None:
        super().__init__()
        self.patch_embeddings = PatchEmbedding(in_channels, width, kernel=kernel, stride=stride)
        self.blocks = nn.ModuleList(
            Block(width, heads=heads, reduction=reduction, drop_path=rate) for rate in drop_paths
        )
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch_embeddings(x)
        for block in self.blocks:
            x = block(x)
        normalized: Tensor = self.layer_norm(x)
        return normalized.permute(0, 3, 1, 2).contiguous()


class PatchEmbedding(nn.Module):
    """A convolution whose window reaches beyond its stride: (N, in_channels, H, W) to (N, H', W', width)."""

    def __init__(self, in_channels: int, width: int, *, kernel: int, stride: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(in_channels, width, kernel, stride, kernel // 2)
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        embedded: Tensor = self.layer_norm(self.proj(x).permute(0, 2, 3, 1))
        return embedded


class Block(nn.Module):
    """Attention, then Mix-FFN, each beside a shortcut. Maps (N, H, W, width) to the same shape."""

    def __init__(self, width: int, *, heads: int, reduction: int, drop_path: float) -> None:
        super().__init__()
        self.layernorm_before = nn.LayerNorm(width)
        self.attention = Attention(width, heads=heads, reduction=reduction)
        self.layernorm_after = nn.LayerNorm(width)
        self.mlp = MixFFN(width, EXPANSION * width)
        self.drop_path = StochasticDepth(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop_path(self.attention(self.layernorm_before(x)))
        mixed: Tensor = x + self.drop_path(self.mlp(self.layernorm_after(x)))
        return mixed


class Attention(nn.Module):
    """Every place asks every place of a map that is `reduction` times smaller: equations 1 and 2.

    Maps (N, H, W, width) to the same shape; H and W at least `reduction`.
    """

    def __init__(self, width: int, *, heads: int, reduction: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(width, width), nn.Linear(width, width)
        self.v_proj, self.o_proj = nn.Linear(width, width), nn.Linear(width, width)
        if reduction > 1:
            self.sequence_reduction = SequenceReduction(width, reduction)

    def forward(self, x: Tensor) -> Tensor:
        asked = self.sequence_reduction(x) if hasattr(self, "sequence_reduction") else x
        query, key, value = (
            part.flatten(1, 2).unflatten(2, (self.heads, -1)).transpose(1, 2)  # (N, heads, places, width / heads)
            for part in (self.q_proj(x), self.k_proj(asked), self.v_proj(asked))
        )
        answers = F.scaled_dot_product_attention(query, key, value)
        mixed: Tensor = self.o_proj(answers.transpose(1, 2).flatten(2))
        return mixed.view(x.shape)


class SequenceReduction(nn.Module):
    """A convolution whose windows abut: (N, H, W, width) to (N, H / reduction, W / reduction, width), rounded down."""

    def __init__(self, width: int, reduction: int) -> None:
        super().__init__()
        self.sequence_reduction = nn.Conv2d(width, width, reduction, stride=reduction)
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        reduced: Tensor = self.layer_norm(self.sequence_reduction(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1))
        return reduced


class MixFFN(nn.Module):
    """Widen, filter each channel with 3 x 3, GELU, narrow: equation 3. Maps (N, H, W, width) to the same shape."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, inner)
        # Two deep, for the published names.
        self.dwconv = nn.ModuleDict({"dwconv": nn.Conv2d(inner, inner, 3, padding=1, groups=inner)})
        self.fc2 = nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        filtered = self.dwconv["dwconv"](self.fc1(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        narrowed: Tensor = self.fc2(F.gelu(filtered))
        return narrowed


class StochasticDepth(nn.Module):
    """In training, leave a branch out of each picture with this probability, and enlarge it where it stays."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return x
        stays = torch.rand(x.shape[0], 1, 1, 1, device=x.device) >= self.rate
        return x * stays.to(x.dtype) / (1 - self.rate)


def current_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors under the names that `transformers` gives them since its version 5."""
    found = {}
    for name, tensor in tensors.items():
        for old, new in RENAMED:
            name = re.sub(old, new, name)
        found[name] = tensor
    return found


def mit(size: str, *, drop_path: float = 0.1) -> MiT:
    """One of `SIZES`."""
    widths, depths = SIZES[size]
    return MiT(widths=widths, depths=depths, drop_path=drop_path, published=f"nvidia/mit-{size}")


def mit_b0() -> MiT:
    """3,319,392 parameters."""
    return mit("b0")


def mit_b1() -> MiT:
    """13,151,424 parameters."""
    return mit("b1")


def mit_b2() -> MiT:
    """24,196,288 parameters."""
    return mit("b2")


def mit_b3() -> MiT:
    """44,072,128 parameters."""
    return mit("b3")


def mit_b4() -> MiT:
    """60,842,688 parameters."""
    return mit("b4")


def mit_b5() -> MiT:
    """81,443,008 parameters."""
    return mit("b5")
