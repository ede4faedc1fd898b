"""Model: a trained model on disk, found by its name or path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from perpixel.errors import ModelError
from perpixel.predict.engine import metadata
from perpixel.predict.folds import fold_folders
from perpixel.spec import ModelSpec

METADATA_KEY = "perpixel"  # of the ONNX metadata that holds the spec as JSON


@dataclass(frozen=True)
class Model:
    """A spec and the files of its graphs.

    Attributes:
        source: what it was asked for by: a name or a path. `find_model(source)` finds it again.
        spec: all that predicting must know.
        graphs: file of each graph, by role.
    """

    source: str
    spec: ModelSpec
    graphs: Mapping[str, Path]


def find_model(name_or_path: str | Path) -> Model:
    """An embedded model by its name, a run or checkpoint folder, or an ONNX file that perpixel wrote.

    Raises:
        ModelError: it is none of these, or broken.
    """
    path = Path(name_or_path)
    known = embedded()
    if str(name_or_path) in known:
        return _single_file(known[str(name_or_path)], str(name_or_path))
    if path.is_dir():
        return _folder(path)
    if path.is_file():
        return _single_file(path, str(path.resolve()))
    near = get_close_matches(str(name_or_path), known, n=1, cutoff=0.5)
    guess = f"did you mean {near[0]!r}? " if near else ""
    raise ModelError(
        f"there is no model {str(name_or_path)!r}; {guess}embedded are {', '.join(known)}; "
        "else give a run, a checkpoint folder or an ONNX file"
    )


def find_models(name_or_path: str | Path) -> tuple[Model, ...]:
    """What `find_model` finds; of a folder with `folds.json`, the models of all folds.

    Raises:
        ModelError: it is no model, broken, or a fold is not trained yet.
    """
    if str(name_or_path) in embedded():
        return (find_model(name_or_path),)
    folds = fold_folders(name_or_path)
    return tuple(map(find_model, folds)) if folds else (find_model(name_or_path),)


def embedded() -> dict[str, Path]:
    """The models inside the package, by name."""
    folder = Path(str(files("perpixel") / "weights"))
    return {path.stem: path for path in sorted(folder.glob("*.onnx"))}


def _folder(path: Path) -> Model:
    for folder in (path, path / "best"):
        if (folder / "config.json").is_file():
            spec = ModelSpec.load(folder / "config.json")
            graphs = {role: folder / file for role, file in spec.graphs.items()}
            missing = next((file for file in graphs.values() if not file.is_file()), None)
            if missing is not None or not graphs:
                lost, main = missing or folder / "model.onnx", graphs.get("main", folder / "model.onnx")
                raise ModelError(f"{lost}: no such file; write it with `perpixel export {path} --out {main}`")
            return Model(str(path.resolve()), spec, graphs)
    if folds := fold_folders(path):
        raise ModelError(f"{path} holds {len(folds)} folds, and one model is asked for: name one, such as {folds[0]}")
    raise ModelError(f"{path}: neither a run (no best/config.json) nor a checkpoint (no config.json)")


def _single_file(path: Path, source: str) -> Model:
    text = metadata(path).get(METADATA_KEY)
    if text is None:
        raise ModelError(
            f"{path}: an ONNX file without perpixel's description; export it with `perpixel export`, "
            "or put it beside a config.json that describes it"
        )
    try:
        spec = ModelSpec.from_dict(json.loads(text))
    except (ValueError, ModelError) as error:
        raise ModelError(f"{path}: its description is broken: {error}") from error
    others = {role: path.with_name(file) for role, file in spec.graphs.items() if role != "main"}
    missing = next((file for file in others.values() if not file.is_file()), None)
    if missing is not None:
        raise ModelError(f"{missing}: no such file; {path.name} is half of a model and needs it beside it")
    return Model(source, spec, {"main": path, **others})
