"""The graphics view: zoom, pan, and handing the mouse to gestures. NodeGraphQt's own handling is passed by.

What of NodeGraphQt 0.6 is mended here: zoom without limits and drift on resize, an endless loop on cyclic graphs, its
menus, undo shortcuts and tab search, modifier keys that stick, and item groups that tear items from their scene.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPixmapCache,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsView, QWidget

from app.canvas import nodegraphqt
from app.canvas.focus_ring import show_ring
from app.canvas.live_wire import LiveWire
from app.canvas.port_item import PortItem
from app.canvas.scene import CanvasScene
from app.canvas.tips import show_tip
from app.canvas.wire_item import WireItem

ZOOM_MIN = 0.2
ZOOM_MAX = 3.0
_WORLD = QRectF(-60_000, -60_000, 120_000, 120_000)
_CACHE_KB = 256 * 1024  # cards are cached as pictures; Qt's own 10 MB would be evicted at every paint
_WHEEL_STEP = 1.0015
_FIT_MARGIN = 48.0
_FIT_ZOOM_MAX = 1.25

nodegraphqt.viewer_module.NodeScene = CanvasScene


class MouseEars:
    """What the viewer tells of mouse, keys and drags. The canvas view is the one that listens."""

    def mouse_pressed(self, event: QMouseEvent) -> None:
        """A button went down."""

    def mouse_moved(self, event: QMouseEvent) -> None:
        """The mouse moved, with or without a button."""

    def mouse_released(self, event: QMouseEvent) -> None:
        """A button went up."""

    def mouse_double_clicked(self, event: QMouseEvent) -> None:
        """The second press of a double click."""

    def mouse_left(self) -> None:
        """The mouse left the view."""

    def key_pressed(self, event: QKeyEvent) -> bool:
        """A key went down; True when it was used."""
        return False

    def key_released(self, event: QKeyEvent) -> bool:
        """A key went up; True when it was used."""
        return False

    def wants_key(self, event: QKeyEvent) -> bool:
        """Is this key the canvas's own, before any shortcut of the window?"""
        return False

    def focus_lost(self) -> None:
        """The keyboard went elsewhere."""

    def menu_requested(self, event: QContextMenuEvent) -> None:
        """A context menu is asked for."""

    def drag_moved(self, event: QDragMoveEvent) -> None:
        """Something is dragged over the view."""

    def drag_left(self) -> None:
        """What was dragged left the view."""

    def dropped(self, event: QDropEvent) -> None:
        """Something was dropped on the view."""

    def tip_at(self, position: QPoint) -> str:
        """The tooltip for a place of the viewport, as plain text; empty for none."""
        return ""


