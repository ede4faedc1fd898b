from __future__ import annotations

import torch
from torch import Tensor, nn

from perpixel.layers.fpn import FeaturePyramid


def test_names_and_shapes_are_torchvisions() -> None:
    with torch.device("meta"):
        pyramid = FeaturePyramid((256, 512), 128)
    assert {name: tuple(tensor.shape) for name, tensor in pyramid.state_dict().items()} == {
        "inner_blocks.0.0.weight": (128, 256, 1, 1),
        "inner_blocks.0.0.bias": (128,),
        "inner_blocks.1.0.weight": (128, 512, 1, 1),
        "inner_blocks.1.0.bias": (128,),
        "layer_blocks.0.0.weight": (128, 128, 3, 3),
        "layer_blocks.0.0.bias": (128,),
        "layer_blocks.1.0.weight": (128, 128, 3, 3),
        "layer_blocks.1.0.bias": (128,),
    }


@torch.inference_mode()
def test_coarser_maps_are_doubled_and_added_and_the_last_is_thinned_out() -> None:
    pyramid = FeaturePyramid((1, 1, 1), 1)
    for layer in pyramid.modules():  # every filter lets its map pass
        if isinstance(layer, nn.Conv2d):
            layer.weight.zero_()
            layer.weight[0, 0, layer.kernel_size[0] // 2, layer.kernel_size[0] // 2] = 1
    fine, middle, coarse = torch.rand(1, 1, 8, 12), torch.rand(1, 1, 4, 6), torch.rand(1, 1, 2, 3)

    def doubled(x: Tensor) -> Tensor:
        return x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)

    found = pyramid([fine, middle, coarse])
    expected = [fine + doubled(middle + doubled(coarse)), middle + doubled(coarse), coarse, coarse[:, :, ::2, ::2]]
    assert len(found) == 4
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs)
