"""Ending by force what does not stop by itself, within a budget that does not grow with the number of computers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from engine.computers.thread import ThreadComputer
from engine.runtime.record import Record
from engine.runtime.sites import Site, Sites
from engine.runtime.states import NodeState

ABORT_GRACE_S, TERMINATE_GRACE_S, KILL_GRACE_S = 1.0, 0.3, 0.4  # together within the 2 s of a stop by force


class Force:
    """The three steps of force, for a run whose workers have been asked to stop at once.

    Args:
        over: done when nothing of the run is left.
        check_over: called when something may have ended.

    Attributes:
        is_used: were computers ended by force (or is a start taken down)?
    """

    def __init__(
        self, sites: Sites, record: Record, over: asyncio.Future[None], check_over: Callable[[], object]
    ) -> None:
        self.is_used = False
        self._sites = sites
        self._record = record
        self._over = over
        self._check_over = check_over

    async def end(self) -> bool:
        """Wait, terminate, kill; False when a process stays whatever is done (the system keeps it)."""
        if await self._over_within(ABORT_GRACE_S):
            return True
        self.is_used = True
        for name, process in self._sites.processes.items():
            if not all(site.is_over for site in self._sites.of_process(name)):
                process.terminate()
        for site in self._stuck_here():
            if site.computer is not None:
                site.computer.interrupt()
        if await self._over_within(TERMINATE_GRACE_S):
            return True
        for process in self._sites.processes.values():
            process.kill()
        self._bury_interrupted()
        for site in self._stuck_here():
            self._abandon(site)
        self._check_over()
        if await self._over_within(KILL_GRACE_S):
            return True
        for name in self._sites.processes:
            self._leave_behind(name)
        return False

    async def _over_within(self, seconds: float) -> bool:
        await asyncio.wait([self._over], timeout=seconds)
        return self._over.done()

    def _stuck_here(self) -> list[Site]:
        return [site for site in self._sites.by_location.values() if site.worker is not None and not site.is_over]

    def _bury_interrupted(self) -> None:
        """Threads that the interruption ended outside of a node: their workers can say nothing any more."""
        for site in self._stuck_here():
            if isinstance(site.computer, ThreadComputer) and site.computer.join(0):
                site.is_dead = True
                for id in site.nodes:
                    self._record.move_node(id, NodeState.DEAD, "ended by force")

    def _abandon(self, site: Site) -> None:
        """A thread of this process that does not come back: say so, cut it off, go on without it."""
        site.is_dead = True
        if isinstance(site.computer, ThreadComputer):
            site.computer.abandon()
        stack = site.stack()
        reason = (
            f"stuck, abandoned: Python cannot kill a thread; {site.label} goes on until its code returns. "
            "Run such nodes in a process, which can be ended."
        )
        self._record.move_computer(site, "", "abandoned", stack)
        self._record.fail_site(site, reason, stack)
        for id in site.nodes:
            self._record.move_node(id, NodeState.ABANDONED, reason)

    def _leave_behind(self, name: str) -> None:
        """A process that even SIGKILL does not end, as the kernel waits in it: say so, and go on without it."""
        for site in self._sites.of_process(name):
            if site.is_over:
                continue
            site.is_dead = True
            reason = (
                f"abandoned: process {name} does not end though it was killed; it waits in the system, for example for "
                "a disk or a network drive, and ends when that answers."
            )
            self._record.move_computer(site, "", "abandoned", reason)
            self._record.fail_site(site, reason, "")
            for id in self._record.unfinished(site):
                self._record.move_node(id, NodeState.ABANDONED, reason)
