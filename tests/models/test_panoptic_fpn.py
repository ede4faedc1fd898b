"""Panoptic FPN: its outputs, and what it shares with Mask R-CNN."""

from __future__ import annotations

import torch

from perpixel.models.mask_rcnn import LEVELS
from perpixel.models.panoptic_fpn import PanopticFPN


def small(num_classes: int = 3) -> PanopticFPN:
    torch.manual_seed(0)
    return PanopticFPN(num_classes, backbone="mobilenet_v3_small", width=8, branch=8, hidden=16, depth=1).eval()


@torch.inference_mode()
def test_logits_come_first_and_cover_odd_sizes_at_a_quarter() -> None:
    model, images = small(), torch.rand(1, 3, 50, 70) * 255
    outputs = model.outputs(images)
    assert list(outputs) == ["logits", *LEVELS, "objectness", "deltas"]
    assert outputs["logits"].shape == (1, 3, 16, 24)
    assert model(images).shape == (1, 3, 50, 70)
    assert model.answers == ("logits", "level0", "level1", "level2", "level3", "objectness", "deltas")


def test_the_second_stage_knows_the_classes_and_a_background() -> None:
    model = small()
    assert model.num_classes == 3
    assert model.branch.classify.out_channels == 3
    assert model.roi_heads.box_predictor.cls_score.out_features == 4


@torch.inference_mode()
def test_the_second_stage_finds_things_beside_the_logits() -> None:
    model = small()
    (found,) = model.predict(torch.rand(1, 3, 64, 64) * 255)
    assert found.boxes.shape == (len(found.scores), 4)
