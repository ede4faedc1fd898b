from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from tiny_graph import shades_spec, write_checkpoint, write_shades

from perpixel.errors import ModelError
from perpixel.predict import OnnxEngine, embedded, find_model


def test_single_file_carries_its_own_description(tmp_path: Path) -> None:
    path = write_shades(tmp_path / "shades.onnx")
    found = find_model(path)
    assert (found.spec, found.graphs) == (shades_spec(), {"main": path})
    assert find_model(found.source).spec == found.spec


def test_checkpoint_folder_and_the_best_of_a_run_are_found(tmp_path: Path) -> None:
    best = write_checkpoint(tmp_path / "run" / "best", replace(shades_spec(), name="the best"))
    write_checkpoint(tmp_path / "run" / "last", replace(shades_spec(), name="the last"))
    for path in (tmp_path / "run", best):
        found = find_model(path)
        assert found.spec.name == "the best"
        assert found.graphs == {"main": best / "model.onnx"}


def test_unknown_name_is_answered_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perpixel.predict.model.embedded", lambda: {"street": Path("street.onnx")})
    with pytest.raises(ModelError, match=r"there is no model 'stret'; did you mean 'street'\? embedded are street;"):
        find_model("stret")
    with pytest.raises(ModelError, match=r"there is no model 'runs/none'; embedded are street; else give a run"):
        find_model("runs/none")


def test_folder_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"neither a run \(no best/config\.json\) nor a checkpoint"):
        find_model(tmp_path)


def test_checkpoint_without_its_graph_says_how_to_write_it(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "a")
    (folder / "model.onnx").unlink()
    with pytest.raises(ModelError, match=r"model\.onnx: no such file; write it with `perpixel export"):
        find_model(folder)


def test_foreign_graph_is_refused_with_the_cure(tmp_path: Path) -> None:
    model = onnx.load(write_shades(tmp_path / "a.onnx"))
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "foreign.onnx")
    with pytest.raises(ModelError, match=r"foreign\.onnx: an ONNX file without perpixel's description"):
        find_model(tmp_path / "foreign.onnx")


def test_description_of_another_format_is_refused(tmp_path: Path) -> None:
    model = onnx.load(write_shades(tmp_path / "a.onnx"))
    model.metadata_props[0].value = json.dumps({**shades_spec().to_dict(), "format": 99})
    onnx.save(model, tmp_path / "b.onnx")
    with pytest.raises(ModelError, match=r"b\.onnx: .*format 99.*update perpixel"):
        find_model(tmp_path / "b.onnx")


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: b"not a graph"])
def test_damaged_file_is_a_model_error(tmp_path: Path, damage: object) -> None:
    folder = write_checkpoint(tmp_path / "a")
    path = folder / "model.onnx"
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(ModelError, match=r"model\.onnx: not an ONNX graph that can be run"):
        OnnxEngine(find_model(folder).graphs)
    with pytest.raises(ModelError, match=r"model\.onnx: not an ONNX graph that can be run"):
        find_model(path)


def test_threads_must_be_at_least_one(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="threads 0 must be at least 1"):
        OnnxEngine({"main": write_shades(tmp_path / "a.onnx")}, threads=0)


def test_embedded_models_describe_themselves() -> None:
    for name in embedded():
        assert find_model(name).spec.name == name
