"""Where the entries of the command palette come from: action records, node types, and the nodes of the graph."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from app.actions.action import Submenu, plain_text
from app.commands.entry import Entry
from engine import catalog

if TYPE_CHECKING:
    from app.window import MainWindow

_COMMAND, _TYPE, _NODE, _FILE = 6.0, 2.0, 3.0, 4.0
_SAME_KEY = "Shift+?"  # what "?" is to some platforms
_SELF = "view.commands"
_MOVING = frozenset({"recent", "example"})  # submenus whose entries are numbered: their file is what stays


def entries(window: MainWindow) -> list[Entry]:
    """Everything that can be done in the window now."""
    return [*_commands(window), *_nodes(window), *_types(window)]


def _commands(window: MainWindow) -> Iterator[Entry]:
    actions = window.actions_by_id
    for record in actions.records:
        if isinstance(record, Submenu):
            yield from _submenu(record)
        elif record.id != _SELF:
            made = actions[record.id]
            title = plain_text(made.text())
            yield Entry(
                id=record.id,
                title=title,
                run=made.trigger,
                kind=_menu(record.menu),
                tip=record.tip if record.tip != title else "",
                keys=shown_keys(record.shortcut).partition(", ")[0],
                icon=record.icon,
                weight=_COMMAND,
                is_enabled=made.isEnabled(),
                why_not=record.why_not,
            )


def _submenu(menu: Submenu) -> Iterator[Entry]:
    """Its entries as they are now, each with the name of the menu before it."""
    title = menu.menu.rpartition("/")[2]
    for record in menu.entries():
        stays = record.tip if record.id.partition(".")[0] in _MOVING else record.id
        is_enabled = record.is_enabled is None or record.is_enabled()
        yield Entry(
            id=f"{menu.menu}: {stays}",
            title=f"{title}: {record.title}",
            run=record.run,
            kind=_menu(menu.menu),
            tip=record.tip,
            icon=record.icon,
            weight=_FILE,
            is_enabled=is_enabled,
            why_not=record.why_not,
        )


def _types(window: MainWindow) -> Iterator[Entry]:
    for node_type in window.palette_panel.types:
        path = catalog.path_of(node_type)
        yield Entry(
            id=f"add {path}",
            title=f"Add {node_type.title}",
            run=partial(window.palette_panel.chosen.emit, path),
            kind=node_type.category,
            tip=(node_type.__doc__ or "").strip().partition("\n")[0],
            icon=node_type.icon or "node",
            weight=_TYPE,
        )


def _nodes(window: MainWindow) -> Iterator[Entry]:
    if window.canvas is None:
        return
    for spec in window.workbench.graph.nodes.values():
        node_type = window.workbench.node_type(spec.id)
        yield Entry(
            id=f"go to {spec.id}",
            title=f"Go to {spec.label}",
            run=partial(window.canvas.focus_node, spec.id),
            kind="On the canvas",
            tip=f"{node_type.title if node_type else spec.type} on {spec.location.label}",
            icon=(node_type.icon if node_type else "") or "node",
            weight=_NODE,
        )


def _menu(path: str) -> str:
    return path.replace("/", " › ")


def shown_keys(shortcut: str) -> str:
    """Shortcuts as people read them: "Ctrl+Z", several with commas."""
    native = QKeySequence.SequenceFormat.NativeText
    wanted = [keys for keys in shortcut.split("; ") if keys and keys != _SAME_KEY]
    return ", ".join(QKeySequence(keys).toString(native) for keys in wanted)
