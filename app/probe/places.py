"""Where a probe goes: near the middle of its wire, on the canvas, where it hides the least of the cards. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QRect, QSize

BESIDE = 18  # pixels between the wire and its probe
_EDGE = 6
_FAR = 40  # so many pixels of a card hidden are as bad as one pixel further away


def place_beside(middle: QPoint, size: QSize, room: QSize, taken: Iterable[QRect]) -> QPoint:
    """The upper left corner of a probe.

    Args:
        middle: of the wire.
        size: of the probe.
        room: size of the canvas.
        taken: where the cards are.
    """
    cards = list(taken)
    width, height = size.width(), size.height()
    lowest, rightmost = max(_EDGE, room.height() - height - _EDGE), max(_EDGE, room.width() - width - _EDGE)

    def badness(place: QPoint) -> float:
        probe = QRect(place, size)
        hidden = 0
        for card in cards:
            common = probe.intersected(card)
            hidden += max(0, common.width()) * max(0, common.height())
        away = (place + QPoint(width // 2, height // 2) - middle).manhattanLength()
        covers_wire = probe.contains(middle)
        return hidden / _FAR + away + (room.width() if covers_wire else 0)

    columns = (middle.x() - width // 2, middle.x() + BESIDE, middle.x() - width - BESIDE)
    rows = (middle.y() + BESIDE, middle.y() - height - BESIDE, _EDGE, lowest)
    places = [QPoint(min(rightmost, max(_EDGE, x)), min(lowest, max(_EDGE, y))) for y in rows for x in columns]
    return min(places, key=badness)