class Viewer(nodegraphqt.NodeViewer):
    """NodeGraphQt's viewer, reduced to a surface."""

    _search_widget: QWidget | None
    zoom_changed = Signal(float)
    view_moved = Signal()
    resized = Signal()
    cards_resized = Signal(QRectF)  # the area of all cards before that
    completed = Signal()  # the last items of a large graph were made

    def __init__(self, ears: MouseEars, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ears = ears
        self._discard_stock_parts()
        self.live_wire = LiveWire()
        self.scene().addItem(self.live_wire)
        self.setObjectName("canvas_viewer")
        self.setAccessibleName("Graph")
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setDragMode(QGraphicsView.DragMode.NoDrag)
        self.setSceneRect(_WORLD)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        QPixmapCache.setCacheLimit(max(QPixmapCache.cacheLimit(), _CACHE_KB))
        self.setTransform(QTransform())
        self.centerOn(0, 0)

    def _discard_stock_parts(self) -> None:
        """NodeGraphQt's tab search (a window of its own), hidden menu bar, cursor text and stock live pipes."""
        if self._search_widget is not None:
            self._search_widget.deleteLater()
        self._search_widget = None
        self._ctx_menu_bar.clear()
        for item in (self._cursor_text, self._LIVE_PIPE, self._SLICER_PIPE):
            self.scene().removeItem(item)
        self.acyclic = False

    # -- zoom and pan ------------------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """Pixels per scene unit; 1 is 100 %."""
        return float(self.transform().m11())

    def zoom_to(self, factor: float, anchor: QPoint | None = None) -> None:
        """Zoom to a factor, kept within ZOOM_MIN and ZOOM_MAX, while the place under `anchor` stays where it is."""
        factor = min(ZOOM_MAX, max(ZOOM_MIN, factor))
        middle = self.viewport().rect().center()
        anchor = middle if anchor is None else anchor
        place = self.mapToScene(anchor)
        self.setTransform(QTransform.fromScale(factor, factor))
        self.centerOn(place - QPointF(anchor - middle) / factor)
        self.zoom_changed.emit(factor)
        self.view_moved.emit()

    def pan(self, pixels: QPoint) -> None:
        """Shift the view, in pixels."""
        horizontal, vertical = self.horizontalScrollBar(), self.verticalScrollBar()
        horizontal.setValue(horizontal.value() - pixels.x())
        vertical.setValue(vertical.value() - pixels.y())
        self.view_moved.emit()

    def fit(self, area: QRectF) -> None:
        """Show an area of the scene whole, with a margin, not larger than needed to read it; empty shows the origin."""
        if area.isEmpty():
            self.setTransform(QTransform())
            self.centerOn(0, 0)
        else:
            grown = area.adjusted(-_FIT_MARGIN, -_FIT_MARGIN, _FIT_MARGIN, _FIT_MARGIN)
            room = self.viewport().size()
            factor = min(room.width() / grown.width(), room.height() / grown.height(), _FIT_ZOOM_MAX)
            factor = min(ZOOM_MAX, max(ZOOM_MIN, factor))
            self.setTransform(QTransform.fromScale(factor, factor))
            self.centerOn(area.center())
        self.zoom_changed.emit(self.zoom)
        self.view_moved.emit()

    def bring_into_view(self, area: QRectF) -> None:
        """Shift the view no more than it takes to show an area whole; zoom out only where it does not fit."""
        grown = area.adjusted(-_FIT_MARGIN, -_FIT_MARGIN, _FIT_MARGIN, _FIT_MARGIN)
        room = self.viewport().size()
        if grown.width() * self.zoom > room.width() or grown.height() * self.zoom > room.height():
            self.fit(area)
            return
        margin = round(_FIT_MARGIN * self.zoom)
        self.ensureVisible(area, margin, margin)
        self.view_moved.emit()

    def visible_area(self) -> QRectF:
        """The part of the scene that is seen."""
        return QRectF(self.mapToScene(self.viewport().rect()).boundingRect())

    def scene_center(self) -> QPointF:
        """The place of the scene in the middle of the view."""
        return QPointF(self.mapToScene(self.viewport().rect().center()))

    # -- items -------------------------------------------------------------------------------------------------

    def establish_connection(self, start_port: PortItem, end_port: PortItem) -> WireItem:
        """Make the item of a wire between an output and an input; NodeGraphQt's one factory of pipes."""
        item = WireItem()
        self.scene().addItem(item)
        item.set_connections(start_port, end_port)
        item.draw_path()
        start_port.update()
        end_port.update()
        return item

    @staticmethod
    def acyclic_check(start_port: Any, end_port: Any) -> bool:
        """Always true: the document judges cycles. The stock one never returns on a graph that has a cycle."""
        return True

    # -- events ------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Told to the canvas."""
        self._ears.mouse_pressed(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Told to the canvas."""
        self._ears.mouse_moved(event)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Told to the canvas."""
        self._ears.mouse_released(event)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Told to the canvas."""
        self._ears.mouse_double_clicked(event)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Told to the canvas."""
        self._ears.mouse_left()
        QGraphicsView.leaveEvent(self, event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor; with Shift or a sideways wheel pan."""
        delta = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(delta.x()) > abs(delta.y()):
            self.pan(QPoint(delta.x() or delta.y(), 0) / 2)
        elif delta.y():
            self.zoom_to(self.zoom * _WHEEL_STEP ** delta.y(), event.position().toPoint())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Told to the canvas."""
        self._ears.menu_requested(event)
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Claim the canvas's own keys before the window's shortcuts do, and Tab before it moves the focus."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and self._ears.wants_key(event):
            event.accept()
            return True
        return bool(QGraphicsView.event(self, event))

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab is a key of the canvas; Shift+Tab leaves it."""
        return False if forward else bool(QGraphicsView.focusNextPrevChild(self, forward))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Told to the canvas; modifiers are read from each event, so none can stick."""
        if not self._ears.key_pressed(event):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Told to the canvas."""
        if not self._ears.key_released(event):
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Without NodeGraphQt's menu bar, whose Ctrl+Z made the window's ambiguous."""
        QGraphicsView.focusInEvent(self, event)
        show_ring(self, event.reason())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Told to the canvas."""
        self._ears.focus_lost()
        QGraphicsView.focusOutEvent(self, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the zoom, and what is in the middle there."""
        old = event.oldSize()
        if old.isValid():
            grown = event.size() - old
            place = self.scene_center() - QPointF(grown.width(), grown.height()) / (2 * self.zoom)
            QGraphicsView.resizeEvent(self, event)
            self.centerOn(place)
        else:
            QGraphicsView.resizeEvent(self, event)
        self.resized.emit()

    def viewportEvent(self, event: QEvent) -> bool:
        """Tooltips depend on the part under the mouse, not on the item alone."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            show_tip(self, event, self._ears.tip_at(event.pos()))
            return True
        return bool(QGraphicsView.viewportEvent(self, event))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Told to the canvas."""
        self._ears.drag_moved(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Told to the canvas."""
        self._ears.drag_moved(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Told to the canvas."""
        self._ears.drag_left()

    def dropEvent(self, event: QDropEvent) -> None:
        """Told to the canvas."""
        self._ears.dropped(event)

    # -- NodeGraphQt's own zoom, replaced ------------------------------------------------------------------------

    def _update_scene(self) -> None:
        """The stock one fits the view to a range of its own at every change."""

    def _set_viewer_zoom(self, value: float, sensitivity: float | None = None, pos: QPoint | None = None) -> None:
        self.zoom_to(self.zoom * 1.001**value, pos)

    def _set_viewer_pan(self, pos_x: float, pos_y: float) -> None:
        self.pan(QPoint(round(-pos_x * self.zoom), round(-pos_y * self.zoom)))

    def get_zoom(self) -> float:
        """The zoom as NodeGraphQt counts it: 0 is 100 %."""
        return round(self.zoom - 1.0, 2)

    def set_zoom(self, value: float = 0.0) -> None:
        """Set the zoom as NodeGraphQt counts it."""
        self.zoom_to(1.0 + value)

    def reset_zoom(self, cent: QPointF | None = None) -> None:
        """Zoom to exactly 100 %."""
        self.zoom_to(1.0)
        if cent is not None:
            self.centerOn(cent)

    def _combined_rect(self, nodes: Iterable[Any]) -> QRectF:
        """The area of some nodes, without putting them into an item group and tearing that down again."""
        area = QRectF()
        for node in nodes:
            area = area.united(node.sceneBoundingRect())
        return area
