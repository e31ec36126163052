"""Which look suits a payload, and the payload as the rows of a table. Imports neither Qt nor pyqtgraph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np

from app.plots.payloads import array_of, number_of, spectrum_of
from app.plots.table import value_text
from engine import Signal

MAX_ROWS = 64
MAX_COLUMNS = 16
_LEAST_IMAGE = 8  # pixels each way; smaller ones are read as numbers
_COLORS = (3, 4)


class Look(Enum):
    """How a value is drawn."""

    SCOPE = "scope"
    SPECTRUM = "spectrum"
    NUMBER = "number"
    IMAGE = "image"
    GRID = "grid"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of text: `headers` of the columns, `names` of the rows, `cells` by row."""

    headers: tuple[str, ...]
    names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]


def look_of(payload: Any) -> Look:
    """The look that says most of a payload."""
    if isinstance(payload, Signal):
        return Look.SCOPE
    if spectrum_of(payload) is not None:
        return Look.SPECTRUM
    if is_image(payload):
        return Look.IMAGE
    if number_of(payload) is not None:
        return Look.NUMBER
    if isinstance(payload, np.ndarray) and payload.ndim == 1 and payload.size > 1 and array_of(payload) is not None:
        return Look.SCOPE
    return Look.GRID if grid_of(payload) is not None else Look.TEXT


def is_image(payload: Any) -> bool:
    """Is it an array of grey values or colours, large enough to be looked at?"""
    if not isinstance(payload, np.ndarray) or payload.dtype.kind not in "fiub":
        return False
    is_grey = payload.ndim == 2
    is_color = payload.ndim == 3 and payload.shape[2] in _COLORS
    return (is_grey or is_color) and min(payload.shape[:2]) >= _LEAST_IMAGE


def grid_of(payload: Any) -> Grid | None:
    """A payload with parts as a table; None when it has none, or is better read as text."""
    if isinstance(payload, np.ndarray):
        return _array_grid(payload) if payload.ndim == 2 and payload.size else None
    if isinstance(payload, Mapping):
        parts = [(str(name), value) for name, value in payload.items()]
    elif is_dataclass(payload) and not isinstance(payload, type):
        parts = [(field.name, getattr(payload, field.name, None)) for field in fields(payload)]
    elif isinstance(payload, (list, tuple)):
        if payload and all(isinstance(row, Mapping) for row in payload):
            return _records_grid(payload)
        parts = [(str(index), value) for index, value in enumerate(payload[: MAX_ROWS + 1])]
    else:
        return None
    if not parts:
        return None
    shown = parts[:MAX_ROWS]
    return Grid(("Value",), tuple(name for name, _ in shown), tuple((value_text(value),) for _, value in shown))


def _array_grid(array: np.ndarray[Any, Any]) -> Grid:
    part = array[:MAX_ROWS, :MAX_COLUMNS]
    cells = tuple(tuple(value_text(value) for value in row) for row in part)
    return Grid(tuple(str(i) for i in range(part.shape[1])), tuple(str(i) for i in range(part.shape[0])), cells)


def _records_grid(records: Any) -> Grid:
    shown = list(records[:MAX_ROWS])
    headers = tuple(dict.fromkeys(str(name) for record in shown for name in record))[:MAX_COLUMNS]
    cells = tuple(
        tuple(value_text(values[name]) if name in values else "" for name in headers)
        for values in ({str(name): value for name, value in record.items()} for record in shown)
    )
    return Grid(headers, tuple(str(i) for i in range(len(shown))), cells)
