"""Dropping files on the window: a graph opens, a recording becomes a node that reads it, all else is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QDragMoveEvent, QDropEvent

from app.document.dropped_files import add_readers, refused_text, sorted_files
from engine import Node
from engine.graph.disk import shown_name

if TYPE_CHECKING:
    from app.window import MainWindow

KEY = "drop"


class FileDrop(QObject):
    """Takes the files that are dropped anywhere on a window, where no field of it wants them."""

    def __init__(self, window: MainWindow, types: Callable[[], list[type[Node]]]) -> None:
        """Watch a window; `types` are the node types that may read a file."""
        super().__init__(window)
        self._window = window
        self._types = types
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Say during the drag what a drop would do, and do it."""
        if isinstance(event, QDropEvent) and event.type() is QEvent.Type.Drop:
            return self._dropped(event)
        if isinstance(event, QDragMoveEvent):
            return self._moved(event)
        if event.type() is QEvent.Type.DragLeave:
            self._window.status.show_gesture("")
        return False

    def _moved(self, event: QDragMoveEvent) -> bool:
        files = _files_of(event)
        if not files:
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._window.status.show_gesture(self._promise(files))
        return True

    def _promise(self, files: list[Path]) -> str:
        """What a drop would do."""
        found = sorted_files(files, self._types())
        if found.graphs:
            return f"Drop to open {shown_name(found.graphs[0])}"
        if len(found.readable) == 1:
            return f"Drop to read {shown_name(found.readable[0][0])} with a {found.readable[0][1].title}"
        if found.readable:
            return f"Drop to read {len(found.readable)} files with a node each"
        return f"No node type here reads {shown_name(found.others[0])}"

    def _dropped(self, event: QDropEvent) -> bool:
        files = _files_of(event)
        if not files:
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._window.status.show_gesture("")
        self.take(files, event.position().toPoint())
        return True

    def take(self, files: list[Path], position: QPoint | None = None) -> None:
        """Do with files what a drop at a position of the window does."""
        window = self._window
        window.bars.remove(KEY)
        types = self._types()
        found = sorted_files(files, types)
        if found.graphs:
            self._open(found.graphs[0], [file for file in files if file != found.graphs[0]])
            return
        if found.readable:
            add_readers(window.workbench, found.readable, self._place(position))
            if window.canvas is not None:
                window.canvas.setFocus()
        if found.others:
            window.bars.put(KEY, "warning", refused_text(found.others, types))

    def _open(self, graph: Path, others: list[Path]) -> None:
        self._window.flow.open(graph)
        if others:
            names = ", ".join(shown_name(file) for file in others[:4]) + ("…" if others[4:] else "")
            text = f"One graph is open at a time: of what was dropped {shown_name(graph)} is opened, and not {names}."
            self._window.bars.put(KEY, "info", text)

    def _place(self, position: QPoint | None) -> tuple[float, float]:
        """Where the title of a new card comes to lie under the mouse; elsewhere than on the canvas in its middle."""
        canvas = self._window.canvas
        if canvas is None:
            return 0.0, 0.0
        viewport = canvas.viewer.viewport()
        place = viewport.mapFrom(self._window, position) if position is not None else QPoint(-1, -1)
        return canvas.place_for_card(place) if viewport.rect().contains(place) else canvas.center_position()


def _files_of(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
