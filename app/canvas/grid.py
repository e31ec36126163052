"""The grid of the canvas: is it shown, do nodes snap to it, and how wide is it. Kept between sessions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, QPointF, Signal

from app.document.settings import settings

SPACINGS = (12, 24, 48)


@dataclass(frozen=True, slots=True)
class Grid:
    """How the grid is; spacing in scene units."""

    is_shown: bool = True
    snaps: bool = False
    spacing: int = 24

    def snapped(self, place: QPointF) -> QPointF:
        """A place on whole units; where nodes snap, the nearest point of the grid."""
        step = self.spacing if self.snaps else 1
        return QPointF(round(place.x() / step) * step, round(place.y() / step) * step)


class _Notifier(QObject):
    changed = Signal()


_notifier = _Notifier()
changed = _notifier.changed
_current = Grid()


def current() -> Grid:
    """The grid in use."""
    return _current


def load() -> None:
    """Take the grid that this user has chosen; what cannot be read is as at first."""
    stored = settings()
    spacing = str(stored.value("grid/spacing", Grid().spacing))
    _use(
        Grid(
            is_shown=_is_true(stored.value("grid/shown", True)),
            snaps=_is_true(stored.value("grid/snap", False)),
            spacing=int(spacing) if spacing.isdigit() and int(spacing) in SPACINGS else Grid().spacing,
        )
    )


def change(**changes: Any) -> None:
    """Change the grid from now on, also in later sessions: `is_shown`, `snaps`, `spacing`."""
    grid = replace(_current, **changes)
    stored = settings()
    for key, value in (("shown", grid.is_shown), ("snap", grid.snaps), ("spacing", grid.spacing)):
        stored.setValue(f"grid/{key}", value)
    _use(grid)


def _use(grid: Grid) -> None:
    global _current
    if grid != _current:
        _current = grid
        changed.emit()


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
