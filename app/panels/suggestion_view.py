"""`SuggestionView`: a suggested placement, node by node with its reason, to be applied or not."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from app import theme
from app.insight.suggestion import Suggestion
from app.panels.location_box import dot
from app.panels.wrapped_text import WrappedText
from engine import Graph, Location

_ID = Qt.ItemDataRole.UserRole


class SuggestionView(QFrame):
    """`accepted` carries the remedy, `chosen` the node whose row was clicked."""

    accepted = Signal(object)
    dismissed = Signal()
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._suggestion = Suggestion()
        self.summary = QLabel()
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.summary.setWordWrap(True)
        self.list = QTreeWidget()
        self.list.setAccessibleName("Suggested placement")
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(True)
        self.list.setIndentation(14)
        self.list.setWordWrap(True)
        self.list.setItemDelegateForColumn(0, WrappedText(self.list))
        self.list.header().sectionResized.connect(self.list.scheduleDelayedItemsLayout)
        self.list.currentItemChanged.connect(self._choose)
        self.apply = QPushButton("Apply")
        self.apply.clicked.connect(lambda: self.accepted.emit(self._suggestion.remedy))
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.dismissed)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.apply)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.summary)
        box.addWidget(self.list, 1)
        box.addLayout(buttons)

    def show_suggestion(self, graph: Graph, suggestion: Suggestion) -> None:
        """Show one; nodes that are to move first."""
        self._suggestion = suggestion
        self.summary.setText(f"Suggested: {suggestion.summary}")
        self.list.blockSignals(True)
        self.list.clear()
        for id in sorted(suggestion.reasons, key=lambda id: id not in suggestion.moves):
            here = graph.nodes[id].location
            there = Location.parse(suggestion.moves.get(id, here))
            name = graph.nodes[id].label
            way = f"{name}: {here.label} → {there.label}" if id in suggestion.moves else f"{name} stays on {here.label}"
            item = QTreeWidgetItem(self.list, [way])
            item.setIcon(0, dot(theme.location_color(there), 16))
            item.setData(0, _ID, id)
            why = QTreeWidgetItem(item, [suggestion.reasons[id]])
            why.setForeground(0, theme.color("text_muted"))
            why.setData(0, _ID, id)
            why.setToolTip(0, suggestion.reasons[id])
            item.setExpanded(True)
        self.list.blockSignals(False)
        self.apply.setEnabled(bool(suggestion.moves))
        moved = len(suggestion.moves)
        self.apply.setText(f"Move {moved} node{'s' if moved != 1 else ''}" if moved else "Apply")
        self.apply.setToolTip("As one undo step")

    def take_keyboard(self) -> None:
        """Let Enter apply it, or close it where there is nothing to apply."""
        (self.apply if self.apply.isEnabled() else self.close_button).setFocus()

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(0, _ID))
