"""The pictures that only the probe has: an image, a table of the newest value, and text. The others are the plots'."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QPlainTextEdit, QTableView, QWidget

from app import theme
from app.plots.figures import short
from app.plots.picture import Picture
from app.plots.pictures import make_picture
from app.plots.table import value_text
from app.probe.looks import Grid, Look, grid_of, is_image

MAX_TEXT = 4000
_MAX_SIDE = 512  # of an image; larger ones are thinned out
_Index = QModelIndex | QPersistentModelIndex


def picture_for(look: Look) -> Picture:
    """A picture with this look."""
    if look is Look.IMAGE:
        return ImagePicture()
    if look is Look.GRID:
        return GridPicture()
    if look is Look.TEXT:
        return TextPicture()
    made = make_picture(look.value)
    assert made is not None, look
    return made


class _Newest(Picture):
    """Keeps the newest payload alone."""

    def __init__(self, what: str, content: QWidget) -> None:
        super().__init__(what)
        self.payload: Any = None
        self._has_payload = False
        self._put(content)

    @property
    def is_empty(self) -> bool:
        """Has nothing come yet?"""
        return not self._has_payload

    def clear(self) -> None:
        """Forget it."""
        super().clear()
        self.payload, self._has_payload = None, False

    def _take(self, message: Any) -> bool:
        self.payload, self._has_payload = message.payload, True
        return True


class TextPicture(_Newest):
    """A text as it is; anything else by its `repr`."""

    def __init__(self) -> None:
        self.view = QPlainTextEdit(readOnly=True)
        self.view.setAccessibleName("Newest value")
        super().__init__("text", self.view)

    def draw(self) -> None:
        """Show the text."""
        payload = self.payload
        text = payload[:MAX_TEXT] if isinstance(payload, str) else value_text(payload)
        if text != self.view.toPlainText():
            self.view.setPlainText(text)


class GridPicture(_Newest):
    """The parts of the newest value in rows."""

    def __init__(self) -> None:
        self.model = _GridModel()
        self.view = QTableView()
        self.view.setModel(self.model)
        self.view.setAccessibleName("Newest value")
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setShowGrid(False)
        self.view.setCornerButtonEnabled(False)
        self.view.verticalHeader().setDefaultSectionSize(self.view.fontMetrics().height() + 6)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        super().__init__("table", self.view)

    def _take(self, message: Any) -> bool:
        return super()._take(message) and grid_of(message.payload) is not None

    def draw(self) -> None:
        """Show the rows."""
        grid = grid_of(self.payload) if self._has_payload else None
        if grid is not None:
            self.model.replace(grid)


class _GridModel(QAbstractTableModel):
    """A grid, as Qt wants it."""

    def __init__(self) -> None:
        super().__init__()
        self.grid = Grid((), (), ())

    def replace(self, grid: Grid) -> None:
        """Show another grid."""
        before, self.grid = self.grid, grid
        if (before.headers, before.names) != (grid.headers, grid.names):
            self.beginResetModel()
            self.endResetModel()
        elif grid.cells:
            self.dataChanged.emit(self.index(0, 0), self.index(len(grid.cells) - 1, len(grid.headers) - 1), [])

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """How many rows."""
        return 0 if parent.isValid() else len(self.grid.cells)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """How many columns."""
        return 0 if parent.isValid() else len(self.grid.headers)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The text of a cell."""
        return self.grid.cells[index.row()][index.column()] if role == Qt.ItemDataRole.DisplayRole else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The name of a column or row."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return (self.grid.headers if orientation == Qt.Orientation.Horizontal else self.grid.names)[section]


class ImagePicture(_Newest):
    """An array as an image: grey from its least to its greatest value, or its colours."""

    def __init__(self) -> None:
        self.canvas = _ImageCanvas()
        super().__init__("image", self.canvas)

    @property
    def info(self) -> str:
        """Its size and range."""
        if not isinstance(self.payload, np.ndarray):
            return ""
        height, width = self.payload.shape[:2]
        return f"{width} × {height}, {short(self.canvas.low)} … {short(self.canvas.high)}"

    def _take(self, message: Any) -> bool:
        return super()._take(message) and is_image(message.payload)

    def draw(self) -> None:
        """Show it."""
        if self._has_payload and is_image(self.payload):
            self.canvas.show_array(self.payload)

    def retheme(self) -> None:
        """Paint anew."""
        self.canvas.update()


class _ImageCanvas(QWidget):
    """Paints one image as large as it fits, its proportions kept."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Newest image")
        self.low = self.high = 0.0
        self._image = QImage()

    def show_array(self, array: NDArray[Any]) -> None:
        """Show an array (height, width) or (height, width, 3 or 4)."""
        step = max(1, max(array.shape[:2]) // _MAX_SIDE)
        part = np.asarray(array[::step, ::step], dtype=np.float64)
        finite = part[np.isfinite(part)]
        self.low, self.high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        if array.dtype == np.uint8 and array.ndim == 3:
            bytes_ = np.ascontiguousarray(array[::step, ::step])
        else:
            span = (self.high - self.low) or 1.0
            scaled = np.nan_to_num((part - self.low) / span, nan=0.0, posinf=1.0, neginf=0.0)
            bytes_ = np.ascontiguousarray((scaled * 255).astype(np.uint8))
        height, width = bytes_.shape[:2]
        formats = {2: QImage.Format.Format_Grayscale8, 3: QImage.Format.Format_RGB888, 4: QImage.Format.Format_RGBA8888}
        form = formats[2 if bytes_.ndim == 2 else bytes_.shape[2]]
        self._image = QImage(bytes_.tobytes(), width, height, bytes_.strides[0], form).copy()
        self.setAccessibleDescription(f"{array.shape[1]} by {array.shape[0]}, {short(self.low)} to {short(self.high)}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in the middle."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("field"))
        if not self._image.isNull():
            size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(0, 0, size.width(), size.height())
            place.moveCenter(self.rect().center())
            painter.drawImage(place, self._image)
        painter.end()
