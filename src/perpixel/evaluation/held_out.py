"""Whether a split is still the one that a run held out."""

from __future__ import annotations

import json
from pathlib import Path

from perpixel.data import Dataset

_DATA = "data.json"  # which a run writes: its folder, and the splits with their fingerprints


def not_held_out(model: str | Path, dataset: Dataset, split: str) -> str | None:
    """One line where a run judged itself on other pictures of this folder than the split now has; else None.

    A split by chance may change with the files, with the seed or with the version: then pictures that the network
    learnt by heart would be judged. A model that is no run, or whose run was on another folder, tells nothing.

    Args:
        model: a run, or a folder in it.
        dataset: what is judged on.
        split: of it; a split that the run does not know tells nothing.
    """
    data = next((path for path in (Path(model) / _DATA, Path(model).parent / _DATA) if path.is_file()), None)
    if data is None:
        return None
    try:
        found = json.loads(data.read_text(encoding="utf-8"))
        same_folder = Path(found["root"]).resolve() == dataset.root.resolve()
        own = found["splits"].get(split)
        if not same_folder or own is None or own["fingerprint"] == dataset.fingerprint(split):
            return None
        before = int(own["pictures"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    now = len(dataset.samples(split))
    return (
        f"{split} is not what {model} held out ({before} pictures then, {now} now, or their files changed): it may "
        "have learnt from some of them, and the scores flatter"
    )
