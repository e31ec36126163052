"""Painting a card: rounded, its header tinted with the colour of its location, a band on the left, plain text."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPainterPath, QPen, QPolygonF

from app import theme
from app.canvas.activity import LOAD_STEPS, NodeActivity
from app.canvas.card import Card, CardKind
from app.canvas.card_layout import (
    BAND,
    ERROR,
    ERROR_INDENT,
    ERROR_LINE,
    HEADER,
    RADIUS,
    CardLayout,
    Part,
    card_font,
    error_lines,
    faces,
)
from app.canvas.state_shapes import paint_state

SHADOW = 10.0
STACK = 3.5  # how far each card behind that of a group looks out
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_BUSY = 0.8  # a load from here on is drawn as a warning


@dataclass(frozen=True, slots=True)
class CardLook:
    """All that decides how a card is painted."""

    card: Card
    layout: CardLayout
    activity: NodeActivity
    is_selected: bool
    hovered: Part | None
    is_emphasized: bool
    is_found: bool
    exposed: QRectF
    is_legible: bool


def paint_card(painter: QPainter, look: CardLook) -> None:
    """Draw what is exposed of the card: the figures change ten times a second, the rest hardly ever."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    body = look.layout.size
    if look.layout.strip.adjusted(-1, -1, 1, 1).contains(look.exposed):
        painter.fillRect(look.exposed, theme.color("card"))
        _paint_strip(painter, look)
        return
    outline = QPainterPath()
    outline.addRoundedRect(body, RADIUS, RADIUS)
    _paint_shadow(painter, body)
    if look.card.kind is CardKind.GROUP:
        _paint_stack(painter, look, body)
    painter.fillPath(outline, theme.color("card"))
    location_color = _location_color(look.card)
    painter.save()
    painter.setClipPath(outline, Qt.ClipOperation.IntersectClip)
    _paint_header(painter, look, location_color)
    painter.restore()
    _paint_title(painter, look)
    _paint_port_names(painter, look)
    _paint_chip(painter, look, location_color)
    _paint_strip(painter, look)
    _paint_error(painter, look)
    _paint_border(painter, look, outline)


def _paint_shadow(painter: QPainter, body: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    shade = QColor(0, 0, 0, 9 if theme.tokens.theme == "dark" else 5)
    painter.setBrush(shade)
    for spread in range(int(SHADOW) - 1, 0, -2):
        grown = body.adjusted(-spread, -spread + 3, spread, spread)
        painter.drawRoundedRect(grown, RADIUS + spread, RADIUS + spread)


def _location_color(card: Card) -> QColor:
    if card.is_mixed or card.kind is CardKind.OUTSIDE:
        return theme.color("text_muted")
    return theme.location_color(card.location)


def _paint_stack(painter: QPainter, look: CardLook, body: QRectF) -> None:
    """The cards behind the card of a group: what says that it is more than one."""
    painter.setPen(QPen(theme.color("accent" if look.is_selected else "control_border"), 1))
    painter.setBrush(theme.color("card_header"))
    for step in (2, 1):
        painter.drawRoundedRect(body.translated(STACK * step, STACK * step), RADIUS, RADIUS)


def _paint_header(painter: QPainter, look: CardLook, color: QColor) -> None:
    header = QRectF(0, 0, look.layout.size.width(), HEADER)
    painter.fillRect(header, theme.color("card_header"))
    tint = QLinearGradient(header.topLeft(), header.topRight())
    strong, weak = QColor(color), QColor(color)
    strong.setAlpha(95)
    weak.setAlpha(28)
    tint.setColorAt(0, strong)
    tint.setColorAt(1, weak)
    painter.fillRect(header, QBrush(tint))
    painter.fillRect(QRectF(0, 0, BAND, look.layout.size.height()), color)


def _paint_title(painter: QPainter, look: CardLook) -> None:
    _paint_icon(painter, look)
    painter.setFont(card_font(13, bold=True))
    painter.setPen(theme.color("text"))
    _draw_text(painter, look.layout.title, _LEFT, look.card.label)
    if look.card.kind is not CardKind.OUTSIDE:
        paint_state(painter, look.activity.state, look.layout.state.center(), 12)


def _paint_icon(painter: QPainter, look: CardLook) -> None:
    """The icon of the node type, as many pixels large as it is on the screen."""
    area = look.layout.icon
    icon = theme.icon(look.card.icon)
    if icon.isNull():
        icon = theme.icon("node" if look.card.is_known else "warning")
    pixels = math.ceil(area.width() * painter.deviceTransform().m11())
    picture = icon.pixmap(QSize(pixels, pixels), 1.0)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(area, picture, QRectF(picture.rect()))


def _paint_port_names(painter: QPainter, look: CardLook) -> None:
    painter.setFont(card_font(11))
    for index, face in faces(look.card):
        rect = look.layout.port_label(index, is_input=face.is_input)
        is_lost = look.card.is_known and not face.is_known
        painter.setPen(theme.color("bad" if is_lost else "text_muted" if face.optional else "text"))
        _draw_text(painter, rect, _LEFT if face.is_input else _RIGHT, f"{face.text} ?" if is_lost else face.text)


def _paint_chip(painter: QPainter, look: CardLook, color: QColor) -> None:
    chip = look.layout.chip
    if chip.isEmpty():
        return
    is_hovered = look.hovered is Part.LOCATION
    painter.setPen(QPen(theme.color("accent" if is_hovered else "control_border"), 1))
    painter.setBrush(theme.color("control_hover" if is_hovered else "field"))
    painter.drawRoundedRect(chip.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(QPointF(chip.left() + 12, chip.center().y()), 4, 4)
    painter.setFont(card_font(11))
    painter.setPen(theme.color("text"))
    _draw_text(painter, chip.adjusted(22, 0, -22, 0), _LEFT, look.card.location_label)
    x, y = chip.right() - 12, chip.center().y() - 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("text_muted"))
    painter.drawPolygon(QPolygonF([QPointF(x - 4, y), QPointF(x + 4, y), QPointF(x, y + 5)]))


def _paint_strip(painter: QPainter, look: CardLook) -> None:
    strip, activity = look.layout.strip, look.activity
    if not look.is_legible or strip.isEmpty():
        return
    painter.setFont(card_font(10))
    painter.setPen(theme.color("text_muted"))
    if activity.state == "idle":
        _draw_text(painter, strip, _LEFT, look.card.subtitle)
        return
    turns = f"  ↻{activity.restarts}" if activity.restarts else ""
    _draw_text(painter, strip.adjusted(0, 0, -54, 0), _LEFT, (activity.rate or activity.state) + turns)
    if not activity.rate:
        return
    bar = QRectF(strip.right() - 46, strip.center().y() - 2, 46, 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("control_pressed"))
    painter.drawRoundedRect(bar, 2, 2)
    share = activity.load / LOAD_STEPS
    if share > 0:
        painter.setBrush(theme.color("warn" if share >= _BUSY else "good"))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(4.0, bar.width() * share), bar.height()), 2, 2)


