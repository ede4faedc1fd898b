"""The public names, and the README's example."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import perpixel

README = Path(__file__).parents[1] / "README.md"


def test_all_is_exactly_what_is_offered() -> None:
    assert sorted(perpixel._HOME_OF) == sorted(perpixel.__all__)
    assert all(getattr(perpixel, name) is not None for name in perpixel.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="predicor"):
        perpixel.predicor  # noqa: B018


def test_importing_the_package_loads_nothing() -> None:
    program = (
        "import sys, perpixel; print([name for name in ('torch', 'numpy', 'cv2', 'numba') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_readme_example_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.S)
    done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.splitlines()[-1]) > 0.5
    assert (tmp_path / "overlay.jpg").stat().st_size > 1000
