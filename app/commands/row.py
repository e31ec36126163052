"""How one entry of the command palette is drawn."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app import theme
from app.commands.entry import Entry
from app.commands.matching import Match

MATCH = Qt.ItemDataRole.UserRole
_EDGE = 10
_ICON = 16
_GAP = 12
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Row(QStyledItemDelegate):
    """Icon, title with the letters that were meant, help; at the right the keys, or the menu. Plain text only."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """One line of text with room above and below."""
        return QSize(200, max(30, round(option.fontMetrics.height() * 1.9)))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the row."""
        match: Match = index.data(MATCH)
        entry = match.entry
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        ink, muted = _inks(entry, is_current)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selection"))
            painter.drawRoundedRect(option.rect.adjusted(1, 1, -1, -1), 5, 5)
        area: QRect = option.rect.adjusted(_EDGE, 0, -_EDGE, 0)
        icon = theme.icon(entry.icon, ink)
        icon.paint(painter, QRect(area.left(), area.center().y() - _ICON // 2, _ICON, _ICON))
        area.setLeft(area.left() + _ICON + _GAP)
        area.setRight(_draw_side(painter, option.font, area, entry, muted))
        area.setLeft(_draw_title(painter, option.font, area, match, ink) + _GAP)
        tip = entry.tip if entry.is_enabled else entry.why_not
        painter.setFont(option.font)
        painter.setPen(theme.color(muted))
        short = option.fontMetrics.elidedText(tip, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, _LEFT, short)
        painter.restore()


def _inks(entry: Entry, is_current: bool) -> tuple[str, str]:
    """The tokens of the title and of what stands beside it."""
    if is_current:
        return "selection_text", "selection_text"
    return ("text" if entry.is_enabled else "text_disabled"), "text_muted"


def _draw_side(painter: QPainter, font: QFont, area: QRect, entry: Entry, ink: str) -> int:
    """The keys, else the kind, at the right end; returns where that begins."""
    text = entry.keys or entry.kind
    painter.setFont(font)
    painter.setPen(theme.color(ink))
    painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    return int(area.right() - QFontMetrics(font).horizontalAdvance(text) - _GAP)


def _draw_title(painter: QPainter, font: QFont, area: QRect, match: Match, ink: str) -> int:
    """The title, the letters that were meant bold and underlined; returns where it ends."""
    title = match.entry.title
    strong = QFont(font)
    strong.setWeight(QFont.Weight.Bold)
    strong.setUnderline(True)
    painter.setPen(theme.color(ink))
    plain, bold = QFontMetrics(font), QFontMetrics(strong)
    if plain.horizontalAdvance(title) > area.width():
        title = plain.elidedText(title, Qt.TextElideMode.ElideRight, area.width())
    x = area.left()
    for text, is_meant in _runs(title, match.letters):
        painter.setFont(strong if is_meant else font)
        width = (bold if is_meant else plain).horizontalAdvance(text)
        painter.drawText(QRect(x, area.top(), width + 4, area.height()), _LEFT, text)
        x += width
    return x


def _runs(title: str, letters: tuple[int, ...]) -> list[tuple[str, bool]]:
    """The title in pieces that are meant, and pieces that are not."""
    meant = set(letters)
    runs: list[tuple[str, bool]] = []
    for index, letter in enumerate(title):
        is_meant = index in meant
        if runs and runs[-1][1] == is_meant:
            runs[-1] = (runs[-1][0] + letter, is_meant)
        else:
            runs.append((letter, is_meant))
    return runs
