"""The command line: names the commands and prints what goes wrong. Nothing heavy is imported until a command runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from perpixel.errors import PerpixelError

# One line each, so that `--help` need not import a command; a test holds them equal to the docstrings' first lines.
COMMANDS = {
    "predict": "Give every pixel of pictures and videos a label.",
    "train": "Train a model on a folder of pictures and masks.",
    "ladder": "Train several networks alike and compare them in one table.",
    "evaluate": "Judge a model on a data set, at the pictures' own size.",
    "score": "Judge what any tool made: label maps, run lengths, COCO's JSON.",
    "submit": "Write predictions as a competition's CSV file.",
    "export": "Write a trained model as one ONNX file.",
    "segment": "Split pictures into regions, without any training.",
    "edges": "Find the edges in pictures, by Canny's method.",
    "lines": "Find straight lines or circles in pictures, by Hough's method.",
    "lanes": "Find the lines of the road, without any training or by a model.",
    "depth": "Find how far away what pictures and videos show is.",
    "occupancy": "Find where one may drive, as a grid in metres.",
    "inspect": "Say what a data set is and what is wrong with it.",
    "convert": "Convert annotations to another format, and say what was lost.",
    "rle": "Turn masks into run lengths and back, in eight formats.",
    "models": "List the networks and the embedded weights.",
    "draw": "Draw scenes with exact truth, as a data set.",
}

USAGE, WORLD, INTERRUPTED = 2, 1, 130


def build(asked: str | None = None) -> App:
    """The application with every command, none of them imported yet.

    The command that is asked for speaks for itself, with the whole of its docstring; the others are a line in a list.
    """
    app = App(
        name="perpixel",
        help="Gives every pixel a label. `perpixel COMMAND --help` shows a command's arguments and an example.",
        version_flags=["--version"],
        version=_version,
        help_format="markdown",
        result_action="return_value",
    )
    for name, line in COMMANDS.items():
        app.command(f"perpixel.commands.{name}:{name}", name=name, help=None if name == asked else line)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0, 1 (the world), 2 (usage) or 130 (Ctrl-C)."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code. A command returns None for 0, or its own code.

    Errors are one line on stderr. With PERPIXEL_DEBUG set in the environment they are raised instead.
    """
    try:
        code = build(*arguments[:1])(list(arguments), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        return _complain(error, USAGE, hint="; `--help` shows what is allowed")
    except PerpixelError as error:
        return _complain(error, WORLD)
    except (ValueError, TypeError) as error:
        return _complain(error, USAGE)
    except OSError as error:
        return _complain(error, WORLD)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _complain(error: Exception, code: int, *, hint: str = "") -> int:
    if os.environ.get("PERPIXEL_DEBUG"):
        raise error
    text = " ".join(str(error).split()).rstrip(".")
    print(f"error: {text or type(error).__name__}{hint}", file=sys.stderr)
    return code


def _version() -> str:
    from importlib.metadata import version

    return version("perpixel")
