"""What a line of the table without a network is: a method that learns from the training split, or a bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from numpy.typing import NDArray

from perpixel.data import Dataset
from perpixel.results import LabelMap

Answers = Callable[[NDArray[Any]], LabelMap]
Oracle = Callable[[NDArray[Any], LabelMap], LabelMap]


@dataclass(frozen=True)
class Baseline:
    """A method of the table that no network is part of.

    Attributes:
        name: of its line.
        idea: what it does, in a few words.
        make: from the data set and the split that it may look at to what answers pictures.
        needs: a module beyond what training needs; where it is missing, the method is left out with a note.
    """

    name: str
    idea: str
    make: Callable[[Dataset, str], Answers]
    needs: str | None = None

    @property
    def missing(self) -> str:
        """Why it is left out, or nothing."""
        if self.needs is None or find_spec(self.needs) is not None:
            return ""
        return f'{self.needs} is not installed: pip install "perpixel[classical]"'


@dataclass(frozen=True)
class Bound:
    """A line that no method can have: it looks at the truth of the very picture that it answers.

    It says how well a method could do at best that is bound in the same way, such as to the borders of regions. It is
    never the best of the baselines.

    Attributes:
        name: of its line.
        idea: what it does, in a few words, the truth among them.
        answer: from a picture and its truth to the answer.
    """

    name: str
    idea: str
    answer: Oracle

    def told(self, truth: LabelMap) -> Answers:
        """What answers the one picture of this truth."""
        return lambda image: self.answer(image, truth)
