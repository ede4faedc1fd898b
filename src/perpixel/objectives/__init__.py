"""What is learnt: each task's targets and losses around a network."""

from perpixel.objectives.semantic import SemanticObjective, collate

__all__ = ["SemanticObjective", "collate"]
