"""The state of a node as a shape: each state has a form of its own, so that colour is never the only carrier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF

from app import theme


@dataclass(frozen=True, slots=True)
class StateShape:
    """How one state looks and reads: a colour token, a path in a box of 12 x 12, filled or stroked, and its words."""

    token: str
    words: str
    path: Callable[[], QPainterPath]
    is_filled: bool = False


def _ring() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QRectF(2, 2, 8, 8))
    return path


def _dashes() -> QPainterPath:
    path = QPainterPath()
    for start in range(0, 360, 60):
        path.arcMoveTo(QRectF(2, 2, 8, 8), start)
        path.arcTo(QRectF(2, 2, 8, 8), start, 32)
    return path


def _square() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(2.5, 2.5, 7, 7), 1, 1)
    return path


def _tick() -> QPainterPath:
    path = QPainterPath(QPointF(2, 6.5))
    path.lineTo(5, 9.5)
    path.lineTo(10.5, 2.5)
    return path


def _clock() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QRectF(1.2, 1.2, 9.6, 9.6))
    path.moveTo(6, 3.6)
    path.lineTo(6, 6.3)
    path.lineTo(8, 7.3)
    return path


def _triangle() -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(6, 0.8), QPointF(11.6, 11), QPointF(0.4, 11)]))
    path.closeSubpath()
    bar = QPainterPath()
    bar.addRect(QRectF(5.3, 4, 1.4, 3.6))
    bar.addRect(QRectF(5.3, 8.5, 1.4, 1.4))
    return path.subtracted(bar)


def _cross() -> QPainterPath:
    path = QPainterPath(QPointF(2, 2))
    path.lineTo(10, 10)
    path.moveTo(10, 2)
    path.lineTo(2, 10)
    return path


def _broken() -> QPainterPath:
    path = _cross()
    path.addRect(QRectF(0, 0, 12, 12))
    return path


def _turn() -> QPainterPath:
    path = QPainterPath()
    path.arcMoveTo(QRectF(2, 2, 8, 8), 60)
    path.arcTo(QRectF(2, 2, 8, 8), 60, 290)
    path.moveTo(8.2, 0.4)
    path.lineTo(8.4, 3.2)
    path.lineTo(5.6, 3.4)
    return path


SHAPES = {
    "preparing": StateShape("info", "preparing: its computer gets ready", _dashes),
    "ready": StateShape("info", "ready: waits for the start", _ring),
    "running": StateShape("good", "running", _ring, is_filled=True),
    "restarting": StateShape("warn", "restarting: its process died and is started again", _turn),
    "late": StateShape("warn", "late: holds its loop too long", _clock),
    "ended": StateShape("text_muted", "ended: its stream is through", _tick),
    "stopped": StateShape("text_muted", "stopped", _square, is_filled=True),
    "error": StateShape("bad", "running, but a message failed", _triangle, is_filled=True),
    "failed": StateShape("bad", "failed", _triangle, is_filled=True),
    "dead": StateShape("bad", "dead: its computer died or was killed", _cross),
    "abandoned": StateShape("bad", "abandoned: its thread does not return", _broken),
}


def state_words(state: str) -> str:
    """The state as people read it."""
    return SHAPES[state].words if state in SHAPES else state


def paint_state(painter: QPainter, state: str, center: QPointF, size: float) -> None:
    """Draw the shape of a state in a square of `size` scene units around a point; unknown states and idle draw none."""
    shape = SHAPES.get(state)
    if shape is None:
        return
    color = theme.color(shape.token)
    painter.save()
    painter.translate(center.x() - size / 2, center.y() - size / 2)
    painter.scale(size / 12, size / 12)
    if shape.is_filled:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
    else:
        pen = QPen(color, 1.8)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(shape.path())
    painter.restore()
