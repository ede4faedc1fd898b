"""The pictures of README and model card, all of drawn scenes: `python -m recipes.pictures`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perpixel.draw import error_map, overlay
from perpixel.evaluation.cases import WorstCases
from perpixel.metrics import SemanticScore
from perpixel.pictures import write_jpeg
from perpixel.predict import Predictor
from perpixel.synthetic import street

DOCS = Path(__file__).parents[1] / "docs"
SHOWN, JUDGED, WORST = 100012, range(100000, 100050), 3


def main() -> None:
    """Write `docs/street.jpg` and `docs/street-failures.jpg`."""
    predictor = Predictor("street", confidence="none")
    scene = street(SHOWN)
    answer = predictor(scene.image)
    row = [scene.image, overlay(scene.image, answer, legend=False), error_map(scene.image, scene.labels, answer)]
    write_jpeg(DOCS / "street.jpg", np.concatenate(row, axis=1))
    write_jpeg(DOCS / "street-failures.jpg", failures(predictor))


def failures(predictor: Predictor) -> NDArray[np.uint8]:
    """The scenes with the lowest mean IoU, one below the other."""
    worst = WorstCases(WORST)
    for seed in JUDGED:
        scene = street(seed)
        answer = predictor(scene.image)
        score = SemanticScore(scene.labels.classes, boundary=False)
        score.update(truth=scene.labels, prediction=answer, name=str(seed))
        iou = score.compute()["mean_iou"]
        worst.offer(scene.image, truth=scene.labels, prediction=answer, name=f"seed {seed}", score=iou)
    sheets = [case.drawn for case in worst.cases()]
    height = max(len(sheet) for sheet in sheets)
    return np.concatenate([np.pad(s, ((0, height - len(s)), (0, 0), (0, 0)), constant_values=255) for s in sheets])


if __name__ == "__main__":
    main()
