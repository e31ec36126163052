"""`TypeListing`: the node types that can be added, kept in step with the files they come from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.document.source_file import open_source
from app.document.trust import foreign_code, known_types, trusted_types
from app.panels.bars import Bars
from app.panels.palette import Palette
from app.types.folder_watch import FolderWatch
from app.workbench import Workbench
from engine import catalog
from engine.node.load_failure import LoadFailure
from engine.node.reloading import Reloaded

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

KEY = "node files"
_NAMED = 3


class TypeListing(QObject):
    """Lists node types in the palette and on the canvas, and loads files of `nodes/` when they are saved.

    The user agrees to the code of a folder once. From then on, while a graph of that folder is open, what is saved
    there is loaded at once and counts as agreed to: it is the user at work, and a bar says so the first time. After
    "Ask first" the question comes back with every change.
    """

    def __init__(
        self, workbench: Workbench, palette: Palette, canvas: Callable[[], CanvasView | None], bars: Bars
    ) -> None:
        super().__init__(palette)
        self._workbench = workbench
        self._palette = palette
        self._canvas = canvas
        self._bars = bars
        self._is_trusted = False
        self._listed: Path | None = None  # the folder whose own types are listed
        self._failures: list[LoadFailure] = []
        self._told: set[Path] = set()  # folders whose user knows that files load by themselves
        self._asks_first: set[Path] = set()
        self._asked_for: list[str] = []
        self._watch = FolderWatch(self)
        self._watch.changed.connect(self.look)
        palette.source_wanted.connect(self.show_source)
        workbench.document_replaced.connect(self._follow)
        workbench.path_changed.connect(self._follow_path)
        self._attach()
        self.list_types()

    @property
    def failures(self) -> list[LoadFailure]:
        """What could not be loaded, and why."""
        return self._failures

    def list_types(self) -> None:
        """Show all that can be added, and what cannot be loaded."""
        folder = self._workbench.graph.folder
        types, failures = known_types(folder)
        self._listed = folder if trusted_types.is_trusted_folder(folder) else None
        distinct = {(failure.file, failure.line, failure.reason): failure for failure in reversed(failures)}
        shown = list(reversed(distinct.values()))
        new = [failure for failure in shown if failure not in self._failures]
        mended = [failure for failure in self._failures if failure.file not in {other.file for other in shown}]
        self._failures = shown
        self._palette.show_types(types, shown)
        canvas = self._canvas()
        if canvas is not None:
            canvas.show_types(types)
        for failure in new:
            self._workbench.message.emit("warning", f"{failure}.")
        if mended and not new:
            names = ", ".join(dict.fromkeys(failure.file.name for failure in mended if failure.file is not None))
            if names and self._is_trusted:
                self._workbench.message.emit("info", f"{names} can be loaded again.")

    def show_source(self, file: str, line: int) -> None:
        """Open a file in the user's own editor."""
        refusal = open_source(file, line)
        if refusal:
            self._workbench.message.emit("warning", refusal)

    # -- files that change --------------------------------------------------------------------------------------

    def look(self) -> None:
        """Take up what has changed in the files beside the open graph, or ask for leave to."""
        folder = self._workbench.graph.folder
        if folder is None:
            return
        if not self._is_trusted or folder in self._asks_first:
            self._ask(folder)
            return
        trusted_types.trust([], folder)
        self._take_up(folder)

    def agree(self, folder: Path) -> None:
        """The user has written the code in this folder with our help: it is theirs, and loads from now on."""
        self._is_trusted = True
        self._told.add(folder)
        trusted_types.trust([], folder)
        self._watch.take_as_seen()
        self._take_up(folder)

    def may_write(self, folder: Path) -> bool:
        """May a file be added in the folder's `nodes/`: is there no code in it that the user has not agreed to?"""
        return trusted_types.look_again(folder) or not foreign_code_in(self._workbench)

    def _take_up(self, folder: Path) -> None:
        before = self._palette.types
        done = catalog.reload(folder)
        self.list_types()
        if done.modules or done.removed or self._palette.types != before:
            self._workbench.types_changed.emit()
            self._tell(folder, done, [kind for kind in self._palette.types if kind not in before])

    def _tell(self, folder: Path, done: Reloaded, new: list[type]) -> None:
        modules = {*done.modules, *(catalog.path_of(kind).partition(":")[0] for kind in new)}
        names = [f"{name.replace('.', '/')}.py" for name in sorted(modules)]
        gone = [f"{name.replace('.', '/')}.py" for name in done.removed]
        parts = [f"Loaded {_list(names)}."] if names else []
        parts += [f"Gone: {_list(gone)}."] if gone else []
        if not parts:
            return
        self._workbench.message.emit("info", " ".join(parts))
        if folder not in self._told:
            self._told.add(folder)
            text = f"{' '.join(parts)} While this graph is open, files in its nodes folder load when they are saved."
            self._bars.put(KEY, "info", text, {"Ask first": lambda: self._ask_first(folder), "Fine": self._close_bar})

    def _ask_first(self, folder: Path) -> None:
        self._asks_first.add(folder)
        self._close_bar()

    def _close_bar(self) -> None:
        self._bars.remove(KEY)

    def _ask(self, folder: Path) -> None:
        """Ask for leave to load the folder's code; once for the same files unless they were agreed to before."""
        if trusted_types.look_again(folder):
            return
        names = foreign_code_in(self._workbench)
        if names and (names != self._asked_for or folder in self._asks_first):
            self._asked_for = names
            self._workbench.foreign_code_found.emit(names)

    # -- another graph ------------------------------------------------------------------------------------------

    def _attach(self) -> None:
        folder = self._workbench.graph.folder
        self._is_trusted = trusted_types.is_trusted_folder(folder)
        self._watch.watch(folder)

    def _follow(self) -> None:
        """Another graph is shown, or its code was agreed to."""
        self._attach()
        self._asked_for = self._workbench.foreign_code
        folder = self._workbench.graph.folder
        done = catalog.reload(folder) if folder is not None and self._is_trusted else Reloaded()
        if (folder if self._is_trusted else None) != self._listed or done != Reloaded():
            self._close_bar()
            self.list_types()

    def _follow_path(self) -> None:
        """The graph was saved elsewhere: other node types lie beside it there."""
        if self._workbench.graph.folder == self._watch.folder:
            return
        self._follow()
        self._workbench.types_changed.emit()
        if self._asked_for:
            self._workbench.foreign_code_found.emit(self._asked_for)


def foreign_code_in(workbench: Workbench) -> list[str]:
    """The files beside the open graph that are not agreed to."""
    return [name for name in foreign_code(workbench.graph) if name.startswith("nodes/")]


def _list(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
