"""What a wire that is dropped on the card of a group may end at: the ports inside that fit, to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from app.canvas.menus.menu import add, add_heading, new_menu, show
from app.canvas.port_item import PortItem

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def offer_ports_inside(
    canvas: CanvasView, fixed: PortItem, ends: Sequence[str], position: QPoint, moved: str = ""
) -> None:
    """Wire the only port that fits, or let one be chosen.

    Args:
        canvas: where the menu opens.
        fixed: the port at the other end of the wire.
        ends: the ports that fit, `node.port`.
        position: in pixels of the viewport.
        moved: the key of the wire of which an end is moved; empty for a new wire.
    """

    def wire(end: str) -> None:
        output, input = (end, fixed.end) if fixed.is_input else (fixed.end, end)
        if moved:
            canvas.workbench.reconnect(moved, output, input)
        else:
            canvas.workbench.connect(output, input)

    if len(ends) == 1:
        wire(ends[0])
        return
    menu = new_menu(canvas, "Ports inside")
    menu.setObjectName("ports_inside")
    add_heading(menu, "Take from" if fixed.is_input else "Wire to")
    nodes = canvas.workbench.graph.nodes
    for end in ends:
        node, _, port = end.partition(".")
        add(menu, f"{nodes[node].label}.{port}", partial(wire, end), tip=end)
    show(menu, canvas.viewer.viewport().mapToGlobal(position))
