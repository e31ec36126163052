"""Noticing that a whole process says nothing: code in it keeps the interpreter lock, or somebody has stopped it."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.runtime.events import EventBus
from engine.runtime.sites import Site, Sites
from engine.runtime.statistics import Ledger

SILENT_AFTER_S = 1.0


class SilenceWatch:
    """Marks the nodes of a silent process as late, and takes the mark away when it speaks again."""

    def __init__(self, sites: Sites, ledger: Ledger, bus: EventBus, rest: Callable[[Site], None]) -> None:
        self._rest = rest
        self._sites = sites
        self._ledger = ledger
        self._bus = bus
        self._heard_at: dict[str, float] = {}

    def heard(self, process: str) -> None:
        """A process has said something."""
        self._heard_at[process] = time.monotonic()

    def look(self) -> None:
        """Look at all processes of the run."""
        now = time.monotonic()
        for name in self._sites.processes:
            self._watch_process(name, now)

    def _watch_process(self, name: str, now: float) -> None:
        """A process that says nothing is held as a whole: by code that keeps the interpreter lock, or by a signal."""
        silent = now - self._heard_at.get(name, now) > SILENT_AFTER_S
        for site in self._sites.of_process(name):
            if site.is_over or not site.is_ready:
                continue
            for id in site.nodes:
                node = self._ledger.nodes[id]
                if silent and not node.late and not node.state.is_over:
                    self._rest(site)
                    self._ledger.update_node(id, late=True, message=f"process {name} does not respond")
                    self._bus.tell(f"node:{id}", "", "late", f"process {name} does not respond")
                elif not silent and node.late and not site.late:
                    self._ledger.update_node(id, late=False, message="")
                    self._bus.tell(f"node:{id}", "", "in time", "")
