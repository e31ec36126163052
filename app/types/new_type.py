"""`NewType`: makes a node type of the user's own, in a file beside the graph, and opens it for editing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app import RESOURCES
from engine import GraphError
from engine.node.scaffold import NewNode, file_of, write_new

if TYPE_CHECKING:
    from app.types.new_type_popup import NewTypePopup
    from app.window import MainWindow

KEY = "new type"


class NewType(QObject):
    """Asks for a name, writes the file, lists the node type and opens its file in the user's editor."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._popup: NewTypePopup | None = None

    def ask(self) -> NewTypePopup | None:
        """Open the popup; None, with a bar that says what to do first, where no file can be written."""
        from app.types.new_type_popup import NewTypePopup

        window, bench = self._window, self._window.workbench
        if self._popup is not None:
            self._popup.line.setFocus()
            return self._popup
        folder = bench.graph.folder
        if folder is None or bench.path is None or bench.path.is_relative_to(RESOURCES):
            text = (
                "A node type is a file in the nodes folder beside the graph. "
                + ("This graph has no file yet" if bench.path is None else "This is an example")
                + ": save it first."
            )
            window.bars.put(KEY, "info", text, {"Save as…": self._save_first})
            return None
        if window.types is None or not window.types.may_write(folder):
            bench.foreign_code_found.emit(bench.foreign_code)
            bench.message.emit(
                "warning", "There is code in the nodes folder that is not loaded yet: answer that first."
            )
            return None
        popup = NewTypePopup(window, folder, lambda new: self._write(new, folder))
        popup.closed.connect(self._forget)
        popup.created.connect(lambda new: self._open(new, folder))
        self._popup = popup
        popup.open()
        return popup

    def _save_first(self) -> None:
        self._window.bars.remove(KEY)
        self._window.flow.choose_and_save(self.ask)

    def _forget(self) -> None:
        self._popup = None

    def _write(self, new: NewNode, folder: Path) -> str:
        try:
            write_new(new, folder)
        except GraphError as error:
            return str(error)
        except OSError as error:
            return f"The file was not written: {error.strerror}."
        return ""

    def _open(self, new: NewNode, folder: Path) -> None:
        """The file is there: list the node type, show where, and let its author go on."""
        window, file = self._window, file_of(new, folder)
        if window.types is None:
            return
        window.bars.remove(KEY)
        window.types.agree(folder)
        window.palette_dock.show()
        window.palette_dock.raise_()
        window.palette_panel.reveal(new.type_path)
        text = f"{new.class_name} is in the palette under My nodes. Save {file.relative_to(folder)} and it loads anew."
        window.workbench.message.emit("info", text)
        window.types.show_source(str(file), 1)
