"""What is learnt: each task's targets and losses around a network."""

from perpixel.objectives.multilabel import MultilabelObjective
from perpixel.objectives.semantic import SemanticObjective, collate

OBJECTIVES = {"semantic": SemanticObjective, "multilabel": MultilabelObjective}
"""The other half of `perpixel.tasks.TASKS`."""

__all__ = ["OBJECTIVES", "MultilabelObjective", "SemanticObjective", "collate"]
