"""What to do on an empty canvas: words that let the mouse through, and buttons below them."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme

SEARCH = "search"
_TITLE = "Nothing here yet"
_TEXT = "Type the name of a node, or drag one here from the list of nodes."
_BUTTONS = (
    (SEARCH, "Add a node", "Tab"),
    ("help.examples", "Open an example", "Ctrl+Shift+E"),
    ("file.open", "Open a graph", "Ctrl+O"),
    ("view.commands", "All commands", "Ctrl+P"),
)
_GAP = 14
_EDGE = 12


class EmptyHint(QObject):
    """Lies in the middle of the canvas. `asked` carries the id of a command, or `SEARCH`."""

    asked = Signal(str)

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.label = QLabel(canvas)
        self.label.setObjectName("canvas_hint")
        self.label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.label.setTextFormat(Qt.TextFormat.RichText)
        self.label.setAccessibleName(f"{_TITLE}. {_TEXT}")
        self.label.setWordWrap(True)
        self.row = QWidget(canvas)
        self.buttons: dict[str, QPushButton] = {}
        self._lines: list[QHBoxLayout] = []
        column = QVBoxLayout(self.row)
        column.setContentsMargins(0, 0, 0, 0)
        for index, (command, text, keys) in enumerate(_BUTTONS):
            if index % 2 == 0:
                self._lines.append(QHBoxLayout())
                column.addLayout(self._lines[-1])
            button = QPushButton(f"{text}   {keys}")
            button.setAccessibleName(text)
            button.setAccessibleDescription(f"Also by {keys}")
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, command=command: self.asked.emit(command))
            self._lines[-1].addWidget(button)
            self.buttons[command] = button
        self.restyle()

    def set_visible(self, visible: bool) -> None:
        """Show or hide it."""
        if not visible and any(button.hasFocus() for button in self.buttons.values()):
            self._canvas.setFocus()
        for part in (self.label, self.row):
            part.setVisible(visible)

    def restyle(self) -> None:
        """Take the colours of the theme in use."""
        ink, muted = theme.tokens["text"], theme.tokens["text_muted"]
        self.label.setText(
            f"<p style='font-size: x-large; font-weight: 600; color: {ink}'>{_TITLE}</p>"
            f"<p style='color: {muted}'>{_TEXT}</p>"
        )
        self.label.setStyleSheet("background: transparent;")
        self.place()

    def place(self) -> None:
        """Lie in the middle."""
        room = self._canvas.rect().adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        self.row.adjustSize()
        self.label.setFixedWidth(max(10, min(room.width(), 460)))
        self.label.setFixedHeight(max(1, self.label.heightForWidth(self.label.width())))
        height = self.label.height() + _GAP + self.row.height()
        top = room.center().y() - height // 2
        self.label.move(QPoint(room.center().x() - self.label.width() // 2, top))
        self.row.move(room.center().x() - self.row.width() // 2, top + self.label.height() + _GAP)
        for part in (self.label, self.row):
            part.raise_()
