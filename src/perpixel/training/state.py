"""The state that a run resumes from: `state.json` and the tensors that it names, never a pickle, always whole.

`state.json` is the one thing that decides: it is moved into place after the tensors that it names are on the disk, and
the older tensors go last. A kill at any moment leaves the old state or the new one.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from perpixel.errors import ResumeError
from perpixel.files import atomic_write

FORMAT = 1
FILE = "state.json"


def has_state(folder: Path) -> bool:
    """Whether a run in this folder has saved anything to resume from."""
    return (folder / FILE).is_file()


def save_state(folder: Path, facts: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    """Save plain JSON data and named tensors as one whole.

    Raises:
        PerpixelError: the disk is full or not writable; the state before this one is still there.
    """
    number = _read(folder)["number"] + 1 if has_state(folder) else 1
    name = f"state-{number}.safetensors"
    # A clone for each name: tied weights share memory, channels_last ones are strided, and safetensors wants neither.
    data = save(
        {key: value.detach().cpu().clone(memory_format=torch.contiguous_format) for key, value in tensors.items()}
    )
    atomic_write(folder / name, data)
    record = {"format": FORMAT, "number": number, "tensors": name, "sha256": hashlib.sha256(data).hexdigest(), **facts}
    atomic_write(folder / FILE, (json.dumps(record, indent=1) + "\n").encode())
    for path in (*folder.glob("state-*.safetensors"), *folder.glob(".state*.part")):
        if path.name != name:
            path.unlink(missing_ok=True)


def load_state(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read what `save_state` wrote.

    Raises:
        ResumeError: the state is missing, damaged, or of another version.
    """
    facts = _read(folder)
    path = folder / str(facts["tensors"])
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ResumeError(f"{path}: cannot be read: {error.strerror}; the run cannot be resumed") from error
    if hashlib.sha256(data).hexdigest() != facts["sha256"]:
        raise ResumeError(f"{path}: its content is not what its record says (damaged?); the run cannot be resumed")
    return facts, load(data)


def _read(folder: Path) -> dict[str, Any]:
    path = folder / FILE
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResumeError(f"{path}: cannot be read: {error.strerror}; the run cannot be resumed") from error
    except ValueError as error:
        raise ResumeError(f"{path}: not JSON: {error}; the run cannot be resumed") from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise ResumeError(f"{path}: not a state of format {FORMAT}; resume with the version that began the run")
    return facts
