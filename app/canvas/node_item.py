"""A node on the canvas: a card with its ports, kept equal to the document and to the run by the mirror."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.canvas import nodegraphqt
from app.canvas.activity import IDLE_NODE, NodeActivity
from app.canvas.card import Card
from app.canvas.card_layout import LEGIBLE, RADIUS, CardLayout, Part, lay_out
from app.canvas.card_painter import SHADOW, CardLook, paint_card
from app.canvas.port_item import PortItem


class NodeItem(nodegraphqt.AbstractNodeItem):
    """One node. It changes by `show_card`, `show_activity` and its position only; it never edits the document."""

    def __init__(self, card: Card) -> None:
        super().__init__(card.label)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsMovable, False)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption, True)
        self.card = card
        self.activity = IDLE_NODE
        self.layout: CardLayout = lay_out(card)
        self.inputs: list[PortItem] = []
        self.outputs: list[PortItem] = []
        self._hovered_part: Part | None = None
        self._is_emphasized = False
        self._is_found = False
        self._is_legible = True  # at the last paint; before the first, nothing is known
        self._properties["id"] = card.id
        self._properties["visible"] = True
        self.setToolTip("")
        self._make_ports()
        self._place_ports()

    # -- what the document and the run say --------------------------------------------------------------------

    def show_card(self, card: Card) -> None:
        """Show another state of the document. Call it with other ports only while none of them has a wire."""
        before, self.card = self.card, card
        self._properties["name"] = card.label
        has_other_ports = (before.inputs, before.outputs) != (card.inputs, card.outputs)
        if has_other_ports:
            self._drop_ports()
            self._make_ports()
        self._arrange()
        if has_other_ports:
            self._place_ports()  # they may be as many as before, and the card no other

    def show_activity(self, activity: NodeActivity) -> None:
        """Show another state of the run; repaints only the part that changed."""
        before, self.activity = self.activity, activity
        if activity == before:
            return
        if (before.error, before.is_warning) != (activity.error, activity.is_warning):
            self._arrange()
            return
        if before.state != activity.state:
            self.update(self.layout.state)
        if not self._is_legible:
            return  # the figures are not drawn; another zoom draws everything
        figures = (activity.rate, activity.load, activity.state, activity.restarts)
        if (before.rate, before.load, before.state, before.restarts) != figures:
            self.update(self.layout.strip)

    def refresh(self) -> None:
        """Paint everything anew, after a change of theme or font."""
        self._arrange()
        for port in self.ports():
            port.update()

    # -- parts -------------------------------------------------------------------------------------------------

    def ports(self) -> list[PortItem]:
        """Inputs, then outputs."""
        return [*self.inputs, *self.outputs]

    def port(self, name: str, *, is_input: bool) -> PortItem | None:
        """The port of a name on one side; None when there is none."""
        side = self.inputs if is_input else self.outputs
        return next((port for port in side if port.face.name == name), None)

    def port_of(self, node: str, name: str, *, is_input: bool) -> PortItem | None:
        """The port of a node that this is the card of, or that lies in its group; None when it shows none."""
        side = self.inputs if is_input else self.outputs
        return next((port for port in side if port.face.name == name and port.node_id == node), None)

    def part_at(self, scene_position: QPointF) -> Part | None:
        """Which part of the card lies at a place of the scene; None outside."""
        return self.layout.part_at(self.mapFromScene(scene_position))

    @property
    def hovered_part(self) -> Part | None:
        """The part that the mouse is on."""
        return self._hovered_part

    @hovered_part.setter
    def hovered_part(self, part: Part | None) -> None:
        before, self._hovered_part = self._hovered_part, part
        for rect, owner in ((self.layout.chip, Part.LOCATION), (self.layout.error, Part.ERROR)):
            if rect is not None and (before is owner) != (part is owner):
                self.update(rect.adjusted(-1, -1, 1, 1))

    @property
    def is_emphasized(self) -> bool:
        """Is it the one that a wire in flight would go to?"""
        return self._is_emphasized

    @is_emphasized.setter
    def is_emphasized(self, value: bool) -> None:
        if value != self._is_emphasized:
            self._is_emphasized = value
            self.update()

    @property
    def is_found(self) -> bool:
        """Is it among what was searched for?"""
        return self._is_found

    @is_found.setter
    def is_found(self, value: bool) -> None:
        if value != self._is_found:
            self._is_found = value
            self.update()

    # -- drawing -----------------------------------------------------------------------------------------------

    def boundingRect(self) -> QRectF:
        """The card with its shadow."""
        return self.layout.size.adjusted(-SHADOW, -SHADOW, SHADOW, SHADOW)

    def shape(self) -> QPainterPath:
        """The card without its shadow: what the mouse can meet."""
        path = QPainterPath()
        path.addRoundedRect(self.layout.size, RADIUS, RADIUS)
        return path

    def card_rect(self) -> QRectF:
        """The card in scene coordinates."""
        return QRectF(self.mapRectToScene(self.layout.size))

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the card; the ports draw themselves."""
        self._is_legible = option.levelOfDetailFromTransform(painter.worldTransform()) >= LEGIBLE
        look = CardLook(
            self.card,
            self.layout,
            self.activity,
            self.isSelected(),
            self._hovered_part,
            self._is_emphasized,
            self._is_found,
            exposed=option.exposedRect,
            is_legible=self._is_legible,
        )
        paint_card(painter, look)

    def _arrange(self) -> None:
        layout = lay_out(self.card, self.activity.error)
        if layout != self.layout:
            self.prepareGeometryChange()
            self.layout = layout
            self._width, self._height = layout.size.width(), layout.size.height()
            self._place_ports()
        self.update()

    def _make_ports(self) -> None:
        self.inputs = [PortItem(self, face.node or self.card.id, face) for face in self.card.inputs]
        self.outputs = [PortItem(self, face.node or self.card.id, face) for face in self.card.outputs]

    def _drop_ports(self) -> None:
        for port in self.ports():
            port.setParentItem(None)
            if port.scene() is not None:
                port.scene().removeItem(port)
        self.inputs, self.outputs = [], []

    def _place_ports(self) -> None:
        for side in (self.inputs, self.outputs):
            for index, port in enumerate(side):
                port.setPos(self.layout.port_position(index, is_input=port.is_input))
