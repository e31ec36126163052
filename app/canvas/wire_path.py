"""The way of a wire over the canvas: a curve forwards, a rounded detour when the input lies behind the output."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

_STUB = 26.0  # how far a detour runs straight out of a port
_CORNER = 14.0
_CLEARANCE = 22.0


def wire_path(start: QPointF, end: QPointF, obstacles: tuple[QRectF, ...] = ()) -> QPainterPath:
    """The path from an output to an input.

    Args:
        start: the output, in scene units.
        end: the input.
        obstacles: the cards of the two nodes, which a detour goes around.
    """
    reach = end.x() - start.x()
    if reach >= _STUB or (reach > -2 * _STUB and not obstacles):
        return _curve(start, end)
    return _detour(start, end, obstacles)


def _curve(start: QPointF, end: QPointF) -> QPainterPath:
    distance = math.hypot(end.x() - start.x(), end.y() - start.y())
    pull = max(28.0, min(160.0, abs(end.x() - start.x()) * 0.5 + distance * 0.06))
    path = QPainterPath(start)
    path.cubicTo(QPointF(start.x() + pull, start.y()), QPointF(end.x() - pull, end.y()), end)
    return path


def _detour(start: QPointF, end: QPointF, obstacles: tuple[QRectF, ...]) -> QPainterPath:
    right, left = start.x() + _STUB, end.x() - _STUB
    return _rounded([start, QPointF(right, start.y()), *_lane(right, left, start, end, obstacles), end])


def _lane(right: float, left: float, start: QPointF, end: QPointF, obstacles: tuple[QRectF, ...]) -> list[QPointF]:
    """The corners between leaving the output and reaching the input: through a gap between the cards, else below."""
    level = (start.y() + end.y()) / 2
    if obstacles:
        upper, lower = sorted(obstacles, key=lambda card: card.top())[0], max(obstacles, key=lambda card: card.top())
        if lower.top() - upper.bottom() > _CLEARANCE:
            level = (upper.bottom() + lower.top()) / 2
        else:
            level = max(card.bottom() for card in obstacles) + _CLEARANCE
    return [QPointF(right, level), QPointF(left, level), QPointF(left, end.y())]


def _rounded(corners: list[QPointF]) -> QPainterPath:
    path = QPainterPath(corners[0])
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        enter = _toward(corner, before)
        leave = _toward(corner, after)
        path.lineTo(enter)
        path.quadTo(corner, leave)
    path.lineTo(corners[-1])
    return path


def _toward(corner: QPointF, other: QPointF) -> QPointF:
    """The point from which a corner is rounded: at most half way to the next one."""
    distance = math.hypot(other.x() - corner.x(), other.y() - corner.y())
    if distance == 0:
        return QPointF(corner)
    share = min(_CORNER, distance / 2) / distance
    return corner + (other - corner) * share
