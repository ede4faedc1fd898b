"""What is done about rare classes."""

from __future__ import annotations

from perpixel.plan import ClassWeights, Decisions, LossTerm, Sampling
from perpixel.training.planning.draft import Choice
from perpixel.training.planning.survey import Survey
from perpixel.training.planning.words import percent

EVEN = 10  # times that the commonest class may exceed the rarest before the loss weighs them
RARE = 0.02  # share of a class that dice then counts as much as any other, and that crops are placed on
VERY_RARE = 0.001
MANY_EMPTY = 0.25  # share of all masks from which on they decide the mean Dice of pictures


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


def choose_sampling(data: Survey) -> Choice[Sampling]:
    """By classes where each is a question by itself and some are met too seldom to be learnt."""
    if not data.overlapping or not data.seen:
        return "pictures", f"each of {data.images} pictures as often as any other"
    least = min((share for share in data.seen if share > 0), default=1.0)
    words = f"the rarest class is in {percent(least)} of {data.images} pictures"
    even = 1 / (len(data.classes) + 1)
    if least >= even / 2:
        return "pictures", f"{words}: often enough"
    return "classes", f"{words}: drawn evenly, {percent(even)} would have it"


def choose_decisions(data: Survey) -> Choice[Decisions]:
    """Searched where many masks are empty, since a false pixel there costs a whole picture's Dice."""
    if not data.overlapping or not data.seen:
        return "even", f"the likeliest of {len(data.classes)} classes has the pixel, so there is nothing to choose"
    empty = 1 - sum(data.seen) / len(data.seen)
    if not data.judged:
        return "even", "there are no validation pictures to choose thresholds on"
    if empty < MANY_EMPTY:
        return "even", f"{percent(empty)} of all masks are empty: few, so 0.5 and no least area"
    return "searched", f"{percent(empty)} of all masks are empty, where one false pixel costs all: chosen on validation"


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
