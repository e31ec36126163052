"""Colours, style sheet and icons, all made from one file of tokens per theme (`resources/themes/*.json`).

Widgets that paint ask `color(...)` at each paint, or listen to `changed`; nothing else here names a colour.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from string import Template

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from app import RESOURCES
from engine.graph.location import Location

THEMES = ("dark", "light")
LOCATION_HUES = 8
_ICON_SIZES = (16, 24, 32, 48)
_ICONS = RESOURCES / "icons"


class Tokens(Mapping[str, str]):
    """The tokens of the theme in use: name -> `#rrggbb`. One object for ever; its content changes."""

    def __init__(self, theme: str) -> None:
        self.theme = theme
        self._values = read_tokens(theme)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def replace(self, theme: str) -> None:
        """Take the values of another theme."""
        self._values = read_tokens(theme)
        self.theme = theme


class _Notifier(QObject):
    changed = Signal()


def read_tokens(theme: str) -> dict[str, str]:
    """The tokens of a theme, as its file has them."""
    values: dict[str, str] = json.loads((RESOURCES / "themes" / f"{theme}.json").read_text("utf-8"))
    return values


_notifier = _Notifier()
changed = _notifier.changed
tokens = Tokens("dark")


def color(token: str) -> QColor:
    """A token as a colour; raises `KeyError` for an unknown token."""
    return QColor(tokens[token])


def location_color(location: Location | str) -> QColor:
    """The colour of a location: main has its own, every other always gets the same of eight hues."""
    place = Location.parse(location)
    if place.is_main:
        return color("location_main")
    hue = zlib.crc32(str(place).encode()) % LOCATION_HUES + 1
    return color(f"location_{hue}")


def type_color(type_name: str) -> QColor:
    """The colour of a port type, by the name people read (`Signal`, `Array(float32, 2-D)`, `any` ...)."""
    name = type_name.partition("(")[0].partition(" ")[0].lower()
    name = {"ndarray": "array", "object": "any", "complex": "float"}.get(name, name)
    token = f"type_{name}"
    return color(token if token in tokens else "type_other")


def style_sheet() -> str:
    """The style sheet of the app, from the tokens in use."""
    template = Template((RESOURCES / "themes" / "style.qss").read_text("utf-8"))
    size = QGuiApplication.font().pointSizeF()
    heading = f"{size * 1.2:.1f}pt" if size > 0 else f"{round(QGuiApplication.font().pixelSize() * 1.2)}px"
    return template.substitute(tokens, theme=tokens.theme, icons=_ICONS.as_posix(), heading=heading)


def apply(theme: str) -> None:
    """Switch the whole app to a theme: tokens, palette, style sheet; then emits `changed`.

    Args:
        theme: one of `THEMES`; anything else is taken as the first.
    """
    tokens.replace(theme if theme in THEMES else THEMES[0])
    app = QApplication.instance()
    if isinstance(app, QApplication):
        app.setPalette(_palette())
        app.setStyleSheet(style_sheet())
    changed.emit()


def _palette() -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: "window",
        QPalette.ColorRole.WindowText: "text",
        QPalette.ColorRole.Base: "field",
        QPalette.ColorRole.AlternateBase: "panel",
        QPalette.ColorRole.Text: "text",
        QPalette.ColorRole.PlaceholderText: "text_muted",
        QPalette.ColorRole.Button: "control",
        QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.ToolTipBase: "card",
        QPalette.ColorRole.ToolTipText: "text",
        QPalette.ColorRole.Highlight: "selection",
        QPalette.ColorRole.HighlightedText: "selection_text",
        QPalette.ColorRole.Link: "accent",
    }
    for role, token in roles.items():
        palette.setColor(role, color(token))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, color("text_disabled"))
    return palette


def icon(name: str, token: str = "text") -> QIcon:
    """An icon of `resources/icons` in the colour of a token; an empty one when there is none, or it cannot be read now.

    Icons are asked for while painting, which must not fail because a run has used up all descriptors.
    """
    if not name:
        return QIcon()
    try:
        return _tinted(name, tokens[token], tokens["text_disabled"])
    except OSError:
        return QIcon()


@lru_cache(maxsize=1024)  # of both themes: to switch back costs nothing
def _tinted(name: str, ink: str, disabled_ink: str) -> QIcon:
    from PySide6.QtSvg import QSvgRenderer

    source = (_ICONS / f"{name}.svg").read_text("utf-8")
    result = QIcon()
    for mode, tint in ((QIcon.Mode.Normal, ink), (QIcon.Mode.Disabled, disabled_ink)):
        renderer = QSvgRenderer(QByteArray(source.replace("currentColor", tint).encode()))
        for size in _ICON_SIZES:
            pixmap = QPixmap(QSize(size, size))
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            renderer.render(painter, QRectF(0, 0, size, size))
            painter.end()
            result.addPixmap(pixmap, mode)
    return result


def contrast(foreground: str, background: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(foreground), _luminance(background)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(text: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    shade = QColor(text)
    return 0.2126 * linear(shade.redF()) + 0.7152 * linear(shade.greenF()) + 0.0722 * linear(shade.blueF())
