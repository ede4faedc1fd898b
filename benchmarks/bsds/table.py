"""The table of scores, as text and in a document, beside what was published."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from perpixel.files import atomic_write

COLUMNS = {
    "ods": "ODS",
    "ois": "OIS",
    "ap": "AP",
    "covering_ods": "covering ODS",
    "covering_ois": "OIS",
    "covering_best": "best",
    "rand_ods": "PRI ODS",
    "rand_ois": "OIS",
    "information_ods": "VI ODS",
    "information_ois": "OIS",
}
PUBLISHED: dict[str, dict[str, float]] = {
    "graph": dict(zip(COLUMNS, (0.61, 0.64, 0.56, 0.52, 0.57, 0.69, 0.80, 0.82, 2.21, 1.87), strict=True)),
    "canny": {"ods": 0.60, "ois": 0.63, "ap": 0.58},
    "people": {
        "ods": 0.80,
        "ois": 0.80,
        "covering_ods": 0.72,
        "covering_ois": 0.72,
        "rand_ods": 0.88,
        "rand_ois": 0.88,
        "information_ods": 1.17,
        "information_ois": 1.17,
    },
}
"""Arbelaez et al., 2011, on the 200 pictures of the test split."""

_HEADS = ("ODS", "OIS", "AP", "ODS", "OIS", "best", "ODS", "OIS", "ODS", "OIS")
AIM = {name: 0.04 if name == "ap" else 0.02 for name in COLUMNS}
_BEGIN, _END = "<!-- measured: written by --tell -->", "<!-- end of what is measured -->"


def markdown(results: Mapping[str, Mapping[str, Any]]) -> str:
    """A table of all results, the published row below each that has one."""
    lines = [
        "| method | " + " | ".join(COLUMNS.values()) + " | ms |",
        "|---|" + "---|" * (len(COLUMNS) + 1),
    ]
    for name, result in results.items():
        scores = result["scores"]
        time = "" if result["milliseconds"] is None else f"{result['milliseconds']:.0f}"
        lines.append(f"| {name.replace('_', ' ')} | {_cells(scores)} | {time} |")
        if name in PUBLISHED:
            lines.append(f"| *published, test split* | {_cells(PUBLISHED[name], 2)} | |")
    return "\n".join(lines)


def text(results: Mapping[str, Mapping[str, Any]]) -> str:
    """The table for a terminal, and how far `graph` is from what was published."""
    lines = [f"{'':<13}{'boundaries':^21}{'covering':^21}{'PRI':^14}{'VI, bits':^14}"]
    lines.append(f"{'':<13}" + "".join(f"{head:>7}" for head in _HEADS))
    for name, result in results.items():
        lines.append(f"{name:<13}" + _columns(result["scores"], 3))
        if name in PUBLISHED:
            lines.append(f"{'  published':<13}" + _columns(PUBLISHED[name], 2))
    if "graph" in results:
        lines += ["", away(results["graph"]["scores"])]
    return "\n".join(lines)


def away(scores: Mapping[str, Any]) -> str:
    """One line: which of the graph's scores are farther from the published than the aim."""
    far = [
        f"{name} {scores[name]:.3f} for {published:.2f}"
        for name, published in PUBLISHED["graph"].items()
        if abs(round(scores[name], 3) - published) > AIM[name] + 1e-9
    ]
    if not far:
        return "graph: all scores are within .02 (AP .04) of the published"
    return "graph: farther than .02 (AP .04) from the published: " + ", ".join(far)


def tell(document: Path, results: Mapping[str, Mapping[str, Any]], heading: str) -> None:
    """Put the table in its place in a document; a document that has no place for it, or is not there, is written."""
    measured = f"{_BEGIN}\n{heading}\n\n{markdown(results)}\n\n{used(results)}\n{_END}\n"
    old = document.read_text(encoding="utf-8") if document.is_file() else ""
    if _BEGIN in old and _END in old:
        before, after = old.split(_BEGIN)[0], old.split(_END)[1].lstrip("\n")
        measured = before + measured + (f"\n{after}" if after else "")
    atomic_write(document, measured.encode())


def used(results: Mapping[str, Mapping[str, Any]]) -> str:
    """What was varied, and what chosen: one item a method."""
    lines = []
    for name, result in results.items():
        if not result["values"]:
            continue
        options = "".join(f", {key} {value}" for key, value in result["options"].items())
        values = ", ".join(f"{value:g}" for value in result["values"])
        best = [f"{result['values'][place]:g}" for place in result["scores"]["best"]]
        chosen = " / ".join(best) if len(set(best)) > 1 else best[0]
        lines.append(f"- {name.replace('_', ' ')}: {result['parameter']} {values}{options}; ODS at {chosen}")
    return "\n".join(lines)


def _cells(scores: Mapping[str, Any], digits: int = 3) -> str:
    return " | ".join("" if scores.get(name) is None else f"{scores[name]:.{digits}f}" for name in COLUMNS)


def _columns(scores: Mapping[str, Any], digits: int) -> str:
    shown = ("" if scores.get(name) is None else f"{scores[name]:.{digits}f}" for name in COLUMNS)
    return "".join(f"{cell:>7}" for cell in shown)
