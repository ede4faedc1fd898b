"""The table of a ladder, as Markdown and for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from perpixel.training.display import show
from perpixel.training.ladder.line import Ladder, Line
from perpixel.training.ladder.measures import MEASURES
from perpixel.training.spread import Spread

COSTS = ("parameters", "GFLOPs", "ms a picture", "minutes", "epochs", "samples seen", "ImageNet")
TERMINAL = (0, 2, 3, 5, 6, 7, 8)  # the columns that fit into one


def headings(ladder: Ladder) -> tuple[str, ...]:
    """What its columns are called."""
    return ("network", "year", *MEASURES[ladder.task].columns.values(), *COSTS)


def cells(line: Line) -> list[str]:
    """A line under `headings`."""
    first, *others = line.measures.columns
    return [
        line.name,
        "" if line.year is None else str(line.year),
        "failed" if line.failures and not line.outcomes else spread(line.score(first)),
        *(spread(line.score(name)) for name in others),
        "–" if line.parameters is None else f"{line.parameters / 1e6:.2f} M",
        "–" if line.flops is None else f"{line.flops / 1e9:.3g}" if line.flops < 1e11 else f"{line.flops / 1e9:.0f}",
        number(line.mean("milliseconds"), 2),
        number(line.mean("minutes") if line.kind == "network" else None, 1),
        number(line.mean("epochs") if line.kind == "network" else None, 0),
        number(line.mean("samples") if line.kind == "network" else None, 0),
        {None: "–", True: "yes", False: "no"}[line.pretrained],
    ]


def class_cells(line: Line, ladder: Ladder) -> list[str]:
    """The name, and the mean score of each class."""
    found = [line.class_score(name) for name in ladder.classes.names]
    return [line.name, *("–" if each is None else f"{each.mean:.3f}" for each in found)]


def markdown(ladder: Ladder) -> str:
    """The table, the classes, what was done and what failed, as Markdown."""
    parts = [
        f"# Ladder: {ladder.data}",
        _table(headings(ladder), [cells(line) for line in ladder.lines]),
        *protocol(ladder),
        f"## {MEASURES[ladder.task].of_class[1]} of each class",
        _table(("network", *ladder.classes.names), [class_cells(line, ladder) for line in ladder.lines]),
        "## Networks",
        "\n".join(f"- `{line.name}`: {about(line)}" for line in ladder.lines),
    ]
    if ladder.failures:
        parts += ["## Failed", "\n".join(f"- `{run}`: {why}" for run, why in ladder.failures.items())]
    return "\n\n".join(parts) + "\n"


def protocol(ladder: Ladder) -> list[str]:
    """What the numbers are, in sentences."""
    height, width = ladder.size
    lines = {name: value for name, value in ladder.given.items() if name not in ("epochs", "minutes")}
    budget = " and ".join(f"{ladder.given[name]:g} {name}" for name in ("epochs", "minutes") if name in ladder.given)
    alike = f" In all plans: {', '.join(f'{name} {show(value)}' for name, value in lines.items())}." if lines else ""
    said = [
        f"Each run had {budget} at most, on {ladder.device}, and learnt from {ladder.trained_on} pictures; seeds "
        f"{', '.join(map(str, ladder.seeds))}.{alike} The rest of each plan is in `runs/NAME-seedS/plan.json`.",
        f"Judged: {ladder.images} pictures of {ladder.split} at their own size, {MEASURES[ladder.task].protocol}, "
        "by the epoch that was best on val. Mean ± sample standard deviation over (n) seeds.",
        f"FLOPs (2 x multiply-adds of convolutions and matrix products) and time are of one picture of "
        f"{height}x{width}; time: ONNX Runtime on the CPU, {ladder.threads} "
        f"thread{'s' if ladder.threads > 1 else ''}, picture to answer, median of up to five. Minutes are of training "
        "and of judging its epochs.",
    ]
    said += [f"`{line.name}` is {line.idea}." for line in ladder.lines if line.kind == "bound"]
    said += [f"`{name}` was left out: {why}." for name, why in ladder.left_out.items()]
    base, best = ladder.best("baseline"), ladder.best("network")
    if base and best:
        scores = [line.best_by for line in (base, best)]
        said.append(
            f"Do I need a network? Without one: {base.name} {scores[0]}. Best with one: {best.name} {scores[1]}."
        )
    return said


def about(line: Line) -> str:
    """What it is, in one line."""
    options = "; ".join(f"{name} {show(value)}" for name, value in line.options.items())
    parts = [line.idea, f"on {line.backbone}" if line.backbone else "", options]
    return "; ".join(part for part in parts if part)


def terminal_table(ladder: Ladder) -> Table:
    """The columns that fit into a terminal."""
    table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="bold", caption_justify="left")
    table.caption = f"mean ± sample standard deviation; seeds: {', '.join(map(str, ladder.seeds))}"
    for column in TERMINAL:
        table.add_column(headings(ladder)[column], justify="right" if column else "left", no_wrap=column in (0, 2, 5))
    for line in ladder.lines:
        row = [cell.partition(" (")[0] for cell in cells(line)]
        row[3] = row[3].partition(" ±")[0]
        table.add_row(*(row[column] for column in TERMINAL))
    return table


def spread(found: Spread | None) -> str:
    """As `0.512 ± 0.004 (3)`."""
    if found is None:
        return "–"
    return f"{found.mean:.3f}" + (f" ± {found.spread:.3f} ({found.n})" if found.spread is not None else "")


def number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
