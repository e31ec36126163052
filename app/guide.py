"""`Guide`: what helps people find their way in the window. Each part is imported when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from app.commands.popup import CommandPopup
    from app.window import MainWindow


class Guide(QObject):
    """Opens the command palette; there is at most one of each."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._popup: CommandPopup | None = None

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
