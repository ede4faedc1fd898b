"""Tasks: what a network's outputs mean, how answers are merged, judged and drawn."""

from collections.abc import Callable, Sequence

from perpixel.errors import ModelError
from perpixel.metrics import LIKELY, MANY
from perpixel.spec import ModelSpec, OutputKind
from perpixel.tasks.depth import DepthTask
from perpixel.tasks.instance import Grouping, InstanceTask, network_classes
from perpixel.tasks.lanes import LanesTask
from perpixel.tasks.multilabel import MultilabelTask
from perpixel.tasks.panoptic import PanopticTask
from perpixel.tasks.queries import QueryInstanceTask, QueryPanopticTask
from perpixel.tasks.semantic import Confidence, SemanticTask
from perpixel.tasks.slices import SlicesTask
from perpixel.tasks.two_stage import BoxedInstanceTask
from perpixel.tasks.two_stage_panoptic import BoxedPanopticTask
from perpixel.tasks.window import Window

Task = SemanticTask | MultilabelTask | InstanceTask | PanopticTask | DepthTask | LanesTask

TASKS: dict[str, Callable[[ModelSpec, Confidence], Task]] = {
    "semantic": lambda spec, confidence: SemanticTask(spec.classes, spec.outputs[0], confidence),
    "multilabel": lambda spec, _: MultilabelTask(spec.classes, spec.outputs[0], spec.thresholds, spec.least_areas),
    "instance": lambda spec, _: _instance_task(spec),
    "panoptic": lambda spec, _: _panoptic_task(spec)(spec.classes, spec.outputs[0]),
    "depth": lambda spec, _: _depth_task(spec),
    "slices": lambda spec, _: SlicesTask(spec.classes, spec.outputs[0], spec.thresholds, spec.least_areas),
    "lanes": lambda spec, _: LanesTask(spec.outputs[0]),
}


def _instance_task(spec: ModelSpec) -> InstanceTask:
    """By what it finds things: their centers, queries, or boxes in a second stage."""
    if spec.outputs[0].kind == "mask queries":
        return QueryInstanceTask(spec.classes, spec.outputs[0], max_detections=MANY)
    shown = min(spec.thresholds.values(), default=LIKELY)
    if spec.regions is None:
        grouping = Grouping(least_area=min(spec.least_areas.values(), default=0))
        return InstanceTask(spec.classes, spec.outputs[0], grouping, max_detections=MANY, least_shown=shown)
    return BoxedInstanceTask(spec.classes, spec.outputs[0], max_detections=MANY, least_shown=spec.regions.shown)


def _panoptic_task(spec: ModelSpec) -> type[PanopticTask]:
    if spec.outputs[0].kind == "mask queries":
        return QueryPanopticTask
    return PanopticTask if spec.regions is None else BoxedPanopticTask


def _depth_task(spec: ModelSpec) -> DepthTask:
    if spec.bins is None or len(spec.bins) != len(spec.classes):
        raise ModelError(f"{spec.name} is a model for depth, and its config does not say which distances: no `bins`")
    return DepthTask(spec.bins, spec.outputs[0])


KINDS: dict[str, OutputKind] = {
    "semantic": "logits",
    "multilabel": "binary logits",
    "instance": "logits",
    "panoptic": "logits",
    "depth": "logits",
    "slices": "binary logits",
    "lanes": "logits",
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


def kind_of(task: str, loss: Sequence[str] = ()) -> OutputKind:
    """What the numbers of a network are that was trained for this task with these losses."""
    return "binary logits" if "ordinal" in loss else KINDS[task]


__all__ = [
    "TASKS",
    "BoxedInstanceTask",
    "BoxedPanopticTask",
    "Confidence",
    "DepthTask",
    "InstanceTask",
    "LanesTask",
    "MultilabelTask",
    "PanopticTask",
    "QueryInstanceTask",
    "QueryPanopticTask",
    "SemanticTask",
    "SlicesTask",
    "Task",
    "Window",
    "channels_of",
    "kind_of",
    "task_for",
]
