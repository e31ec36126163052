"""The locations panel: each computer with its nodes and figures; nodes are moved by dragging, by menu, by key."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app import theme
from app.canvas.menus.menu import add, add_choice, add_heading, new_menu, show
from app.document.locating import rename_location, unused_thread
from app.document.remedies import apply_remedy
from app.insight.costs import bridge_costs
from app.insight.suggestion import suggest
from app.panels.location_box import dot
from app.panels.location_tree import NEW_PROCESS, NEW_THREAD, LocationTree
from app.panels.suggestion_view import SuggestionView
from app.workbench import Workbench


class LocationsPanel(QWidget):
    """Follows the document always, and the run while it can be seen. `focus_asked` carries a node to be shown."""

    focus_asked = Signal(str)

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._statistics: Any = None
        self._while_it_ran: Any = None
        self.tree = LocationTree(workbench)
        self.move_button = QPushButton("Move to…")
        self.move_button.setToolTip("Choose where the selected nodes run")
        self.move_button.clicked.connect(self._open_below)
        self.suggest = QPushButton("Suggest placement")
        self.suggest.setToolTip("Propose where each node should run, and say why")
        self.suggest.clicked.connect(self.show_suggestion)
        top = QHBoxLayout()
        top.addWidget(self.move_button)
        top.addStretch(1)
        top.addWidget(self.suggest)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 6, 8, 8)
        box.addLayout(top)
        self.suggestion = SuggestionView()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.tree)
        self.pages.addWidget(self.suggestion)
        box.addWidget(self.pages, 1)
        self.suggestion.accepted.connect(self._apply)
        self.suggestion.dismissed.connect(self._dismiss)
        self.suggestion.chosen.connect(lambda id: workbench.select([id]))
        self.tree.itemSelectionChanged.connect(self._select)
        self.tree.moved.connect(self.move_nodes)
        self.tree.renamed.connect(self._rename)
        self.tree.menu_asked.connect(self.open_menu)
        self.tree.focus_asked.connect(self.focus_asked)
        workbench.document_changed.connect(self._document_changed)
        workbench.selection_changed.connect(self._selection_changed)
        workbench.statistics_changed.connect(self._take)
        workbench.run_changed.connect(self._run_changed)
        theme.changed.connect(self._restyle)
        self._document_changed()

    # -- what moves nodes

    def move_nodes(self, ids: list[str], place: str) -> None:
        """Run nodes at a place, which may be a new one, as one undo step."""
        if place == NEW_PROCESS:
            place = self._workbench.unused_process()
        elif place == NEW_THREAD:
            place = unused_thread(self._workbench)
        self._workbench.set_location(ids, place)
        self._workbench.select(ids)

    def open_menu(self, position: QPoint) -> QMenu:
        """Offer the computers for the selected nodes."""
        menu = new_menu(self, "Move to")
        menu.setObjectName("move_menu")
        ids = self.tree.selected_nodes()
        if not ids:
            add_heading(menu, "Select nodes to move them")
            return show(menu, position)
        names = [self._workbench.graph.nodes[id].label for id in ids]
        add_heading(menu, f"Move {names[0] if len(names) == 1 else f'{len(names)} nodes'} to")
        places = {self._workbench.graph.nodes[id].location for id in ids}
        for location in self._workbench.locations():
            move = partial(self.move_nodes, ids, str(location))
            icon = dot(theme.location_color(location))
            add_choice(menu, location.label, places == {location}, move, icon=icon)
        menu.addSeparator()
        add(menu, "New process", partial(self.move_nodes, ids, NEW_PROCESS), icon=theme.icon("plus"))
        add(menu, "New thread", partial(self.move_nodes, ids, NEW_THREAD), icon=theme.icon("plus"))
        return show(menu, position)

    def _open_below(self) -> None:
        self.open_menu(self.move_button.mapToGlobal(self.move_button.rect().bottomLeft()))

    def _rename(self, place: Any, name: str) -> None:
        refusal = rename_location(self._workbench, place, name)
        if refusal is not None:
            self._workbench.message.emit("warning", refusal)

    # -- where nodes should run

    def show_suggestion(self) -> None:
        """Propose where the nodes should run, from what the run has measured if there is one."""
        graph = self._workbench.graph
        self.suggestion.show_suggestion(graph, suggest(graph, self._while_it_ran, bridge_costs()))
        self.pages.setCurrentWidget(self.suggestion)
        self.suggestion.take_keyboard()

    def _apply(self, remedy: Any) -> None:
        if apply_remedy(self._workbench, remedy):
            self._dismiss()
            self._workbench.message.emit("info", f"{len(remedy.moves)} nodes run elsewhere now. Undo takes it back.")

    def _dismiss(self) -> None:
        self.pages.setCurrentWidget(self.tree)
        self.suggest.setFocus()

    # -- what it follows

    def _document_changed(self) -> None:
        if self.isVisible():  # else when it is shown: the items of a large graph take their time
            self.tree.fill()
            self._show_figures()
        self._enable()

    def _select(self) -> None:
        self._workbench.select(self.tree.selected_nodes())
        self._enable()

    def _selection_changed(self) -> None:
        if self.isVisible():
            self.tree.show_selection()
        self._enable()

    def _enable(self) -> None:
        self.move_button.setEnabled(bool(self._workbench.selection))
        self.suggest.setEnabled(bool(self._workbench.graph.nodes))

    def _take(self, statistics: Any) -> None:
        self._statistics = statistics
        if self._workbench.run_state == "running":
            self._while_it_ran = statistics  # at its end all loads are 0
        self._show_figures()

    def _run_changed(self) -> None:
        if self._workbench.run is None or self._workbench.run_state == "preparing":
            self._statistics = self._while_it_ran = None
            self._show_figures()

    def _show_figures(self) -> None:
        if self.isVisible():
            self.tree.show_figures(self._statistics)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with what there is now."""
        super().showEvent(event)
        self._document_changed()

    def _restyle(self) -> None:
        self.tree.forget_shape()
        self._document_changed()
