"""Tasks: what a network's outputs mean, how answers are merged, judged and drawn."""

from collections.abc import Callable

from perpixel.errors import ModelError
from perpixel.metrics import MANY
from perpixel.spec import ModelSpec, OutputKind
from perpixel.tasks.instance import InstanceTask, network_classes
from perpixel.tasks.multilabel import MultilabelTask
from perpixel.tasks.panoptic import PanopticTask
from perpixel.tasks.semantic import Confidence, SemanticTask
from perpixel.tasks.window import Window

Task = SemanticTask | MultilabelTask | InstanceTask | PanopticTask

TASKS: dict[str, Callable[[ModelSpec, Confidence], Task]] = {
    "semantic": lambda spec, confidence: SemanticTask(spec.classes, spec.outputs[0], confidence),
    "multilabel": lambda spec, _: MultilabelTask(spec.classes, spec.outputs[0], spec.thresholds, spec.least_areas),
    "instance": lambda spec, _: InstanceTask(spec.classes, spec.outputs[0], max_detections=MANY),
    "panoptic": lambda spec, _: PanopticTask(spec.classes, spec.outputs[0]),
}
KINDS: dict[str, OutputKind] = {
    "semantic": "logits",
    "multilabel": "binary logits",
    "instance": "logits",
    "panoptic": "logits",
}


def task_for(spec: ModelSpec, *, confidence: Confidence = "none") -> Task:
    """The task of a model. Layers have no confidence.

    Raises:
        ModelError: a task that this version does not know.
    """
    if spec.task not in TASKS:
        raise ModelError(f"{spec.name} is a model for {spec.task!r}; this version knows {', '.join(TASKS)}")
    return TASKS[spec.task](spec, confidence)


def channels_of(spec: ModelSpec) -> int:
    """How many channels the logits of a model have: one a class, and one for the background of instances."""
    return len(network_classes(spec.classes) if spec.task == "instance" else spec.classes)


def kind_of(task: str) -> OutputKind:
    """What the numbers of a network are that was trained for this task."""
    return KINDS[task]


__all__ = [
    "TASKS",
    "Confidence",
    "InstanceTask",
    "MultilabelTask",
    "PanopticTask",
    "SemanticTask",
    "Task",
    "Window",
    "channels_of",
    "kind_of",
    "task_for",
]
