from __future__ import annotations

import json
import multiprocessing
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from processes import PLAN, free_port, learn, learn_as, plan_and_learn_as

from perpixel.training import checkpoints, record

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gloo by fork server")


def test_two_processes_learn_by_the_plan_of_the_first(boxes: Path, tmp_path: Path) -> None:
    """Each tries its plan by itself, and by their clocks one may plan an epoch more: it would wait for the other."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["perpixel.training", "torch._dynamo"])
    port = free_port()
    pair = [
        context.Process(target=plan_and_learn_as, args=(rank, port, boxes, tmp_path / "run", PLAN, tmp_path / "epochs"))
        for rank in (0, 1)
    ]
    for process in pair:
        process.start()
    for process in pair:
        process.join(120)
        process.kill()
    assert [process.exitcode for process in pair] == [0, 0]
    assert [(tmp_path / f"epochs{rank}").read_text() for rank in (0, 1)] == [str(PLAN.epochs)] * 2


def test_two_processes_learn_what_one_learns_with_the_double_batch(
    boxes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without batch normalization, whose statistics are each process's own, and without ignored pixels."""
    monkeypatch.setattr(checkpoints, "save_checkpoint", checkpoints.save_checkpoint)  # `learn` replaces these two
    monkeypatch.setattr(record, "draw_curves", record.draw_curves)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["perpixel.training", "torch._dynamo"])
    port, halved = free_port(), replace(PLAN, batch=PLAN.batch // 2)
    pair = [
        context.Process(target=learn_as, args=(rank, port, boxes, tmp_path / "two", halved, tmp_path / "two.pt"))
        for rank in (0, 1)
    ]
    for process in pair:
        process.start()
    learn(boxes, tmp_path / "one", PLAN, tmp_path / "one.pt")
    for process in pair:
        process.join(120)
    assert [process.exitcode for process in pair] == [0, 0]

    assert json.loads((tmp_path / "two" / "data.json").read_text())["processes"] == 2
    one, first, second = (torch.load(tmp_path / name) for name in ("one.pt", "two.pt0", "two.pt1"))
    for name, expected in one["weights"].items():
        assert torch.equal(first["weights"][name], second["weights"][name])
        torch.testing.assert_close(first["weights"][name], expected, rtol=1e-5, atol=1e-6)
    assert first["score"] == second["score"] == pytest.approx(one["score"], abs=0.01)
