from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from killable import SAVE_STEPS, STEPS, start

from perpixel.training.state import has_state, load_state

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9")


def test_a_run_killed_at_five_moments_ends_with_the_weights_of_one_that_was_not(boxes: Path, tmp_path: Path) -> None:
    """With two workers, accumulation (an incomplete last group), dropout and a moving average."""
    assert start(boxes, tmp_path / "whole", resume=False) == "done"

    generator = np.random.default_rng(2024)
    killed = tmp_path / "killed"
    assert start(boxes, killed, resume=False, at_step=int(generator.integers(1, SAVE_STEPS))) == "killed"
    assert not has_state(killed)
    assert start(boxes, killed, resume=True, in_write=int(generator.integers(3, 7))) == "killed"
    assert has_state(killed)
    for step in sorted(generator.choice(np.arange(6, STEPS + 1), 3, replace=False).tolist()):
        assert start(boxes, killed, resume=True, at_step=step) == "killed"
    assert start(boxes, killed, resume=True) == "done"

    (facts, expected), (found_facts, found) = load_state(tmp_path / "whole"), load_state(killed)
    assert found.keys() == expected.keys()
    assert {name.split("/")[0] for name in found} == {"model", "optimizer", "average", "best"}
    assert [name for name in expected if not torch.equal(found[name], expected[name])] == []
    assert found_facts["journal"]["best_score"] == facts["journal"]["best_score"]
    scores = [[row["mean_iou"] for row in each["journal"]["history"]] for each in (facts, found_facts)]
    assert scores[0] == scores[1]
    for name in ("best", "last"):
        weights = [(folder / name / "model.safetensors").read_bytes() for folder in (tmp_path / "whole", killed)]
        assert weights[0] == weights[1]
