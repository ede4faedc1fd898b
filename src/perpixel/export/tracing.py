"""A torch module as an ONNX graph, without the exporter's talk."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from perpixel.errors import ModelError


def traced_graph(
    module: nn.Module, given: Mapping[str, Tensor], outputs: Sequence[str], free: Any, *, opset: int
) -> onnx.ModelProto:
    """The graph as torch exports it.

    Args:
        given: an example of each input, by its name.
        outputs: names of the outputs.
        free: which dimensions of each input may be of any size, as `torch.onnx.export` has it.

    Raises:
        ModelError: torch cannot export this network.
    """
    with quiet():
        try:
            program = torch.onnx.export(
                module,
                tuple(given.values()),
                dynamo=True,
                input_names=list(given),
                output_names=list(outputs),
                dynamic_shapes=free,
                opset_version=opset,
                verbose=False,
            )
        except torch.onnx.errors.OnnxExporterError as error:
            cause, name = error.__cause__ or error, type(getattr(module, "model", module)).__name__
            raise ModelError(f"torch cannot export {name}: {str(cause).strip().splitlines()[0]}") from error
    if program is None:
        raise ModelError("torch gave no graph")
    return program.model_proto


@contextmanager
def quiet() -> Iterator[None]:
    """Hush the exporter, which warns of things that nobody who exports can change."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
