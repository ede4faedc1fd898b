"""A plan from the data and the machine: every line with a reason, most of them by a number that was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from perpixel.data import Census, Dataset, census
from perpixel.plan import Plan
from perpixel.training.cache import memory_limit
from perpixel.training.planning.machine import Machine, look_at_machine
from perpixel.training.planning.planner import Planner
from perpixel.training.planning.survey import survey
from perpixel.training.planning.trial import Measured, RealTrial, Trial
from perpixel.training.samples import decoded_bytes

__all__ = ["Machine", "Measured", "Trial", "make_plan"]


def make_plan(
    dataset: Dataset,
    *,
    given: Mapping[str, Any] | None = None,
    split: str = "train",
    validation: str = "val",
    counted: Census | None = None,
    model: nn.Module | None = None,
    machine: Machine | None = None,
    trial: Trial | None = None,
    say: Callable[[str], None] = lambda words: None,
) -> Plan:
    """Choose every line of a plan for this data set and this machine, each with its reason.

    Epochs, and the minutes and memory of the forecast, rest on a trial of some seconds: on a busy machine the plan is
    shorter, and each of several processes makes another one; `train` follows that of the first. Without a GPU it is
    for an hour at most.

    Args:
        dataset: what is learnt.
        given: lines that stand as they are, such as `{"minutes": 30}`; the others are chosen to fit them.
        split, validation: what is learnt from, and what is judged after each epoch.
        counted: the census of `split`; None takes it.
        model: the network to train, if it is one of your own; its lines of the plan then mean nothing.
        machine: what there is to train with; None looks.
        trial: tries a plan; None tries it on this machine.
        say: is told what takes a while.

    Raises:
        DataError: a mask does not fit, or there is nothing to learn from.
        ModelError: a network, backbone or option of `given` that there is not.
        TrainingError: not even the smallest batch fits into memory.
        TypeError: `given` has a line that no plan has.
    """
    found = counted or census(dataset, split)
    data = survey(dataset, found, split=split, validation=validation)
    tried = trial or RealTrial(dataset, found, split=split, validation=validation, model=model)
    cache = memory_limit(decoded_bytes(found, dataset))
    return Planner(data, machine or look_at_machine(), given or {}, cache=cache, model=model).plan_with(tried, say=say)
