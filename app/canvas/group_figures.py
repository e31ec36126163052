"""Gathers what a run says of the nodes inside groups, and shows it on the cards of the groups once a turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.canvas.activity import IDLE_NODE, NodeActivity
from app.canvas.group_activity import group_activity

if TYPE_CHECKING:
    from app.canvas.mirror import Mirror
    from app.workbench import Workbench


class GroupFigures:
    """Keeps the activity of every node that is seen as a part of a group, and forgets those that are not any more."""

    def __init__(self, mirror: Mirror, workbench: Workbench, parent: QObject) -> None:
        self._mirror = mirror
        self._workbench = workbench
        self._inside: dict[str, dict[str, NodeActivity]] = {}  # by group, by node
        self._changed: set[str] = set()
        self._soon = QTimer(parent)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._show)

    def take(self, node: str, activity: NodeActivity) -> None:
        """Take what a run says of a node in a group; the card of the group follows in the next turn of Qt's loop."""
        group = self._mirror.level.card_of[node]
        known = self._inside.setdefault(group, {})
        before = known.get(node)
        if before != activity or (before is not None and before.rate_hz != activity.rate_hz):
            known[node] = activity
            self._changed.add(group)
            if not self._soon.isActive():
                self._soon.start()

    def look_again(self) -> None:
        """The level has changed, or what is in a group."""
        groups = self._mirror.level.groups
        for group in list(self._inside):
            inside = set(groups.get(group, ()))
            self._inside[group] = {node: shown for node, shown in self._inside[group].items() if node in inside}
            if group not in groups:
                del self._inside[group]
            else:
                self._changed.add(group)
        if self._changed:
            self._soon.start()

    def forget(self) -> None:
        """There is no run."""
        for group in self._inside:
            self._mirror.show_card_activity(group, IDLE_NODE)
        self._inside = {}

    def _show(self) -> None:
        changed, self._changed = self._changed, set()
        specs = self._workbench.graph.nodes
        for group in changed:
            item = self._mirror.nodes.get(group)
            if item is not None:
                self._mirror.show_card_activity(group, group_activity(item.card, self._inside.get(group, {}), specs))
