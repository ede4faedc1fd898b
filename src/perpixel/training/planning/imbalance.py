"""What is done about rare classes."""

from __future__ import annotations

from perpixel.plan import ClassWeights, LossTerm
from perpixel.training.planning.draft import Choice
from perpixel.training.planning.survey import Survey
from perpixel.training.planning.words import percent

EVEN = 10  # times that the commonest class may exceed the rarest before the loss weighs them
RARE = 0.02  # share of a class that dice then counts as much as any other, and that crops are placed on
VERY_RARE = 0.001


def choose_class_weights(data: Survey) -> Choice[ClassWeights]:
    """The root of the weights by frequency: the full ones draw rare classes everywhere, and mean IoU falls."""
    if data.imbalance < EVEN:
        return "none", f"{_spread(data)}: under {EVEN} times, no class is drowned"
    return "root-median-frequency", f"{_spread(data)}: from {EVEN} times on a class is drowned"


def choose_loss(data: Survey) -> Choice[tuple[LossTerm, ...]]:
    """Cross-entropy counts pixels; dice counts classes, so that a small one is worth as much as a large one."""
    if (len(data.present) > 1 or (data.overlapping and data.present)) and data.shares[data.present[0]] < RARE:
        return ("cross-entropy", "dice"), f"{_rarest(data)}: dice counts every class alike"
    return ("cross-entropy",), f"{_rarest(data)}: cross-entropy sees it often enough"


def choose_rare(data: Survey) -> Choice[float]:
    """How many crops are placed on a rare class instead of anywhere."""
    share = data.shares[data.present[0]] if data.present else 1.0
    if share >= RARE:
        return 0.0, f"{_rarest(data)}: crops anywhere meet it"
    return (0.5 if share < VERY_RARE else 0.25), f"{_rarest(data)}: crops anywhere would miss it"


def _rarest(data: Survey) -> str:
    if not data.present:
        return "no class has a pixel"
    label = data.present[0]
    absent = len(data.classes) - len(data.present)
    never = f" ({absent} of {len(data.classes)} classes never occur)" if absent else ""
    return f"the rarest class, {data.classes[label]}, has {percent(data.shares[label])} of the pixels{never}"


def _spread(data: Survey) -> str:
    if data.overlapping and data.present:
        rarest = data.classes[data.present[0]]
        return f"pixels without {rarest} are {data.imbalance:,.0f} times those with it"
    if len(data.present) < 2:
        return f"{len(data.present)} class of {len(data.classes)} occurs"
    rarest, commonest = data.classes[data.present[0]], data.classes[data.present[-1]]
    return f"{commonest} has {data.imbalance:,.0f} times the pixels of {rarest}"
