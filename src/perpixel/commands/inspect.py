"""`perpixel inspect`: what a data set is and what is wrong with it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perpixel.data.inspecting import Inspection


def inspect(
    data: Path,
    *,
    out: Path | None = None,
    masks: str | None = None,
    classes: str | None = None,
    ignore: int | None = None,
    encoding: str | None = None,
    json: bool = False,
) -> int:
    """Say what a data set is and what is wrong with it.

    Reads every file of a folder in any layout or annotation format, or of one mask, table or annotation file: sizes,
    coding, shares of the classes, orphans, broken files, odd values, soft edges, copies of one photo within and across
    splits; of depth maps, how far they reach. The worst comes first. Broken files are listed and never stop it; the
    exit code is 1 if there is an error.

    With `--out` it writes `perpixel.yaml`, the contract that `perpixel train OUT/perpixel.yaml` and every other command
    then holds the data to, and `index.html`, a page of examples to look at.

    Example: `perpixel inspect data/ --out check/`

    Args:
        data: a folder or a file.
        out: a folder for the contract and the page; by default nothing is written.
        masks: folder or file of the truth, where the names do not tell or several are there.
        classes: camvid, cityscapes, voc, or a YAML, CSV or text file; by default what the data say.
        ignore: value in mask files of pixels that are not judged.
        encoding: of mask files: index, binary, one-based, cityscapes-ids, palette or rgb.
        json: print all that was found as JSON.
    """
    from json import dumps

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from perpixel.data.inspecting import inspect_data

    columns = TextColumn("looking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        bar = bars.add_task("looking", total=None)
        found = inspect_data(
            data,
            masks=masks,
            classes=classes,
            ignore=ignore,
            encoding=encoding,
            progress=lambda done, total: bars.update(bar, completed=done, total=total),
        )
    written = {} if out is None else _write(found, out, data, masks)
    if json:
        sys.stdout.write(dumps({**found.to_dict(), "written": written}, indent=2) + "\n")
    else:
        from perpixel.data.inspecting.words import told

        sys.stdout.write(told(found))
        if "contract" in written:
            sys.stdout.write(f"\nlook at {written['page']}; train with: perpixel train {written['contract']}\n")
        elif written:
            sys.stdout.write(f"\nlook at {written['page']}\n")
        else:
            sys.stdout.write("\nnothing was written; `--out check/` writes the contract and a page of examples\n")
    return 1 if any(problem.level == "error" for problem in found.problems) else 0


def _write(found: Inspection, out: Path, data: Path, masks: str | None) -> dict[str, str]:
    """Write the contract, where there can be one, and the page."""
    from perpixel.data.contract import NAME, save_contract
    from perpixel.data.inspecting.agreement import contract_of
    from perpixel.data.inspecting.examples import examples
    from perpixel.data.inspecting.words import facts
    from perpixel.draw.proof_sheet import Section, proof_sheet
    from perpixel.errors import DataError
    from perpixel.files import atomic_write, make_folder

    make_folder(out)
    written = {"page": str(out / "index.html")}
    try:
        save_contract(contract_of(found, masks=masks), out / NAME)
        written["contract"] = str(out / NAME)
    except DataError as error:
        sys.stderr.write(f"no contract: {error}\n")
    sections = [Section(title, tuple(shown)) for title, shown in examples(found).items() if shown]
    problems = [(problem.level, problem.line) for problem in found.problems]
    page = proof_sheet(f"{data}", facts(found), problems, found.shares.rows(), _colors(found), sections)
    atomic_write(out / "index.html", page.encode())
    return written


def _colors(found: Inspection) -> list[tuple[int, int, int]]:
    return [] if found.coding.classes is None else [entry.color for entry in found.coding.classes]
