"""A comment on the canvas: a text in Markdown, laid out by Qt's own reader of it. It loads nothing from anywhere."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QImage,
    QPainter,
    QPainterPath,
    QPalette,
    QPen,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from app import theme
from app.canvas.card_layout import card_font
from app.canvas.mark_item import MarkItem
from app.document.marks import Comment, Mark

PADDING = 12.0
_RADIUS = 8.0
_INDENT = 16.0
_APART = 6.0
_FEATURES = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


class _Text(QTextDocument):
    """A document that loads no picture: a graph file of somebody else must not read files or reach a network."""

    def __init__(self) -> None:
        super().__init__()
        self.setDocumentMargin(0)
        self.setUndoRedoEnabled(False)
        self.setIndentWidth(_INDENT)

    def read(self, text: str) -> None:
        """Hold a text in Markdown, its paragraphs a little apart and its code on a ground of its own."""
        self.setDefaultFont(card_font(13))
        self.setMarkdown(text, _FEATURES)
        cursor = QTextCursor(self)
        ground = QTextCharFormat()
        ground.setBackground(theme.color("field"))
        block = self.begin()
        while block.isValid():
            apart = block.blockFormat()
            apart.setTopMargin(_APART if block.blockNumber() and block.textList() is None else 0)
            cursor.setPosition(block.position())
            cursor.setBlockFormat(apart)
            for reach in [reach for reach in block.textFormats() if reach.format.fontFixedPitch()]:
                cursor.setPosition(block.position() + reach.start)
                cursor.setPosition(block.position() + reach.start + reach.length, QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(ground)
            block = block.next()

    def loadResource(self, type: int, name: QUrl | str) -> Any:
        """A single clear pixel for all: for nothing at all Qt would open the file itself."""
        nothing = QImage(1, 1, QImage.Format.Format_ARGB32)
        nothing.fill(0)
        return nothing


class CommentItem(MarkItem):
    """One comment."""

    def __init__(self, comment: Comment) -> None:
        self.comment = comment
        self._text = _Text()
        self._read_text()
        super().__init__(comment)

    def show_mark(self, mark: Mark) -> None:
        """Show another state of the document."""
        assert isinstance(mark, Comment)
        before, self.comment = self.comment, mark
        if before.text != mark.text:
            self._read_text()
        self.label = mark.label
        self.set_rect(mark.rect)

    def resized(self) -> None:
        """Break the lines anew."""
        self._text.setTextWidth(max(10.0, self.size.width() - 2 * PADDING))

    def refresh(self) -> None:
        """Take the font and the colours in use."""
        self._read_text()
        self.resized()
        self.update()

    def height_for(self, text: str) -> float:
        """How high it would have to be to show a text whole."""
        trial = _Text()
        trial.read(text)
        trial.setTextWidth(max(10.0, self.size.width() - 2 * PADDING))
        return round(trial.size().height() + 2 * PADDING)

    def link_at(self, place: QPointF) -> str:
        """The address of the link at a place of the scene; empty for none, and for what is no web page."""
        inner = self.mapFromScene(place) - QPointF(PADDING, PADDING)
        address: str = self._text.documentLayout().anchorAt(inner)
        return address if address.startswith(("https://", "http://")) else ""

    @property
    def plain_text(self) -> str:
        """What it says, without marks of Markdown."""
        return self._text.toPlainText()

    def shape(self) -> QPainterPath:
        """All of it."""
        path = QPainterPath()
        path.addRect(self.boundingRect())
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw a sheet with the text; what has no room on it is cut off, and marked."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = self.size
        painter.setPen(QPen(theme.color("control_border"), 1))
        painter.setBrush(theme.color("panel"))
        painter.drawRoundedRect(size, _RADIUS, _RADIUS)
        room = size.adjusted(PADDING, PADDING, -PADDING, -PADDING / 2)
        painter.save()
        painter.setClipRect(room)
        painter.translate(room.topLeft())
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette = _palette()
        context.clip = QRectF(0, 0, room.width(), room.height())
        self._text.documentLayout().draw(painter, context)
        painter.restore()
        if self._text.size().height() > room.height() + 1:
            painter.setPen(theme.color("text_muted"))
            painter.setFont(card_font(13, bold=True))
            painter.drawText(QRectF(room.left(), size.bottom() - 16, 24, 12), "…")
        self._paint_selection(painter, _RADIUS)

    def _read_text(self) -> None:
        self._text.read(self.comment.text)


def _palette() -> QPalette:
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Text, theme.color("text"))
    palette.setColor(QPalette.ColorRole.Link, theme.color("accent"))
    palette.setColor(QPalette.ColorRole.Base, theme.color("panel"))
    return palette
