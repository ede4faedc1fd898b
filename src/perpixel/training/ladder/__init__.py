"""The ladder: several networks trained under one budget, judged by one evaluator, side by side in one table."""

from perpixel.training.ladder.climbing import climb
from perpixel.training.ladder.line import Ladder, Line
from perpixel.training.ladder.outcome import Outcome

__all__ = ["Ladder", "Line", "Outcome", "climb"]
