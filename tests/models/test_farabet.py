"""Farabet's multiscale network: the paper's sizes, the pyramid, and its stages against patches."""

from __future__ import annotations

import pytest
import torch

from perpixel.layers.sliding import classify_patches, patch_side
from perpixel.models.farabet import FAINTEST, Farabet, enlarge, normalize_locally, pyramid

NARROW = (4, 6, 8)


def test_an_answer_of_the_paper_sees_46_pixels_of_a_level_and_has_768_numbers_to_decide_by() -> None:
    with torch.device("meta"):
        model = Farabet(8)
    assert patch_side(model.stages) == (46, 4)
    assert model.classify[0].in_channels == 768
    # 3 * 49 * 16 + 16, 16 * 49 * 64 + 64, 64 * 49 * 256 + 256, shared by all scales; 768 * 1024 + 1024, 1024 * 8 + 8
    assert sum(p.numel() for p in model.stages.parameters()) == 2_368 + 50_240 + 803_072
    assert sum(p.numel() for p in model.classify.parameters()) == 787_456 + 8_200


@torch.inference_mode()
def test_the_stages_on_a_level_give_every_pixel_what_they_give_its_patch() -> None:
    torch.manual_seed(0)
    model = Farabet(3, widths=NARROW, hidden=8, dense=True).eval()
    level = torch.randn(1, 3, 20, 24)
    each = classify_patches(model.stages, level[0], patch=46, batch=64)
    together = model.look(level)[0]
    assert together.shape == each.shape == (8, 20, 24)
    assert (together - each).abs().max() < 1e-5


@torch.inference_mode()
def test_with_strides_a_cell_has_the_dense_answer_of_its_second_pixel() -> None:
    torch.manual_seed(0)
    sparse = Farabet(3, widths=NARROW, hidden=8).eval()
    dense = Farabet(3, widths=NARROW, hidden=8, dense=True).eval()
    dense.load_state_dict(sparse.state_dict())
    level = torch.randn(1, 3, 20, 24)
    assert (sparse.look(level) - dense.look(level)[:, :, 1::4, 1::4]).abs().max() < 1e-5


@torch.inference_mode()
def test_of_one_scale_the_logits_too_are_those_of_the_dense_form() -> None:
    torch.manual_seed(0)
    sparse = Farabet(3, widths=NARROW, hidden=8, scales=1).eval()
    dense = Farabet(3, widths=NARROW, hidden=8, scales=1, dense=True).eval()
    dense.load_state_dict(sparse.state_dict())
    images = torch.rand(1, 3, 20, 24) * 255
    coarse, fine = (model.outputs(images)["logits"] for model in (sparse, dense))
    assert fine.shape == (1, 3, 20, 24)
    assert (coarse - fine[:, :, 1::4, 1::4]).abs().max() < 1e-5


@torch.inference_mode()
def test_the_pyramid_gives_the_picture_back() -> None:
    images = torch.randn(2, 3, 16, 24)
    fine, middle, coarse = pyramid(images, 3)
    assert (fine.shape[2:], middle.shape[2:], coarse.shape[2:]) == ((16, 24), (8, 12), (4, 6))
    torch.testing.assert_close(enlarge(enlarge(coarse, 2) + middle, 2) + fine, images)


@torch.inference_mode()
def test_local_normalization_forgets_brightness_and_contrast_but_makes_nothing_of_flat_parts() -> None:
    torch.manual_seed(0)
    images = torch.randn(1, 2, 40, 40)
    normal = normalize_locally(images)
    torch.testing.assert_close(normalize_locally(3 * images + 7), normal, rtol=1e-4, atol=1e-4)
    assert abs(float(normal.std()) - 1) < 0.1
    assert normalize_locally(torch.full((1, 1, 4, 4), 0.3)).abs().max() < 1e-5
    faint = normalize_locally(0.01 * FAINTEST * images)
    torch.testing.assert_close(faint.std(), torch.tensor(0.01), rtol=0.1, atol=0)


@torch.inference_mode()
def test_gray_has_no_color_in_yuv() -> None:
    model = Farabet(3, widths=NARROW, hidden=8)
    gray = torch.nn.functional.conv2d(torch.full((1, 3, 1, 1), 0.6), model.yuv).flatten()
    torch.testing.assert_close(gray, torch.tensor([0.6, 0.0, 0.0]), rtol=1e-5, atol=1e-6)


def test_any_channels_and_scales_but_three_stages() -> None:
    model = Farabet(4, in_channels=5, widths=NARROW, hidden=8, scales=2)
    assert model(torch.rand(1, 5, 9, 30)).shape == (1, 4, 9, 30)
    with pytest.raises(ValueError, match="three, one for each stage"):
        Farabet(4, widths=(8, 8))
