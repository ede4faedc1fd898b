"""`perpixel models`: the networks that can be trained, and the weights inside the package."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from perpixel.commands.arguments import parse_size

if TYPE_CHECKING:
    from rich.table import Table

    from perpixel.models import Rung

WIDE = 120  # columns where no terminal says how many there are


def models(*, size: str = "360x480", classes: int = 11, light: bool = False, json: bool = False) -> None:
    """List the networks and the embedded weights.

    FLOPs are two for each multiplication and addition of convolutions and matrix products, for one picture; papers
    that count the two as one have half of the number. They are counted without running the network, on its own
    backbone, at the paper's width or with `--light` at the width that a machine without a GPU is given.

    Example: `perpixel models --size 512x1024 --classes 19`

    Args:
        size: HEIGHTxWIDTH of the picture whose FLOPs are counted.
        classes: of the networks.
        light: show the options for a machine without a GPU, and their numbers.
        json: print a list of all entries as JSON.
    """
    wanted = parse_size(size)
    if classes < 1:
        raise ValueError(f"classes {classes} must be at least 1")
    from perpixel.models import MODELS

    here = {name: rung for name, rung in MODELS.items() if rung.extra is None or find_spec(rung.extra)}
    for name, rung in MODELS.items():
        if name not in here:
            sys.stderr.write(f'not listed: {name}, which needs {rung.extra}: pip install "perpixel[{name}]"\n')
    counted = find_spec("torch") is not None
    if not counted:
        sys.stderr.write('parameters and FLOPs are counted with torch: pip install "perpixel[train]"\n')
    rungs = [_rung(name, rung, wanted, classes, light=light, counted=counted) for name, rung in here.items()]
    weights = _weights()
    if json:
        from json import dumps

        sys.stdout.write(dumps(rungs + weights, indent=2, allow_nan=False) + "\n")
        return
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else WIDE)
    console.print(_rung_table(rungs, size, classes, light=light))
    console.print()
    console.print(_weights_text(weights), markup=False, highlight=False)


def _rung(name: str, rung: Rung, size: tuple[int, int], classes: int, *, light: bool, counted: bool) -> dict[str, Any]:
    """One network as plain data; its numbers are None where they are not counted."""
    options = dict(rung.light) if light else {}
    parameters, flops = _count(name, size, classes, options) if counted else (None, None)
    return {
        "name": name,
        "kind": "architecture",
        "year": rung.year,
        "idea": rung.idea,
        "parameters": parameters,
        "flops": flops,
        "size": list(size),
        "classes": classes,
        "options": options,
        "file": rung.file,
    }


def _count(name: str, size: tuple[int, int], classes: int, options: Mapping[str, Any]) -> tuple[int, int]:
    import torch

    from perpixel.complexity import complexity
    from perpixel.models import build

    with torch.device("meta"):
        model = build(name, classes, options=options)
    found = complexity(model, size)
    return found.parameters, found.flops


def _weights() -> list[dict[str, Any]]:
    """The embedded weights as plain data."""
    from perpixel.predict import embedded, find_model

    rows = []
    for name, path in embedded().items():
        spec = find_model(name).spec
        rows.append(
            {
                "name": name,
                "kind": "weights",
                "architecture": spec.architecture.get("name"),
                "backbone": spec.architecture.get("backbone"),
                "task": spec.task,
                "classes": list(spec.classes.names),
                "licence": spec.terms.licence,
                "data_terms": spec.terms.data,
                "commercial": spec.terms.commercial,
                "bytes": path.stat().st_size,
                "file": f"weights/{path.name}",
            }
        )
    return rows


def _rung_table(rungs: list[dict[str, Any]], size: str, classes: int, *, light: bool) -> Table:
    from rich.table import Table

    width = "at the width for a machine without a GPU" if light else "at the paper's width"
    table = Table(
        box=None,
        pad_edge=False,
        header_style="bold",
        title="networks: perpixel train DATA --arch NAME",
        title_justify="left",
        caption=f"{width}, for {classes} classes and a picture of {size}; FLOPs are 2 x multiply-adds",
        caption_justify="left",
    )
    table.add_column("name", no_wrap=True)
    table.add_column("year")
    table.add_column("options" if light else "idea")
    for heading in ("parameters", "GFLOPs"):
        table.add_column(heading, justify="right")
    table.add_column("file", no_wrap=True)
    for row in rungs:
        options = " ".join(f"{name}={value}" for name, value in row["options"].items())
        words = options or "as in the paper" if light else row["idea"]
        table.add_row(
            row["name"], str(row["year"]), words, _millions(row["parameters"]), _billions(row["flops"]), row["file"]
        )
    return table


def _weights_text(weights: list[dict[str, Any]]) -> str:
    lines = ["embedded weights: perpixel predict PHOTO --model NAME"]
    for row in weights:
        network = " on ".join(filter(None, (row["architecture"], row["backbone"]))) or "unknown network"
        allowed = {True: "allowed", False: "not allowed", None: "not stated"}[row["commercial"]]
        classes = ", ".join(row["classes"])
        lines += [
            f"{row['name']}: {network}, {row['bytes'] / 1e6:.1f} MB",
            f"    commercial use: {allowed}",
            f"    licence: {row['licence']}",
            f"    data: {row['data_terms']}",
            f"    {len(row['classes'])} classes: {classes}",
        ]
    return "\n".join(lines)


def _millions(count: int | None) -> str:
    return "–" if count is None else f"{count / 1e6:.2f} M"


def _billions(count: int | None) -> str:
    return "–" if count is None else f"{count / 1e9:.3g}" if count < 1e11 else f"{count / 1e9:.0f}"
