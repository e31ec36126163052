"""Take the pictures of the examples from the real graphs, as the canvas shows them.

    python -m app.examples.pictures

Writes resources/pictures/examples/*.png, a dark and a light one of each; a test says when one is out of date.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from app import theme
from app.examples.example import CONTENT_KEY, PICTURES, Example, content_of, examples

SIZE = QSize(320, 150)
_SCALE = 2  # for screens with small pixels
_MARGIN = 22.0
_LARGEST_ZOOM = 0.62


def main() -> int:
    """Take all of them; 0 when they are written."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication(sys.argv[:1])
    app.setStyle("Fusion")
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in theme.THEMES:
        theme.apply(name)
        for example in examples():
            file = take(example, name)
            print(f"{file.relative_to(PICTURES.parents[2])}: {file.stat().st_size // 1000} kB")
    return 0


def take(example: Example, theme_name: str) -> Path:
    """Draw an example as the canvas does, and write it with the mark of its content."""
    from app.canvas.view import CanvasView
    from app.workbench import Workbench

    bench = Workbench()
    bench.graph = bench.graph.load(example.path)
    canvas = CanvasView(bench)
    canvas.resize(1280, 720)
    canvas.mirror.update()
    picture = QImage(SIZE * _SCALE, QImage.Format.Format_RGB32)
    picture.fill(theme.color("canvas"))
    painter = QPainter(picture)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    canvas.viewer.scene().render(painter, QRectF(picture.rect()), _frame(canvas.mirror.area()))
    painter.end()
    canvas.deleteLater()
    bench.deleteLater()
    picture.setText(CONTENT_KEY, content_of(example.path))
    file = example.picture(theme_name)
    picture.save(str(file), quality=0)  # 0 is the smallest file
    return file


def _frame(area: QRectF) -> QRectF:
    """The part of the scene to show: all of the graph with a margin, in the shape of the picture."""
    grown = area.adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
    zoom = min(SIZE.width() / grown.width(), SIZE.height() / grown.height(), _LARGEST_ZOOM)
    frame = QRectF(0, 0, SIZE.width() / zoom, SIZE.height() / zoom)
    frame.moveCenter(area.center())
    return frame


if __name__ == "__main__":
    sys.exit(main())
