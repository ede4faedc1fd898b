"""The command line: what `--help` promises, what it loads, and how it fails."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module

import pytest

from perpixel.cli import COMMANDS, run
from perpixel.errors import DataError

HEAVY = ("torch", "numba", "cv2", "onnxruntime", "PIL", "accelerate", "matplotlib")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_line_equals_the_docstring(name: str) -> None:
    function = getattr(import_module(f"perpixel.commands.{name}"), name)
    assert (inspect.getdoc(function) or "").splitlines()[0] == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert COMMANDS[name] in shown
    assert f"Example: perpixel {name} " in shown


def test_help_shows_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(line in shown for line in COMMANDS.values())


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; from perpixel.cli import run; run(['--help']);"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_importing_the_commands_loads_nothing_heavy() -> None:
    imports = ", ".join(f"perpixel.commands.{name}" for name in COMMANDS)
    program = f"import sys, {imports}; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "arguments", [["predct"], ["predict", "--modle", "street"], ["score"], ["draw", "street", "--count", "many"]]
)
def test_usage_errors_are_one_line_and_exit_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1


def test_errors_of_the_world_are_one_line_and_exit_with_1(
    capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = tmp_path_factory.mktemp("empty")
    assert run(["evaluate", str(empty)]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1


def test_debug_raises_instead(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("PERPIXEL_DEBUG", "1")
    with pytest.raises(DataError):
        run(["evaluate", str(tmp_path_factory.mktemp("empty"))])
