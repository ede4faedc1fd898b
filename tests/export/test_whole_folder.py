"""Folders change as a whole: whatever kills the writer, the old one or the new one is there, complete."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from perpixel.errors import PerpixelError
from perpixel.export import folder as module
from perpixel.export import whole_folder
from perpixel.export.folder import recover

# Fills a folder and dies at the n-th of the system's calls that change a name, or in the block.
KILLED = """
import os, sys
from importlib import util
from pathlib import Path
found = util.spec_from_file_location("folder", sys.argv[4])  # by its file: the package would load torch
module = util.module_from_spec(found)
found.loader.exec_module(module)
moment, target = int(sys.argv[1]), Path(sys.argv[2])
calls = 0
def dying(act):
    def call(*arguments):
        global calls
        calls += 1
        if calls == moment:
            os._exit(9)
        return act(*arguments)
    return call
module._exchange = (lambda *_: False) if sys.argv[3] == "renames" else dying(module._exchange)
Path.rename = dying(Path.rename)
with module.whole_folder(target) as temporary:
    (temporary / "one").write_text("new")
    if moment == 0:
        os._exit(9)
    (temporary / "two").write_text("new")
if moment > 0 and calls < moment:
    sys.exit(3)
"""


def fill(folder: Path, text: str) -> None:
    with whole_folder(folder) as temporary:
        for name in ("one", "two"):
            (temporary / name).write_text(text)


def half_filled(folder: Path) -> None:
    with whole_folder(folder) as temporary:
        (temporary / "one").write_text("new")
        raise ZeroDivisionError


def content(folder: Path) -> list[str]:
    return [(folder / name).read_text() for name in ("one", "two")]


@pytest.mark.parametrize("exchange", [True, False])
def test_a_folder_is_replaced_and_nothing_is_left_beside_it(
    exchange: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exchange:
        monkeypatch.setattr(module, "_exchange", lambda *_: False)
    for text in ("first", "second", "third"):
        fill(tmp_path / "a", text)
        assert content(tmp_path / "a") == [text] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_error_in_the_block_leaves_the_old_folder(tmp_path: Path) -> None:
    fill(tmp_path / "a", "old")
    with pytest.raises(ZeroDivisionError):
        half_filled(tmp_path / "a")
    assert content(tmp_path / "a") == ["old"] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(("moment", "way"), [(0, "exchange"), (1, "exchange"), (1, "renames"), (2, "renames")])
def test_a_writer_that_is_killed_leaves_the_old_folder(moment: int, way: str, tmp_path: Path) -> None:
    fill(tmp_path / "a", "old")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(moment), str(tmp_path / "a"), way, module.__file__], check=False
    )
    assert done.returncode == 9
    recover(tmp_path / "a")
    assert content(tmp_path / "a") == ["old"] * 2
    fill(tmp_path / "a", "next")  # and the next writer clears up what was left
    assert content(tmp_path / "a") == ["next"] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PerpixelError, match="cannot be written: Permission denied"):
        fill(tmp_path / "a", "new")


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PerpixelError, match="cannot be written"):
        fill(tmp_path / "file" / "a", "new")
