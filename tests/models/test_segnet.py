"""SegNet: its sizes, the positions, VGG's weights, and what cannot be put together."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from perpixel.errors import ModelError
from perpixel.models import build
from perpixel.models.segnet import SegNet, SegNetBasic


@pytest.mark.parametrize(("name", "parameters"), [("segnet", 29_441_419), ("segnet_basic", 1_416_075)])
def test_parameters_are_those_of_the_paper_s_net(name: str, parameters: int) -> None:
    """29.5 million for SegNet; 7 x 7 x (3 x 64 + 7 x 64 x 64) and norms and classifier for Basic."""
    with torch.device("meta"):
        assert sum(p.numel() for p in build(name, 11).parameters()) == parameters


def test_segnet_has_vgg_s_thirteen_convolutions_and_thirteen_back() -> None:
    with torch.device("meta"):
        model = SegNet(11)
    down = [layer.out_channels for layer in model.down.modules() if isinstance(layer, nn.Conv2d)]
    up = [layer.out_channels for layer in model.up.modules() if isinstance(layer, nn.Conv2d)]
    assert down == [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
    assert [*up, 11] == [512, 512, 512, 512, 512, 256, 256, 256, 128, 128, 64, 64, 11]


def test_basic_has_no_relu_on_the_way_up() -> None:
    model = SegNetBasic(2, widths=(4, 4))
    assert sum(isinstance(layer, nn.ReLU) for layer in model.up.modules()) == 0
    assert sum(isinstance(layer, nn.ReLU) for layer in model.down.modules()) == 2


def test_values_go_back_to_where_the_maxima_were() -> None:
    """With an identity in each block, what comes out is the picture's maxima among zeros."""
    model = SegNetBasic(1, in_channels=1, widths=(1,), kernel=1)
    model.down[0], model.up[0], model.classify = nn.Identity(), nn.Identity(), nn.Identity()  # type: ignore[assignment]
    picture = torch.tensor([[[[1.0, 2.0, 6.0, 3.0], [3.0, 5.0, 2.0, 1.0]]]])
    assert model.compute(picture)["logits"][0, 0].tolist() == [[0, 0, 6, 0], [0, 5, 0, 0]]


@pytest.mark.parametrize("name", ["segnet", "segnet_basic"])
@pytest.mark.parametrize("upsample", ["nearest", "nails", "bilinear", "transposed"])
@pytest.mark.parametrize("downsample", ["pool", "stride"])
def test_every_way_down_goes_with_every_other_way_up(name: str, upsample: str, downsample: str) -> None:
    model = build(name, 2, options={"widths": (4, 6), "upsample": upsample, "downsample": downsample})
    assert model(torch.rand(1, 3, 9, 14)).shape == (1, 2, 9, 14)


def test_unpooling_needs_pooling() -> None:
    with pytest.raises(ValueError, match="'stride' remembers no positions"):
        SegNetBasic(2, downsample="stride")
    with pytest.raises(ValueError, match="upsample is 'nail'; known are unpool"):
        SegNetBasic(2, upsample="nail")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one to 5 stages"):
        SegNet(2, widths=(1,) * 6)


def test_vgg_s_weights_make_the_way_down_vgg_biases_and_all(tmp_path: Path) -> None:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for before, width in ((3, 4), (4, 4), (4, 6), (6, 6)):
        layers += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if len(layers) == 6 else []
    features = nn.Sequential(*layers)
    for layer in features:
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.running_mean)
            nn.init.uniform_(layer.running_var, 0.5, 2.0)
    tensors = {f"features.{name}": tensor for name, tensor in features.state_dict().items()}
    save_file(tensors, tmp_path / "vgg.safetensors")
    model = SegNet(2, widths=(4, 6)).eval()
    model.load_pretrained(tmp_path / "vgg.safetensors")
    x = torch.randn(1, 3, 8, 8)
    found = model.down[1](nn.functional.max_pool2d(model.down[0](x), 2))
    torch.testing.assert_close(found, features.eval()(x))
    tensors["features.0.weight"] = torch.zeros(5, 3, 3, 3)
    save_file(tensors, tmp_path / "wrong.safetensors")
    with pytest.raises(ModelError, match=r"0\.0\.0\.weight"):
        model.load_pretrained(tmp_path / "wrong.safetensors")
