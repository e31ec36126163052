"""The Help panel: the page of what is selected, with links and a way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QFont, QShowEvent, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QTextBrowser, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.help.node_page import FACTS, FILE_LINK, NODE_LINK, TYPE_LINK, missing_page, page
from app.workbench import Workbench
from engine import Node, UnknownNodeType

_START = (
    "# Help\n\nSelect a node on the canvas, or a node type in the list of nodes, and press F1.\n\n"
    "[Keyboard shortcuts](action:help.shortcuts) · [Examples](action:help.examples) · "
    "[Take the tour](action:help.tour)\n"
)
_ACTION_LINK = "action:"
_FEATURES = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


class HelpPanel(QWidget):
    """Shows the page of one node type. It follows the selection while it is seen.

    `action_wanted` carries the id of a command, `node_wanted` that of a node, `source_wanted` a file and a line.
    """

    action_wanted = Signal(str)
    node_wanted = Signal(str)
    source_wanted = Signal(str, int)

    def __init__(self, workbench: Workbench, types: Callable[[], Iterable[type[Node]]]) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._workbench = workbench
        self._types = types
        self._shown: tuple[str, str] = ("", "")
        self._history: list[tuple[str, str]] = []
        self.back = QToolButton()
        self.back.setProperty("flat", True)
        self.back.setAccessibleName("Back")
        self.back.setToolTip("Back to the page before")
        self.back.clicked.connect(self.go_back)
        self._place = QLabel()
        self._place.setProperty("muted", True)
        self.browser = _Browser()
        self.browser.anchorClicked.connect(self._follow)
        row = QHBoxLayout()
        row.setContentsMargins(8, 6, 8, 0)
        row.addWidget(self.back)
        row.addWidget(self._place, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.browser, 1)
        self.setFocusProxy(self.browser)
        workbench.selection_changed.connect(self._follow_selection)
        workbench.types_changed.connect(self._recolor)
        theme.changed.connect(self._recolor)

    def show_node(self, id: str) -> None:
        """Show the page of a node of the graph."""
        self._show((self._workbench.graph.nodes[id].type, id))

    def show_type(self, type_path: str) -> None:
        """Show the page of a node type."""
        self._show((type_path, ""))

    def go_back(self) -> None:
        """Show the page that was shown before."""
        if self._history:
            self._shown = self._history.pop()
            self._redraw()

    def showEvent(self, event: QShowEvent) -> None:
        """Show what is selected by now."""
        super().showEvent(event)
        self._follow_selection()
        if self.browser.document().isEmpty():  # drawing takes time that the start of the editor has not
            self._redraw()

    def _recolor(self) -> None:
        if not self.browser.document().isEmpty():
            self._redraw()

    def _follow_selection(self) -> None:
        if self.isVisible() and len(self._workbench.selection) == 1:
            self.show_node(self._workbench.selection[0])

    def _show(self, subject: tuple[str, str]) -> None:
        if subject != self._shown:
            if self._shown[0]:
                self._history.append(self._shown)
            self._shown = subject
        self._redraw()

    def _redraw(self) -> None:
        type_path, id = self._shown
        self.back.setIcon(theme.icon("back"))
        self.back.setEnabled(bool(self._history))
        category, text = "", _START
        if type_path:
            category, text = self._text(type_path, id)
        self._place.setText(category)
        self.browser.show_markdown(text)

    def _text(self, type_path: str, id: str) -> tuple[str, str]:
        graph = self._workbench.graph
        try:
            node_type: Any = graph.types.resolve(type_path, graph.folder)
        except UnknownNodeType:
            return "", missing_page(type_path)
        return node_type.category, page(node_type, self._types(), graph, id)

    def _follow(self, url: QUrl) -> None:
        link = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        for prefix, follow in (
            (TYPE_LINK, self.show_type),
            (NODE_LINK, self.node_wanted.emit),
            (_ACTION_LINK, self.action_wanted.emit),
        ):
            if link.startswith(prefix):
                follow(unquote(link.removeprefix(prefix)))
        if link.startswith(FILE_LINK):
            file, _, line = unquote(link.removeprefix(FILE_LINK)).rpartition(":")
            self.source_wanted.emit(file, int(line) if line.isdigit() else 1)


class _Browser(QTextBrowser):
    """Markdown, without HTML, pictures or pages from anywhere else: help may come with a foreign node type."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Help")
        self.setObjectName("page")
        self.document().setDocumentMargin(12)
        self.document().setIndentWidth(14)

    def show_markdown(self, text: str) -> None:
        """Show a page from its top."""
        document = self.document()
        document.setMarkdown(text, _FEATURES)
        _restyle_headings(document)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def loadResource(self, type: int, name: QUrl | str) -> Any:
        """Nothing is loaded."""
        return None


def _restyle_headings(document: QTextDocument) -> None:
    """Headings a little larger than the text, as elsewhere in the window; Qt's own are twice as large."""
    block = document.begin()
    while block.isValid():
        level = block.blockFormat().headingLevel()
        if level:
            is_title, is_small_print = level == 1, level == len(FACTS)
            shape = QTextCharFormat()
            shape.setProperty(QTextCharFormat.Property.FontSizeAdjustment, 2 if is_title else 0)
            shape.setForeground(theme.color("text" if is_title else "text_muted"))
            shape.setFontWeight(QFont.Weight.Normal if is_small_print else QFont.Weight.DemiBold)
            form = block.blockFormat()
            form.setTopMargin(0 if is_small_print else 2 if is_title else 14)
            form.setBottomMargin(8 if is_small_print else 4)
            cursor = QTextCursor(block)
            cursor.setBlockFormat(form)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(shape)
        block = block.next()
