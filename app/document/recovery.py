"""Unsaved work on disk, so that a crash, a kill or a shutdown loses none: one file per running editor.

A bar of the next start offers it back. What the user saved or discarded is not kept.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import psutil
from PySide6.QtCore import QObject, QTimer

from app.document.settings import settings
from app.document.trust import EditorGraph
from app.workbench import Workbench
from engine import FileFormatError
from engine.graph.disk import write_atomically
from engine.graph.file import format_graph, parse_graph

WRITE_DELAY_MS = 1000
_ORIGIN = "unsaved_changes_of"  # a field of the kept file: the path of the graph it belongs to


class Recovery(QObject):
    """Keeps a copy of the open graph while it has unsaved edits.

    Invariant: soon after every edit, the copy is there exactly when the graph is modified.
    """

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self.file = folder() / f"{os.getpid()}.tide"
        self._writing: asyncio.Task[None] | None = None
        self._timer = QTimer(self, interval=WRITE_DELAY_MS, singleShot=True)
        self._timer.timeout.connect(self._keep_later)
        workbench.document_changed.connect(self._edited)
        workbench.undo_stack.cleanChanged.connect(self._edited)

    def _edited(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _keep_later(self) -> None:
        if self._writing is not None and not self._writing.done():
            self._timer.start()
            return
        text = self._text()
        if text is None:
            self.forget()
        else:
            self._writing = self._workbench.later(self._write(text))

    async def _write(self, text: str) -> None:
        await asyncio.to_thread(_write, self.file, text)

    def _text(self) -> str | None:
        """What to keep; None when nothing is unsaved."""
        if not self._workbench.is_modified:
            return None
        path = self._workbench.path
        copy = EditorGraph()
        copy.restore(self._workbench.graph.snapshot())
        copy.extra[_ORIGIN] = str(path) if path is not None else ""
        try:
            return format_graph(copy)
        except FileFormatError:  # told already when it is saved
            return None

    def keep_now(self) -> None:
        """Write the copy at once: the editor ends without a question."""
        text = self._text()
        if text is not None:
            _write(self.file, text)

    def end(self) -> None:
        """Watch no more: the editor closes, and the undo stack says "clean" once more when it is taken down."""
        self._timer.stop()
        self._workbench.document_changed.disconnect(self._edited)
        self._workbench.undo_stack.cleanChanged.disconnect(self._edited)

    def forget(self) -> None:
        """Remove the copy: the work is saved or was discarded."""
        self._timer.stop()
        self.file.unlink(missing_ok=True)

    # -- at the next start ------------------------------------------------------------------------------------

    def restore(self, file: Path) -> bool:
        """Open a kept copy as the unsaved graph it was; a copy that cannot be read stays where it is."""
        try:
            graph = parse_graph(file.read_bytes(), EditorGraph, name="the kept work")
        except (OSError, FileFormatError) as error:
            self._workbench.message.emit("error", f"The unsaved work in {file} cannot be read: {error}")
            return False
        origin = graph.extra.pop(_ORIGIN, "")
        graph.path = Path(origin) if isinstance(origin, str) and origin else None
        self._workbench.show_unsaved(graph)
        file.unlink(missing_ok=True)
        self._edited()
        return True


def _write(file: Path, text: str) -> None:
    with suppress(OSError):  # a full disk must not disturb the work itself
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, text.encode("utf-8"))


def folder() -> Path:
    """Where copies lie: beside the settings."""
    return Path(settings().fileName()).parent / "unsaved"


def left_over() -> list[Path]:
    """Copies of editors that are gone, the newest first."""
    files = [file for file in folder().glob("*.tide") if not _is_alive(file.stem)]
    return sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)


def _is_alive(pid: str) -> bool:
    return pid.isdigit() and int(pid) != os.getpid() and psutil.pid_exists(int(pid))
