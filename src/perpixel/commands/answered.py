"""What came of pictures and videos that a command answered one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answered:
    """What came of the pictures, or of the videos.

    Attributes:
        rows: what the work gave for each one that could be read, after its name, file and size.
        videos: the same of videos beside pictures; None where a command takes none.
        skipped: name, file and problem of the others.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    videos: list[dict[str, Any]] | None = None
    skipped: list[dict[str, str]] = field(default_factory=list)

    @property
    def code(self) -> int:
        """Of the command: 1 if a picture was skipped."""
        return 1 if self.skipped else 0

    @property
    def remark(self) -> str:
        """What is said behind the number of pictures and what was done to them."""
        return f", {len(self.skipped)} skipped" if self.skipped else ""

    def count(self, done: str) -> str:
        """How many there are, such as `2 pictures and 1 video mapped, 1 skipped`."""
        videos = [f"{len(self.videos)} video{'s' * (len(self.videos) > 1)}"] if self.videos else []
        pictures = [f"{len(self.rows)} pictures"] if self.rows or not videos else []
        return f"{' and '.join(pictures + videos)} {done}{self.remark}"

    @property
    def videos_told(self) -> str:
        """A line for each video."""
        lines = [
            f"{row['name']}: {row['frames']} frames, {row['seconds_a_frame']:.3f} s each" for row in self.videos or ()
        ]
        return "".join(f"{line}\n" for line in lines)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON data."""
        videos = {} if self.videos is None else {"videos": self.videos}
        return {"images": len(self.rows), "pictures": self.rows, **videos, "skipped": self.skipped}
