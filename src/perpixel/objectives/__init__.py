"""What is learnt: each task's targets and losses around a network."""

from perpixel.objectives.centers import CentersObjective
from perpixel.objectives.multilabel import MultilabelObjective
from perpixel.objectives.semantic import SemanticObjective, collate
from perpixel.objectives.terms import TermsObjective

OBJECTIVES: dict[str, type[TermsObjective]] = {
    "semantic": SemanticObjective,
    "multilabel": MultilabelObjective,
    "instance": CentersObjective,
    "panoptic": CentersObjective,
}
"""The other half of `perpixel.tasks.TASKS`."""

__all__ = ["OBJECTIVES", "CentersObjective", "MultilabelObjective", "SemanticObjective", "collate"]
