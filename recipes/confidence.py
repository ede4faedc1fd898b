"""How far the fast confidence is from the exact one, on 50 drawn streets: `python -m recipes.confidence`."""

from __future__ import annotations

import json

import numpy as np

from perpixel.predict import Predictor
from perpixel.synthetic import street

SEEDS = range(100000, 100050)


def main() -> None:
    """Print mean, 99th percentile and greatest of the absolute differences over all pixels, and their bias."""
    exact, fast = Predictor("street", confidence="exact"), Predictor("street", confidence="fast")
    differences = []
    for seed in SEEDS:
        image = street(seed).image
        sure, guessed = exact(image).confidence, fast(image).confidence
        if sure is None or guessed is None:
            raise RuntimeError("a predictor that was asked for a confidence gave none")
        differences.append(guessed - sure)
    signed = np.concatenate([difference.ravel() for difference in differences])
    absolute = np.abs(signed)
    print(
        json.dumps(
            {
                "pictures": len(differences),
                "mean": round(float(absolute.mean()), 4),
                "percentile_99": round(float(np.percentile(absolute, 99)), 4),
                "greatest": round(float(absolute.max()), 4),
                "mean_signed": round(float(signed.mean()), 4),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
