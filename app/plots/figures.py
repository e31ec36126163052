"""Numbers as people read them."""

from __future__ import annotations

import math


def short(value: float, digits: int = 4) -> str:
    """A number in few characters, for an axis or a status text."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    size = abs(value)
    if 1e-3 <= size < 1e6:
        text = f"{value:.{digits}g}"
        if "e" in text:
            text = f"{value:.0f}"
    else:
        text = f"{value:.{digits - 1}g}"
    return text.replace("-", "−")
