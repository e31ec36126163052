"""The context menu of a wire."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from app.canvas.menus.menu import add, add_choice, add_heading, new_menu, submenu
from app.canvas.name_field import NameField
from engine import Overflow
from engine.graph.wire import MAX_CAPACITY

if TYPE_CHECKING:
    from app.canvas.view import CanvasView
    from engine import Wire

_OVERFLOW = {
    Overflow.BLOCK: ("Block: the sender waits", "nothing is lost"),
    Overflow.DROP_OLDEST: ("Drop the oldest", "counted as dropped"),
    Overflow.DROP_NEWEST: ("Drop the newest", "counted as dropped"),
    Overflow.LATEST: ("Keep the latest only", "all but the last are dropped"),
}


def wire_menu(canvas: CanvasView, wire: Wire, position: QPoint) -> QMenu:
    """What can be done with a wire; `position` is where the menu opens, in pixels of the viewport."""
    workbench = canvas.workbench
    menu = new_menu(canvas, "Wire")
    menu.setObjectName("wire_menu")
    add_heading(menu, wire.key)
    add(menu, "Probe", lambda: canvas.probes.open(wire.key), tip="show its latest value and its figures")
    add(menu, "Disconnect", lambda: workbench.disconnect(wire.key), keys="Del")
    menu.addSeparator()
    add(menu, f"Capacity: {wire.capacity}…", lambda: ask_capacity(canvas, wire, position))
    overflow = submenu(menu, "Overflow")
    for policy, (text, tip) in _OVERFLOW.items():
        add_choice(
            overflow,
            text,
            wire.overflow is policy,
            partial(workbench.set_wire, wire.key, overflow=policy.value),
            tip=tip,
        )
    add_choice(
        menu,
        "Feedback  (at the next start)" if workbench.is_running else "Feedback",
        wire.feedback,
        lambda: workbench.set_wire(wire.key, feedback=not wire.feedback),
        tip="closes a cycle: each message is delivered one tick later",
    )
    return menu


def ask_capacity(canvas: CanvasView, wire: Wire, position: QPoint) -> NameField:
    """Ask how many messages the wire holds."""

    def refusal(text: str) -> str | None:
        if text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_CAPACITY:
            return None
        return f"a capacity is a whole number from 1 to {MAX_CAPACITY}"

    field = NameField(canvas, "Capacity (messages)", refusal, text=str(wire.capacity))
    field.accepted.connect(lambda text: canvas.workbench.set_wire(wire.key, capacity=int(text)))
    field.open_at(position, field.line)
    field.line.selectAll()
    return field
