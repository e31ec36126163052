"""What follows the death of a process: the words for it, and a box to choose it for the process of the selection."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox

from app.workbench import Workbench
from engine import Location, NodeSpec

DEATH_POLICIES = (
    ("", "as its nodes say", "what its nodes say for errors: stop, or restart when all of them restart; else leave it"),
    ("leave", "leave it", "its nodes stay dead; everything else goes on"),
    ("restart", "start it again", "after a pause that grows; what was under way is lost and counted"),
    ("stop", "stop the run", "everything else finishes what it has, and the run ends"),
)


def common_process(specs: Iterable[NodeSpec]) -> Location | None:
    """The one process that all these nodes run in; None when there is no such process."""
    places = {spec.location.process_location for spec in specs}
    place = places.pop() if len(places) == 1 else None
    return place if place is not None and place.process else None


class DeathPolicyBox(QComboBox):
    """Chooses what follows the death of a process. Each choice is an edit of the document."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self._workbench = workbench
        self._process: Location | None = None
        self.setAccessibleName("On crash of its process")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for policy, text, tip in DEATH_POLICIES:
            self.addItem(text, policy)
            self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.activated.connect(self._chosen)

    def show_process(self, process: Location) -> None:
        """Show what is set for a process."""
        self._process = process
        self.setToolTip(f"What follows when the process {process} crashes or is killed")
        self.setCurrentIndex(self.findData(self._workbench.graph.death_policy(process)))

    def _chosen(self, index: int) -> None:
        if self._process is not None:
            self._workbench.set_death_policy(str(self._process), self.itemData(index))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls the panel; it changes nothing."""
        event.ignore()
