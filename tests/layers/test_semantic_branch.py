from __future__ import annotations

import pytest
import torch
from torch import nn

from perpixel.layers.semantic_branch import SemanticBranch


def maps(channels: int = 8, height: int = 16, width: int = 24) -> list[torch.Tensor]:
    return [torch.randn(2, channels, height >> level, width >> level) for level in range(4)]


def test_a_level_climbs_by_as_many_stages_as_it_is_below_the_finest_which_has_one_too() -> None:
    branch = SemanticBranch(256, 128, 54, levels=4)
    kinds = [[type(layer).__name__ for layer in climb] for climb in branch.climbs]
    stage = ["Conv2d", "GroupNorm", "ReLU"]
    assert kinds == [stage, *([*stage, "Upsample"] * count for count in (1, 2, 3))]
    weights = sum(x.numel() for x in branch.parameters())
    assert weights == 9 * 128 * (4 * 256 + 3 * 128) + 7 * 2 * 128 + 54 * 129
    groups = {layer.num_groups for layer in branch.modules() if isinstance(layer, nn.GroupNorm)}
    assert groups == {32}


@torch.inference_mode()
def test_logits_have_the_finest_levels_size_and_every_level_moves_them() -> None:
    torch.manual_seed(0)
    branch, levels = SemanticBranch(8, 16, 3, levels=4), maps()
    logits = branch(levels)
    assert logits.shape == (2, 3, 16, 24)
    for level in range(4):
        changed = [x + torch.randn_like(x) if index == level else x for index, x in enumerate(levels)]
        assert not torch.equal(branch(changed), logits)


@torch.inference_mode()
def test_levels_are_doubled_bilinearly_and_added_up() -> None:
    branch = SemanticBranch(4, 4, 1, levels=2)
    for layer in branch.modules():  # what comes in passes
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3):
            layer.weight.zero_()
            layer.weight[range(4), range(4), 1, 1] = 1
    branch.classify.weight.fill_(1.0)
    branch.classify.bias.zero_()
    for climb in branch.climbs:
        climb[1] = nn.Identity()
    fine, coarse = torch.zeros(1, 4, 1, 4), torch.tensor([[[[1.0, 3.0]]]]).expand(1, 4, 1, 2)
    fine[..., 0] = 10
    fine = fine.repeat(1, 1, 2, 1)
    logits = branch([fine, coarse])
    torch.testing.assert_close(logits[0, 0], torch.tensor([[44.0, 6.0, 10.0, 12.0]] * 2))


def test_a_width_that_has_no_groups_of_four_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 4"):
        SemanticBranch(8, 10, 3, levels=4)
