"""The look that people choose: the theme, also the system's own, and the size of all text. Kept between sessions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QApplication

from app import theme
from app.document.settings import settings

SYSTEM = "system"
CHOICES = (*theme.THEMES, SYSTEM)
PERCENTS = (80, 150)
_THEME, _FONT = "theme", "font/percent"
_BASE = "tidewire_base_font"


def chosen_theme() -> str:
    """What this user has chosen: one of `CHOICES`."""
    name = str(settings().value(_THEME, theme.THEMES[0]))
    return name if name in CHOICES else theme.THEMES[0]


def choose_theme(choice: str) -> None:
    """Use a theme from now on, also in later sessions; `SYSTEM` follows what the system shows."""
    settings().setValue(_THEME, choice)
    theme.apply(_resolved(choice))


def font_percent() -> int:
    """How large text is, in percent of the system's."""
    text = str(settings().value(_FONT, 100))
    low, high = PERCENTS
    return min(high, max(low, int(text))) if text.isdigit() else 100


def choose_font_percent(percent: int) -> None:
    """Make all text this large from now on, also in later sessions."""
    settings().setValue(_FONT, percent)
    _apply_font()
    theme.apply(theme.tokens.theme)  # the style sheet has sizes of its own, and keeps what it has measured


def apply() -> None:
    """Put on what was chosen."""
    _apply_font()
    theme.apply(_resolved(chosen_theme()))


def follow_system() -> None:
    """Change with the system from now on, while that is what was chosen."""
    QGuiApplication.styleHints().colorSchemeChanged.connect(_system_changed)


def _system_changed() -> None:
    if chosen_theme() == SYSTEM:
        theme.apply(_resolved(SYSTEM))


def _resolved(choice: str) -> str:
    if choice != SYSTEM:
        return choice
    is_light = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Light
    return "light" if is_light else "dark"


def _apply_font() -> None:
    """Text in percent of what the system says, which is noted when it is first asked for."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    if app.property(_BASE) is None:
        app.setProperty(_BASE, QFont(app.font()))
    font = QFont(app.property(_BASE))
    share = font_percent() / 100
    if font.pixelSize() > 0:  # set in pixels, not in points
        font.setPixelSize(round(font.pixelSize() * share))
    else:
        font.setPointSizeF(font.pointSizeF() * share)
    if font != app.font():
        app.setFont(font)
