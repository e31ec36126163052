"""`CanvasView`: the graph as people see and edit it. A mirror of the document; every gesture calls the workbench."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF, Signal
from PySide6.QtGui import QPolygon, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.canvas import grid
from app.canvas.arranger import Arranger
from app.canvas.card_layout import HEADER, MIN_WIDTH, Part, card_font
from app.canvas.choices import available_types
from app.canvas.description import description
from app.canvas.empty_hint import SEARCH, EmptyHint
from app.canvas.find_bar import FindBar
from app.canvas.hand import Hand
from app.canvas.level import OUTSIDE
from app.canvas.levels import Levels
from app.canvas.live_figures import LiveFigures
from app.canvas.marking import Marking
from app.canvas.menus.location_menu import location_menu
from app.canvas.menus.menu import show
from app.canvas.minimap import Minimap
from app.canvas.mirror import Mirror
from app.canvas.offers import Offers
from app.canvas.pasting import Pasting
from app.canvas.port_item import PortItem
from app.canvas.reason_label import ReasonLabel
from app.canvas.search_popup import SearchPopup
from app.canvas.title_editor import TitleEditor
from app.canvas.viewer import Viewer
from app.probe.probes import Probes

if TYPE_CHECKING:
    from app.workbench import Workbench
    from engine import Node

_PORT_FROM_TOP = HEADER + 17  # how far the first port lies below the top of a card


class CanvasView(QWidget):
    """The canvas. `error_clicked` carries the id of the node whose error was clicked."""

    error_clicked = Signal(str)
    plot_requested = Signal(str, str)
    zoom_changed = Signal(float)
    gesture_told = Signal(str)  # what letting go now would do; empty when nothing is in the hand
    wires_selected = Signal()
    command_wanted = Signal(str)  # the id of an action

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workbench = workbench
        self._types: list[type[Node]] | None = None
        self._told = ""
        self._is_new = True
        self._keeps_fitting = True  # from the opening of a graph until the view or the graph is changed by hand
        self._seen = QRectF()  # of the scene, before the size of the view changes
        self.offers = Offers(self)
        self.arranger = Arranger(self)
        self.pasting = Pasting(self)
        self.viewer = Viewer(hand := Hand(self), self)
        self.hand = hand
        self.mirror = Mirror(self.viewer, workbench)
        self._figures = LiveFigures(self.mirror, workbench, self)
        self.reason = ReasonLabel(self)
        self.levels: Levels = Levels(self)
        self.hint = EmptyHint(self)
        self.hint.asked.connect(self._asked)
        self.find_bar: FindBar = FindBar(self)
        self.minimap: Minimap = Minimap(self)
        self.marking: Marking = Marking(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.viewer)
        self.setFocusProxy(self.viewer)
        self.viewer.zoom_changed.connect(self.zoom_changed)
        self.viewer.view_moved.connect(self._view_moved)
        self.viewer.resized.connect(self._resized)
        self.viewer.cards_resized.connect(self._cards_resized)
        self.viewer.completed.connect(self._completed)
        workbench.document_replaced.connect(self._document_replaced)
        workbench.document_changed.connect(self._document_changed)
        workbench.types_changed.connect(self.mirror.look_at_types)
        workbench.selection_changed.connect(self._selection_changed)
        workbench.whereabouts.marks_changed.connect(self._selection_changed)
        theme.changed.connect(self._restyle)
        grid.load()
        grid.changed.connect(self.viewer.resetCachedContent)
        grid.changed.connect(self.viewer.viewport().update)
        self._restyle()
        self._document_changed()
        self.probes = Probes(self)

    # -- what the shell asks for -----------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole graph."""
        keeps_fitting = self._keeps_fitting
        self.viewer.fit(self.mirror.area())
        self._keeps_fitting = keeps_fitting

    def zoom_to_selection(self) -> None:
        """Show what is selected as large as fits."""
        area = self.mirror.area(self.mirror.selected_cards())
        chosen = set(self.workbench.whereabouts.marks)
        for mark in self.workbench.whereabouts.marks_here():
            if mark.id in chosen:
                area = area.united(QRectF(*mark.rect))
        if not area.isEmpty():
            self.viewer.fit(area)

    def zoom_to(self, factor: float) -> None:
        """Zoom around the middle; 1 is 100 %, the limits are 0.2 and 3."""
        self.viewer.zoom_to(factor)

    @property
    def zoom(self) -> float:
        """The zoom in use; 1 is 100 %."""
        return self.viewer.zoom

    def center_position(self) -> tuple[float, float]:
        """Where a node is put that is added without a place: a card there lies in the middle of the view."""
        center = self.viewer.scene_center()
        return round(center.x() - MIN_WIDTH / 2), round(center.y() - 60)

    def focus_node(self, id: str) -> None:
        """Select a node or group, bring it into view, inside its group, and give the canvas the keyboard."""
        if id in self.workbench.graph.nodes:
            self.levels.show_node(id)
        if id in self.mirror.nodes:
            self.select([id])
            self.viewer.centerOn(self.mirror.nodes[id].card_rect().center())
            self.viewer.setFocus()

    def show_types(self, types: Iterable[type[Node]]) -> None:
        """Offer these node types in searches; without it, all that the document's folder and the library have."""
        self._types = list(types)

    def search_to_add(self, position: QPoint | None = None, text: str = "") -> SearchPopup:
        """Open the search for a node to add: there, else beside what is selected, at the mouse or in the middle."""
        return self.offers.to_add(position, text)

    def offered_types(self) -> list[type[Node]]:
        """The node types that can be added."""
        return self._types if self._types is not None else available_types(self.workbench.graph.folder)

    # -- what gestures, keys and menus ask for -----------------------------------------------------------------------

    def select(self, ids: Iterable[str], wire_keys: Iterable[str] = (), marks: Iterable[str] = ()) -> None:
        """Select these nodes, groups, wires, frames and comments, and nothing else."""
        keys = tuple(wire_keys)
        self.mirror.select_wires(keys)
        self.probes.keep_only(keys)
        chosen = tuple(marks)
        self.workbench.select(self.workbench.whereabouts.nodes_of(ids))
        self.workbench.whereabouts.select_marks(chosen)
        self.mirror.show_selection()
        self.wires_selected.emit()

    def delete_selected(self) -> None:
        """Remove the selected nodes, wires, frames and comments as one step."""
        nodes, wires, marks = self.workbench.selection, self.mirror.selected_wires, self.workbench.whereabouts.marks
        if nodes or wires or marks:
            self.workbench.remove(nodes, wires, marks)

    def focus_next(self, step: int) -> None:
        """Select the next card, frame or comment, or with -1 the one before, and bring it into view."""
        ids = [id for id in self.mirror.level.cards if id in self.mirror.nodes and id not in OUTSIDE]
        ids += self.mirror.marks.items
        if ids:
            selection = [*self.mirror.selected_cards(), *self.workbench.whereabouts.marks]
            index = ids.index(selection[0]) + step if selection and selection[0] in ids else 0
            id = ids[index % len(ids)]
            if id in self.mirror.marks.items:
                self.marking.show(id)
            else:
                self.focus_node(id)

    def rename_selected(self) -> None:
        """Rename the first selected node, group or frame in place, or open the text of a comment."""
        cards = self.mirror.selected_cards()
        if cards:
            self.rename(cards[0])
        else:
            self.marking.edit_selected()

    def rename(self, id: str) -> TitleEditor:
        """Open the title of a node, a group or a frame for typing."""
        return TitleEditor(self, id)

    def click_part(self, id: str, part: Part) -> bool:
        """Do what a click on a part of a card does; False when it is a part like any other."""
        if part is Part.LOCATION:
            if id not in self.mirror.selected_cards():
                self.select([id])
            menu = location_menu(self, self.workbench.selection)
            show(menu, self.mapToGlobal(self.chip_rect(id).bottomLeft()))
            return True
        if part is Part.ERROR:
            node = self.mirror.nodes[id].activity.node or id
            if node == id:
                self.select([id])
            else:
                self.focus_node(node)  # inside the group
            self.error_clicked.emit(node)
            return True
        return False

    def show_in_plot(self, port: str, kind: str) -> None:
        """Add a plot of an output (`node.port`)."""
        self.workbench.add_plot(port, kind)
        self.plot_requested.emit(port, kind)

    def offer_types_for(self, port: PortItem, position: QPoint, closed: Callable[[], None]) -> SearchPopup:
        """Offer the node types that a wire from a port could go to; the chosen one is added there and wired."""
        return self.offers.types_for(port, position, closed)

    def show_added(self, id: str) -> None:
        """Let a node that was just added be seen whole."""
        area = self.mirror.area([self.mirror.level.card_of.get(id, id)])
        if not self.viewer.visible_area().contains(area):
            self.viewer.bring_into_view(area)

    def tell(self, text: str) -> None:
        """Say what the gesture under way would do; nothing when it is over."""
        if text != self._told:
            self._told = text
            self.gesture_told.emit(text)

    def place_for_card(self, position: QPoint, share: float = 0.0) -> tuple[float, float]:
        """Where the corner of a card goes so that the row of its first port lies at a position of the viewport.

        `share` is how far along that row: 0 the input, 0.5 the middle, 1 the output.
        """
        place = self.viewer.mapToScene(position)
        return round(place.x() - share * MIN_WIDTH), round(place.y() - _PORT_FROM_TOP)

    def chip_rect(self, id: str) -> QRect:
        """The location chip of the card on which a node is seen, in pixels of the viewport."""
        node = self.mirror.card_showing(id)
        if node is None:
            return self.rect()
        area: QPolygon = self.viewer.mapFromScene(node.mapRectToScene(node.layout.chip))
        return area.boundingRect()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _document_replaced(self) -> None:
        self.hand.cancel()
        self.offers.close()
        self.mirror.clear()
        self._keeps_fitting = True
        self._is_new = True

    def show_level(self) -> None:
        """Show the level that is looked at, as the document is now."""
        self.hand.cancel()
        self.offers.close()
        self.mirror.update()
        self._describe()
        self._figures.show_document()

    def _document_changed(self) -> None:
        self.show_level()
        self.hint.set_visible(not self.workbench.graph.nodes)
        if self._is_new:
            self.fit()
        else:
            self._keeps_fitting = False
        self._is_new = False

    def _selection_changed(self) -> None:
        self.mirror.show_selection()
        self._describe()

    def _describe(self) -> None:
        """Tell people who cannot see the canvas what is on it."""
        self.viewer.setAccessibleDescription(description(self.workbench, self.mirror))

    def _view_moved(self) -> None:
        self._keeps_fitting = False
        self._seen = self.viewer.visible_area()
        self.offers.close()

    def _resized(self) -> None:
        self.offers.close()
        self._keep_in_view(self.mirror.area())
        self._seen = self.viewer.visible_area()

    def _keep_in_view(self, area_before: QRectF) -> None:
        """Let what was seen whole be so still, when a plot takes room or a card gets an error to show."""
        area = self.mirror.area()
        if self._keeps_fitting:
            self.fit()
        elif self._seen.contains(area_before) and not self.viewer.visible_area().contains(area):
            self.viewer.bring_into_view(area)

    def _cards_resized(self, area_before: QRectF) -> None:
        if self.hand.gesture is None and not self.offers.is_open:
            self._keep_in_view(area_before)

    def _completed(self) -> None:
        self._figures.show_document()
        if self._keeps_fitting:
            self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the hint in the middle, the minimap and the find bar in their corners."""
        super().resizeEvent(event)
        self.hint.place()
        self.minimap.place()
        self.find_bar.place()

    def _asked(self, command: str) -> None:
        """A button of the hint: the search opens where the first node belongs."""
        if command == SEARCH:
            self.search_to_add(self.viewer.viewport().rect().center())
        else:
            self.command_wanted.emit(command)

    def _restyle(self) -> None:
        card_font.cache_clear()
        self.hint.restyle()
        self.reason.restyle()
        self.viewer.resetCachedContent()
        self.mirror.refresh()
        self.viewer.viewport().update()
