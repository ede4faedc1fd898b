"""The page of a ladder: the table, and some pictures with every answer side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from itertools import islice
from pathlib import Path

from perpixel.training.ladder.line import Ladder
from perpixel.training.ladder.measures import MEASURES
from perpixel.training.ladder.table import about, cells, class_cells, headings, protocol

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1500px; padding: 0 1rem }
body { color: #222; background: #fff }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #ddd }
th:first-child, td:first-child { text-align: left }
.row { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: .8rem; margin: 0 0 2rem }
figure { margin: 0 }
img { width: 100%; display: block }
figcaption { font-size: 13px; display: flex; justify-content: space-between; gap: .5rem }
.legend span { display: inline-block; margin-right: 1rem }
.legend i { display: inline-block; width: 14px; height: 14px; border: 1px solid #777; margin-right: .35rem }
.failed { color: #a00 }
"""


def page(ladder: Ladder, picture: Callable[[int, str], Path]) -> str:
    """A page that needs nothing but the pictures beside it.

    Args:
        ladder: what is shown.
        picture: from a number and a name ("photo", "truth", a run's) to the file, relative to the page.
    """
    title = f"Ladder: {escape(ladder.data)}"
    failed = [f'<p class="failed">{escape(run)} failed: {escape(why)}</p>' for run, why in ladder.failures.items()]
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>',
        f"<h1>{title}</h1>",
        _table(headings(ladder), [cells(line) for line in ladder.lines], [about(line) for line in ladder.lines]),
        *failed,
        *(f"<p>{escape(words).replace('`', '')}</p>" for words in protocol(ladder)),
        f"<h2>{MEASURES[ladder.task].of_class[1]} of each class</h2>",
        _table(("network", *ladder.classes.names), [class_cells(line, ladder) for line in ladder.lines]),
        "<h2>Side by side</h2>",
        f"<p>{len(ladder.shown)} pictures at even distances through {escape(ladder.split)}; answers of each network's "
        f"first run, with the picture's own {MEASURES[ladder.task].of_picture}.</p>",
        _legend(ladder) if MEASURES[ladder.task].legend else "",
        *(_row(ladder, number, name, picture) for number, name in enumerate(ladder.shown)),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], hints: Sequence[str] | None = None) -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = []
    for place, row in enumerate(rows):
        hint = f' title="{escape(hints[place])}"' if hints else ""
        body.append(f"<tr{hint}>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>")
    return f'<div class="wide"><table><tr>{head}</tr>{"".join(body)}</table></div>'


def _legend(ladder: Ladder) -> str:
    entries = (
        f'<span><i style="background: rgb{entry.color}"></i>{escape(entry.name)}</span>' for entry in ladder.classes
    )
    return f'<p class="legend">{"".join(entries)}</p>'


def _row(ladder: Ladder, number: int, name: str, picture: Callable[[int, str], Path]) -> str:
    figures = [_figure(picture(number, what), what, "") for what in ("photo", "truth")]
    for line in ladder.lines:
        for run, outcome in islice(line.outcomes.items(), 1):
            score = outcome.shown[number]
            figures.append(_figure(picture(number, run), line.name, "–" if score is None else f"{score:.3f}"))
    return f'<h3>{escape(name)}</h3><div class="row">{"".join(figures)}</div>'


def _figure(file: Path, name: str, score: str) -> str:
    caption = f"<figcaption><b>{escape(name)}</b><span>{score}</span></figcaption>"
    return f'<figure><img src="{escape(file.as_posix())}" alt="{escape(name)}" loading="lazy">{caption}</figure>'
