"""The recurrent network: patches of the paper's sizes, and the picture labelled at once against one patch a pixel."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from perpixel.layers.sliding import classify_patches
from perpixel.models.pinheiro import Pinheiro, rescale


def small(*, instances: int = 2, dense: bool = False) -> Pinheiro:
    torch.manual_seed(0)
    return Pinheiro(3, widths=(3, 4), instances=instances, dense=dense).eval()


@pytest.mark.parametrize(("instances", "patch"), [(1, 25), (2, 121), (3, 505)])
def test_passes_see_25_121_and_505_pixels_and_add_no_parameter(instances: int, patch: int) -> None:
    with torch.device("meta"):
        model = Pinheiro(8, instances=instances)
        assert model.patch == patch
        one_answer = model.passes(torch.zeros(1, 3, patch, patch), strided=instances)[-1]
        assert one_answer.shape == (1, 8, 1, 1)
    # (3 + 8) * 64 * 25 + 25, 25 * 64 * 50 + 50, 50 * 8 + 8; a single pass reads no labels: 8 * 64 * 25 less
    expected = 17_625 + 80_050 + 408 - (12_800 if instances == 1 else 0)
    assert sum(p.numel() for p in model.parameters()) == expected


def one_by_one(model: Pinheiro, images: Tensor) -> Tensor:
    """The scores of the network as the paper trains it, on the patch around every pixel."""
    network = lambda patches: model.passes(patches, strided=model.instances)[-1]  # noqa: E731
    return classify_patches(network, model.normalization(images)[0], patch=model.patch, batch=32)


@pytest.mark.parametrize("instances", [1, 2])
@torch.inference_mode()
def test_dense_scores_equal_those_of_the_patch_around_every_pixel(instances: int) -> None:
    model = small(instances=instances, dense=True)
    images = torch.rand(1, 3, 12, 9) * 255
    each, together = one_by_one(model, images), model(images)[0]
    assert together.shape == each.shape == (3, 12, 9)
    assert float(each.std()) > 0.01
    assert (together - each).abs().max() < 1e-5


@torch.inference_mode()
def test_three_passes_too_at_some_pixels() -> None:
    model = small(instances=3, dense=True)
    images = torch.rand(1, 3, 3, 2) * 255
    assert (model(images)[0] - one_by_one(model, images)).abs().max() < 1e-5


@pytest.mark.parametrize("instances", [1, 2, 3])
@torch.inference_mode()
def test_at_stride_4_a_cell_has_the_dense_answer_of_its_second_pixel(instances: int) -> None:
    images = torch.rand(1, 3, 16, 20) * 255
    coarse = small(instances=instances).outputs(images)["logits"]
    fine = small(instances=instances, dense=True).outputs(images)["logits"]
    assert coarse.shape == (1, 3, 4, 5)
    assert (coarse - fine[:, :, 1::4, 1::4]).abs().max() < 1e-5


@pytest.mark.parametrize("dense", [False, True])
@torch.no_grad()
def test_the_auxiliary_scores_are_those_of_the_pass_before_at_the_same_places(dense: bool) -> None:
    images = torch.rand(1, 3, 16, 20) * 255
    two, one = small(dense=dense), small(instances=1, dense=dense)
    one.load_state_dict({name: value for name, value in two.state_dict().items() if not name.startswith("read")})
    assert set(two.outputs(images)) == {"logits"}
    auxiliary = two.train().outputs(images)["auxiliary"]
    torch.testing.assert_close(auxiliary, one.outputs(images)["logits"], rtol=0, atol=1e-5)


def test_a_single_pass_has_nothing_to_train_beside_its_answer() -> None:
    model = small(instances=1).train()
    assert set(model.outputs(torch.rand(1, 3, 8, 8))) == {"logits"}
    assert "auxiliary" not in dict(model.named_children())


def test_the_smaller_picture_lies_centered_on_the_answers() -> None:
    ramp = torch.arange(37.0).expand(1, 1, 37, 37)
    # Answers of the first pass over 37 pixels see 0 .. 24, 4 .. 28, 8 .. 32 and 12 .. 36.
    assert rescale(ramp, 1, apart=4)[0, 0, 0].tolist() == [12, 16, 20, 24]
    assert rescale(ramp, 1, apart=1)[0, 0, 0].tolist() == list(range(12, 25))


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ValueError, match="at least once"):
        Pinheiro(3, instances=0)
    with pytest.raises(ValueError, match="one for each stage"):
        Pinheiro(3, widths=(8,))
