"""One thread: on two cores the default threads make a one-batch test take forty seconds instead of three."""

from __future__ import annotations

import os

import pytest

LONG = ("training", "models", "export", "commands")  # folders

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

try:
    import torch
except ImportError:  # the light half is tested without it
    pass
else:
    torch.set_num_threads(1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the tests out, those of a file stay together; of the networks, those of each.

    Files that train or export come first: what is left when one process has nothing more to take is then short.
    """
    if config.pluginmanager.hasplugin("xdist"):
        items.sort(key=lambda item: item.path.parent.name not in LONG)
        for item in items:
            callspec = getattr(item, "callspec", None)
            own = callspec.id if callspec is not None and item.path.stem == "test_every_model" else ""
            item.add_marker(pytest.mark.xdist_group(f"{item.path.stem} {own}".strip()))
