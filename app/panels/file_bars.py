"""The bar that asks what to do when another program has written to the open graph's file, or removed it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from app.document.on_disk import FileState
from app.panels.bars import Bars
from app.workbench import Workbench
from engine.graph.disk import shown_name

KEY = "on disk"


class FileBars(QObject):
    """Shows the bar while the file is in question."""

    def __init__(self, workbench: Workbench, bars: Bars, compare_with: Callable[[Path], object]) -> None:
        """Watch a workbench; `compare_with` shows what differs between the open graph and a file."""
        super().__init__(bars)
        self._compare_with = compare_with
        self._workbench = workbench
        self._bars = bars
        workbench.on_disk.changed.connect(self._ask)
        workbench.on_disk.settled.connect(lambda: bars.remove(KEY))

    def _ask(self, state: str) -> None:
        bench = self._workbench
        path = bench.path
        if path is None:
            return
        name = shown_name(path)
        if state == FileState.GONE:
            text = f"{name} was removed or renamed by another program. What is open here is whole."
            self._bars.put(KEY, "warning", text, {"Save it again": bench.save, "Keep it open": bench.on_disk.keep_mine})
            return
        text = f"{name} was changed by another program since it was opened here."
        if bench.is_modified:
            text += " A reload is one step: undo brings your edits back."
        buttons = {
            "Compare": lambda: self._compare_with(path),
            "Reload": bench.on_disk.reload,
            "Keep mine": bench.on_disk.keep_mine,
        }
        self._bars.put(KEY, "warning", text, buttons)
