"""The curves of a run: a CSV file, a picture of it, and TensorBoard on request."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from perpixel.errors import TrainingError
from perpixel.files import atomic_write, whole_file
from perpixel.metrics.headline import WORDS

Row = dict[str, Any]


def write_csv(history: Sequence[Row], path: Path) -> None:
    """One line an epoch; a column for each number that any epoch has."""
    columns = list(dict.fromkeys(key for row in history for key in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    atomic_write(path, text.getvalue().encode())


def draw_curves(history: Sequence[Row], path: Path) -> None:
    """Losses, scores and the learning rate over the epochs, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(12, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    panels: Any = figure.subplots(1, 3)
    losses: list[str] = [key for key in _keys(history) if key == "loss" or key.startswith("loss ")]
    scores: list[str] = [key for key in (*WORDS, "pixel_accuracy") if key in _keys(history)]
    shown = (losses, scores, ["rate"])
    titles = ("loss", "validation", "learning rate")
    for axes, names, title in zip(panels, shown, titles, strict=True):
        for name in names:
            points = [(row["epoch"], row[name]) for row in history if row.get(name) is not None]
            axes.plot(
                *zip(*points, strict=True), marker="." if len(points) < 20 else None, label=name.replace("_", " ")
            )
        axes.set_title(title)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        if len(names) > 1:
            axes.legend()
    with whole_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110)


class Board:
    """A TensorBoard log of a run.

    Raises:
        TrainingError: TensorBoard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise TrainingError('TensorBoard is not installed: pip install "perpixel[tensorboard]"') from error
        self._writer = SummaryWriter(str(folder))

    def add(self, row: Row) -> None:
        """Log one epoch."""
        for key, value in row.items():
            if key not in ("epoch", "step") and value is not None:
                self._writer.add_scalar(key, value, row["step"])
        self._writer.flush()


def _keys(history: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(key for row in history for key in row))
