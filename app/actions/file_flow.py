"""`FileFlow`: opening, saving and closing with their questions. Dialogs open and answer later; nothing waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app import RESOURCES
from app.workbench import Workbench

SUFFIX = ".tide"
FILTER = f"Tidewire graphs (*{SUFFIX});;All files (*)"


class FileFlow(QObject):
    """What the File menu does. Whatever would replace unsaved work asks first."""

    def __init__(self, workbench: Workbench, window: QWidget) -> None:
        super().__init__(window)
        self._workbench = workbench
        self._window = window
        self._question: QMessageBox | None = None

    def new(self) -> None:
        """Open an empty graph."""
        self.guard(self._workbench.new)

    def open(self, path: Path) -> None:
        """Open a graph file."""
        self.guard(lambda: self._workbench.open(path))

    def choose_and_open(self) -> None:
        """Ask for a graph file and open it."""
        self.choose("Open graph", self.open)

    def choose(self, title: str, then: Callable[[Path], object]) -> None:
        """Ask for a graph file; `then` gets it."""
        dialog = self._dialog(title, QFileDialog.AcceptMode.AcceptOpen)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda file: then(Path(file)))
        dialog.open()

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Save; ask where when the graph has no file yet or is an example. `then` follows when it is saved."""
        path = self._workbench.path
        if path is None or path.is_relative_to(RESOURCES):
            self.choose_and_save(then)
        elif self._workbench.save() and then is not None:
            then()

    def choose_and_save(self, then: Callable[[], object] | None = None) -> None:
        """Ask where to save, and save there. `then` follows when it is saved."""
        dialog = self._dialog("Save graph as", QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX.lstrip("."))
        if self._workbench.path is not None:
            dialog.selectFile(self._workbench.path.name)
        dialog.fileSelected.connect(lambda file: self._save_as(Path(file), then))
        dialog.open()

    def _save_as(self, path: Path, then: Callable[[], object] | None) -> None:
        if self._workbench.save_as(path) and then is not None:
            then()

    def guard(self, then: Callable[[], object]) -> None:
        """Go on at once when nothing is unsaved; else ask: Save, Discard or Cancel. A second question replaces none."""
        if not self._workbench.is_modified:
            then()
            return
        if self._question is not None:
            self._question.raise_()
            return
        name = self._workbench.path.name if self._workbench.path else "this graph"
        box = QMessageBox(self._window)
        box.setObjectName("unsaved")
        box.setWindowTitle("Unsaved changes")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Save the changes to {name}?")
        box.setInformativeText("Without saving they are lost.")
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        box.setEscapeButton(buttons.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def answered(answer: int) -> None:
            self._question = None
            if answer == buttons.Save:
                self.save(then)
            elif answer == buttons.Discard:
                then()

        box.finished.connect(answered)
        self._question = box
        box.open()

    def _dialog(self, title: str, mode: QFileDialog.AcceptMode) -> QFileDialog:
        dialog = QFileDialog(self._window, title, str(self._folder()), FILTER)
        dialog.setAcceptMode(mode)
        dialog.setViewMode(QFileDialog.ViewMode.List)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    def _folder(self) -> Path:
        path = self._workbench.path
        if path is not None and not path.is_relative_to(RESOURCES):
            return path.parent
        own = (recent.parent for recent in self._workbench.recent_files() if not recent.is_relative_to(RESOURCES))
        return next(own, Path.home())


def example_files() -> list[Path]:
    """The example graphs that come with the editor."""
    return sorted((RESOURCES / "graphs").glob(f"*{SUFFIX}"))
