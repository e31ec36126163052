"""`Running`: Qt's side of a run. Starts, stops and watches it on the app's loop; nothing here waits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.document.live_editing import LiveEditing
from engine import Graph, GraphError, RunError, RunState, TidewireError

if TYPE_CHECKING:
    from engine import Run

STATISTICS_INTERVAL_MS = 100
GRACE_S = 3.0

_log = logging.getLogger(__name__)


class Running(QObject):
    """The run of the open graph, and the tasks around it.

    At most one run is not over, and while there is one the statistics timer is on.
    """

    changed = Signal()
    statistics = Signal(object)
    happened = Signal(object)
    edited = Signal(object)
    refused = Signal(list)
    message = Signal(str, str)
    _event_from_any_thread = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self._starting: asyncio.Task[None] | None = None
        self._stop_asked = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.edits = LiveEditing(self)
        self._timer = QTimer(self, objectName="statistics", interval=STATISTICS_INTERVAL_MS)
        self._timer.timeout.connect(self._tick)
        self._event_from_any_thread.connect(self._take_event, Qt.ConnectionType.QueuedConnection)

    @property
    def is_active(self) -> bool:
        """Is a run being started, or not over?"""
        return self._starting is not None or (self.run is not None and not self.run.state.is_over)

    @property
    def state(self) -> RunState | None:
        """The state of the run, PREPARING while it is being started, None when there was none."""
        if self._starting is not None:
            return RunState.PREPARING
        return self.run.state if self.run is not None else None

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine on the app's loop; the task is held until it ends, and its exception is told."""
        task = asyncio.get_event_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)
        return task

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            error = task.exception()
            _log.error("a task of the editor failed", exc_info=error)
            self.message.emit("error", f"Something in the editor failed: {error!r}. Your graph is unharmed.")

    # -- starting and ending ----------------------------------------------------------------------------------

    def start(self, graph: Graph) -> None:
        """Start a graph, which must not be changed any more."""
        if self.is_active:
            return
        self._stop_asked = False
        self._starting = self.spawn(self._start(graph))
        self._starting.add_done_callback(self._start_over)
        self.changed.emit()

    def _start_over(self, task: asyncio.Task[None]) -> None:
        """A start that is cancelled before its first step runs none of its own clean-up."""
        if self._starting is task:
            self._starting = None
            self.changed.emit()

    async def _start(self, graph: Graph) -> None:
        try:
            run = await graph.astart(on_error="skip", on_event=self._event_from_any_thread.emit)
        except asyncio.CancelledError:
            self.message.emit("info", "The start was cancelled.")
            return
        except GraphError as error:
            self.refused.emit(error.problems)
            self.message.emit("error", f"The graph cannot start: {_first_line(error)}")
            return
        except TidewireError as error:
            self.refused.emit([error])
            self.message.emit("error", f"The graph did not start: {_first_line(error)}")
            return
        finally:
            self._starting = None
            self.changed.emit()
        self._took_off(run, graph)

    def _took_off(self, run: Run, graph: Graph) -> None:
        self.run = run
        self.edits.begin(run, graph)
        self._timer.start()
        self.spawn(self._watch(run))
        self.changed.emit()
        if self._stop_asked:
            self.stop()

    async def _watch(self, run: Run) -> None:
        await run.await_end()
        if self.run is not run:  # the next one has begun already
            return
        self._timer.stop()
        self.statistics.emit(run.statistics())
        self.changed.emit()

    def stop(self) -> None:
        """Ask the run to drain."""
        self._stop_asked = True
        if self._starting is None and self.run is not None and not self.run.state.is_over:
            self.spawn(self._stop(self.run, force=False))

    def force_stop(self) -> None:
        """End the run by force; cancels a start."""
        if self._starting is not None:
            self._starting.cancel()
        elif self.run is not None and not self.run.state.is_over:
            self.spawn(self._stop(self.run, force=True))

    async def _stop(self, run: Run, force: bool) -> None:
        try:
            await run.astop(force=force)
        except RunError as error:
            self.message.emit("warning", str(error))
        self.changed.emit()

    async def end(self) -> None:
        """Drain the run for three seconds, then end it by force; returns when it is over."""
        if self._starting is not None:
            starting = self._starting
            starting.cancel()
            await asyncio.wait([starting])
        run = self.run
        if run is None or run.state.is_over:
            return
        drain = self.spawn(self._stop(run, force=False))
        await asyncio.wait([drain], timeout=GRACE_S)
        if not run.state.is_over:
            await run.astop(force=True)

    def forget(self) -> None:
        """Drop a run that is over: another graph is shown."""
        if not self.is_active:
            self.run = None

    # -- while it runs ----------------------------------------------------------------------------------------

    @Slot()
    def _tick(self) -> None:
        if self.run is not None:
            self.statistics.emit(self.run.statistics())

    @Slot(object)
    def _take_event(self, event: Any) -> None:
        self.happened.emit(event)
        if event.entity == "run":
            self.changed.emit()

    def apply(self, graph: Graph) -> None:
        """Bring a change of the graph into the run, where that can be done while it goes on; it says what can not."""
        self.edits.apply(graph)


def _first_line(error: BaseException) -> str:
    return (str(error) or repr(error)).splitlines()[0]
