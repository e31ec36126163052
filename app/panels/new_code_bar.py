"""The bar that says which running nodes go on with their old code, though a newer one was loaded, and why."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.panels.bars import Bars
from app.workbench import Workbench

KEY = "new code"
_NAMED = 4


class NewCodeBar(QObject):
    """Shows the bar while there are such nodes; closed by hand it returns when there are others, or newer code."""

    def __init__(self, workbench: Workbench, bars: Bars) -> None:
        super().__init__(bars)
        self._workbench = workbench
        self._bars = bars
        self._shown: list[str] | None = []
        workbench.types_changed.connect(self._look_anew)
        workbench.run_changed.connect(self._look)
        workbench.document_changed.connect(self._look)

    def _look_anew(self) -> None:
        self._shown = None
        self._look()

    def _look(self) -> None:
        waiting = self._workbench.new_code_waiting
        ids = [id for ids in waiting.values() for id in ids]
        if ids == self._shown:
            return
        self._shown = ids
        if not ids:
            self._bars.remove(KEY)
            return
        buttons = {"Begin anew now": self._workbench.use_new_code, "At the next start": self._close}
        self._bars.put(KEY, "info", waiting_text(self._workbench, ids), buttons)

    def _close(self) -> None:
        self._bars.remove(KEY)


def waiting_text(workbench: Workbench, ids: list[str]) -> str:
    """Which nodes go on with their old code, and what the new one would cost them."""
    nodes = workbench.graph.nodes
    names = ", ".join(nodes[id].label for id in ids[:_NAMED]) + (f" and {len(ids) - _NAMED} more" * (len(ids) > _NAMED))
    what = "runs on with its old code: it keeps" if len(ids) == 1 else "run on with their old code: they keep"
    return f"{names} {what} a state that would be lost if the new code took over now."
