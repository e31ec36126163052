"""`OnDisk`: is the open graph's file still the one that was opened or saved? Other programs may write to it too."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from app.document.trust import EditorGraph
from engine import FileFormatError
from engine.graph.disk import shown_name

if TYPE_CHECKING:
    from app.workbench import Workbench

_CALM_MS = 150  # after the last sign of a change: programs write in pieces, or remove a file and make it anew


class FileState(StrEnum):
    """What became of a file since it was opened or saved here."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True)
class Stamp:
    """What tells the content of a file from another."""

    size: int
    modified_ns: int
    digest: str


class OnDisk(QObject):
    """Watches the file of the open graph.

    `is_in_question` is True from the moment that a change by others was seen until it is settled: by a reload, by
    keeping what is open, by a save, or because another graph is shown.
    """

    changed = Signal(str)
    settled = Signal()

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self._graph: object = None
        self._known: Stamp | None = None
        self.is_in_question = False
        self._watcher = QFileSystemWatcher(self)
        self._calm = QTimer(self, interval=_CALM_MS, singleShot=True)
        self._calm.timeout.connect(self.look)
        self._watcher.fileChanged.connect(self._calm.start)
        workbench.document_replaced.connect(self._replaced)
        workbench.saved.connect(self._settle)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.applicationStateChanged.connect(self._app_state_changed)

    # -- looking ----------------------------------------------------------------------------------------------

    def look(self) -> FileState:
        """Compare the file with what was opened or saved; tells of it when that is new."""
        path = self._workbench.path
        if path is None or self._known is None:
            return FileState.SAME
        stamp = stamp_of(path, self._known)
        state = FileState.SAME if stamp == self._known else FileState.GONE if stamp is None else FileState.CHANGED
        if stamp is not None and stamp.digest == self._known.digest:
            self._known, state = stamp, FileState.SAME
        self._watch(path)
        if state is not FileState.SAME:
            self.is_in_question = True
            self.changed.emit(str(state))
        elif self.is_in_question:
            self._settle()
        return state

    def _app_state_changed(self, state: Qt.ApplicationState) -> None:
        """Some disks tell nothing of changes: look when people come back to the editor."""
        if state is Qt.ApplicationState.ApplicationActive and not self.is_in_question:
            self.look()

    def _replaced(self) -> None:
        if self._workbench.graph is not self._graph:
            self._settle()

    def _settle(self) -> None:
        """What is on the disk now is what the open graph goes with."""
        self._graph = self._workbench.graph
        path = self._workbench.path
        self._known = stamp_of(path) if path is not None else None
        self._watch(path)
        self._calm.stop()
        if self.is_in_question:
            self.is_in_question = False
            self.settled.emit()

    def expect(self, digest: str) -> None:
        """Kept work was restored, which goes with a file of this digest: look whether that is still there."""
        if digest and self._workbench.path is not None:
            self._known = Stamp(-1, -1, digest)
            self.look()

    @property
    def digest(self) -> str:
        """Of the file that the open graph goes with; empty when there is none."""
        return self._known.digest if self._known is not None else ""

    def _watch(self, path: Path | None) -> None:
        wished = [str(path)] if path is not None and path.is_file() else []
        watched = self._watcher.files()
        if watched != wished:
            if watched:
                self._watcher.removePaths(watched)
            if wished:
                self._watcher.addPaths(wished)

    # -- the answers ------------------------------------------------------------------------------------------

    def reload(self) -> bool:
        """Take over what the file holds now, as one undo step; False, with a `message`, when it cannot be read."""
        bench = self._workbench
        if bench.path is None:
            return False
        try:
            graph = EditorGraph.load(bench.path)
        except FileFormatError as error:
            bench.message.emit("error", f"{shown_name(bench.path)} was not reloaded: {error}")
            return False
        bench.replace_content(f"Reload {shown_name(bench.path)}", graph.snapshot())
        bench.undo_stack.setClean()
        self._settle()
        if bench.foreign_code:
            bench.foreign_code_found.emit(bench.foreign_code)
        return True

    def keep_mine(self) -> None:
        """Stay with what is open: no file holds it any more, and the next save replaces what is on the disk."""
        self._workbench.undo_stack.resetClean()
        self._settle()


def stamp_of(path: Path, known: Stamp | None = None) -> Stamp | None:
    """The stamp of a file; the known one when nothing says that it changed. None when there is no file."""
    try:
        status = path.stat()
        if known is not None and (status.st_size, status.st_mtime_ns) == (known.size, known.modified_ns):
            return known
        return Stamp(status.st_size, status.st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
    except OSError:
        return None
