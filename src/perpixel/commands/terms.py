"""Terms of weights, said before anything is answered with them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perpixel.predict import Predictor


def say_terms(predictor: Predictor) -> None:
    """Name on stderr each model that is for research use only, once."""
    for spec in {found.spec.name: found.spec for found in predictor.models}.values():
        if spec.terms.commercial is False:
            sys.stderr.write(f"note: {spec.name} is for research use only: {spec.terms.data}\n")
