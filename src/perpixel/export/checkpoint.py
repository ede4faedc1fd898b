"""A checkpoint: a folder with `config.json`, `model.safetensors` and, for predicting, `model.onnx`. Never a pickle."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save

from perpixel.architecture import Segmenter
from perpixel.backbones.pretrained import fit, read_weights
from perpixel.errors import ModelError
from perpixel.export.agreement import Agreement
from perpixel.export.folder import recover, whole_folder
from perpixel.export.graph import complete, export_onnx, graph_files
from perpixel.models import build
from perpixel.spec import ModelSpec
from perpixel.tasks import channels_of

CONFIG, WEIGHTS, GRAPH = "config.json", "model.safetensors", "model.onnx"


def save_checkpoint(
    folder: Path, model: Segmenter, spec: ModelSpec, *, graph: bool = True, half: bool = False
) -> Agreement | None:
    """Write a checkpoint as a whole or not at all; what stood in `folder` is gone afterwards.

    What the model itself knows (channels, stride, geometry, how to build it) is filled into `spec`.

    Args:
        graph: also export `model.onnx`, which takes seconds. Without it the light half cannot run the checkpoint.
        half: store the graph's weights as float16; `model.safetensors` has float32 always.

    Returns:
        How far the graph agrees with the model; None without a graph.

    Raises:
        ModelError: the model cannot be exported, or its graph disagrees with it.
        PerpixelError: the system cannot write there. In both cases what stood in `folder` still stands.
    """
    with whole_folder(folder) as temporary:
        return write_checkpoint(temporary, model, spec, graph=graph, half=half)


def write_checkpoint(
    folder: Path, model: Segmenter, spec: ModelSpec, *, graph: bool = True, half: bool = False
) -> Agreement | None:
    """Write a checkpoint's files into an existing folder, as `save_checkpoint` does, beside what is there."""
    spec = complete(spec, model, size=None)
    weights = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)  # tied weights, each under its name
        for name, tensor in model.state_dict().items()
    }
    (folder / WEIGHTS).write_bytes(save(weights))  # not `save_file`: a full disk shall be an OSError
    config = {**spec.to_dict(), "graphs": graph_files(model, Path(GRAPH)) if graph else {}}
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return export_onnx(model, spec, folder / GRAPH, half=half) if graph else None


def load_checkpoint(folder: Path, model: Segmenter | None = None) -> tuple[Segmenter, ModelSpec]:
    """The network of a checkpoint, on the CPU and in evaluation mode, and its spec.

    Args:
        folder: a checkpoint, or a run (`runs/a`), whose best checkpoint is taken.
        model: the network to load the weights into, where it was not made by `perpixel.models.build`.

    Raises:
        ModelError: no checkpoint is there, it is broken, or its weights do not fit the network.
    """
    folder = checkpoint_folder(folder)
    spec = ModelSpec.load(folder / CONFIG)
    if model is None:
        model = rebuild(spec, folder)
    path = folder / WEIGHTS
    fit(model, read_weights(path), source=path, classifier=())
    return model.eval(), spec


def rebuild(spec: ModelSpec, source: Path) -> Segmenter:
    """A new network with random weights, built as `spec.architecture` says.

    Raises:
        ModelError: the spec does not say how, or says what this version cannot build.
    """
    recipe = spec.architecture
    if "name" not in recipe:
        raise ModelError(
            f"{source}: does not say how its network is built, so it was made by code of your own: "
            "build it there and pass it, load_checkpoint(folder, model)"
        )
    try:
        return build(
            recipe["name"],
            channels_of(spec),
            backbone=recipe.get("backbone"),
            in_channels=recipe.get("in_channels", 3),
            options=recipe.get("options"),
        )
    except (ModelError, ValueError, TypeError) as error:
        raise ModelError(f"{source}: its network cannot be built: {error}") from error


def checkpoint_folder(path: Path) -> Path:
    """`path` itself if it is a checkpoint, or the best checkpoint of the run that it is.

    Raises:
        ModelError: it is neither.
    """
    for folder in (path, path / "best"):
        recover(folder)
        if (folder / CONFIG).is_file():
            return folder
    raise ModelError(
        f"{path}: not a checkpoint: there is no {CONFIG} in it, nor in a folder `best`"
        if path.is_dir()
        else f"{path}: no such folder; a checkpoint has {CONFIG} and {WEIGHTS} in it"
    )
