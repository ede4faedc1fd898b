"""Pyramid pooling: means over cells equal torch's adaptive pooling, in the exported graph too."""

from __future__ import annotations

import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from perpixel.export.tracing import quiet
from perpixel.layers.pyramid import PyramidPooling, cell_means, membership


@pytest.mark.parametrize("cells", [1, 2, 3, 6])
def test_means_over_cells_are_adaptive_average_pooling_at_every_size_up_to_20(cells: int) -> None:
    for height in range(1, 21):
        for width in range(1, 21):
            x = torch.rand(2, 3, height, width, dtype=torch.float64)
            torch.testing.assert_close(cell_means(x, cells), F.adaptive_avg_pool2d(x, cells))


@settings(max_examples=60, deadline=None)
@given(height=st.integers(1, 400), width=st.integers(1, 400), cells=st.integers(1, 12))
def test_means_over_cells_are_adaptive_average_pooling_at_large_sizes(height: int, width: int, cells: int) -> None:
    x = torch.rand(1, 2, height, width, dtype=torch.float64)
    torch.testing.assert_close(cell_means(x, cells), F.adaptive_avg_pool2d(x, cells))


def test_gradients_are_those_of_adaptive_average_pooling() -> None:
    x = torch.rand(2, 3, 11, 8, dtype=torch.float64, requires_grad=True)
    direction = torch.rand(2, 3, 6, 6, dtype=torch.float64)
    (ours,) = torch.autograd.grad(cell_means(x, 6), x, direction)
    (theirs,) = torch.autograd.grad(F.adaptive_avg_pool2d(x, 6), x, direction)
    torch.testing.assert_close(ours, theirs)


def test_a_side_of_7_in_3_cells_overlaps_at_the_shared_pixels() -> None:
    # floor(i * 7 / 3) to ceil((i + 1) * 7 / 3): 0 to 3, 2 to 5, 4 to 7
    found = membership(7, 3, like=torch.empty(0)).T.tolist()
    assert found == [[1, 1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1, 1]]


def test_means_of_a_large_map_stay_exact_to_rounding_in_half_precision() -> None:
    x = torch.full((1, 2, 300, 300), 100.0, dtype=torch.bfloat16)
    assert torch.equal(cell_means(x, 3), torch.full((1, 2, 3, 3), 100.0, dtype=torch.bfloat16))


def test_an_exported_pyramid_answers_the_same_at_sizes_that_were_not_traced() -> None:
    torch.manual_seed(0)
    pyramid = PyramidPooling(4, 3).eval()
    free = {2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    with quiet():
        program = torch.onnx.export(
            pyramid, (torch.rand(1, 4, 23, 17),), dynamo=True, dynamic_shapes=(free,), opset_version=18
        )
    assert program is not None
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString())
    for size in ((1, 1), (1, 9), (5, 4), (6, 6), (7, 30), (31, 8), (64, 97)):
        x = torch.rand(1, 4, *size)
        (found,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
        with torch.inference_mode():
            torch.testing.assert_close(torch.from_numpy(found), pyramid(x), rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_the_map_itself_comes_first_and_the_whole_scene_is_the_same_everywhere() -> None:
    torch.manual_seed(0)
    x = torch.rand(2, 4, 7, 9)
    found = PyramidPooling(4, 3, bins=(1, 2)).eval()(x)
    assert found.shape == (2, 4 + 2 * 3, 7, 9)
    assert torch.equal(found[:, :4], x)
    whole = found[:, 4:7]
    torch.testing.assert_close(whole, whole.mean(dim=(2, 3), keepdim=True).expand_as(whole))


def test_it_can_be_learnt_from_one_picture() -> None:
    torch.manual_seed(0)
    pyramid = PyramidPooling(4, 3).train()
    pyramid(torch.rand(1, 4, 7, 9)).square().sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in pyramid.parameters())
