"""How a run looks in a terminal: the plan as a table, a bar while it goes on, a line for each epoch."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from perpixel.metrics.headline import told
from perpixel.plan import Forecast, Plan
from perpixel.training.loop import Step


def plan_table(plan: Plan) -> Table:
    """Every line of a plan with its reason."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("plan", "", "why"):
        table.add_column(heading, overflow="fold")
    for name, value in plan.lines().items():
        table.add_row(name.replace("_", "-"), show(value), plan.reasons.get(name, ""))
    if plan.forecast is not None:
        table.add_row("expected", forecast_words(plan.forecast), "by the trial, with judging", style="bold")
    return table


def forecast_words(forecast: Forecast) -> str:
    """Minutes and peak memory, as one says them."""
    minutes, memory = forecast.minutes, forecast.memory_bytes / 1e9
    time = f"{minutes:.0f} minutes" if minutes >= 10 else f"{minutes:.1f} minutes"
    return f"{time}, {memory:.1f} GB" if memory else time


def show(value: Any) -> str:
    """A line of a plan, as one types it."""
    if value is None or value == {}:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        return " ".join(f"{name}={show(entry)}" for name, entry in value.items())
    return ",".join(show(entry) for entry in value) if isinstance(value, tuple) else str(value)


class Bar:
    """A progress bar on stderr; `plans` are shown as tables, or not."""

    def __init__(self, *, plans: bool = True) -> None:
        self.plans = plans
        self.console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[numbers]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
        )
        self._bar = Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal)
        self._task = self._bar.add_task("training", total=1.0, numbers="")
        self._epochs = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def say(self, words: str) -> None:
        self.console.print(words, style="dim", highlight=False, soft_wrap=True)

    def planned(self, plan: Plan) -> None:
        self._epochs = plan.epochs
        if self.plans:
            self.console.print(plan_table(plan))

    def step(self, step: Step) -> None:
        self._bar.start()  # only now: an empty bar would leave an empty line
        self._bar.update(
            self._task,
            completed=step.share,
            description=f"epoch {step.epoch}/{self._epochs}",
            numbers=f"loss {step.loss:.4f}  rate {step.rate:.2e}",
        )

    def epoch(self, row: dict[str, Any], *, best: bool) -> None:
        words = told(row)
        judged = f"  {words}" if words else ""
        mark = "  best" if best and judged else ""
        text = f"epoch {row['epoch']}/{self._epochs}  {row['seconds']:.0f} s  loss {row['loss']:.4f}{judged}{mark}"
        self.console.print(text, highlight=False, soft_wrap=True)
