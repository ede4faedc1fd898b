"""The door to the libraries of the extra `classical`, which the light half does without."""

from __future__ import annotations

import importlib
from types import ModuleType

from perpixel.errors import ModelError

PACKAGES = {"skimage": "scikit-image", "sklearn": "scikit-learn", "scipy": "scipy"}


def require(module: str) -> ModuleType:
    """Import a module of scikit-image, scikit-learn or scipy, as `require("skimage.segmentation")`.

    Raises:
        ModelError: it is not installed; the message says how to get it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = PACKAGES.get(module.partition(".")[0], module)
        raise ModelError(f'this method needs {package}: pip install "perpixel[classical]" ({error})') from error