def _paint_error(painter: QPainter, look: CardLook) -> None:
    strip = look.layout.error
    if strip is None:
        return
    is_hovered, is_warning = look.hovered is Part.ERROR, look.activity.is_warning
    edge, fill = ("warn_border", "warn_fill") if is_warning else ("bad_border", "bad_fill")
    painter.setPen(QPen(theme.color("accent" if is_hovered else edge), 1))
    painter.setBrush(theme.color("bad_hover" if is_hovered and not is_warning else fill))
    painter.drawRoundedRect(strip.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
    sign = look.activity.state if is_warning else "failed"
    paint_state(painter, sign, QPointF(strip.left() + 12, strip.top() + ERROR / 2), 10)
    painter.setFont(card_font(11))
    painter.setPen(theme.color("on_fill"))
    text = strip.adjusted(ERROR_INDENT - 7, 0, -7, 0)
    for index, line in enumerate(error_lines(look.activity.error, text.width())):
        top = text.top() + (ERROR - ERROR_LINE) / 2 + index * ERROR_LINE
        _draw_text(painter, QRectF(text.left(), top, text.width(), ERROR_LINE), _LEFT, line)


def _paint_border(painter: QPainter, look: CardLook, outline: QPainterPath) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    is_bad = look.layout.error is not None
    bad = "warn" if look.activity.is_warning else "bad"
    if look.is_found:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("warn"), 2.2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(look.layout.size.adjusted(-4, -4, 4, 4), RADIUS + 4, RADIUS + 4)
    if look.is_selected or look.is_emphasized:
        glow = theme.color("accent")
        glow.setAlpha(70)
        painter.setPen(QPen(glow, 6))
        painter.drawPath(outline)
    pen = QPen(theme.color(bad if is_bad else "accent" if look.is_selected else "control_border"))
    pen.setWidthF(2.2 if look.is_selected else 1.8 if is_bad else 1.0)
    if look.card.kind is CardKind.OUTSIDE:
        pen.setDashPattern([2, 3])
    if not look.card.is_known:
        pen = QPen(theme.color("accent" if look.is_selected else "warn"), pen.widthF() + 0.4)
        pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.drawPath(outline)


def _draw_text(painter: QPainter, rect: QRectF, alignment: Qt.AlignmentFlag, text: str) -> None:
    fitted = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()))
    painter.drawText(rect, alignment | Qt.TextFlag.TextSingleLine, fitted)
