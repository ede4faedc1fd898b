"""Engines run graphs. ONNX Runtime is the one that is always there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import onnxruntime
from numpy.typing import NDArray

from perpixel.errors import ModelError

ONLY_ERRORS = 3


class Engine(Protocol):
    """Whatever runs a model's graphs."""

    def run(self, graph: str, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The outputs of the graph with this role, by name."""


class OnnxEngine:
    """ONNX Runtime on the CPU. Safe to use from several threads at once.

    Args:
        graphs: file of each graph, by role.
        threads: that compute one answer; None takes all cores.

    Raises:
        ModelError: a file is not there, or not a graph that can be run.
    """

    def __init__(self, graphs: Mapping[str, Path], *, threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise ValueError(f"threads {threads} must be at least 1")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = ONLY_ERRORS
        options.intra_op_num_threads = threads or 0
        self._sessions = {role: _session(path, options) for role, path in graphs.items()}

    def run(self, graph: str, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The outputs of the graph with this role, by name.

        Raises:
            ModelError: the graph does not take these inputs.
        """
        session = self._sessions[graph]
        names = [output.name for output in session.get_outputs()]
        try:
            return dict(zip(names, session.run(names, dict(inputs)), strict=True))
        except Exception as error:  # ONNX Runtime's exceptions have no common base but this
            shapes = {name: array.shape for name, array in inputs.items()}
            raise ModelError(f"graph {graph!r} cannot be run on {shapes}: {_first_line(error)}") from error


def metadata(path: Path) -> dict[str, str]:
    """The texts that an ONNX file carries beside its graph.

    Raises:
        ModelError: not an ONNX file that can be read.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ONLY_ERRORS
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    return dict(_session(path, options).get_modelmeta().custom_metadata_map)


def _session(path: Path, options: Any) -> Any:
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelError(f"{path}: not an ONNX graph that can be run: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
