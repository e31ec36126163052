"""Colours of channels: distinct, and readable on the background of the theme in use."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtGui import QColor

from app import theme

# Hues of OKLCH in degrees, ordered so that neighbours differ much; then once more, lighter or darker.
HUES = (235, 150, 80, 20, 310, 195, 350, 115)


def channel_color(index: int) -> QColor:
    """The colour of a channel in the theme in use; 16 differ, then they repeat."""
    return QColor.fromRgbF(*_shade(index % (2 * len(HUES)), theme.tokens.theme == "light"))


@lru_cache(maxsize=64)
def _shade(index: int, on_light: bool) -> tuple[float, float, float]:
    second = index >= len(HUES)
    if on_light:
        lightness, chroma = (0.40, 0.09) if second else (0.55, 0.15)
    else:
        lightness, chroma = (0.90, 0.07) if second else (0.78, 0.14)
    return _oklch(lightness, chroma, HUES[index % len(HUES)])


def _oklch(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """Oklab in polar form to sRGB (B. Ottosson, 2020), clipped to what a screen can show."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = (_gamma(min(max(value, 0.0), 1.0)) for value in linear)
    return red, green, blue


def _gamma(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
