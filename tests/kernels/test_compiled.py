from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numba
import pytest

resource = pytest.importorskip("resource", reason="file size limits are a POSIX idea")

KERNEL = """
from perpixel.kernels.compiled import compiled

@compiled
def add(a, b):
    return a + b

@compiled(fastmath=True)
def divide(a, b):
    return a / b
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the module `kernel`, and no other place to keep machine code than beside it."""
    (tmp_path / "kernel.py").write_text(KERNEL)
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    # Chmod does not stop root; a home under something that is not a folder stops everyone.
    monkeypatch.setenv("HOME", "/dev/null/home")
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/cache")
    return tmp_path


def fresh(folder: Path) -> ModuleType:
    """The module as a new process would have it: nothing is compiled yet."""
    spec = importlib.util.spec_from_file_location("kernel", folder / "kernel.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def hits(module: ModuleType) -> int:
    return sum(module.add.stats.cache_hits.values())


def test_kernel_is_kept_beside_its_source(folder: Path) -> None:
    assert fresh(folder).add(1, 2) == 3
    assert list((folder / "__pycache__").glob("kernel.add*.nbc"))
    again = fresh(folder)
    assert again.add(1, 2) == 3
    assert hits(again) == 1


def test_kernel_works_where_no_cache_folder_can_be_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)
    (folder / "__pycache__").write_text("a file where the folder would be")
    with pytest.raises(RuntimeError, match="no locator available"):  # numba itself refuses here
        numba.njit(cache=True)(fresh(folder).add.py_func)
    assert fresh(folder).add(1, 2) == 3
    monkeypatch.setattr(numba.config, "CACHE_DIR", "/dev/null/cache")
    assert fresh(folder).divide(1.0, 4.0) == 0.25


def test_kernel_works_on_a_full_disk(folder: Path) -> None:
    code = "import kernel; print(kernel.add(1, 2), kernel.add(1.5, 2))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
    )
    assert (done.stdout.strip(), done.stderr) == ("3 3.5", "")
    assert not list((folder / "__pycache__").glob("*.nbc"))


def test_kernel_works_when_its_cache_folder_vanishes_before_the_first_call(folder: Path) -> None:
    module = fresh(folder)
    shutil.rmtree(folder / "__pycache__")
    (folder / "__pycache__").write_text("")
    assert (module.add(1, 2), module.add(1.5, 2)) == (3, 3.5)


@pytest.mark.parametrize("content", [b"", b"\x80\x05half", b"rubbish"])
def test_broken_cache_index_is_mended(folder: Path, content: bytes) -> None:
    fresh(folder).add(1, 2)
    (index,) = (folder / "__pycache__").glob("kernel.add*.nbi")
    index.write_bytes(content)
    assert fresh(folder).add(1, 2) == 3
    again = fresh(folder)
    assert again.add(1, 2) == 3
    assert hits(again) == 1


def test_division_by_zero_follows_numpy(folder: Path) -> None:
    assert fresh(folder).divide(1.0, 0.0) == float("inf")


def test_importing_the_folder_loads_no_numba() -> None:
    code = "import sys, perpixel, perpixel.kernels; print('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
