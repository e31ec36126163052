"""The context menus of a node and of a port."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.canvas.menus.group_entries import add_group_entries
from app.canvas.menus.location_menu import fill_location_menu
from app.canvas.menus.menu import add, add_choice, add_heading, new_menu, submenu
from app.canvas.node_item import NodeItem
from app.canvas.port_item import PortItem
from app.document.dissolving import dissolve
from app.plots.kinds import KINDS, propose_kind

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_POLICIES = (
    ("", "As the run says", "skip the message in the editor"),
    ("skip", "Skip the message", "count the error and go on with the next message"),
    ("restart", "Restart the node", "make the node anew and go on"),
    ("stop", "Stop the graph", "end the whole run"),
)


def node_menu(canvas: CanvasView, node: NodeItem, ids: Sequence[str]) -> QMenu:
    """What can be done with a node, and with all selected ones when it is one of them."""
    workbench = canvas.workbench
    id = node.card.id
    menu = new_menu(canvas, "Node")
    menu.setObjectName("node_menu")
    add(menu, "Rename", lambda: canvas.rename(id), keys="F2")
    add(menu, "Duplicate", workbench.duplicate, keys="Ctrl+D")
    add(menu, "Copy", workbench.copy, keys="Ctrl+C")
    add(menu, "Delete", lambda: workbench.remove(ids), keys="Del")
    add(menu, "Wire…", canvas.offers.wires, keys="Ctrl+K", tip="connect or disconnect it by typing")
    add(menu, "Dissolve", lambda: dissolve(workbench, ids), keys="Ctrl+Del", tip="remove it and join its wires")
    menu.addSeparator()
    add_group_entries(canvas, menu)
    menu.addSeparator()
    fill_location_menu(canvas, submenu(menu, "Runs on"), ids)
    policies = submenu(menu, "On error")
    for policy, text, tip in _POLICIES:
        add_choice(
            policies,
            text,
            policy == node.card.on_error,
            partial(workbench.set_error_policy, ids, policy),
            tip=tip,
        )
    plots = submenu(menu, "Show in plot")
    plots.setEnabled(bool(node.outputs))
    for port in node.outputs:
        fill_plot_menu(canvas, submenu(plots, port.face.name), port)
    if node.activity.error:
        menu.addSeparator()
        add(menu, "Show the error", lambda: canvas.error_clicked.emit(id))
    return menu


def port_menu(canvas: CanvasView, port: PortItem) -> QMenu:
    """What can be done with a port: plot an output, disconnect an input or output."""
    menu = new_menu(canvas, "Port")
    menu.setObjectName("port_menu")
    add_heading(menu, f"{port.face.text}: {port.face.type_name or 'unknown type'}")
    if not port.is_input:
        fill_plot_menu(canvas, submenu(menu, "Show in plot"), port)
    keys = [wire.key for wire in port.connected_pipes]
    wires = "Disconnect" if len(keys) < 2 else f"Disconnect {len(keys)} wires"
    add(menu, wires, lambda: canvas.workbench.remove((), keys)).setEnabled(bool(keys))
    return menu


def fill_plot_menu(canvas: CanvasView, menu: QMenu, port: PortItem) -> None:
    """Put the kinds of plot into a menu, the one that suits the port first."""
    node_type = canvas.workbench.node_type(port.node_id)
    output = node_type.node_outputs.get(port.face.name) if node_type is not None else None
    proposed = propose_kind(output.type) if output is not None else "table"
    for kind in sorted(KINDS, key=lambda kind: kind.name != proposed):
        add(menu, kind.label, partial(canvas.show_in_plot, port.end, kind.name), tip=kind.doc)
