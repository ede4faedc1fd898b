"""Numbers as a reason says them."""

from __future__ import annotations


def percent(share: float) -> str:
    """0.0013 -> "0.13 %"; two digits that mean something, more from 10 % on."""
    value = 100 * share
    return f"{value:.0f} %" if value >= 10 else f"{value:.2g} %"


def duration(seconds: float) -> str:
    """0.0123 -> "12 ms", 1.93 -> "1.9 s", 150 -> "2.5 minutes"."""
    if seconds < 0.1:
        return f"{1000 * seconds:.2g} ms"
    if seconds < 120:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.2g} minutes" if minutes < 10 else f"{minutes:.0f} minutes"


def gigabytes(size: int) -> str:
    """2_147_483_648 -> "2.1 GB"."""
    return f"{size / 1e9:.2g} GB" if size < 1e10 else f"{size / 1e9:.0f} GB"


def area(size: tuple[int, int]) -> str:
    """(360, 480) -> "360x480", height first."""
    return f"{size[0]}x{size[1]}"


def several(count: int, thing: str) -> str:
    """(1, "core") -> "1 core", (2, "core") -> "2 cores"."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
