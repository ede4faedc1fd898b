"""What a command says that needs torch where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from perpixel.errors import TrainingError

LEARNING_HALF = {"torch", "accelerate", "safetensors", "onnx", "onnxscript", "matplotlib"}


@contextmanager
def learning_half() -> Iterator[None]:
    """Name the cure where a part of the extra `train` is missing.

    Raises:
        TrainingError: one is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] in LEARNING_HALF:
            raise TrainingError('training needs torch: pip install "perpixel[train]"') from error
        raise
