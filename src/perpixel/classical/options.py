"""Which options a method takes: what another method's would do silently is refused."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from perpixel.classical import METHODS, find_method


def options_for(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the given options that are not None, all of which the method must take.

    Raises:
        ValueError: there is no such method, or it takes no such option; the message says which it takes.
    """
    taken = find_method(name).options()
    wanted = {option: value for option, value in given.items() if value is not None}
    for option in wanted:
        if option not in taken:
            known = ", ".join(_flag(each) for each in taken)
            raise ValueError(f"{name} takes no {_flag(option)}; it takes {known}")
    return wanted


def told(name: str) -> str:
    """One line on a method: its idea, its options with their defaults, and the extra that it needs."""
    method = METHODS[name]
    parts = []
    for option, default in method.options().items():
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else default
        needless = default is None or default is inspect.Parameter.empty
        parts.append(_flag(option) if needless else f"{_flag(option)} {shown}")
    extra = f"  [perpixel[{method.extra}]]" if method.extra else ""
    return f"{name}: {method.idea}{extra}\n    {'  '.join(parts)}"


def _flag(option: str) -> str:
    return "--" + option.replace("_", "-")
