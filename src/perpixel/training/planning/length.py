"""How long a run is: samples to see, epochs, minutes, and what that will take."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

from perpixel.plan import Plan
from perpixel.training.planning.draft import Choice
from perpixel.training.planning.machine import Machine
from perpixel.training.planning.survey import Survey
from perpixel.training.planning.trial import Measured
from perpixel.training.planning.words import duration, several

SAMPLES = 1200  # times the root of the number of pictures: 23,000 of CamVid's 367, after which it has learnt most
UNTAUGHT = 2  # times as many without ImageNet weights
GPU = 4  # times as many where a GPU makes them cheap
HOUR = 60.0  # minutes without a GPU
PLANNED = 0.85  # of the minutes; the rest is for the first epoch's reading, for saving, and for a machine that is busy
EPOCHS = 80  # judgings are enough to find the best
STEPS = 20  # of an epoch at least
JUDGED = 0.2  # pixels judged (a third of the work of learning) to pixels learnt from, at most
BUSY = 1.5  # times longer that a step takes where others use the machine: worth a word
LEAST = 0.5  # of the samples: before there are fewer, crops get smaller


@dataclass(frozen=True)
class Duration:
    """What the parts of a run take, by a trial.

    Attributes:
        batch: seconds to prepare and learn from one batch.
        judging: seconds to judge the validation split once.
        batches: of one process in one epoch.
    """

    batch: float
    judging: float
    batches: int

    @property
    def epoch(self) -> float:
        """Seconds of an epoch."""
        return self.batches * self.batch + self.judging


def duration_of(plan: Plan, data: Survey, machine: Machine, measured: Measured) -> Duration:
    """What this plan takes."""
    batches = ceil(data.images * plan.repeat / (plan.batch * machine.processes))
    judging = data.judged * measured.judge_seconds / machine.processes
    each = batch_seconds(measured, machine, batch=plan.batch, workers=plan.workers)
    return Duration(each, judging, batches)


def batch_seconds(measured: Measured, machine: Machine, *, batch: int, workers: int) -> float:
    """To prepare and to learn from one batch.

    Without workers one comes after the other. Workers prepare beside a GPU for nothing, up to what they manage; beside
    a CPU that learns they take its time, though on every core at once.
    """
    preparing = measured.sample_seconds * batch
    if not workers:
        return preparing + measured.step_seconds
    shared = 0.0 if machine.gpu else preparing / machine.cores
    return max(measured.step_seconds + shared, preparing / workers)


def wanted_samples(data: Survey, machine: Machine, *, pretrained: bool) -> int:
    """How many samples a run should see."""
    times = (1 if pretrained else UNTAUGHT) * (GPU if machine.gpu else 1)
    return round(SAMPLES * sqrt(data.images) * times)


def budget(machine: Machine, *, minutes: float | None, epochs_given: bool) -> float | None:
    """Seconds to plan for; None where nothing bounds them."""
    if minutes is not None:
        return PLANNED * minutes * 60
    return None if machine.gpu or epochs_given else PLANNED * HOUR * 60


def choose_minutes(machine: Machine, *, epochs_given: int | None) -> Choice[float | None]:
    """An hour without a GPU, unless somebody said how many epochs it shall be."""
    if epochs_given is not None:
        return None, f"{several(epochs_given, 'epoch')}, as you said"
    if machine.gpu:
        return None, f"{machine.gpu}: no bound needed"
    return HOUR, f"{several(machine.cores, 'core')} and no GPU; --minutes or --epochs sets another bound"


def choose_repeat(data: Survey, plan: Plan, machine: Machine, *, wanted: float, epochs_given: bool) -> Choice[int]:
    """More draws to an epoch where epochs would be too short to be worth their judging, still ten epochs or so."""
    if epochs_given:
        return 1, f"an epoch is one pass over {data.images} pictures, and you said how many"
    learnt = data.images * plan.crop[0] * plan.crop[1]
    by_judging = data.judged * data.pixels / 3 / JUDGED / learnt
    by_steps = STEPS * plan.batch * machine.processes / data.images
    by_epochs = wanted / (EPOCHS * data.images)
    most = max(1, int(wanted / (10 * data.images)))
    repeat = min(max(ceil(max(by_judging, by_steps, by_epochs) - 0.25), 1), most)
    return repeat, (
        f"an epoch of {data.images * repeat:,} samples is worth judging {data.judged} pictures"
        if data.judged
        else f"an epoch has {data.images * repeat:,} samples"
    )


def affordable_samples(seconds: float | None, found: Duration, plan: Plan, machine: Machine) -> float:
    """How many samples fit into so many seconds, without any judging."""
    return float("inf") if seconds is None else seconds / found.batch * plan.batch * machine.processes


def smaller_side(side: int, *, affordable: float, wanted: float) -> int | None:
    """The side of a crop with which enough samples fit, down to two thirds; None where they fit already."""
    missing = affordable / (LEAST * wanted)
    return None if missing >= 1 else int(side * sqrt(max(missing, 4 / 9)))


def choose_epochs(
    found: Duration, plan: Plan, data: Survey, *, wanted: float, seconds: float | None, slowed: float
) -> Choice[int]:
    """As many as see the wanted samples, or as fit into the seconds of a quiet machine."""
    enough = max(1, ceil(wanted / (data.images * plan.repeat)))
    epochs = enough if seconds is None else max(1, min(enough, int(seconds / found.epoch)))
    last = f" and judging {data.judged} pictures ({duration(found.judging)})" if data.judged else ""
    each = f"trial: {duration(found.batch)} a batch of {plan.batch}"
    whole = f"{several(epochs, 'epoch')} of {found.batches} batches{last}"
    length = f"{each}, so {whole} are {duration(epochs * found.epoch)}"
    if slowed > BUSY:
        length += f" (on a quiet machine: this one is busy, and the trial took {slowed:.2g} times as long)"
    samples = epochs * data.images * plan.repeat
    if epochs < enough:
        return epochs, f"{length}; {samples:,} samples, where {wanted:,.0f} would be better"
    return epochs, f"{length}; {samples:,} samples are enough for {data.images} pictures"
