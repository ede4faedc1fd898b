"""What every score offers, whatever the task."""

from __future__ import annotations

from typing import Any, Protocol, Self, TypeVar

Judged = TypeVar("Judged", contravariant=True)


class Score(Protocol[Judged]):
    """Gathers pictures one by one, in any order and in any number of processes, and then scores the data set."""

    def update(self, *, truth: Judged, prediction: Judged, name: str) -> None:
        """Take one picture in.

        Raises:
            DataError: truth and prediction do not fit each other; the message names the picture.
        """

    def merge(self, other: Self) -> None:
        """Take in what another score of the same kind has gathered from other pictures."""

    def compute(self) -> dict[str, Any]:
        """The scores so far, as plain JSON data: `task` and `images` first, None for what has no score."""

    def rows(self) -> list[dict[str, Any]]:
        """One row of plain data for each picture, the counts from which its scores follow among them."""
