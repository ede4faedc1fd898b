"""Training: from a data set to a folder with a checkpoint, curves, and the state to go on from."""

from perpixel.training.loop import Step
from perpixel.training.planning import make_plan
from perpixel.training.progress import Progress, Silent
from perpixel.training.run import Run, train

__all__ = ["Progress", "Run", "Silent", "Step", "make_plan", "train"]
