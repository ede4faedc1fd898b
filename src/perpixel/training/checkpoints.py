"""The checkpoints of a run: the best epoch's and the last step's, each complete and whole."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from perpixel.architecture import Segmenter
from perpixel.data import Dataset, DepthDataset
from perpixel.errors import ModelError
from perpixel.export import save_checkpoint, whole_folder
from perpixel.plan import Plan
from perpixel.spec import InputSpec, ModelSpec, Terms
from perpixel.tasks import kind_of
from perpixel.training.journal import Journal
from perpixel.training.learner import Learner, group
from perpixel.training.progress import Progress


def describe_model(model: Segmenter, dataset: Dataset, plan: Plan, *, name: str, terms: Terms) -> ModelSpec:
    """The spec of a network that learns from this data set; weights that it began from hand their licence on."""
    if plan.pretrained and model.licence and terms.licence == Terms().licence:
        terms = replace(terms, licence=model.licence)
    return ModelSpec(
        name=name,
        task=dataset.task,
        classes=dataset.classes,
        bins=dataset.bins if isinstance(dataset, DepthDataset) else None,
        input=InputSpec(channels=dataset.channels),
        outputs=model.describe_outputs(kind_of(dataset.task, plan.loss)),
        regions=model.rules,
        geometry=model.geometry,
        architecture=dict(model.architecture),
        terms=terms,
        provenance={"plan": plan.to_dict()},
    )


class Checkpoints:
    """Remembers the best weights and writes `best/` and `last/`.

    Exporting a graph takes seconds, so `best/` is not written anew at every better epoch of a quick run: the best
    weights are part of the state, and `best/`, always complete, follows when that is cheap and when the run ends.
    """

    def __init__(self, folder: Path, spec: ModelSpec, learner: Learner, progress: Progress) -> None:
        self.folder, self.spec, self.learner, self.progress = folder, spec, learner, progress
        self._best: dict[str, Tensor] = {}
        self._written = 0  # the epoch that best/ holds

    def remember_best(self) -> None:
        """The weights that were just judged are the best."""
        self._best = {name: value.detach().cpu().clone() for name, value in self.learner.judged.state_dict().items()}

    def tensors(self) -> dict[str, Tensor]:
        """The best weights, for the state."""
        return {f"best/{name}": value for name, value in self._best.items()}

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Take the best weights from a saved state; see what `best/` holds."""
        self._best = group(tensors, "best")
        with suppress(ModelError):
            self._written = ModelSpec.load(self.folder / "best" / "config.json").provenance.get("epoch", 0)

    def decide(self, search: Callable[[Segmenter], ModelSpec]) -> None:
        """Let the best network be looked at once more, for what its spec says of how answers are decided."""
        model = copy.deepcopy(self.learner.model)
        if self._best:
            model.load_state_dict(self._best)
        self.spec, self._written = search(model), 0

    def write_best(self, journal: Journal) -> None:
        """Write `best/` if it does not hold the best epoch already."""
        if self._best and journal.best_epoch != self._written:
            self._write("best", self._best, journal.history[journal.best_epoch - 1])
            self._written = journal.best_epoch

    def write_last(self, journal: Journal) -> None:
        """Write `last/`, the network as it is now."""
        if self._written == journal.epoch and not journal.batch:  # the best is the last
            with whole_folder(self.folder / "last") as folder:
                shutil.copytree(self.folder / "best", folder, dirs_exist_ok=True)
            return
        row = journal.history[-1] if journal.history and not journal.batch else {"step": journal.step}
        self._write("last", self.learner.judged.state_dict(), row)

    def _write(self, name: str, weights: dict[str, Tensor], row: dict[str, Any]) -> None:
        model = copy.deepcopy(self.learner.model).cpu()
        model.load_state_dict(weights)
        spec = replace(self.spec, provenance={**self.spec.provenance, **row})
        try:
            save_checkpoint(self.folder / name, model, spec)
        except ModelError as error:  # a network of the user's own that torch cannot export is still worth its weights
            self.progress.say(f"{name}/ has no model.onnx: {error}")
            save_checkpoint(self.folder / name, model, spec, graph=False)
