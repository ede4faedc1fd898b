"""Tasks: what a network's outputs mean, how answers are merged, judged and drawn."""

from perpixel.errors import ModelError
from perpixel.spec import ModelSpec
from perpixel.tasks.semantic import Confidence, SemanticTask
from perpixel.tasks.window import Window

TASKS = {"semantic": SemanticTask}


def task_for(spec: ModelSpec, *, confidence: Confidence = "none") -> SemanticTask:
    """The task of a model.

    Raises:
        ModelError: a task that this version does not know.
    """
    if spec.task not in TASKS:
        raise ModelError(f"{spec.name} is a model for {spec.task!r}; this version knows {', '.join(TASKS)}")
    return TASKS[spec.task](spec.classes, spec.outputs[0], confidence)


__all__ = ["TASKS", "Confidence", "SemanticTask", "Window", "task_for"]
