"""The canvas's own keys, as data. The window's shortcuts (undo, copy, save ...) are the window's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.canvas import grid
from app.canvas.gestures.moving import Moving

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_NUDGE = 12.0
_NONE = Qt.KeyboardModifier.NoModifier
_CTRL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_CTRL_SHIFT = _CTRL | _SHIFT

Action = Callable[["CanvasView"], object]


def _nudge(x: float, y: float) -> Action:
    def nudge(canvas: CanvasView) -> None:
        moved = Moving(canvas).places()
        now = grid.current()
        share = now.spacing / _NUDGE if now.snaps else 1.0
        if moved:
            canvas.workbench.move({id: (left + share * x, top + share * y) for id, (left, top) in moved.items()})

    return nudge


def _resize(x: float, y: float) -> Action:
    return lambda canvas: canvas.marking.resize_selected(x, y)


def _open(canvas: CanvasView) -> None:
    """Look inside the selected group, or open the selected frame or comment for typing."""
    if not canvas.levels.enter_selected():
        canvas.marking.edit_selected()


_ACTIONS: dict[tuple[Qt.Key, Qt.KeyboardModifier], Action] = {
    (Qt.Key.Key_Delete, _NONE): lambda canvas: canvas.delete_selected(),
    (Qt.Key.Key_Backspace, _NONE): lambda canvas: canvas.delete_selected(),
    (Qt.Key.Key_Tab, _NONE): lambda canvas: canvas.search_to_add(),
    (Qt.Key.Key_F2, _NONE): lambda canvas: canvas.rename_selected(),
    (Qt.Key.Key_Home, _NONE): lambda canvas: canvas.fit(),
    (Qt.Key.Key_0, _CTRL): lambda canvas: canvas.zoom_to(1.0),
    (Qt.Key.Key_Escape, _NONE): lambda canvas: canvas.levels.clear_or_leave(),
    (Qt.Key.Key_Return, _NONE): _open,
    (Qt.Key.Key_Enter, _NONE): _open,
    (Qt.Key.Key_Down, _CTRL): lambda canvas: canvas.levels.enter_selected(),
    (Qt.Key.Key_Up, _CTRL): lambda canvas: canvas.levels.leave(),
    (Qt.Key.Key_G, _CTRL): lambda canvas: canvas.levels.group_selected(),
    (Qt.Key.Key_G, _CTRL_SHIFT): lambda canvas: canvas.levels.ungroup_selected(),
    (Qt.Key.Key_Right, _CTRL): lambda canvas: canvas.focus_next(1),
    (Qt.Key.Key_Left, _CTRL): lambda canvas: canvas.focus_next(-1),
    (Qt.Key.Key_F, _CTRL_SHIFT): lambda canvas: canvas.marking.frame_selected(),
    (Qt.Key.Key_M, _CTRL_SHIFT): lambda canvas: canvas.marking.add_comment(),
    (Qt.Key.Key_Left, _SHIFT): _resize(-_NUDGE, 0),
    (Qt.Key.Key_Right, _SHIFT): _resize(_NUDGE, 0),
    (Qt.Key.Key_Up, _SHIFT): _resize(0, -_NUDGE),
    (Qt.Key.Key_Down, _SHIFT): _resize(0, _NUDGE),
    (Qt.Key.Key_Left, _NONE): _nudge(-_NUDGE, 0),
    (Qt.Key.Key_Right, _NONE): _nudge(_NUDGE, 0),
    (Qt.Key.Key_Up, _NONE): _nudge(0, -_NUDGE),
    (Qt.Key.Key_Down, _NONE): _nudge(0, _NUDGE),
}


def key_action(event: QKeyEvent) -> Action | None:
    """What a key does on the canvas; None when it is not one of its keys."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return _ACTIONS.get((Qt.Key(event.key()), modifiers))


def typed_text(event: QKeyEvent) -> str:
    """The letter that a key types, which begins a search; empty for every other key."""
    only_shift = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
    return event.text() if only_shift and event.text().isalpha() else ""
