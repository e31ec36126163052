"""The hand: turns what the viewer hears of mouse and keys into gestures, hovering, clicks and menus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, QSizeF, Qt
from PySide6.QtGui import QContextMenuEvent, QDragMoveEvent, QDropEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu

from app.canvas.card import CardKind
from app.canvas.card_layout import Part
from app.canvas.gestures.choose import gesture_for
from app.canvas.gestures.drop_node import DropNode
from app.canvas.gestures.gesture import Gesture, Press
from app.canvas.hit import Hit, hit_at
from app.canvas.keys import key_action, typed_text
from app.canvas.mark_item import CURSORS, MarkItem
from app.canvas.menus.ground_menu import ground_menu
from app.canvas.menus.group_menu import group_menu, outside_menu
from app.canvas.menus.mark_menu import mark_menu
from app.canvas.menus.menu import show
from app.canvas.menus.node_menu import node_menu, port_menu
from app.canvas.menus.wire_menu import wire_menu
from app.canvas.node_item import NodeItem
from app.canvas.port_item import PortItem
from app.canvas.tips import tip_of
from app.canvas.viewer import MouseEars
from app.canvas.wire_item import WireItem

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_CLICKABLE = (Part.LOCATION, Part.ERROR)


class Hand(MouseEars):
    """At most one gesture is under way; while it is, nothing else answers to the mouse."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self._gesture: Gesture | None = None
        self._button = Qt.MouseButton.NoButton
        self._is_space_held = False
        self._hovered: NodeItem | PortItem | WireItem | MarkItem | None = None
        self._drop = DropNode(canvas)
        self.position: QPoint | None = None

    @property
    def gesture(self) -> Gesture | None:
        """The gesture under way."""
        return self._gesture

    def cancel(self) -> None:
        """Give up the gesture under way, and forget what the mouse was on."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
            self._canvas.tell("")
        self._hover(Hit(self._canvas.viewer.scene_center()))

    # -- mouse -------------------------------------------------------------------------------------------------

    def mouse_pressed(self, event: QMouseEvent) -> None:
        """Begin a gesture; another button while one is under way cancels it."""
        viewer = self._canvas.viewer
        viewer.setFocus(Qt.FocusReason.MouseFocusReason)
        position = event.position().toPoint()
        self.position = position
        if self._gesture is not None:
            self.cancel()
            return
        press = Press(position, event.modifiers(), hit_at(viewer, position))
        gesture = gesture_for(self._canvas, press, event.button(), pans=self._is_space_held)
        if gesture is not None:
            self._gesture, self._button = gesture, event.button()
            self._show_cursor(press.hit)

    def mouse_moved(self, event: QMouseEvent) -> None:
        """Follow the gesture, or show what the mouse is on."""
        position = event.position().toPoint()
        self.position = position
        if self._gesture is not None:
            self._gesture.moved(position)
            self._canvas.tell(self._gesture.hint)
            self._show_cursor(None)
        else:
            hit = hit_at(self._canvas.viewer, position)
            self._hover(hit)
            self._show_cursor(hit)

    def mouse_released(self, event: QMouseEvent) -> None:
        """End the gesture. It is let go first: what it does to the document must not cancel it."""
        if self._gesture is None or event.button() is not self._button:
            return
        gesture, self._gesture = self._gesture, None
        position = event.position().toPoint()
        self._canvas.tell("")
        gesture.released(position)
        hit = hit_at(self._canvas.viewer, position)
        self._hover(hit)
        self._show_cursor(hit)

    def mouse_double_clicked(self, event: QMouseEvent) -> None:
        """Search on the ground, enter a group, rename on a title; elsewhere it is one more press."""
        position = event.position().toPoint()
        hit = hit_at(self._canvas.viewer, position)
        if event.button() is Qt.MouseButton.LeftButton and not self._is_space_held:
            if hit.is_empty:
                self._canvas.search_to_add(position)
                return
            if hit.mark is not None:
                self._canvas.marking.edit(hit.mark.mark_id)
                return
            if hit.node is not None and self._canvas.levels.open_card(hit.node.card):
                return
            if hit.node is not None and hit.part is Part.TITLE:
                self._canvas.rename(hit.node.card.id)
                return
        self.mouse_pressed(event)

    def mouse_left(self) -> None:
        """Nothing is under the mouse any more."""
        if self._gesture is None:
            self._hover(Hit(self._canvas.viewer.scene_center()))
            self.position = None

    def menu_requested(self, event: QContextMenuEvent) -> None:
        """The context menu of what lies there; by the keyboard that of the selected node."""
        if self._gesture is not None:
            return
        viewer = self._canvas.viewer
        position = event.pos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            selected = self._canvas.mirror.selected_cards()
            area = self._canvas.mirror.area(selected[:1])
            marks = self._canvas.marking.selected()
            if marks and not selected:
                selected, area = [marks[0].mark_id], QRectF(marks[0].scene_rect().topLeft(), QSizeF(40, 24))
            position = viewer.mapFromScene(area.center()) if selected else viewer.viewport().rect().center()
        hit = hit_at(viewer, position)
        show(self._menu_for(hit, position), viewer.viewport().mapToGlobal(position))

    def tip_at(self, position: QPoint) -> str:
        """What the thing under the mouse says."""
        return "" if self._gesture is not None else tip_of(hit_at(self._canvas.viewer, position))

    # -- keys --------------------------------------------------------------------------------------------------

    def wants_key(self, event: QKeyEvent) -> bool:
        """The canvas's own keys, letters, and Escape while there is something to give up."""
        return key_action(event) is not None or event.key() == Qt.Key.Key_Space or bool(typed_text(event))

    def key_pressed(self, event: QKeyEvent) -> bool:
        """Escape cancels, the space bar holds the ground, a letter begins a search, the others act on the canvas."""
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._is_space_held = True
                self._show_cursor(None)
            return True
        if event.key() == Qt.Key.Key_Escape and self._gesture is not None:
            self.cancel()
            return True
        if self._gesture is not None:
            return False
        if text := typed_text(event):
            self._canvas.search_to_add(text=text)
            return True
        action = key_action(event)
        if action is None:
            return False
        action(self._canvas)
        return True

    def key_released(self, event: QKeyEvent) -> bool:
        """The space bar lets go."""
        if event.key() != Qt.Key.Key_Space:
            return False
        if not event.isAutoRepeat():
            self._is_space_held = False
            self._show_cursor(None)
        return True

    def focus_lost(self) -> None:
        """A key that is released elsewhere must not stick."""
        self._is_space_held = False

    # -- drags from outside --------------------------------------------------------------------------------------

    def drag_moved(self, event: QDragMoveEvent) -> None:
        """A drag from the palette."""
        self._drop.moved(event)

    def drag_left(self) -> None:
        """It went elsewhere."""
        self._drop.left()

    def dropped(self, event: QDropEvent) -> None:
        """It was dropped here."""
        self._drop.dropped(event)

    # -- inside --------------------------------------------------------------------------------------------------

    def _menu_for(self, hit: Hit, position: QPoint) -> QMenu:
        canvas = self._canvas
        if hit.port is not None:
            return port_menu(canvas, hit.port)
        if hit.node is not None:
            id = hit.node.card.id
            if hit.node.card.kind is CardKind.OUTSIDE:
                return outside_menu(canvas)
            if id not in canvas.mirror.selected_cards():
                canvas.select([id])
            if hit.node.card.kind is CardKind.GROUP:
                return group_menu(canvas, hit.node)
            return node_menu(canvas, hit.node, canvas.workbench.selection)
        if hit.mark is not None:
            if hit.mark.mark_id not in canvas.workbench.whereabouts.marks:
                canvas.select((), (), [hit.mark.mark_id])
            return mark_menu(canvas, hit.mark, hit.position)
        if hit.wire is not None and hit.wire.wire is not None:
            canvas.select((), {hit.wire.key})
            return wire_menu(canvas, hit.wire.wire, position)
        return ground_menu(canvas, position)

    def _hover(self, hit: Hit) -> None:
        item = hit.port or hit.node or hit.wire or hit.mark
        before, self._hovered = self._hovered, item
        if isinstance(before, NodeItem) and before is not item:
            before.hovered_part = None
        elif before is not None and before is not item:
            before.hovered = False
        if isinstance(item, NodeItem):
            item.hovered_part = hit.part
        elif item is not None:
            item.hovered = True

    def _show_cursor(self, hit: Hit | None) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if self._gesture is not None and self._gesture.cursor is not None:
            shape = self._gesture.cursor
        elif self._is_space_held:
            shape = Qt.CursorShape.OpenHandCursor
        elif hit is not None and hit.port is not None:
            shape = Qt.CursorShape.CrossCursor
        elif hit is not None and hit.mark is not None:
            shape = CURSORS.get(hit.edges, Qt.CursorShape.ArrowCursor)
        elif hit is not None and (hit.part in _CLICKABLE or hit.wire is not None):
            shape = Qt.CursorShape.PointingHandCursor
        viewport = self._canvas.viewer.viewport()
        if viewport.cursor().shape() is not shape:
            viewport.setCursor(shape)
