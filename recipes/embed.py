"""Put a trained run into the package as an embedded model, and measure what half precision changes.

    python -m recipes.embed CAMVID --run runs/street --name street

Prints, as JSON, the file's size and on what share of the validation pictures' pixels its labels agree with the
checkpoint's, both upsampled and arg-maxed by the same kernel.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from cyclopts import App

from perpixel.data import open_dataset
from perpixel.export import export_onnx, load_checkpoint
from perpixel.kernels.upsample import argmax_upsampled
from perpixel.predict import Predictor

WEIGHTS = Path(__file__).parents[1] / "src" / "perpixel" / "weights"

app = App(help=__doc__)


@app.default
def main(camvid: Path, *, run: Path, name: str = "street", split: str = "val") -> None:
    """Export a run's best checkpoint in half precision and compare."""
    model, spec = load_checkpoint(run)
    target = WEIGHTS / f"{name}.onnx"
    export_onnx(model, replace(spec, name=name), target, half=True)
    print(json.dumps({"bytes": target.stat().st_size, **agreement(model, target, camvid, split)}, indent=2))


@torch.inference_mode()
def agreement(model: torch.nn.Module, graph: Path, camvid: Path, split: str) -> dict[str, float]:
    """Shares of equal labels: over all pixels, and in the worst picture."""
    dataset, predictor = open_dataset(camvid), Predictor(graph, confidence="none")
    shares = []
    for sample in dataset.samples(split):
        picture, truth = dataset.read(sample)
        image = torch.from_numpy(np.ascontiguousarray(picture))[None].permute(0, 3, 1, 2).float()
        logits = model.outputs(image)["logits"][0].numpy()  # type: ignore[operator]
        labels = argmax_upsampled(logits, size=truth.size, stride=predictor.spec.outputs[0].stride)
        shares.append(float(np.mean(labels == predictor(picture).labels)))
    return {"pictures": len(shares), "agreement": float(np.mean(shares)), "worst": min(shares)}


if __name__ == "__main__":
    app()
