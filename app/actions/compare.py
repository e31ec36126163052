"""Comparing the open graph with a file: the commands, and what ties the panel to the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject

from app.actions.action import Action, Submenu
from app.actions.file_flow import FileFlow
from app.panels.changes import ChangesPanel
from app.workbench import Workbench
from engine.graph.compare import Change, Kind, Subject

if TYPE_CHECKING:
    from app.window import MainWindow


def compare_actions(workbench: Workbench, flow: FileFlow, panel: ChangesPanel) -> list[Action | Submenu]:
    """The commands about comparing."""

    def with_saved() -> None:
        if workbench.path is not None:
            panel.compare_with(workbench.path)

    return [
        Action(
            "file.compare",
            "Compare &with…",
            lambda: flow.choose("Compare with", panel.compare_with),
            "File",
            tip="Show what differs between the open graph and a file",
            section=2,
        ),
        Action(
            "file.compare_saved",
            "Compare with sa&ved",
            with_saved,
            "File",
            tip="Show what has changed since the last save",
            section=2,
            is_enabled=lambda: workbench.path is not None,
        ),
    ]


class Comparison(QObject):
    """Shows the panel while there is a comparison, marks the canvas, and leads from a row to its place there."""

    def __init__(self, window: MainWindow, panel: ChangesPanel) -> None:
        super().__init__(window)
        self._window = window
        self._panel = panel
        panel.begun.connect(self._begin)
        panel.ended.connect(window.changes_dock.hide)
        panel.chosen.connect(self._show)

    def _begin(self) -> None:
        canvas = self._window.canvas
        if canvas is not None and self._panel.marks is None:
            from app.canvas.change_marks import ChangeMarks

            self._panel.marks = ChangeMarks(canvas.viewer, canvas.mirror)
        self._window.changes_dock.show()
        self._window.changes_dock.raise_()

    def _show(self, chosen: object) -> None:
        change = cast(Change, chosen)
        canvas = self._window.canvas
        if canvas is None:
            return
        if change.subject is Subject.NODE and change.kind is not Kind.REMOVED:
            canvas.focus_node(change.key)
            return
        if change.subject is Subject.WIRE and change.key in canvas.mirror.wires:
            canvas.select((), {change.key})
        place = self._panel.marks.place_of(change) if self._panel.marks is not None else None
        if place is not None:
            canvas.viewer.centerOn(place)
