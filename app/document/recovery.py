"""Unsaved work on disk, so that a crash, a kill or a shutdown loses none: a journal for each running editor.

A bar of the next start offers it back. What the user saved or discarded is not kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psutil
from PySide6.QtCore import QObject

from app.document.edit import GraphEdit
from app.document.journal import SUFFIX, Journal
from app.document.kept_work import FORMAT, read_kept
from app.document.settings import settings
from app.document.trust import EditorGraph
from app.workbench import Workbench
from engine import FileFormatError
from engine.graph.delta import EMPTY, delta_of

MOST_STEPS = 300  # of the history before the present content, when the journal is written anew
LARGE = 2 * 1024 * 1024  # bytes after which it is, ...
_TIMES_ITS_BEGINNING = 4  # ... at least so much more than it began with
_SAME_START_S = 3.0


class Recovery(QObject):
    """Writes every edit of the open graph, and every step through its history, to a journal.

    Invariant: whenever a command is over, the journal leads to the content of the graph, and is offered at the next
    start exactly when the graph is modified.
    """

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self._stack = workbench.undo_stack
        self._journal = Journal(folder() / f"{_own_name()}{SUFFIX}")
        self._graph: object = workbench.graph
        self._content = workbench.graph.snapshot()  # what the journal leads to
        self._large = LARGE
        self._is_over = False
        workbench.document_replaced.connect(self._replaced)
        workbench.document_changed.connect(self._edited)
        workbench.path_changed.connect(self._begin_anew)
        self._stack.indexChanged.connect(self._stepped)
        self._stack.cleanChanged.connect(self._stepped)

    @property
    def file(self) -> Path:
        """Where unsaved work is kept, while there is any."""
        return self._journal.file

    # -- at every command -------------------------------------------------------------------------------------

    def _replaced(self) -> None:
        """Another graph is shown; what was unsaved in the one before was asked about."""
        if self._is_over or self._workbench.graph is self._graph:
            return
        self._journal.forget()
        self._graph = self._workbench.graph
        self._content = self._workbench.graph.snapshot()
        if self._workbench.is_modified:  # kept work
            self._begin()
            self._journal.show(True)

    def _begin_anew(self) -> None:
        """The graph has another file now: the beginning of the journal names it."""
        self._journal.is_begun = False

    def _edited(self) -> None:
        """Write what has changed, before anything else can fail over it."""
        if self._workbench.graph is not self._graph:
            return
        content = self._workbench.graph.snapshot()
        change = delta_of(self._content, content)
        if self._is_over or not change:
            return
        if not self._journal.is_begun:
            self._begin()
        self._journal.show(True)
        if self._journal.is_begun and self._journal.append({"change": change}):
            self._content = content

    def _stepped(self) -> None:
        """Write where the content stands in the history."""
        if self._is_over or self._workbench.graph is not self._graph:
            return
        self._edited()  # of a jump over several steps only the end is told as a change
        is_modified = self._workbench.is_modified
        if not self._journal.is_begun and is_modified:
            self._content = self._workbench.graph.snapshot()
            self._begin()
        elif self._journal.is_begun:
            self._journal.append(self._place())
            if self._journal.size > self._large:
                self._begin()
        self._journal.show(is_modified)

    def _place(self) -> dict[str, Any]:
        index, stack = self._stack.index(), self._stack
        text = stack.text(index - 1) if index else ""
        return {"step": index, "of": stack.count(), "text": text, "saved": stack.cleanIndex()}

    def _begin(self) -> None:
        self._journal.begin(self._whole())
        self._large = max(LARGE, _TIMES_ITS_BEGINNING * self._journal.size)

    def _whole(self) -> Iterator[dict[str, Any]]:
        """All lines that lead to the content, with the steps around it."""
        done = self._stack.index()
        edits = [self._stack.command(number) for number in range(max(0, done - MOST_STEPS), self._stack.count())]
        known = [edit for edit in edits if isinstance(edit, GraphEdit)]
        if len(known) != len(edits) or (known and not self._leads_here(known, len(known) - self._stack.count() + done)):
            known = []
        first = self._stack.count() - len(known) if known else done
        content = known[0].before if known else self._content
        path = str(self._workbench.path or "")
        saved = self._stack.cleanIndex()
        start = {
            "path": path,
            "file": self._workbench.on_disk.digest,
            "step": first,
            "saved": saved,
            "content": delta_of(EMPTY, content),
        }
        yield {"tidewire_journal": FORMAT, **start}
        for number, edit in enumerate(known, first + 1):
            yield {"change": delta_of(edit.before, edit.after)}
            yield {"step": number, "of": number, "text": edit.text(), "saved": saved}
            content = edit.after
        if known:
            yield {"change": delta_of(content, self._content)}
            yield {**self._place(), "of": first + len(known)}

    def _leads_here(self, edits: list[GraphEdit], done: int) -> bool:
        """Is the content that the journal is to lead to the one between these edits?"""
        return (edits[done - 1].after if done else edits[0].before) == self._content

    def end(self) -> None:
        """Watch no more: the editor closes, and the undo stack says "clean" once more when it is taken down."""
        self._is_over = True

    def forget(self) -> None:
        """Remove the journal: the work is saved or was discarded."""
        self._journal.forget()

    # -- at the next start ------------------------------------------------------------------------------------

    def restore(self, file: Path, then: Callable[[], object] = lambda: None) -> bool:
        """Open kept work as the unsaved graph it was, with its history; what cannot be read stays where it is."""
        try:
            kept = read_kept(file)
        except (OSError, FileFormatError) as error:
            self._workbench.message.emit("error", f"The unsaved work in {file} cannot be read: {error}")
            return False
        graph = EditorGraph()
        graph.restore(kept.content)
        graph.path = kept.path

        def shown() -> None:
            file.unlink(missing_ok=True)
            self._workbench.on_disk.expect(kept.digest)
            then()

        self._workbench.show_unsaved(graph, kept, shown)
        return True


@cache
def _own_name() -> str:
    """This process, told from one that has its number at another time."""
    return f"{os.getpid()}-{int(psutil.Process().create_time())}"


def folder() -> Path:
    """Where journals lie: beside the settings."""
    return Path(settings().fileName()).parent / "unsaved"


def left_over() -> list[Path]:
    """Journals of editors that are gone, the newest first; what else those left behind is removed."""
    found: list[tuple[float, Path]] = []
    for file in folder().glob("*"):
        if not _is_alive(file.stem):
            if file.suffix == SUFFIX:
                found.append((file.stat().st_mtime, file))
            else:
                file.unlink(missing_ok=True)
    return [file for _, file in sorted(found, reverse=True)]


def _is_alive(name: str) -> bool:
    pid, _, start = name.partition("-")
    if not (pid.isdigit() and start.isdigit()):
        return False
    try:
        return abs(psutil.Process(int(pid)).create_time() - int(start)) < _SAME_START_S
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True
