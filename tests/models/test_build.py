"""The table of networks: names, options, and what is said of wrong ones."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
import torch

from perpixel.errors import ModelError
from perpixel.models import MODELS, build


def test_importing_the_table_loads_no_torch() -> None:
    program = "import sys, perpixel.models; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_network_knows_how_it_was_built_and_says_it_in_json() -> None:
    model = build("unet", 3, in_channels=4, options={"widths": (4, 8), "norm": False})
    recipe: Any = json.loads(json.dumps(model.architecture))
    assert recipe == {
        "name": "unet",
        "backbone": None,
        "in_channels": 4,
        "options": {
            "widths": [4, 8],
            "padding": "same",
            "norm": False,
            "dropout": 0.5,
            "skip": True,
            "downsample": "pool",
            "activation": "relu",
        },
    }
    again = build(recipe["name"], 3, in_channels=recipe["in_channels"], options=recipe["options"])
    assert again.state_dict().keys() == model.state_dict().keys()


def test_a_default_backbone_is_written_down() -> None:
    with torch.device("meta"):
        assert build("ladder", 2).architecture["backbone"] == "efficientnet_lite1"


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("unett", {}, "there is no architecture 'unett'; did you mean 'unet'"),
        ("", {}, "there is no architecture ''; known are"),
        ("unet", {"backbone": "resnet-18"}, "there is no backbone 'resnet-18'; did you mean 'resnet18'"),
        ("unet", {"options": {"width": (4, 8)}}, "there is no option of unet 'width'; did you mean 'widths'"),
        ("unet", {"pretrained": True}, "only on a backbone: name one"),
        ("unet", {"backbone": "resnet18", "options": {"padding": "valid"}}, "no `padding`, `norm`, `dropout`"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError) as caught:
        build(name, 2, **arguments)
    assert message in str(caught.value)


def test_unknown_names_are_answered_with_all_known_ones() -> None:
    with pytest.raises(ModelError) as caught:
        build("transformer9000", 2)
    assert all(name in str(caught.value) for name in MODELS)
