"""Graphs out, with agreement checked; checkpoints in and out."""

from perpixel.export.agreement import Agreement, Comparison
from perpixel.export.checkpoint import (
    checkpoint_folder,
    load_checkpoint,
    rebuild,
    save_checkpoint,
    write_checkpoint,
)
from perpixel.export.folder import whole_folder
from perpixel.export.graph import export_onnx, graph_files

__all__ = [
    "Agreement",
    "Comparison",
    "checkpoint_folder",
    "export_onnx",
    "graph_files",
    "load_checkpoint",
    "rebuild",
    "save_checkpoint",
    "whole_folder",
    "write_checkpoint",
]
