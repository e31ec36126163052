"""Working on the canvas without a mouse, as records: wire, find, zoom to the selection, the minimap."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.actions.action import Action

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def find_actions(canvas: Callable[[], CanvasView | None]) -> list[Action]:
    """The commands of the Edit menu that wire and find nodes by typing."""

    def open_bar() -> None:
        view = canvas()
        if view is not None:
            view.find_bar.open_bar()

    def step(step: int) -> None:
        view = canvas()
        if view is not None:
            view.find_bar.open_bar()
            view.find_bar.step(step)

    def wire() -> None:
        view = canvas()
        if view is not None:
            view.offers.wires()

    def is_selected() -> bool:
        view = canvas()
        return view is not None and bool(view.workbench.selection)

    return [
        Action(
            "edit.wire",
            "&Wire…",
            wire,
            "Edit",
            "Ctrl+K",
            "port",
            "Connect or disconnect the selected node by typing",
            4,
            is_enabled=is_selected,
        ),
        Action(
            "edit.find",
            "&Find…",
            open_bar,
            "Edit",
            "Ctrl+F",
            "search",
            "Find nodes by name, id, type, location or parameter",
            4,
        ),
        Action("edit.find_next", "Find &next", lambda: step(1), "Edit", "F3", tip="Show the next match", section=4),
        Action(
            "edit.find_previous",
            "Find pre&vious",
            lambda: step(-1),
            "Edit",
            "Shift+F3",
            tip="Show the match before",
            section=4,
        ),
    ]


def look_actions(canvas: Callable[[], CanvasView | None]) -> list[Action]:
    """The commands of the View menu that say what of the graph is seen."""

    def zoom_to_selection() -> None:
        view = canvas()
        if view is not None:
            view.zoom_to_selection()

    def is_selected() -> bool:
        view = canvas()
        return view is not None and bool(view.workbench.selection or view.workbench.whereabouts.marks)

    def toggle_minimap() -> None:
        view = canvas()
        if view is not None:
            view.minimap.toggle()

    def is_minimap_wished() -> bool:
        view = canvas()
        return view is not None and view.minimap.is_wished

    return [
        Action(
            "view.zoom_selection",
            "Zoom to &selection",
            zoom_to_selection,
            "View",
            "Ctrl+8",
            "zoom-selection",
            "Show the selected nodes as large as fits",
            1,
            is_enabled=is_selected,
        ),
        Action(
            "view.minimap",
            "&Minimap",
            toggle_minimap,
            "View",
            "Ctrl+M",
            "minimap",
            "Show or hide the map in the corner of the canvas",
            1,
            is_checked=is_minimap_wished,
        ),
    ]
