"""`Guide`: what helps people find their way in the window. Each part is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QDialog

from app.page import Page
from app.panel_cycle import go_to_panel

if TYPE_CHECKING:
    from app.commands.popup import CommandPopup
    from app.tour.tour import RunningTour
    from app.window import MainWindow


class Guide(QObject):
    """Opens the command palette, the pages and the tour; there is at most one of each."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._popup: CommandPopup | None = None
        self.tour: RunningTour | None = None

    def commands(self) -> CommandPopup:
        """Open the command palette; close it when it is open."""
        from app.commands.popup import CommandPopup
        from app.commands.sources import entries

        if self._popup is not None:
            popup = self._popup
            popup.close_overlay()
            return popup
        self._window.actions_by_id.refresh()
        popup = CommandPopup(self._window, entries(self._window))
        popup.closed.connect(self._forget_popup)
        popup.told.connect(lambda text: self._window.workbench.message.emit("info", text))
        self._popup = popup
        popup.open()
        return popup

    def _forget_popup(self) -> None:
        self._popup = None

    def next_panel(self) -> None:
        """Give the keyboard to the next panel."""
        go_to_panel(self._window, 1)

    def previous_panel(self) -> None:
        """Give the keyboard to the panel before."""
        go_to_panel(self._window, -1)

    # -- help -------------------------------------------------------------------------------------------------

    def help(self) -> None:
        """Show the page of what is highlighted in the palette or selected on the canvas; else the shortcuts."""
        window = self._window
        palette, selection = window.palette_panel, window.workbench.selection
        in_palette = palette.isAncestorOf(QApplication.focusWidget() or window) and palette.highlighted
        if not in_palette and not selection:
            self.shortcuts()
            return
        window.help_dock.show()
        window.help_dock.raise_()
        if in_palette:
            window.help_panel.show_type(palette.highlighted)
        else:
            window.help_panel.show_node(selection[0])

    def shortcuts(self) -> None:
        """Show the page of shortcuts."""
        from app.help.shortcut_rows import shortcut_rows
        from app.help.shortcuts_page import ShortcutsPage

        rows = shortcut_rows(self._window.actions_by_id.records)
        self._open("shortcuts_page", lambda: ShortcutsPage(self._window, rows))

    def examples(self) -> None:
        """Show the gallery of examples."""
        from app.examples.example import examples
        from app.examples.gallery import Gallery

        def make() -> Gallery:
            gallery = Gallery(self._window, examples())
            gallery.chosen.connect(self._window.flow.open)
            return gallery

        self._open("gallery", make)

    def settings(self) -> None:
        """Show the settings."""
        from app.settings_page import SettingsPage

        self._open("settings_page", lambda: SettingsPage(self._window))

    def _open(self, name: str, make: Callable[[], Page]) -> None:
        """Open a page; one that is open is brought to the front."""
        known = self._window.findChild(QDialog, name)
        page = known if isinstance(known, Page) and known.isVisible() else make()
        page.open_over(self._window)

    def show_node(self, id: str) -> None:
        """Select a node and bring it into view."""
        if self._window.canvas is not None:
            self._window.canvas.focus_node(id)

    def show_source(self, file: str, line: int) -> None:
        """Open a file at a line with the command of the settings, else with what the system opens it with."""
        from app.document.source_file import open_source

        reason = open_source(file, line)
        if reason:
            self._window.workbench.message.emit("warning", reason)

    # -- the tour ---------------------------------------------------------------------------------------------

    def tour_once(self) -> None:
        """Begin the tour of the graph that is open, unless this user has ended or closed it before."""
        from app.tour.tour import was_seen

        if not was_seen():
            self._begin_tour()

    def take_tour(self) -> None:
        """Open the graph of the tour, start it and begin from the first tip. What is unsaved is asked about."""
        from app.actions.file_flow import example_files
        from app.tour.script import read_tour

        bench = self._window.workbench
        graph = read_tour().graph
        file = next((file for file in example_files() if file.stem == graph), None)
        if file is None:
            return

        def go() -> None:
            self.end_tour()
            bench.document_changed.connect(opened)
            if not bench.open(file):
                bench.document_changed.disconnect(opened)

        def opened() -> None:  # at once, or when the run of the graph before is over
            if bench.path is None or bench.path.stem != graph:
                return
            bench.document_changed.disconnect(opened)
            QTimer.singleShot(0, self, begin)

        def begin() -> None:
            bench.start()
            self._begin_tour()

        self._window.flow.guard(go)

    def end_tour(self) -> None:
        """Close the tour if it is under way."""
        if self.tour is not None:
            self.tour.end()

    def _begin_tour(self) -> None:
        from app.tour.script import read_tour
        from app.tour.tour import RunningTour

        self.end_tour()
        self.tour = RunningTour(self._window, read_tour())
        self.tour.ended.connect(self._forget_tour)
        self.tour.begin()

    def _forget_tour(self) -> None:
        self.tour = None
