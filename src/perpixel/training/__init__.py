"""Training: from a data set to a folder with a checkpoint, curves, and the state to go on from."""

from perpixel.training.folds import Folds, train_folds
from perpixel.training.ladder import Ladder, climb
from perpixel.training.loop import Step
from perpixel.training.planning import make_plan
from perpixel.training.progress import Progress, Silent
from perpixel.training.run import Run, train
from perpixel.training.spread import Spread

__all__ = [
    "Folds",
    "Ladder",
    "Progress",
    "Run",
    "Silent",
    "Spread",
    "Step",
    "climb",
    "make_plan",
    "train",
    "train_folds",
]
