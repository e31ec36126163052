"""A wire on the canvas: a gradient between the colours of its ports, as thick as its flow."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app import theme
from app.canvas import nodegraphqt
from app.canvas.activity import IDLE_WIRE, WireActivity
from app.canvas.card_layout import LEGIBLE
from app.canvas.port_item import SIZE, PortItem
from app.canvas.wire_badge import WireBadge
from app.canvas.wire_path import wire_path
from engine import Wire

_GRIP = 12.0  # width of the area in which the mouse meets the wire
_THINNEST = 2.2
_DASHES = [3.0, 2.6]
_PRESSURE = (0.0, 0.5, 1.0)  # how much of the colour of a warning a wire has whose queue fills
_IN_SCENE = QGraphicsItem.GraphicsItemChange.ItemSceneHasChanged


class WireItem(nodegraphqt.PipeItem):
    """One wire of the document between two ports. `key` is its key in the document."""

    def __init__(self) -> None:
        self.wire: Wire | None = None
        self.activity = IDLE_WIRE
        self.crossing_note = ""  # what its tooltip says of its bridge
        self.badge = WireBadge()
        self._is_hovered = False
        self._is_faded = False
        self._is_target = False
        self._pen: QPen | None = None  # made at the first paint after a change
        super().__init__()
        self.setAcceptHoverEvents(False)
        self.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        self._dir_pointer.setVisible(False)

    @property
    def key(self) -> str:
        """Its key in the document; empty until it is shown."""
        return self.wire.key if self.wire is not None else ""

    def show_wire(self, wire: Wire) -> None:
        """Show another state of the document."""
        self.wire = wire
        self.badge.show_activity(self.activity, is_feedback=wire.feedback)
        self._place_badge()
        self.update()

    def show_crossing(self, text: str, note: str) -> None:
        """Show which bridge it gets, where it leaves its loop; the figures of a run take the place of the text."""
        self.crossing_note = note
        if self.badge.show_crossing(text):
            self._place_badge()

    def show_activity(self, activity: WireActivity) -> None:
        """Show another state of the run."""
        before, self.activity = self.activity, activity
        if activity == before:
            return
        self.badge.show_activity(activity, is_feedback=self.wire is not None and self.wire.feedback)
        self._place_badge()
        looks = [(each.weight, each.has_data, each.pressure) for each in (before, activity)]
        if looks[0] != looks[1]:
            self._pen = None
            self.update()

    def refresh(self) -> None:
        """Paint everything anew."""
        self._pen = None
        self.update()
        self.badge.update()

    # -- states of the mouse -----------------------------------------------------------------------------------

    @property
    def hovered(self) -> bool:
        """Is the mouse on it?"""
        return self._is_hovered

    @hovered.setter
    def hovered(self, value: bool) -> None:
        if value != self._is_hovered:
            self._is_hovered = value
            self.update()

    def fade(self, is_faded: bool) -> None:
        """Stand back while one of its ends is in the hand."""
        self._is_faded = is_faded
        self.badge.setOpacity(0.3 if is_faded else 1.0)
        self.update()

    def mark_target(self, is_target: bool) -> None:
        """Show that a node dropped now would be put into this wire."""
        if is_target != self._is_target:
            self._is_target = is_target
            self.update()

    # -- shape -------------------------------------------------------------------------------------------------

    def draw_path(self, start_port: Any = None, end_port: Any = None, cursor_pos: Any = None) -> None:
        """Follow the ports; called by NodeGraphQt's ports when they move."""
        output, input = self.output_port, self.input_port
        if not (isinstance(output, PortItem) and isinstance(input, PortItem)):
            return
        cards = (output.parentItem().card_rect(), input.parentItem().card_rect())
        path = wire_path(output.scene_center(), input.scene_center(), cards)
        self._pen = None
        self.setPath(path)
        self._place_badge()

    def _place_badge(self) -> None:
        """In the middle of the wire; above the cards at its ends where there is no room between them."""
        path = self.path()
        if path.isEmpty():
            return
        place = path.pointAtPercent(0.5)
        way = path.pointAtPercent(1.0) - path.pointAtPercent(0.0)
        size = self.badge.boundingRect()
        if abs(way.x()) < size.width() + 2 * SIZE and abs(way.y()) < size.height() + 2 * SIZE:
            cards = [port.parentItem().card_rect() for port in (self.output_port, self.input_port) if port is not None]
            place.setY(min((card.top() for card in cards), default=place.y()) - size.height() / 2 - 2)
        if place != self.badge.pos():
            self.badge.setPos(place)

    def boundingRect(self) -> QRectF:
        """The path with room for its thickness and glow."""
        return QRectF(self.path().controlPointRect().adjusted(-10, -10, 10, 10))

    def shape(self) -> QPainterPath:
        """A band around the path: what the mouse can meet."""
        stroker = QPainterPathStroker()
        stroker.setWidth(_GRIP)
        return stroker.createStroke(self.path())

    def nearer_end(self, position: QPointF) -> PortItem:
        """The port whose end of the wire lies nearer to a place of the scene."""

        def distance(port: PortItem) -> float:
            return (port.scene_center() - position).manhattanLength()

        ends: tuple[PortItem, PortItem] = (self.output_port, self.input_port)
        return min(ends, key=distance)

    # -- drawing -----------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the curve, with a glow when it is selected or a target."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._is_faded:
            painter.setOpacity(0.25)
        path = self.path()
        pen = self._pen or self._new_pen()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if option.levelOfDetailFromTransform(painter.worldTransform()) >= LEGIBLE:
            painter.setPen(QPen(theme.color("canvas"), pen.widthF() + 2.4))  # sets crossing wires apart
            painter.drawPath(path)
        if self.isSelected() or self._is_target or self._is_hovered:
            glow = theme.color("accent")
            glow.setAlpha(150 if self.isSelected() or self._is_target else 80)
            painter.setPen(QPen(glow, pen.widthF() + 6))
            painter.drawPath(path)
        painter.setPen(pen)
        painter.drawPath(path)

    def _new_pen(self) -> QPen:
        pen = QPen(self._gradient(), _THINNEST + self.activity.weight)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if not self.activity.has_data:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setDashPattern(_DASHES)
        self._pen = pen
        return pen

    def _gradient(self) -> QBrush:
        output, input = self.output_port, self.input_port
        if not (isinstance(output, PortItem) and isinstance(input, PortItem)):
            return QBrush(theme.color("wire"))
        gradient = QLinearGradient(output.scene_center(), input.scene_center())
        share = _PRESSURE[self.activity.pressure]
        gradient.setColorAt(0, _mixed(output.color(), theme.color("warn"), share))
        gradient.setColorAt(1, _mixed(input.color(), theme.color("warn"), share))
        return QBrush(gradient)

    # -- NodeGraphQt's own styling, not used ---------------------------------------------------------------------

    def set_pipe_styling(self, color: Any, width: int = 2, style: int = 0) -> None:
        """The look is made in `paint`."""

    def _draw_direction_pointer(self) -> None:
        """The gradient and the sides of the cards show the direction."""

    def itemChange(self, change: QGraphicsItem.GraphicsItemChange, value: Any) -> Any:
        """Take the badge along into the scene and out of it."""
        if change is _IN_SCENE:
            if self.scene() is not None:
                self.scene().addItem(self.badge)
            elif self.badge.scene() is not None:
                self.badge.scene().removeItem(self.badge)
        return value  # the stock one only sets pens that are not used


def _mixed(one: QColor, other: QColor, share: float) -> QColor:
    """A colour between two."""
    mixed = [a + (b - a) * share for a, b in zip(one.getRgbF(), other.getRgbF(), strict=True)]
    return QColor.fromRgbF(*mixed)
