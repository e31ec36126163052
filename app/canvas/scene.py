"""The scene: the ground with its dots. The mouse is the viewer's business, so NodeGraphQt's handlers are passed by."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QTransform
from PySide6.QtWidgets import QGraphicsScene, QGraphicsSceneMouseEvent

from app import theme
from app.canvas import grid, nodegraphqt

_SMALLEST_STEP_PX = 15.0


class CanvasScene(nodegraphqt.NodeScene):
    """Ground colour and dots, drawn as one tiled picture whatever the zoom."""

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        """Fill with the ground colour, and dots where they are wished; fewer when they would lie too close."""
        painter.fillRect(rect, theme.color("canvas"))
        if not grid.current().is_shown:
            return
        scale = painter.worldTransform().m11()
        step = float(grid.current().spacing)
        while step * scale < _SMALLEST_STEP_PX:
            step *= 2
        pixels = max(4, round(step * scale * painter.device().devicePixelRatioF()))
        brush = QBrush(_tile(pixels, theme.color("canvas_grid").rgb(), painter.device().devicePixelRatioF()))
        on_points = QTransform.fromTranslate(-step / 2, -step / 2)  # a tile has its dot in the middle
        brush.setTransform(QTransform.fromScale(step / pixels, step / pixels) * on_points)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(rect, brush)

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Nothing of NodeGraphQt's: gestures are chosen by the viewer."""
        QGraphicsScene.mousePressEvent(self, event)

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Nothing of NodeGraphQt's."""
        QGraphicsScene.mouseMoveEvent(self, event)

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Nothing of NodeGraphQt's."""
        QGraphicsScene.mouseReleaseEvent(self, event)


@lru_cache(maxsize=64)
def _tile(pixels: int, color: int, ratio: float) -> QImage:
    """One dot in the middle of a transparent square."""
    tile = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor.fromRgb(color))
    radius = min(2.2, max(0.8, pixels / ratio / 20)) * ratio
    painter.drawEllipse(QPointF(pixels / 2, pixels / 2), radius, radius)
    painter.end()
    return tile
