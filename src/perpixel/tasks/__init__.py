"""Tasks: what a network's outputs mean, how answers are merged, judged and drawn."""

from collections.abc import Callable

from perpixel.errors import ModelError
from perpixel.spec import ModelSpec, OutputKind
from perpixel.tasks.multilabel import MultilabelTask
from perpixel.tasks.semantic import Confidence, SemanticTask
from perpixel.tasks.window import Window

Task = SemanticTask | MultilabelTask

TASKS: dict[str, Callable[[ModelSpec, Confidence], Task]] = {
    "semantic": lambda spec, confidence: SemanticTask(spec.classes, spec.outputs[0], confidence),
    "multilabel": lambda spec, _: MultilabelTask(spec.classes, spec.outputs[0], spec.thresholds, spec.least_areas),
}
KINDS: dict[str, OutputKind] = {"semantic": "logits", "multilabel": "binary logits"}


def task_for(spec: ModelSpec, *, confidence: Confidence = "none") -> Task:
    """The task of a model. Layers have no confidence.

    Raises:
        ModelError: a task that this version does not know.
    """
    if spec.task not in TASKS:
        raise ModelError(f"{spec.name} is a model for {spec.task!r}; this version knows {', '.join(TASKS)}")
    return TASKS[spec.task](spec, confidence)


def kind_of(task: str) -> OutputKind:
    """What the numbers of a network are that was trained for this task."""
    return KINDS[task]


__all__ = ["TASKS", "Confidence", "MultilabelTask", "SemanticTask", "Task", "Window", "kind_of", "task_for"]
