"""Where the parts of a card lie, in scene units: plain geometry, worked out once for each content."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QApplication

from app.canvas.card import Card, CardKind, PortFace

HEADER = 30.0
ROW = 21.0
CHIP = 23.0
STRIP = 20.0
ERROR = 23.0
ERROR_LINE = 14.0
ERROR_LINES = 3
ERROR_INDENT = 29.0
MARGIN = 11.0
BAND = 4.0
RADIUS = 8.0
LEGIBLE = 0.45  # small text is left out when a scene unit is smaller than this many pixels
ICON = 16.0
MIN_WIDTH = 172.0
MAX_WIDTH = 300.0


class Part(Enum):
    """The parts of a card that answer to the mouse."""

    TITLE = "title"
    STATE = "state"
    LOCATION = "location"
    FIGURES = "figures"
    ERROR = "error"
    BODY = "body"


@lru_cache(maxsize=64)
def card_font(pixels: int, *, bold: bool = False) -> QFont:
    """The app's font at a size in scene units. Do not change it: it is kept; `card_font.cache_clear` forgets."""
    font = QFont(QApplication.font())
    font.setPixelSize(pixels)
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font


@dataclass(frozen=True, slots=True)
class CardLayout:
    """Rectangles of a card whose top left corner is (0, 0); `error` is None while there is nothing to report.

    The card of what is outside a group has no state, chip and strip: they are empty.
    """

    size: QRectF
    icon: QRectF
    title: QRectF
    state: QRectF
    chip: QRectF
    strip: QRectF
    error: QRectF | None
    ports_top: float

    def port_position(self, index: int, *, is_input: bool) -> QPointF:
        """The middle of a port, counted from the top of its side."""
        return QPointF(0.0 if is_input else self.size.width(), self.ports_top + ROW * (index + 0.5))

    def port_label(self, index: int, *, is_input: bool) -> QRectF:
        """Where a port's name is written."""
        half = self.size.width() / 2
        left = MARGIN + 2 if is_input else half
        return QRectF(left, self.ports_top + ROW * index, half - MARGIN - 2, ROW)

    def part_at(self, position: QPointF) -> Part | None:
        """Which part lies at a position of the card; None outside."""
        if not self.size.contains(position):
            return None
        for rect, part in (
            (self.error, Part.ERROR),
            (self.chip, Part.LOCATION),
            (self.state, Part.STATE),
            (self.strip, Part.FIGURES),
        ):
            if rect is not None and rect.contains(position):
                return part
        return Part.TITLE if position.y() <= HEADER else Part.BODY


def lay_out(card: Card, error: str = "") -> CardLayout:
    """The layout that fits a card's texts; an error gets as many lines as it needs, up to ERROR_LINES."""
    width = _width(card)
    ports_top = HEADER + 7
    rows = max(len(card.inputs), len(card.outputs))
    chip_top = ports_top + ROW * rows + (6 if rows else 2)
    strip_top = chip_top + CHIP + 3
    bottom = strip_top + STRIP + 2
    strip = None
    if card.kind is CardKind.OUTSIDE:
        nothing = QRectF()
        size = QRectF(0, 0, width, chip_top + 3)
        return CardLayout(size, _icon(), _title(width), nothing, nothing, nothing, None, ports_top)
    if error:
        lines = error_lines(error, width - 2 * MARGIN - ERROR_INDENT)
        height = ERROR + ERROR_LINE * (len(lines) - 1)
        strip = QRectF(MARGIN, bottom, width - 2 * MARGIN, height)
        bottom += height + 8
    return CardLayout(
        size=QRectF(0, 0, width, bottom),
        icon=_icon(),
        title=_title(width),
        state=QRectF(width - 30, (HEADER - 20) / 2, 20, 20),
        chip=QRectF(MARGIN, chip_top, width - 2 * MARGIN, CHIP),
        strip=QRectF(MARGIN, strip_top, width - 2 * MARGIN, STRIP),
        error=strip,
        ports_top=ports_top,
    )


def _icon() -> QRectF:
    return QRectF(MARGIN, (HEADER - ICON) / 2, ICON, ICON)


def _title(width: float) -> QRectF:
    return QRectF(MARGIN + ICON + 7, 0, width - MARGIN - ICON - 7 - 34, HEADER)


def error_lines(text: str, width: float) -> list[str]:
    """A text in lines of whole words, ERROR_LINES at most; the last one has the rest, however long that is."""
    metrics = QFontMetricsF(card_font(11))
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and (len(lines) == ERROR_LINES or metrics.horizontalAdvance(longer) <= width):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _width(card: Card) -> float:
    title = QFontMetricsF(card_font(13, bold=True)).horizontalAdvance(card.label) + MARGIN + ICON + 49
    names = QFontMetricsF(card_font(11))
    sides = [max((names.horizontalAdvance(p.text) for p in side), default=0.0) for side in (card.inputs, card.outputs)]
    ports = 2 * max(sides) + 4 * MARGIN
    chip = names.horizontalAdvance(card.location_label) + 2 * MARGIN + 52
    return round(min(MAX_WIDTH, max(MIN_WIDTH, title, ports, chip)))


def faces(card: Card) -> list[tuple[int, PortFace]]:
    """All ports of a card, each with its index on its side."""
    return [*enumerate(card.inputs), *enumerate(card.outputs)]
