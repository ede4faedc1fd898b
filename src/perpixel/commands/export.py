"""`perpixel export`: a trained model as one ONNX file."""

from __future__ import annotations

import sys
from pathlib import Path

from perpixel.commands.arguments import parse_size


def export(model: Path, *, out: Path, size: str | None = None, half: bool = False, json: bool = False) -> int:
    """Write a trained model as one ONNX file.

    Or as two beside each other, if it has a second stage (Mask R-CNN). The file takes raw pictures and holds the class
    table and the terms; ONNX Runtime runs it anywhere. Its answers are compared with the network's before it is kept.

    Example: `perpixel export runs/a --out model.onnx --half`

    Args:
        model: a run (its best checkpoint is taken) or a checkpoint folder.
        out: the file to write.
        size: HEIGHTxWIDTH, if the file shall take pictures of this size only, as some devices want it.
        half: store the weights as float16: half the file, computed in float32 all the same.
        json: print the comparison as JSON.
    """
    wanted = None if size is None else parse_size(size)
    from perpixel.export import export_onnx, graph_files, load_checkpoint

    network, spec = load_checkpoint(model)
    agreement = export_onnx(network, spec, out, size=wanted, half=half)
    files = [out.with_name(name) for name in graph_files(network, out).values()]
    rows = [
        {
            "height": row.size[0],
            "width": row.size[1],
            "traced": row.traced,
            "output": row.output,
            "labels_equal": row.labels,
            "largest_difference": row.difference,
            "logit_spread": row.spread,
        }
        for row in agreement.rows
    ]
    if json:
        from json import dumps

        sizes = {str(path): path.stat().st_size for path in files}
        print(dumps({"file": str(out), "bytes": sizes[str(out)], "files": sizes, "agreement": rows}, indent=2))
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table("picture", "size recorded", "output", "labels equal", "largest difference", "of a spread of")
    for row in agreement.rows:
        height, width = row.size
        recorded = "yes" if row.traced else "no"
        table.add_row(
            f"{height} x {width}",
            recorded,
            row.output,
            f"{row.labels:.2%}",
            f"{row.difference:.2g}",
            f"{row.spread:.3g}",
        )
    Console().print(table)
    for path in files:
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB", file=sys.stderr)
    return 0
