"""What can go wrong in the world, as a tree; the command line prints each as one line and exits with 1.

    PerpixelError
    ├── DataError          a folder, file or table is not what it should be
    │   ├── PictureError       a picture cannot be read
    │   └── MaskError          a mask cannot be read, or does not fit its picture or the class table
    ├── ModelError         a model is not there, is broken, or does not fit what is asked of it
    │   └── LicenceError       a model's terms forbid the use that was asked for
    └── TrainingError      a training run cannot start or go on
        ├── ResumeError        the run on disk was made from other data or another plan
        └── DivergenceError    a loss became NaN or infinite

Wrong arguments are `ValueError` and `TypeError`. A message says what was found, what is allowed, and what to do.
"""

from __future__ import annotations


class PerpixelError(Exception):
    """Anything that a user can mend outside the code."""


class DataError(PerpixelError):
    """A folder, file or table is not what it should be."""


class PictureError(DataError):
    """A picture cannot be read."""


class MaskError(DataError):
    """A mask cannot be read, or does not fit its picture or the class table."""


class ModelError(PerpixelError):
    """A model is not there, is broken, or does not fit what is asked of it."""


class LicenceError(ModelError):
    """A model's terms forbid the use that was asked for."""


class TrainingError(PerpixelError):
    """A training run cannot start or go on."""


class ResumeError(TrainingError):
    """The run on disk was made from other data or another plan."""


class DivergenceError(TrainingError):
    """A loss became NaN or infinite."""
