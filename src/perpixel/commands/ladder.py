"""`perpixel ladder`: several networks in one table."""

from __future__ import annotations

import json as json_module
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from perpixel.commands.arguments import comma_separated, parse_options, parse_size
from perpixel.commands.data_flags import DataFlags
from perpixel.commands.learning_half import learning_half


def ladder(
    data: Path,
    *,
    out: Path,
    minutes: float | None = None,
    epochs: int | None = None,
    arch: str | None = None,
    seeds: str = "0,1,2",
    split: str = "val",
    task: Literal["semantic", "multilabel", "instance", "panoptic"] | None = None,
    options: str | None = None,
    pretrained: bool | None = None,
    crop: str | None = None,
    batch: int | None = None,
    rate: float | None = None,
    threads: int = 1,
    json: bool = False,
    told: DataFlags = DataFlags(),
) -> int:
    """Train several networks alike and compare them in one table.

    They are compared by mean IoU, mask AP or PQ, as the data are.
    Each network is trained once with each seed, under one budget for each of these runs; what no flag says is planned
    for each network. One evaluator judges all, beside what can be had without a network. The same command goes on
    after Ctrl-C, and networks and seeds may be added. A run that fails is told, and the others go on; the exit code is
    then 1.

    Example: `perpixel ladder drawn/ --arch unet,segnet,ladder --minutes 10 --out ladder/`

    Args:
        data: A data set: `images/` and `masks/`, CamVid, Pascal VOC, or any folder that looks like one of them.
        out: Folder of the ladder: `ladder.md`, `ladder.json`, `index.html` with pictures, and the runs.
        minutes: Wall-clock bound of each run.
        epochs: Passes of each run over the training pictures.
        arch: Networks, comma-separated, as `perpixel models` lists them; by default all that learn the task.
        seeds: Whole numbers, comma-separated; mean and spread are over them.
        split: What is judged in the end.
        task: What is learnt, as `perpixel train` takes it; by default what the data are and the
            first of `--arch` learns.
        options: Arguments of single networks, as JSON: '{"unet": {"widths": [8, 16]}}'; a backbone may be among them.
        pretrained: Start from public ImageNet weights wherever a network can, or nowhere.
        crop: HEIGHTxWIDTH of a training sample, of all networks.
        batch: Samples in one forward pass, of all networks.
        rate: Peak learning rate, of all networks.
        threads: Of ONNX Runtime, when the time of a picture is measured.
        json: Print what `ladder.json` holds.
    """
    lines = {
        "minutes": minutes,
        "epochs": epochs,
        "pretrained": pretrained,
        "crop": None if crop is None else parse_size(crop, what="crop"),
        "batch": batch,
        "rate": rate,
    }
    given = {name: value for name, value in lines.items() if value is not None}
    if minutes is None and epochs is None:
        raise ValueError("no budget: give --minutes or --epochs of each run")
    if threads < 1:
        raise ValueError(f"threads {threads} must be at least 1")
    arguments: dict[str, Any] = {
        "given": given,
        "architectures": None if arch is None else comma_separated(arch),
        "seeds": _seeds(seeds),
        "options": {} if options is None else _options(options),
        "split": split,
        "threads": threads,
    }
    with learning_half():
        from rich.console import Console

        from perpixel.training import climb
        from perpixel.training.display import Bar
        from perpixel.training.ladder.table import terminal_table
        from perpixel.training.opening import open_for
    first = arguments["architectures"][0] if arguments["architectures"] else None
    dataset = open_for(data, first, task=task, **asdict(told))
    with Bar(plans=False) as bar:
        try:
            found = climb(dataset, out=out, progress=bar, **arguments)
        except KeyboardInterrupt as stop:
            again = shlex.join(["perpixel", *sys.argv[1:]]) if sys.argv[1:2] == ["ladder"] else "the same command"
            bar.say(f"{str(stop) or 'stopped'}; go on with: {again}")
            return 130
    if json:
        print(json_module.dumps(found.to_dict(), indent=2, allow_nan=False))
    else:
        Console().print(terminal_table(found))
    for run, why in found.failures.items():
        print(f"failed: {run}: {why}", file=sys.stderr)
    print(f"table and page: {out / 'ladder.md'}, {out / 'index.html'}", file=sys.stderr)
    return 1 if found.failures else 0


def _seeds(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in comma_separated(text))
    except ValueError:
        raise ValueError(f"seeds {text!r} are not whole numbers with commas between, such as 0,1,2") from None


def _options(text: str) -> dict[str, Any]:
    example = '{"unet": {"widths": [8, 16]}}'
    options = parse_options(text, example=example)
    if not all(isinstance(value, dict) for value in options.values()):
        raise ValueError(f"options {text!r} are not those of networks by name, such as {example}")
    return options
