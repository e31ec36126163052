"""`TablePlot`: the last messages as text. Works for every payload."""

from __future__ import annotations

import reprlib
import time
from collections import deque
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.plots.picture import Picture
from engine import Signal

ROWS = 100
LONGEST = 200
_EVERY_S = 0.1  # nobody reads faster
_COLUMNS = ("Tick", "Time", "Value")

_TIMES = {"time_ns", "start_time_ns"}
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Row:
    """One message as text."""

    tick: int
    time: str
    value: str


class TablePlot(Picture):
    """The last messages, the newest on top."""

    def __init__(self) -> None:
        super().__init__("table")
        self._waiting: deque[Any] = deque(maxlen=ROWS)
        self._drawn_at = 0.0
        self.model = Rows()
        self.view = QTableView()
        self.view.setModel(self.model)
        self.view.setAccessibleName("Last messages")
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.view.setWordWrap(False)
        self.view.setShowGrid(False)
        self.view.setCornerButtonEnabled(False)
        self.view.setMinimumSize(120, 60)
        self.view.verticalHeader().setVisible(False)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._put(self.view)
        self._fit_columns()

    def _fit_columns(self) -> None:
        metrics = self.view.fontMetrics()
        self.view.setColumnWidth(0, metrics.horizontalAdvance("0000000") + 24)
        self.view.setColumnWidth(1, metrics.horizontalAdvance("00:00:00.000") + 24)
        self.view.verticalHeader().setDefaultSectionSize(metrics.height() + 8)

    @property
    def is_empty(self) -> bool:
        """Has nothing come yet?"""
        return not self._waiting and not self.model.rows

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self._waiting.clear()
        self._drawn_at = 0.0
        self.model.replace([])

    def _take(self, message: Any) -> bool:
        self._waiting.append(message)
        return True

    def draw(self) -> None:
        """Show what came, a few times a second."""
        now = time.monotonic()
        if not self._waiting or now - self._drawn_at < _EVERY_S:
            return
        self._drawn_at = now
        new = [Row(message.tick, _time_text(message.time_ns), value_text(message.payload)) for message in self._waiting]
        self._waiting.clear()
        self.model.replace((new[::-1] + self.model.rows)[:ROWS])

    @property
    def has_more_to_draw(self) -> bool:
        """Did messages come that are not shown yet?"""
        return bool(self._waiting)

    def retheme(self) -> None:
        """Take the sizes of the theme in use; colours come with the style sheet."""
        self._fit_columns()


class Rows(QAbstractTableModel):
    """The rows, as Qt wants them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []

    def replace(self, rows: list[Row]) -> None:
        """Show these rows."""
        if len(rows) == len(self.rows):
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(_COLUMNS) - 1), [])
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """How many messages."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """Tick, time and value."""
        return 0 if parent.isValid() else len(_COLUMNS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The text of a cell."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            row = self.rows[index.row()]
            text = (str(row.tick), row.time, row.value)[index.column()]
            # A tool tip takes what looks like HTML for HTML.
            return f"<p>{_escape(text)}</p>" if role == Qt.ItemDataRole.ToolTipRole else text
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The name of a column."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return _COLUMNS[section]
        return None


class _Short(reprlib.Repr):
    """Reprs that are short whatever the value, and that look at little of it."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = LONGEST
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = 8
        self.maxlevel = 3

    def repr1(self, x: Any, level: int) -> str:
        if isinstance(x, np.ndarray):
            return _array_text(x)
        if isinstance(x, Signal):
            newest = ", ".join(f"{value:.4g}" for value in x.samples[-1, :8]) if x.n_samples else ""
            return f"{x!r} … {newest}{', …' if x.n_channels > 8 else ''}"
        if is_dataclass(x) and not isinstance(x, type):
            return self._fields_text(x, level)
        return super().repr1(x, level)

    def _fields_text(self, x: Any, level: int) -> str:
        """The fields of a record; its time has a column of its own."""
        shown = [field.name for field in fields(x) if field.repr and field.name not in _TIMES]
        return ", ".join(f"{name} {self.repr1(getattr(x, name), level - 1)}" for name in shown[:12])

    def repr_float(self, x: float, level: int) -> str:
        return f"{x:.6g}"


_short = _Short()


def value_text(payload: Any) -> str:
    """A payload as one line of plain text, control characters escaped; never raises."""
    try:
        text = f"{float(payload):.6g}" if isinstance(payload, np.floating) else _short.repr(payload)
    except Exception as error:  # the payload's own __repr__ may do anything
        text = f"<{type(payload).__name__} whose text cannot be made: {type(error).__name__}>"
    clean = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[: LONGEST + 1])
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"


def _array_text(array: np.ndarray[Any, Any]) -> str:
    shape = " × ".join(str(n) for n in array.shape)
    head = array.reshape(-1)[:8] if array.flags.c_contiguous else array[(0,) * max(array.ndim - 1, 0)][:8]
    values = ", ".join(f"{v:.4g}" if array.dtype.kind == "f" else str(v) for v in head.tolist())
    more = ", …" if array.size > len(head) else ""
    return f"{array.dtype} ({shape}) [{values}{more}]"


def _time_text(time_ns: int) -> str:
    try:
        return datetime.fromtimestamp(time_ns * 1e-9).strftime("%H:%M:%S.%f")[:-3]
    except (ValueError, OverflowError, OSError):
        return str(time_ns)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
