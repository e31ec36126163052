"""The minimap: all cards of the level, small, in a corner of the canvas; click or drag to look elsewhere.

It is kept as a picture: the canvas below repaints often, and with it all that lies on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app import theme
from app.canvas.card import Card, CardKind
from app.canvas.frame_item import FrameItem, frame_color
from app.canvas.menus.menu import add, new_menu, show
from app.document.settings import settings

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_SIZE = QSize(176, 112)
_EDGE = 12
_PADDING = 8.0
_LEAST_ROOM = QSize(420, 300)  # a smaller canvas needs all of its room
_SMALLEST_CARD = 3.0
_WHEEL_STEP = 1.0015
_MANY = 300  # cards; more take a while to draw
_SLOW_MS = 100
_KEY = "minimap"


class Minimap(QWidget):
    """Drawn from the mirror when that or the view has changed; of a large graph not more than ten times a second."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._is_wished = settings().value(_KEY, "true") in ("true", True)
        self._area: QRectF | None = None  # kept while the mouse is down: what lies below it must not slip away
        self._offset = QPointF()
        self.setObjectName("minimap")
        self.setAccessibleName("Minimap")
        self.setToolTip("Click or drag to look elsewhere · the wheel zooms")
        self.setFixedSize(_SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        viewer, bench = canvas.viewer, canvas.workbench
        for signal in (
            bench.document_changed,
            bench.selection_changed,
            bench.whereabouts.level_changed,
            viewer.view_moved,
            viewer.resized,
            viewer.completed,
            viewer.cards_resized,
            theme.changed,
        ):
            signal.connect(self._look_again)
        viewer.viewport().installEventFilter(self)
        self._picture: QPixmap | None = None  # made anew at the next paint when it is None
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._draw_again)
        self.place()

    @property
    def is_wished(self) -> bool:
        """Does the user want it? On a small or empty canvas it is not shown all the same."""
        return self._is_wished

    def toggle(self) -> None:
        """Show or hide it, from now on."""
        self._is_wished = not self._is_wished
        settings().setValue(_KEY, self._is_wished)
        self.place()

    def place(self) -> None:
        """Lie in the lower right corner, where there is room and something to see, and nothing is hidden by it."""
        canvas = self._canvas
        has_room = canvas.width() >= _LEAST_ROOM.width() and canvas.height() >= _LEAST_ROOM.height()
        self.move(canvas.width() - self.width() - _EDGE, canvas.height() - self.height() - _EDGE)
        is_useful = bool(canvas.workbench.graph.nodes) and not self._hides_cards_of_a_whole_graph()
        self.setVisible(self._is_wished and has_room and is_useful)

    def _hides_cards_of_a_whole_graph(self) -> bool:
        """Would it lie on a card though all cards are in view, so that it says nothing that is not seen?"""
        viewer, mirror = self._canvas.viewer, self._canvas.mirror
        if self._area is not None or not viewer.visible_area().contains(mirror.area()):
            return False
        below = viewer.mapToScene(self.geometry()).boundingRect()
        return any(below.intersects(node.card_rect()) for node in mirror.nodes.values())

    # -- geometry -------------------------------------------------------------------------------------------------

    def to_map(self, place: QPointF) -> QPointF:
        """A place of the scene, in pixels of the minimap."""
        return QPointF(self._mapping().map(place))

    def to_scene(self, position: QPointF) -> QPointF:
        """A position of the minimap as a place of the scene."""
        back, _ = self._mapping().inverted()
        return QPointF(back.map(position))

    def _shown_area(self) -> QRectF:
        if self._area is not None:
            return self._area
        canvas = self._canvas
        return canvas.mirror.area().united(canvas.viewer.visible_area())

    def _mapping(self) -> QTransform:
        """From the scene to the minimap. It looks at every card: ask once for many places."""
        area = self._shown_area()
        room = QRectF(self.rect()).adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
        scale = min(room.width() / max(1.0, area.width()), room.height() / max(1.0, area.height()))
        mapping = QTransform.fromTranslate(self.rect().center().x(), self.rect().center().y())
        mapping.scale(scale, scale)
        return mapping.translate(-area.center().x(), -area.center().y())

    # -- events ---------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what is dragged on the canvas."""
        if isinstance(event, QMouseEvent) and event.buttons():
            self._draw_soon()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Look at the place that was clicked; a press inside the view's outline only takes it into the hand."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self._area = self._shown_area()
        place = self.to_scene(event.position())
        seen = self._canvas.viewer.visible_area()
        self._offset = seen.center() - place if seen.contains(place) else QPointF()
        self._look_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Take the view along."""
        if self._area is not None:
            self._look_at(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the view go."""
        self._area = None
        self._draw_soon()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the middle of the view."""
        viewer = self._canvas.viewer
        viewer.zoom_to(viewer.zoom * _WHEEL_STEP ** event.angleDelta().y())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Hide it, or fit the view."""
        menu = new_menu(self, "Minimap")
        add(menu, "Fit", self._canvas.fit, keys="Home")
        add(menu, "Hide the minimap", self.toggle, keys="Ctrl+M")
        show(menu, event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Put the picture there."""
        if self._picture is None or self._picture.devicePixelRatio() != self.devicePixelRatioF():
            self._picture = self._drawn()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()

    def _drawn(self) -> QPixmap:
        """The cards in the colours of their locations, and an outline of what is seen."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = theme.color("panel")
        ground.setAlpha(236)
        painter.setPen(QPen(theme.color("control_border"), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setClipRect(self.rect().adjusted(2, 2, -2, -2))
        mapping = self._mapping()
        seen = mapping.mapRect(self._canvas.viewer.visible_area())
        accent = theme.color("accent")
        fill = QColor(accent)
        fill.setAlpha(26)
        painter.fillRect(seen, fill)
        self._paint_marks(painter, mapping)
        self._paint_cards(painter, mapping)
        painter.setPen(QPen(accent, 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(seen, 2, 2)
        painter.end()
        return picture

    def _paint_marks(self, painter: QPainter, mapping: QTransform) -> None:
        """Frames in their colours, comments as sheets."""
        for item in self._canvas.mirror.marks.items.values():
            color = frame_color(item.frame.color) if isinstance(item, FrameItem) else theme.color("text_muted")
            painter.setPen(QPen(color, 0.8))
            color.setAlpha(40)
            painter.setBrush(color)
            painter.drawRoundedRect(mapping.mapRect(item.scene_rect()), 2, 2)

    def _paint_cards(self, painter: QPainter, mapping: QTransform) -> None:
        for item in self._canvas.mirror.nodes.values():
            card = mapping.mapRect(item.card_rect())
            card.setWidth(max(_SMALLEST_CARD, card.width()))
            card.setHeight(max(_SMALLEST_CARD, card.height()))
            color = _card_color(item.card)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawRoundedRect(card, 1.5, 1.5)
            if item.isSelected() or item.activity.error:
                ring = theme.color("bad" if item.activity.error else "text")
                painter.setPen(QPen(ring, 1.4))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(card.adjusted(-1.5, -1.5, 1.5, 1.5), 2, 2)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _look_at(self, position: QPointF) -> None:
        viewer = self._canvas.viewer
        viewer.centerOn(self.to_scene(position) + self._offset)
        viewer.view_moved.emit()

    def _look_again(self, *_: object) -> None:
        self.place()
        self._draw_soon()

    def _draw_soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start(0 if len(self._canvas.mirror.nodes) <= _MANY else _SLOW_MS)

    def _draw_again(self) -> None:
        self.place()  # now that the cards lie where the document says
        self._picture = None
        self.update()


def _card_color(card: Card) -> QColor:
    """The colour of where it runs, where it is one place."""
    if card.is_mixed or card.kind is CardKind.OUTSIDE:
        return theme.color("text_disabled")
    return theme.location_color(card.location)
