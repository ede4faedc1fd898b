"""The loop: steps, epochs, judging, saving."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from perpixel.plan import Plan
from perpixel.training.interrupt import Wish
from perpixel.training.journal import Journal
from perpixel.training.learner import Batch, Learner
from perpixel.training.schedules import rate_share

Row = dict[str, Any]

SLACK = 0.05  # of the minutes: a slow start alone moves no rate of a run that is in time, so it can be repeated exactly


@dataclass(frozen=True)
class Step:
    """What is known after a step of the optimizer. `share` is how much of the whole run is done, in [0, 1]."""

    step: int
    steps: int
    epoch: int
    loss: float
    rate: float
    seconds: float
    share: float


class Stopped(Exception):  # noqa: N818 (nothing went wrong)
    """Somebody asked the run to stop; its state is saved."""


def epochs(
    learner: Learner,
    batches: Iterator[Batch],
    journal: Journal,
    plan: Plan,
    *,
    batches_per_epoch: int,
    judge: Callable[[], Row],
    save: Callable[[], None],
    due: Callable[[], bool] = lambda: False,
    wish: Wish | None = None,
    report: Callable[[Step], None] = lambda step: None,
) -> Iterator[tuple[Row, bool]]:
    """Learn epoch by epoch from where the journal is; give each epoch's row and whether it is the best so far.

    The state is to be saved by whoever takes the row, since only then is the epoch done; inside an epoch `save` is
    called whenever `due` says so.

    Raises:
        Stopped: `wish.stop` was set; the state is saved.
        DivergenceError: a loss is not finite.
    """
    steps = plan.epochs * -(-batches_per_epoch // plan.accumulate)
    while not finished(journal, plan):
        rate = rate_now(journal, plan, steps)
        while journal.batch < batches_per_epoch and time_left(journal, plan):
            began = time.perf_counter()
            # The last group of an epoch may be smaller; it is learnt from like any other.
            group = list(islice(batches, min(plan.accumulate, batches_per_epoch - journal.batch)))
            rate = rate_now(journal, plan, steps)
            losses = learner.learn(group, rate=rate, step=journal.step)
            stop, seconds = learner.greatest(float(wish is not None and wish.stop), time.perf_counter() - began)
            journal.learnt(losses, batches=len(group), seconds=seconds)
            share = share_done(journal, plan, steps)
            report(Step(journal.step, steps, journal.epoch + 1, losses["loss"], rate, journal.seconds, share))
            if stop:
                save()
                raise Stopped
            if due():
                save()
        began = time.perf_counter()
        losses = _columns(journal.losses)
        scores = judge()
        (seconds,) = learner.greatest(time.perf_counter() - began)
        spent = round(journal.seconds + seconds, 3)
        row = {"epoch": journal.epoch + 1, "step": journal.step, "seconds": spent, "rate": rate, **losses, **scores}
        yield row, journal.judged(row, score=next(iter(scores.values()), None), seconds=seconds)


def _columns(losses: dict[str, float]) -> dict[str, float]:
    """The sum first; a term by itself only where there are several."""
    terms = {f"loss {name}": loss for name, loss in losses.items() if name != "loss"}
    return {"loss": losses["loss"]} | (terms if len(terms) > 1 else {})


def rate_now(journal: Journal, plan: Plan, steps: int) -> float:
    """The learning rate of the step to come."""
    return plan.rate * rate_share(plan.schedule, share_done(journal, plan, steps) * steps, steps, warmup=plan.warmup)


def share_done(journal: Journal, plan: Plan, steps: int) -> float:
    """How much of the run is done: of its steps, or of its minutes where these run out sooner."""
    by_time = 0.0 if plan.minutes is None else journal.seconds / _bound(plan.minutes, journal)
    by_time = (by_time - SLACK) / (1 - SLACK)
    return min(max(journal.step / steps, by_time), 1.0)


def time_left(journal: Journal, plan: Plan) -> bool:
    """Whether the plan's minutes leave time for another step beside a last judging. There is always a first one."""
    return plan.minutes is None or journal.step == 0 or journal.seconds < _bound(plan.minutes, journal)


def finished(journal: Journal, plan: Plan) -> bool:
    """Whether the epochs or the minutes are used up, or the score has not grown for `patience` epochs."""
    if journal.batch:  # what was learnt since the last judging is judged first
        return False
    patient = not plan.patience or journal.epoch - journal.best_epoch < plan.patience
    return journal.epoch >= plan.epochs or not patient or not time_left(journal, plan)


def _bound(minutes: float, journal: Journal) -> float:
    return max(minutes * 60 - journal.judging, 1e-3)
