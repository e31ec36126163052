"""Numbers as the canvas writes them: short, with a unit, three digits at most."""

from __future__ import annotations

import math


def rate_text(rate_hz: float) -> str:
    """Messages per second: `0/s`, `0.5/s`, `250/s`, `1.2k/s`."""
    return f"{_short(rate_hz)}/s"


def bytes_text(bytes_per_s: float) -> str:
    """Bytes per second: `320 B/s`, `1.5 MB/s`."""
    value, unit = max(0.0, bytes_per_s), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{_digits(value)} {unit}/s"


def milliseconds_text(milliseconds: float) -> str:
    """A duration: `0.4 ms`, `12 ms`, `1.5 s`."""
    if milliseconds >= 1000:
        return f"{_digits(milliseconds / 1000)} s"
    return f"{_digits(milliseconds)} ms"


def count_text(count: int) -> str:
    """A count: `0`, `999`, `12k`, `3.4M`."""
    return _short(count)


def _short(value: float) -> str:
    if not math.isfinite(value) or value <= 0:
        return "0"
    for limit, divisor, letter in ((1e3, 1, ""), (1e6, 1e3, "k"), (1e9, 1e6, "M")):
        if value < limit * 0.9995:
            return _digits(value / divisor) + letter
    return _digits(value / 1e9) + "G"


def _digits(value: float) -> str:
    if value >= 9.95:
        return f"{value:.0f}"
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "0.0" else ("0" if value == 0 else f"{value:.2f}")
