"""One thread: on two cores the default threads make a one-batch test take forty seconds instead of three."""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

try:
    import torch
except ImportError:  # the light half is tested without it
    pass
else:
    torch.set_num_threads(1)
