from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from perpixel.errors import PerpixelError, ResumeError
from perpixel.training import state
from perpixel.training.state import has_state, load_state, save_state

TENSORS = {"model/a": torch.arange(6.0).reshape(1, 2, 3), "optimizer/a/step": torch.tensor(7.0)}


def test_what_is_saved_comes_back_exactly(tmp_path: Path) -> None:
    assert not has_state(tmp_path)
    save_state(tmp_path, {"journal": {"loss": 0.1 + 0.2}}, TENSORS)
    facts, tensors = load_state(tmp_path)
    assert facts["journal"]["loss"] == 0.1 + 0.2
    assert tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)


def test_tied_and_strided_tensors_are_saved_each_under_its_name(tmp_path: Path) -> None:
    tied = torch.rand(2, 3, 4, 5).to(memory_format=torch.channels_last)
    save_state(tmp_path, {}, {"one": tied, "two": tied})
    _, tensors = load_state(tmp_path)
    assert torch.equal(tensors["one"], tied)
    assert torch.equal(tensors["two"], tied)


def test_only_the_newest_tensors_stay(tmp_path: Path) -> None:
    for number in range(3):
        save_state(tmp_path, {"count": number}, TENSORS)
    assert load_state(tmp_path)[0]["count"] == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state-3.safetensors", "state.json"]


@pytest.mark.parametrize("failing", [1, 2])
def test_a_disk_that_is_full_leaves_the_state_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    save_state(tmp_path, {"count": 1}, TENSORS)
    calls = 0

    def full(path: Path, data: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise PerpixelError(f"{path}: cannot be written: No space left on device")
        path.write_bytes(data)

    monkeypatch.setattr(state, "atomic_write", full)
    with pytest.raises(PerpixelError, match="No space left"):
        save_state(tmp_path, {"count": 2}, TENSORS)
    assert load_state(tmp_path)[0]["count"] == 1


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    save_state(tmp_path, {}, TENSORS)
    path = tmp_path / "state-1.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ResumeError, match="not what its record says"):
        load_state(tmp_path)
    path.unlink()
    with pytest.raises(ResumeError, match="cannot be read: No such file"):
        load_state(tmp_path)


def test_a_state_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(ResumeError, match="format 1"):
        load_state(tmp_path)
    (tmp_path / "state.json").write_text("{")
    with pytest.raises(ResumeError, match="not JSON"):
        load_state(tmp_path)
