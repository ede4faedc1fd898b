"""Ctrl-C as a wish that is granted after the current step, so that what is saved is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Wish:
    """Whether somebody asked the run to stop."""

    stop = False


@contextmanager
def interruptible() -> Iterator[Wish]:
    """Turn the first Ctrl-C, or the SIGTERM of a scheduler, into a wish; a second Ctrl-C stops at once.

    Outside the main thread, where Python takes no signals, nothing changes.
    """
    wish = Wish()
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return

    def ask(number: int, frame: FrameType | None) -> None:
        wish.stop = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
