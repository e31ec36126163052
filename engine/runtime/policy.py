"""What follows a failure of a node: the next message, a node made anew, or the node's end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from engine.computers.thread import Interrupted
from engine.runtime.failing import FailureFilter, one_line, traceback_of
from engine.runtime.joining import Joiner
from engine.runtime.node_code import NodeCode
from engine.runtime.states import NodeState

RESTART_FIRST_S, RESTART_MOST_S = 0.1, 5.0
LIVED_S = 10.0  # a node that went on for so long begins its pauses anew
MOST_STARTS = 10  # a node that cannot be started so often in a row is given up


class NodeFailed(Exception):
    """The node does not go on; its failure has been reported."""


class Restartable(Protocol):
    """Whose failures they are: a stepper.

    Attributes:
        code: the node object.
        task: the task in which the node runs.
        joiner: what is under way to the node comes from it; a source has none.
        aborting: is what is under way thrown away?
    """

    code: NodeCode
    task: asyncio.Task[Any] | None
    joiner: Joiner | None
    aborting: bool

    @property
    def stopping(self) -> bool:
        """Has the run asked the node to stop?"""
        ...

    async def pause(self, seconds: float) -> None:
        """Wait on the loop; ends early when the run stops."""
        ...


class FailurePolicy:
    """Treats the failures of one node by its policy: "skip", "restart" or "stop".

    Args:
        stepper: the node's stepper.
        on_error: the policy; it may be set to another.
        tell: takes a failure: the exception, its traceback as text, the phase, and whether the node does not go on.
        move: takes the state that the node is in now, the reason, and a result (none here).

    Attributes:
        errors: how many there were; every one is counted, though not every one is told.
        is_down: is the node between a failure and the restart that succeeds?
    """

    def __init__(
        self,
        stepper: Restartable,
        on_error: str,
        tell: Callable[[BaseException, str, str, bool], None],
        move: Callable[[NodeState, str, bytes], None],
    ) -> None:
        self.errors = 0
        self.is_down = False
        self._stepper = stepper
        self.on_error = on_error
        self._tell = tell
        self._move = move
        self._filter = FailureFilter()
        self._restarts = 0  # in a row, without having gone on for long
        self._up_since = time.monotonic()

    def report(self, error: BaseException, phase: str) -> None:
        """Count a failure after which the node goes on, and tell it, unless it has been told often enough."""
        self.errors += 1
        if self._filter.lets_through(error):
            self._tell(error, traceback_of(error), phase, False)

    def report_final(self, error: BaseException, phase: str) -> None:
        """Count and tell a failure after which the node does not go on."""
        self.errors += 1
        self._tell(error, traceback_of(error), phase, True)

    async def handle(self, error: BaseException, phase: str) -> None:
        """Treat a failure by the node's policy; raises `NodeFailed` when the node does not go on."""
        if isinstance(error, Interrupted) or self.is_thrown_away(error):  # no failure of the node's
            raise error
        if self.on_error == "skip":
            self.report(error, phase)
        else:
            await self.restart_or_fail(error, phase)

    async def restart_or_fail(self, error: BaseException, phase: str) -> None:
        """Treat a failure after which the node cannot go on as it is; raises `NodeFailed` unless it begins anew."""
        if self.on_error != "restart":
            self.report_final(error, phase)
            raise NodeFailed from error
        self.report(error, phase)
        await self._restart(error)

    async def handle_cancelled(self, error: asyncio.CancelledError, phase: str) -> None:
        """A cancellation that we asked for ends the node; one that the node made up is its failure."""
        if self.is_cancelled:
            raise error
        await self.handle(error, phase)

    def is_thrown_away(self, error: BaseException) -> bool:
        """Is this the end of a task that nobody runs any more (its loop has closed), and not the node's own doing?"""
        if not isinstance(error, GeneratorExit):
            return False
        try:
            return asyncio.current_task() is not self._stepper.task
        except RuntimeError:
            return True

    @property
    def is_cancelled(self) -> bool:
        """Has somebody cancelled the node's task, as a forced stop does?"""
        task = self._stepper.task
        return task is not None and task.cancelling() > 0

    async def _restart(self, error: BaseException) -> None:
        """Build the node anew, each time after a longer pause; raises `NodeFailed` when that cannot be."""
        self.is_down = True
        cause = one_line(error)
        if time.monotonic() - self._up_since >= LIVED_S:
            self._restarts = 0
        for starts in range(1, MOST_STARTS + 1):
            pause = min(RESTART_FIRST_S * 2**self._restarts, RESTART_MOST_S)
            if self._stepper.stopping:  # nobody should wait long for a drain because of each message under way
                pause = RESTART_FIRST_S
            self._restarts = min(self._restarts + 1, 30)
            reason = f"{one_line(error)}; starts again in {pause:g} s (restart {self._restarts})"
            self._move(NodeState.RESTARTING, reason, b"")
            await self._stepper.pause(pause)
            if self._stepper.stopping and (starts > 1 or not self._has_work_left):
                raise NodeFailed
            await self._attempt(self._stepper.code.stop)  # its failure does not keep a new one from beginning
            failure = await self._attempt(self._start_anew, is_last=starts == MOST_STARTS)
            if failure is None:
                self.is_down = False
                self._up_since = time.monotonic()
                self._move(NodeState.RUNNING, cause, b"")  # it goes on showing why
                return
            error = failure
        raise NodeFailed from error

    @property
    def _has_work_left(self) -> bool:
        """In a run that stops: a drain processes what is under way, and waits for one start because of it."""
        return self._stepper.joiner is not None and not self._stepper.aborting

    async def _start_anew(self) -> None:
        code = self._stepper.code
        code.build()
        await code.call(code.node.on_start)

    async def _attempt(self, step: Callable[[], Awaitable[None]], *, is_last: bool = False) -> BaseException | None:
        """Do a step of a restart; returns what it raised, which is told."""
        try:
            await step()
            return None
        except asyncio.CancelledError as error:
            if self.is_cancelled:
                raise
            failure: BaseException = error
        except Interrupted:
            raise
        except BaseException as error:
            failure = error
        if is_last:
            self.report_final(failure, "restart")
        else:
            self.report(failure, "restart")
        return failure
