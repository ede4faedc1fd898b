"""The patch classifier: the paper's sizes, and the dense form's scores against those of patches."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from perpixel.layers.sliding import patch_side
from perpixel.models.patch import PatchClassifier

SMALL = {"patch": 33, "kernels": (4, 4, 3), "widths": (8, 8, 8), "hidden": 16}


def test_the_papers_maps_are_92_46_42_21_18_9_6_and_3_wide() -> None:
    with torch.device("meta"):
        x = torch.zeros(1, 1, 95, 95)
        sides = []
        for layer in PatchClassifier(2, in_channels=1).layers:
            x = layer(x)
            sides += [x.shape[2]] if isinstance(layer, nn.Conv2d | nn.MaxPool2d) else []
    assert sides == [92, 46, 42, 21, 18, 9, 6, 3]
    assert x.shape == (1, 2)


def test_the_papers_network_has_this_many_parameters() -> None:
    # 16 * 48 + 48, 48 * 25 * 48 + 48, 48 * 16 * 48 + 48 twice, 48 * 9 * 200 + 200, 200 * 2 + 2
    with torch.device("meta"):
        model = PatchClassifier(2, in_channels=1)
    assert sum(p.numel() for p in model.parameters()) == 816 + 57_648 + 2 * 36_912 + 86_600 + 402
    assert patch_side(model.layers) == (95, 16)


@pytest.mark.parametrize("size", [(40, 37), (5, 1)])
@torch.inference_mode()
def test_all_pixels_at_once_have_the_scores_of_their_patches(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    model = PatchClassifier(5, **SMALL).eval()
    images = torch.rand(2, 3, *size) * 255
    together, each = model(images), model.classify_patches(images, batch=100)
    assert together.shape == each.shape == (2, 5, *size)
    assert float(each.std()) > 0.1
    assert (together - each).abs().max() < 1e-5


def test_a_pixel_sees_its_patch_and_nothing_else() -> None:
    torch.manual_seed(0)
    model = PatchClassifier(2, **SMALL).eval()
    images = torch.full((1, 3, 60, 60), 100.0, requires_grad=True)
    model(images + torch.randn(1, 3, 60, 60))[0, 0, 30, 30].backward()
    rows, columns = images.grad[0].abs().sum(0).nonzero().T
    assert 14 <= int(rows.min()) <= int(rows.max()) <= 46
    assert 14 <= int(columns.min()) <= int(columns.max()) <= 46


@pytest.mark.parametrize(
    ("patch", "fits"), [(94, "79, 95, 111"), (97, "79, 95, 111"), (31, "63, 79, 95"), (1, "63, 79")]
)
def test_a_patch_that_the_stages_do_not_fit_is_answered_with_those_that_do(patch: int, fits: str) -> None:
    with pytest.raises(ValueError, match=f"patch {patch}: .*{fits}"):
        PatchClassifier(2, patch=patch)


def test_every_stage_needs_a_kernel_and_a_width() -> None:
    with pytest.raises(ValueError, match="4 kernels"):
        PatchClassifier(2, widths=(8, 8))
