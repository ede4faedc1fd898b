"""What the writers of annotation files share: every truth in turn, under the name that it is written by."""

from __future__ import annotations

from collections.abc import Iterator

from perpixel.data.annotation import Annotation, Collection, Entry
from perpixel.data.formats.format import Progress
from perpixel.data.formats.written_names import in_splits


def truths(collection: Collection, progress: Progress | None) -> Iterator[tuple[str, Entry, Annotation]]:
    """Split, entry under the name that it is written by, and truth, of all; split by split.

    Raises:
        DataError: two pictures would have one name, or what reading raises.
    """
    total = len(collection.entries)
    for done, (split, entry) in enumerate(in_splits(collection), start=1):
        yield split, entry, entry.read()
        if progress is not None:
            progress(done, total)
