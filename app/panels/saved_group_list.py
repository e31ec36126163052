"""Keeps the saved groups in the palette up to date, and takes one away when that is wished."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu

from app.document import group_edits
from app.document.saved_groups import is_saved_group, path_of, saved_groups
from app.panels.palette import Palette
from app.workbench import Workbench


class SavedGroupList(QObject):
    """The groups of this user and those beside the open graph, as rows of the palette."""

    def __init__(self, workbench: Workbench, palette: Palette) -> None:
        super().__init__(palette)
        self._workbench = workbench
        self._palette = palette
        workbench.document_replaced.connect(self.refresh)
        workbench.path_changed.connect(self.refresh)
        workbench.whereabouts.saved_groups_changed.connect(self.refresh)
        palette.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        palette.tree.customContextMenuRequested.connect(self._open_menu)
        remove = QShortcut(QKeySequence(Qt.Key.Key_Delete), palette.tree)
        remove.setContext(Qt.ShortcutContext.WidgetShortcut)
        remove.activated.connect(lambda: self._remove(palette.highlighted))
        self.refresh()

    def refresh(self) -> None:
        """List what is there now."""
        self._palette.show_groups(saved_groups(self._workbench.graph.folder))

    def _open_menu(self, position: QPoint) -> None:
        type_path = self._palette.type_path_at(position)
        if not is_saved_group(type_path):
            return
        menu = QMenu("Reusable group", self._palette)
        menu.setObjectName("saved_group_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Add to the graph", lambda: self._palette.chosen.emit(type_path))
        menu.addAction("Remove from this list\tDel", lambda: self._remove(type_path))
        menu.popup(self._palette.tree.viewport().mapToGlobal(position))

    def _remove(self, type_path: str) -> None:
        if is_saved_group(type_path):
            group_edits.set_aside(self._workbench, path_of(type_path))
