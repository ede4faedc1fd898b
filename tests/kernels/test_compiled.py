from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


def run(folder: Path, code: str, *, cache: str | None = None, limit_files: bool = False) -> str:
    """Run code in a fresh process whose working folder holds the module `kernel`."""
    (folder / "kernel.py").write_text(KERNEL)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA_CACHE")}
    # Chmod does not stop root; a home under something that is not a folder stops everyone.
    environment |= {"HOME": "/dev/null/home", "XDG_CACHE_HOME": "/dev/null/cache", "PYTHONDONTWRITEBYTECODE": "1"}
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = cache
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))) if limit_files else None,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_kernel_works_and_is_kept_beside_its_source(tmp_path: Path) -> None:
    assert run(tmp_path, "import kernel; print(kernel.add(1, 2))") == "3"
    assert list((tmp_path / "__pycache__").glob("kernel.add*.nbc"))
    count = "import kernel; kernel.add(1, 2); print(sum(kernel.add.stats.cache_hits.values()))"
    assert run(tmp_path, count) == "1"


def test_kernel_works_where_no_cache_folder_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("a file where the folder would be")
    assert run(tmp_path, "import kernel; print(kernel.add(1, 2), kernel.divide(1.0, 4.0))") == "3 0.25"
    assert run(tmp_path, "import kernel; print(kernel.add(1, 2))", cache="/dev/null/cache") == "3"


def test_kernel_works_on_a_full_disk(tmp_path: Path) -> None:
    assert run(tmp_path, "import kernel; print(kernel.add(1, 2), kernel.add(1.5, 2))", limit_files=True) == "3 3.5"
    assert not list((tmp_path / "__pycache__").glob("*.nbc"))


def test_kernel_works_when_its_cache_folder_vanishes_before_the_first_call(tmp_path: Path) -> None:
    code = (
        "import kernel, pathlib, shutil; shutil.rmtree('__pycache__'); pathlib.Path('__pycache__').write_text('');"
        "print(kernel.add(1, 2), kernel.add(1.5, 2))"
    )
    assert run(tmp_path, code) == "3 3.5"


@pytest.mark.parametrize("content", [b"", b"\x80\x05half", b"rubbish"])
def test_kernel_works_when_its_cache_index_is_broken(tmp_path: Path, content: bytes) -> None:
    run(tmp_path, "import kernel; kernel.add(1, 2)")
    (index,) = (tmp_path / "__pycache__").glob("kernel.add*.nbi")
    index.write_bytes(content)
    assert run(tmp_path, "import kernel; print(kernel.add(1, 2))") == "3"
    count = "import kernel; kernel.add(1, 2); print(sum(kernel.add.stats.cache_hits.values()))"
    assert run(tmp_path, count) == "1", "the index was not mended"


def test_division_by_zero_follows_numpy(tmp_path: Path) -> None:
    assert run(tmp_path, "import kernel; print(kernel.divide(1.0, 0.0))") == "inf"


def test_importing_the_folder_loads_no_numba() -> None:
    code = "import sys, perpixel, perpixel.kernels; print('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
