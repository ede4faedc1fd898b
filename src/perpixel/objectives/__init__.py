"""What is learnt: each task's targets and losses around a network."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.errors import TrainingError
from perpixel.models.hf import HuggingFace
from perpixel.models.mask_rcnn import MaskRCNN
from perpixel.models.panoptic_fpn import PanopticFPN
from perpixel.objectives.centers import CentersObjective
from perpixel.objectives.depth import DepthObjective
from perpixel.objectives.lanes import LaneObjective
from perpixel.objectives.mask_rcnn import MaskRCNNObjective
from perpixel.objectives.multilabel import MultilabelObjective
from perpixel.objectives.panoptic_fpn import PanopticFPNObjective
from perpixel.objectives.queries import QueryObjective
from perpixel.objectives.semantic import SemanticObjective, collate
from perpixel.objectives.terms import TermsObjective
from perpixel.plan import Plan

OBJECTIVES: dict[str, type[TermsObjective]] = {
    "semantic": SemanticObjective,
    "multilabel": MultilabelObjective,
    "instance": CentersObjective,
    "panoptic": CentersObjective,
    "depth": DepthObjective,
    "slices": MultilabelObjective,
    "lanes": LaneObjective,
}
"""The other half of `perpixel.tasks.TASKS`."""

OWN: dict[type[Segmenter], type[nn.Module]] = {MaskRCNN: MaskRCNNObjective, PanopticFPN: PanopticFPNObjective}
"""Networks whose losses are none of pixels' classes: each has an objective of its own, whatever the task."""


def has_own_losses(model: nn.Module) -> bool:
    """Whether the plan's lines on losses mean nothing for this network."""
    return type(model) in OWN or (isinstance(model, HuggingFace) and model.queries)


def build_objective(
    model: Segmenter, task: str, plan: Plan, *, class_weights: Tensor | None = None, ignored: int = 255
) -> Any:
    """What `model` is to learn for a task: an `nn.Module` that holds it, and whose `random_truths` can be tried.

    Args:
        class_weights: (K,) of the cross-entropy of pixels, or None.
        ignored: the truth's value where nothing is judged.

    Raises:
        TrainingError: the plan asks for a loss that the network does not have.
    """
    if isinstance(model, HuggingFace) and (model.queries or task in ("instance", "panoptic")):
        return _by_queries(model, task, plan, ignored)
    if not has_own_losses(model):
        return OBJECTIVES[task](
            model, loss_terms=plan.loss, class_weights=class_weights, auxiliary=plan.auxiliary, ignored=ignored
        )
    check_losses(type(model), plan)
    return OWN[type(model)](model, ignored=ignored)


def _by_queries(model: HuggingFace, task: str, plan: Plan, ignored: int) -> QueryObjective:
    if not model.queries or task not in ("instance", "panoptic"):
        raise TrainingError(f"hf learns things, and only things, with its option queries=true; the data are {task}")
    usual = Plan()
    if any(getattr(plan, name) != getattr(usual, name) for name in ("loss", "class_weights", "border")):
        raise TrainingError("queries have losses of their own: leave out --loss, --class-weights and --border")
    return QueryObjective(model, stuff=task == "panoptic", ignored=ignored)


def check_losses(network: Any, plan: Plan) -> None:
    """Raise if a plan asks a network for losses that it does not have.

    Args:
        network: its class, before it is built.

    Raises:
        TrainingError: it has losses of its own, and the plan names others.
    """
    usual = Plan()
    asked = [name for name in ("loss", "class_weights", "border") if getattr(plan, name) != getattr(usual, name)]
    if network in OWN and asked:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in asked)
        name = network.__name__
        raise TrainingError(f"{name} has losses of its own, of anchors, regions and masks: leave out {flags}")


__all__ = [
    "OBJECTIVES",
    "OWN",
    "CentersObjective",
    "DepthObjective",
    "LaneObjective",
    "MaskRCNNObjective",
    "MultilabelObjective",
    "PanopticFPNObjective",
    "QueryObjective",
    "SemanticObjective",
    "build_objective",
    "check_losses",
    "collate",
    "has_own_losses",
]
