"""`Legend`: one row that says which colour is which channel."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.plots.colors import channel_color

_SWATCH = 14
_GAP = 12
_LONGEST = 20


class Legend(QWidget):
    """Names with their colours, as many as there is room for, then how many more there are."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[tuple[int, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Channels")

    def show_channels(self, names: tuple[str, ...], hidden: tuple[str, ...]) -> None:
        """Show the names that are not hidden; the colour is that of the place in `names`."""
        entries = [(index, name) for index, name in enumerate(names) if name not in hidden]
        if entries != self._entries:
            self._entries = entries
            self.setAccessibleDescription(", ".join(name for _, name in entries))
            self.setToolTip("\n".join(plain(name, 80) for _, name in entries[:64]))
            self.update()

    def sizeHint(self) -> QSize:
        """One line of text."""
        return QSize(100, self.fontMetrics().height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the row."""
        painter = QPainter(self)
        metrics, x = self.fontMetrics(), 10.0
        for place, (index, name) in enumerate(self._entries):
            text = plain(name, _LONGEST)
            width = _SWATCH + 5 + metrics.horizontalAdvance(text)
            rest = len(self._entries) - place
            more = f"+{rest}"
            reserve = metrics.horizontalAdvance(more) + 8 if rest > 1 else 0
            if x + width + reserve > self.width() - 8:
                painter.setPen(theme.color("text_muted"))
                painter.drawText(QRectF(x, 0, self.width() - x, self.height()), Qt.AlignmentFlag.AlignVCenter, more)
                break
            painter.fillRect(QRectF(x, self.height() / 2 - 1.5, _SWATCH, 3), channel_color(index))
            painter.setPen(theme.color("text"))
            painter.drawText(QRectF(x + _SWATCH + 5, 0, width, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
            x += width + _GAP
        painter.end()


def plain(text: str, longest: int) -> str:
    """A text without control characters, on one line, not longer than this."""
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: longest + 1])
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"
