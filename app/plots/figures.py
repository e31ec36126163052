"""Numbers as people read them."""

from __future__ import annotations

import math

_PREFIXES = {-4: "p", -3: "n", -2: "µ", -1: "m", 0: "", 1: "k", 2: "M", 3: "G", 4: "T", 5: "P"}


def short(value: float, digits: int = 4) -> str:
    """A number in few characters: 0.5, −12.5, 61.2 G, 3 µ."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    size = abs(value)
    if value == 0 or 1e-3 <= size < 1e6:
        return _plain(value, digits)
    group = math.floor(math.log10(size) / 3)
    if group not in _PREFIXES:
        return f"{value:.{digits - 1}g}".replace("-", "−")
    return f"{_plain(value / 1000.0**group, digits)} {_PREFIXES[group]}".rstrip()


def _plain(value: float, digits: int) -> str:
    text = f"{value:.{digits}g}"
    if "e" in text:
        text = f"{value:.0f}"
    return text.replace("-", "−")


def round_values(low: float, high: float) -> tuple[float, float] | None:
    """A low and a high round number well inside a range, for a scale with two marks; None when there are none."""
    span = high - low
    if not 0 < span < math.inf:
        return None
    size = 10.0 ** math.floor(math.log10(span))
    for step in (size, size / 2, size / 5, size / 10):
        first = math.ceil((low + 0.08 * span) / step) * step
        last = math.floor((high - 0.08 * span) / step) * step
        if first <= low + 0.33 * span and last >= high - 0.33 * span:
            return first, last
    return None
