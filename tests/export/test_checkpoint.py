"""Checkpoints: what is in them, that they come back, and what is said of broken ones."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest
import torch
from torch import nn

from perpixel.architecture import Segmenter
from perpixel.classes import CAMVID, ClassTable
from perpixel.errors import ModelError, PerpixelError
from perpixel.export import checkpoint_folder, load_checkpoint, save_checkpoint
from perpixel.models import build
from perpixel.spec import Geometry, ModelSpec, Terms

SPEC = ModelSpec("test", "semantic", CAMVID, terms=Terms("CC0", "research use", commercial=False))


class Own(Segmenter):
    def __init__(self) -> None:
        super().__init__(11, in_channels=3, stride=1, geometry=Geometry(1, 1))
        self.convolution = nn.Conv2d(3, 11, 1)

    def compute(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"logits": self.convolution(images)}


@pytest.fixture
def model() -> Segmenter:
    torch.manual_seed(0)
    return build("unet", 11, options={"widths": (4, 8)})


def test_a_checkpoint_is_three_files_and_comes_back(model: Segmenter, tmp_path: Path) -> None:
    agreement = save_checkpoint(tmp_path / "best", model, SPEC)
    assert agreement is not None
    assert sorted(path.name for path in (tmp_path / "best").iterdir()) == [
        "config.json",
        "model.onnx",
        "model.safetensors",
    ]
    again, spec = load_checkpoint(tmp_path / "best")
    assert not again.training
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in model.state_dict().items())
    assert spec.terms == SPEC.terms
    assert spec.graphs == {"main": "model.onnx"}
    assert spec.architecture["options"]["widths"] == [4, 8]
    assert spec.geometry == model.geometry


def test_without_a_graph_the_spec_names_none(model: Segmenter, tmp_path: Path) -> None:
    assert save_checkpoint(tmp_path / "a", model, SPEC, graph=False) is None
    assert load_checkpoint(tmp_path / "a")[1].graphs == {}


def test_a_failed_save_leaves_the_old_checkpoint(model: Segmenter, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "a", model, SPEC, graph=False)
    before = (tmp_path / "a" / "model.safetensors").read_bytes()
    nn.init.constant_(model.classify.weight, float("nan"))  # type: ignore[union-attr, arg-type]
    with pytest.raises(ModelError, match="NaN or infinity"):
        save_checkpoint(tmp_path / "a", model, SPEC)
    assert (tmp_path / "a" / "model.safetensors").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_full_disk_is_one_line_and_leaves_the_old_checkpoint(
    model: Segmenter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(tmp_path / "a", model, SPEC, graph=False)

    def full(_path: Path, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(PerpixelError, match="a: cannot be written: No space left on device"):
        save_checkpoint(tmp_path / "a", model, SPEC)
    load_checkpoint(tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_the_best_checkpoint_of_a_run_is_taken(model: Segmenter, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "run" / "best", model, SPEC, graph=False)
    assert checkpoint_folder(tmp_path / "run") == tmp_path / "run" / "best"
    load_checkpoint(tmp_path / "run")


def test_a_network_of_your_own_comes_back_into_your_own(tmp_path: Path) -> None:
    model = Own()
    save_checkpoint(tmp_path / "own", model, SPEC, graph=False)
    with pytest.raises(ModelError, match=r"made by code of your own: .* load_checkpoint\(folder, model\)"):
        load_checkpoint(tmp_path / "own")
    again, _ = load_checkpoint(tmp_path / "own", Own())
    images = torch.rand(1, 3, 4, 4)
    assert torch.equal(again(images), model.eval()(images))


def test_what_is_no_checkpoint_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no config\.json in it, nor in a folder `best`"):
        load_checkpoint(tmp_path)
    with pytest.raises(ModelError, match="no such folder"):
        load_checkpoint(tmp_path / "nowhere")


def test_weights_that_are_missing_broken_or_of_another_network_are_one_line(model: Segmenter, tmp_path: Path) -> None:
    folder = tmp_path / "a"
    save_checkpoint(folder, build("unet", 11, options={"widths": (4, 16)}), SPEC, graph=False)
    other = (folder / "model.safetensors").read_bytes()
    save_checkpoint(folder, model, SPEC, graph=False)
    for content, message in (
        (other, r"these weights do not fit UNet: .*should be 8x4x3x3"),
        (other[:100], "not a file of weights"),
        (None, "there is no such file"),
    ):
        (folder / "model.safetensors").unlink()
        if content is not None:
            (folder / "model.safetensors").write_bytes(content)
        with pytest.raises(ModelError, match=message) as caught:
            load_checkpoint(folder)
        assert "\n" not in str(caught.value)


def test_a_network_that_this_version_does_not_know_is_named(model: Segmenter, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "a", model, SPEC, graph=False)
    config = tmp_path / "a" / "config.json"
    data = json.loads(config.read_text())
    data["architecture"]["name"] = "unet9000"
    config.write_text(json.dumps(data))
    with pytest.raises(ModelError, match="its network cannot be built: there is no architecture 'unet9000'"):
        load_checkpoint(tmp_path / "a")


def test_another_class_table_than_the_networks_is_refused(model: Segmenter, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="11 classes and its class table 2"):
        save_checkpoint(tmp_path / "a", model, ModelSpec("test", "semantic", ClassTable.named(("a", "b"))))
    assert list(tmp_path.iterdir()) == []
