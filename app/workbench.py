"""`Workbench`: the open document, its files and its run. The only way from a panel to the engine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from app.document import clipboard
from app.document.document import Document
from app.document.kept_work import KeptWork
from app.document.on_disk import FileState, OnDisk
from app.document.running import Running
from app.document.settings import recent_files, remember_file
from app.document.trust import EditorGraph, code_has_changed, foreign_code, trusted_types
from engine import FileFormatError, FileUnreadable, Graph, GraphError
from engine.graph.disk import shown_name

if TYPE_CHECKING:
    from engine import Run, RunState

_PASTE_SHIFT = 40.0


class Workbench(Document):
    """A document that is opened, saved, copied from, and run."""

    run_changed = Signal()
    statistics_changed = Signal(object)
    run_event = Signal(object)
    run_edited = Signal(object)
    start_refused = Signal(list)
    foreign_code_found = Signal(list)
    saved = Signal()
    save_failed = Signal(str)

    # PySide finds an overridden `QObject.connect` in the class of an object only, not in the classes above it.
    connect = Document.connect
    disconnect = Document.disconnect

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pastes = 0
        self._running = Running(self)
        self._running.changed.connect(self.run_changed)
        self._running.statistics.connect(self.statistics_changed)
        self._running.happened.connect(self.run_event)
        self._running.refused.connect(self.start_refused)
        self._running.message.connect(self.message)
        self._running.edited.connect(self.run_edited)
        self.document_changed.connect(self._apply_to_run)
        self.types_changed.connect(self._apply_to_run)
        self.on_disk = OnDisk(self)

    # -- clipboard --------------------------------------------------------------------------------------------

    def copy(self) -> None:
        """Put the selected nodes, frames and comments on the clipboard, as the text of a graph file."""
        if self._selection or self.whereabouts.marks:
            QGuiApplication.clipboard().setText(self.selected_text())
            self._pastes = 0

    def selected_text(self) -> str:
        """The selected nodes, frames and comments as the text of a graph file."""
        return clipboard.text_of(self.graph, self._selection, self.whereabouts.marks, self.whereabouts.level)

    def cut(self) -> None:
        """Copy what is selected, then remove it."""
        if self._selection or self.whereabouts.marks:
            self.copy()
            self.delete_selection()

    def paste(self, at: tuple[float, float] | None = None) -> None:
        """Add the nodes of the clipboard under new ids, their upper left corner at a place or beside the originals."""
        text = QGuiApplication.clipboard().text()
        self._pastes += 1
        shift = _PASTE_SHIFT * self._pastes
        self._add_text("Paste", text, at, (shift, shift))

    def duplicate(self) -> None:
        """Add copies of what is selected, with the wires among the nodes, beside it."""
        if self._selection or self.whereabouts.marks:
            self._add_text("Duplicate", self.selected_text(), None, (_PASTE_SHIFT, _PASTE_SHIFT))

    def _add_text(self, what: str, text: str, at: tuple[float, float] | None, offset: tuple[float, float]) -> None:
        try:
            content, ids, marks = clipboard.pasted(self.graph, text, at=at, offset=offset)
        except (FileFormatError, GraphError) as error:
            self.message.emit("warning", clipboard.nothing_to_paste(text, error))
            return
        if not (ids or marks):
            self.message.emit("warning", clipboard.nothing_to_paste(text))
            return
        known = set(self.foreign_code)
        self.replace_content(what, content)
        self.select(ids)
        self.whereabouts.select_marks(marks)
        if not known.issuperset(self.foreign_code):
            self.foreign_code_found.emit(self.foreign_code)

    # -- files ------------------------------------------------------------------------------------------------

    def new(self) -> None:
        """Open an empty graph."""
        self._show(EditorGraph())

    def open(self, path: str | Path) -> bool:
        """Open a graph file. When it cannot be read the open graph stays, and `message` says why."""
        file = Path(os.path.expanduser(path))
        try:
            graph = EditorGraph.load(file)
        except FileUnreadable as error:
            self.message.emit("error", f"{file} cannot be read: {error}")
            return False
        except FileFormatError as error:
            self.message.emit("error", f"{shown_name(file)} was not opened: {error}")
            return False
        self._show(graph)
        return True

    def save(self) -> bool:
        """Write the graph to its file; False, with a `message`, when it has none or cannot be written."""
        if self.path is None:
            self.message.emit("warning", "This graph has no file yet: use Save as.")
            return False
        if self.on_disk.look() is FileState.CHANGED:
            self.message.emit("warning", f"{shown_name(self.path)} was changed by another program: not saved yet.")
            return False
        return self.save_as(self.path)

    def save_as(self, path: str | Path) -> bool:
        """Write the graph to a file, whole or not at all."""
        before = self.path
        try:
            self.graph.save(path)
        except (OSError, FileFormatError) as error:
            reason = getattr(error, "strerror", None) or error
            text = f"{shown_name(Path(path))} was not saved: {reason}. Nothing is lost: save elsewhere."
            self.message.emit("error", text)
            self.save_failed.emit(text)
            return False
        self.undo_stack.setClean()
        if self.path is not None:
            remember_file(self.path)
        if self.path != before:
            self.path_changed.emit()
        self.saved.emit()
        self.message.emit("info", f"Saved {Path(path).name}.")
        return True

    @property
    def foreign_code(self) -> list[str]:
        """What the open graph brings as code of its own that is not loaded: node types and files."""
        return foreign_code(self.graph)

    def recent_files(self) -> list[Path]:
        """Files opened or saved lately, the newest first."""
        return recent_files()

    def show_untitled(self, graph: Graph) -> None:
        """Show a graph that has no file, as one to begin with: nothing of it is lost when it is closed unedited."""
        self._show(graph)

    def show_unsaved(
        self, graph: Graph, kept: KeptWork | None = None, then: Callable[[], object] = lambda: None
    ) -> None:
        """Show a graph that no file holds yet, with its history if it is kept work: it counts as modified.

        `then` follows when it is shown, which may be later: a run comes to its end first.
        """
        self._show(graph, kept or KeptWork(graph.path, graph.snapshot(), [], 0), then)

    def _show(self, graph: Graph, kept: KeptWork | None = None, then: Callable[[], object] = lambda: None) -> None:
        """Show another graph, once the run of the one before is at its end."""
        if self.is_running:
            self._running.spawn(self._show_after_run(graph, kept, then))
            return
        self._running.forget()
        self._pastes = 0
        trusted_types.look_again(graph.folder)
        self._replace_graph(graph, kept)
        self.run_changed.emit()
        if graph.path is not None and graph.path.is_file():
            remember_file(graph.path)
        if self.foreign_code:
            self.foreign_code_found.emit(self.foreign_code)
        then()

    async def _show_after_run(self, graph: Graph, kept: KeptWork | None, then: Callable[[], object]) -> None:
        name = self.path.name if self.path is not None else "the graph before"
        await self.end_run()
        self._show(graph, kept, then)
        self.message.emit("info", f"The run of {name} was stopped, as another graph was opened.")

    # -- the run ----------------------------------------------------------------------------------------------

    @property
    def run(self) -> Run | None:
        """The run of the open graph, also after its end until the next start; None before the first."""
        return self._running.run

    @property
    def run_state(self) -> RunState | None:
        """The state of the run, PREPARING while it starts; None when there was none."""
        return self._running.state

    @property
    def is_running(self) -> bool:
        """Is there a run that is not over, or is one being started?"""
        return self._running.is_active

    @property
    def is_editing_run(self) -> bool:
        """Is a change of the graph being brought into the run just now?"""
        return self.is_running and self._running.edits.is_applying

    @property
    def waits_for_start(self) -> str:
        """Why the run is not yet what the graph is, and will not be until the next start; empty when it is."""
        return self._running.edits.waits_for_start if self.is_running else ""

    @property
    def left_out_of_run(self) -> dict[str, str]:
        """Nodes that are not in the run, though the graph has them, and why."""
        return self._running.edits.left_out if self.is_running else {}

    @property
    def new_code_waiting(self) -> dict[str, list[str]]:
        """Nodes, by type path, that run on with their old code, as they would lose a state with the new one."""
        return self._running.edits.code.waiting if self.is_running else {}

    def use_new_code(self) -> None:
        """Let those nodes begin anew with the new code."""
        self._running.edits.code.want(list(self.new_code_waiting))
        self.types_changed.emit()

    def start(self) -> None:
        """Start the graph. Returns at once; progress comes through `run_changed`, refusals through `start_refused`."""
        if code_has_changed(self.graph):
            self.message.emit("error", "The node code beside this graph has changed: load it before the start.")
            self.foreign_code_found.emit(self.foreign_code)
            return
        self._running.start(self._content())

    def _content(self) -> EditorGraph:
        """The graph as it is now, for who must not see it change."""
        content = EditorGraph()
        content.restore(self.graph.snapshot())
        content.path = self.graph.path
        return content

    def stop(self) -> None:
        """Ask the run to drain: what is in flight is finished. Returns at once."""
        self._running.stop()

    def force_stop(self) -> None:
        """End the run by force. Returns at once."""
        self._running.force_stop()

    async def end_run(self) -> None:
        """Stop the run, by force when it does not drain within three seconds; returns when it is over."""
        await self._running.end()

    def later(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine on the app's loop, kept until it is done."""
        return self._running.spawn(work)

    def _apply_to_run(self) -> None:
        if self.is_running:
            self._running.apply(self._content())
