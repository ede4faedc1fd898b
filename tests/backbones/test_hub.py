"""What a published network's folder says of itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub.errors import LocalEntryNotFoundError

from perpixel.backbones.backbone import Backbone
from perpixel.backbones.hub import normalization, read_source
from perpixel.errors import ModelError


def folder(path: Path, *, card: str | None = None, facts: dict[str, Any] | None = None) -> str:
    path.mkdir(exist_ok=True)
    (path / "config.json").write_text(json.dumps({"model_type": "segformer"}))
    if card is not None:
        (path / "README.md").write_text(card)
    if facts is not None:
        (path / "preprocessor_config.json").write_text(json.dumps(facts))
    return str(path)


def test_normalization_is_told_in_gray_values() -> None:
    mean, std = normalization({"image_mean": [0.5, 0.4, 0.2], "image_std": [0.5, 0.5, 0.1]})
    assert mean == pytest.approx((127.5, 102.0, 51.0))
    assert std == pytest.approx((127.5, 127.5, 25.5))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, (Backbone.mean, Backbone.std)),
        ({"do_normalize": True}, (Backbone.mean, Backbone.std)),
        ({"do_rescale": False, "image_mean": [120.0], "image_std": [60.0]}, ((120.0,), (60.0,))),
        ({"do_normalize": False, "rescale_factor": 0.25}, ((0.0,), (4.0,))),
        ({"do_normalize": False, "do_rescale": False, "image_mean": [0.5], "image_std": [0.5]}, ((0.0,), (1.0,))),
    ],
)
def test_what_is_not_said_of_the_normalization_is_the_usual(facts: dict[str, Any], expected: object) -> None:
    assert normalization(facts) == expected


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: apache-2.0\ntags: [vision]\n---\n# A network", "apache-2.0"),
        ("---\nlicense: other\nlicense_name: for-research\n---\n", "for-research"),
        ("---\nlicense: other\n---\n", "other"),
        ("# A network\n---\nlicense: mit\n---\n", None),
        ("---\nlicense: [\n---\n", None),
        (None, None),
    ],
)
def test_the_licence_is_that_of_the_cards_front_matter(tmp_path: Path, card: str | None, licence: str | None) -> None:
    name = folder(tmp_path, card=card)
    assert read_source(name).licence == (licence and f"{licence} ({name})")


def test_a_network_trained_on_blue_first_is_known(tmp_path: Path) -> None:
    assert not read_source(folder(tmp_path)).swapped
    assert read_source(folder(tmp_path, facts={"do_flip_channel_order": True})).swapped


@pytest.mark.parametrize("text", ["[]", "{", '"segformer"'])
def test_a_broken_configuration_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ModelError, match=r"config\.json: not a configuration"):
        read_source(str(tmp_path))


def test_sources_that_are_not_there_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> str:
        raise LocalEntryNotFoundError("no network")

    def unknown(*_: object, **__: object) -> str:
        raise OSError("404 Client Error")

    with pytest.raises(ModelError, match=r"there is no config\.json in this folder"):
        read_source(str(tmp_path))
    with pytest.raises(ModelError, match="no such folder, nor a repository `owner/name`"):
        read_source("./nowhere")
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", offline)
    with pytest.raises(ModelError, match=r"hub cannot be reached: .*`hf download owner/name --local-dir FOLDER`"):
        read_source("owner/name")
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", unknown)
    with pytest.raises(ModelError, match=r"owner/name: .* is not on the Hugging Face hub: 404"):
        read_source("owner/name")
