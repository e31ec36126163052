"""`GraphEdit`: the one undo command. Snapshots are shallow copies of immutable specs, so every edit keeps two."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtGui import QUndoCommand, QUndoStack

from app.document.kept_work import KeptWork
from engine import Snapshot

_MERGEABLE = 1
_NOT_MERGEABLE = -1


class GraphEdit(QUndoCommand):
    """One step from a graph's content to another.

    Consecutive edits with the same non-empty `merge` text become one step when they follow within `merge_within_s`.
    """

    def __init__(
        self,
        text: str,
        before: Snapshot,
        after: Snapshot,
        put: Callable[[Snapshot], None],
        merge: str = "",
        merge_within_s: float = float("inf"),
    ) -> None:
        super().__init__(text)
        self.before = before
        self.after = after
        self.merge = merge
        self._put = put
        self._within_s = merge_within_s
        self._made = time.monotonic()

    def redo(self) -> None:
        """Put the content after the edit."""
        self._put(self.after)

    def undo(self) -> None:
        """Put the content before the edit."""
        self._put(self.before)

    def id(self) -> int:
        """The kind of command that may merge."""
        return _MERGEABLE if self.merge else _NOT_MERGEABLE

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take the following edit into this step, when it changes the same thing."""
        if not isinstance(other, GraphEdit) or other.merge != self.merge:
            return False
        if other._made - self._made > self._within_s:
            return False
        self.after = other.after
        self._made = other._made
        self.setObsolete(self.before == self.after)
        return True


def put_history(stack: QUndoStack, kept: KeptWork, put: Callable[[Snapshot], None]) -> None:
    """Fill an empty stack with the steps of kept work, whose content is shown already; no step of it is clean."""
    is_live = False

    def put_when_live(content: Snapshot) -> None:
        if is_live:
            put(content)

    for step in kept.steps:
        stack.push(GraphEdit(step.text, step.before, step.after, put_when_live))
    stack.setIndex(kept.done)
    stack.resetClean()
    is_live = True
