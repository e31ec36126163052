"""What executes inside every computer, whichever kind: builds the nodes of one location, runs them, stops them.

A worker lives on one event loop. Commands may come from any thread; reports leave through one function.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from engine.bridges.bridge import SenderEnd
from engine.bridges.stream import StreamSender
from engine.computers.memory import resident_bytes
from engine.computers.pulse import Pulse
from engine.computers.thread import Interrupted
from engine.runtime import control
from engine.runtime.activity import counts_of
from engine.runtime.building import build
from engine.runtime.control import CommandMessage, ReportMessage, WireCounts
from engine.runtime.ends import WireEnds
from engine.runtime.failing import one_line, tellable, told, traceback_of
from engine.runtime.orders import Order
from engine.runtime.outputs import OutputPort
from engine.runtime.states import NodeState
from engine.runtime.stepper import Stepper
from engine.runtime.wiring import Wiring
from engine.runtime.worker_edit import WorkerEdits

COUNT_INTERVAL_S = 0.1
ABORT_BUDGET_S = 1.5
_MEMORY_EVERY = 5  # counts


class Worker:
    """Runs the nodes of one location.

    Invariant: after `Done` was reported, nothing of the worker is left on its loop and its bridges are closed.
    """

    def __init__(
        self, order: Order, wiring: Wiring, report: Callable[[ReportMessage], None], pulse: Pulse | None = None
    ) -> None:
        self.order = order
        self.location = order.location
        self.pulse = pulse or Pulse.in_this_process(len(order.nodes))
        self.is_done = False
        self._report = report
        self.wiring = wiring
        self.ends = WireEnds(order, wiring)
        self.steppers: dict[str, Stepper] = {}
        self._taps: dict[int, tuple[OutputPort, SenderEnd]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_listening = False
        self._is_preparing = False
        self._early: list[tuple[CommandMessage, Any]] = []
        self._lock = threading.Lock()
        self._released = asyncio.Event()
        self._aborted = asyncio.Event()
        self._draining = False
        self._aborting = False
        self._running: list[asyncio.Task[None]] = []
        self._background: set[asyncio.Task[Any]] = set()
        self._lag_ns = 0
        self._counted = 0  # how often
        self._last_counts: list[WireCounts] | None = None  # as they were when the bridges closed
        self._task: asyncio.Task[Any] | None = None
        self._is_closing = False
        self._edits = WorkerEdits(self)

    # -- the life of the worker

    async def run(self) -> None:
        """Everything from building the nodes to `Done`. Never raises."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self.pulse.begin()
        with self._lock:
            early, self._early = self._early, []
            self._is_listening = True
        self.spawn(self._count_regularly())  # `_close` ends it: while that waits for a peer, the loop is not late
        try:
            for command, extra in early:
                self._act(command, extra)
            self._is_preparing = True
            is_ready = await self._prepare()
            self._is_preparing = False
            if is_ready:
                self.say(control.Ready(self.location))
                await self._released.wait()
                await self._run_nodes()
            else:
                await self._stop_prepared()
        except asyncio.CancelledError:
            await self._stop_prepared()
        finally:
            self._is_closing = True
            await self._close()
            self.say(self._counts())
            self.pulse.end()
            self.is_done = True
            self.say(control.Done(self.location))

    async def _prepare(self) -> bool:
        for number, node in enumerate(self.order.nodes, 1):
            if self._is_aborting():
                return False
            try:
                self.pulse.working[0] = number
                stepper = await build(self, node, number, self.ends, asyncio.get_running_loop())
                self.steppers[node.id] = stepper
                await stepper.prepare()
            except BaseException as error:
                if isinstance(error, asyncio.CancelledError) and self._aborting:
                    return False
                self.node_failed_to_start(node.id, error)
                return False
            finally:
                self.pulse.working[0] = 0
            self.say(control.NodeMoved(self.location, node.id, NodeState.READY))
        return not self._is_aborting()

    def _is_aborting(self) -> bool:
        return self._aborting

    async def _run_nodes(self) -> None:
        if self._aborting:
            await self._stop_prepared()
            return
        self._running = [self.spawn(stepper.run()) for stepper in self.steppers.values()]
        if self._draining:
            self._drain()
        while running := [task for task in self._running if not task.done()]:
            self._running = running
            await asyncio.wait(running)  # not `gather`: that can only be cancelled when all of them can
            await self._edits.settled()  # it may have brought new ones

    def run_stepper(self, stepper: Stepper) -> None:
        """Let a new node run."""
        self._running.append(self.spawn(stepper.run()))
        if self._draining:
            stepper.drain()

    async def _stop_prepared(self) -> None:
        """Call `on_stop` of the nodes that were built and never ran."""
        for stepper in self.steppers.values():
            if not stepper.state.is_over and stepper.state is not NodeState.RUNNING:
                await stepper.stop_node()
                self.say(control.NodeMoved(self.location, stepper.id, NodeState.STOPPED))

    async def _close(self) -> None:
        """Let the bridges hand over what they hold, then close them and end what is left of the worker's tasks."""
        taps = [tap for _, tap in self._taps.values()]
        for output, tap in self._taps.values():
            output.remove_tap(tap)  # what nobody has read would stay as long as the run is kept
        self._taps.clear()
        self.ends.close()
        for tap in taps:
            tap.close()
        flushing = self.spawn(self.ends.flushed())
        aborted = self.spawn(self._aborted.wait())  # a peer that is stuck takes nothing more, however long we wait
        await asyncio.wait([flushing, aborted], return_when=asyncio.FIRST_COMPLETED)
        if not flushing.done():
            await asyncio.wait([flushing], timeout=0.2)
        await asyncio.wait([self.spawn(_all_flushed(taps))], timeout=0.2)  # nobody need read a tap
        self._last_counts = self.ends.counts()
        await asyncio.wait([self.spawn(self.ends.receivers_flushed())], timeout=0.2)
        self.ends.release()
        for tap in taps:
            if isinstance(tap, StreamSender):
                tap.release()
        for task in list(self._background):
            if task is not asyncio.current_task():
                task.cancel()
        if self._background:
            await asyncio.wait(self._background, timeout=0.5)

    def spawn(self, work: Any) -> asyncio.Task[Any]:
        """Run a coroutine that ends with the worker."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    # -- commands

    def command(self, command: CommandMessage, extra: Any = None) -> None:
        """Any thread: act on a command. `extra` is the socket or local end that comes with some."""
        with self._lock:
            if not self._is_listening or self._loop is None:
                self._early.append((command, extra))
                return
        try:
            self._loop.call_soon_threadsafe(self._act, command, extra)
        except RuntimeError:  # the loop has closed: there is nothing left to command
            _dispose(extra)

    def _act(self, command: CommandMessage, extra: Any) -> None:
        match command:
            case control.Release():
                self._released.set()
            case control.Drain():
                self._drain()
            case control.Abort():
                self._abort()
            case control.EndFeedback():
                for id in command.nodes:
                    if id in self.steppers:
                        self.steppers[id].end_feedback()
            case control.GrowWire():
                self.ends.grow(command.key, command.capacity)
            case control.SetParameter():
                self.spawn(self._set_parameter(command))
            case control.AttachTap():
                self._attach_tap(command, extra)
            case control.DetachTap():
                self._detach_tap(command.tap)
            case control.Part():
                self.say(control.Parted(self.location, self.ends.part(command.keys, command.is_final)))
                if self._last_counts is not None:
                    self._last_counts = self.ends.counts()
            case control.PrepareEdit() if self._is_closing:
                self.say(control.Edited(self.location, command.edition, 1, f"{self.location or 'main'} has just ended"))
            case control.PrepareEdit():
                self._edits.prepare(command)
            case control.TakeInputs():
                self.spawn(self._edits.take_inputs(command))
            case control.FinishEdit():
                self.spawn(self._edits.finish(command))
            case control.Rewire():
                if self.ends.reconnect(command.key, extra):
                    self.say(control.Rewired(self.location, command.key))

    def _drain(self) -> None:
        self._draining = True
        if self._running:
            for stepper in self.steppers.values():
                stepper.drain()

    def _abort(self) -> None:
        if self._aborting:
            return
        self._aborting = True
        self._released.set()
        self._aborted.set()
        for stepper in self.steppers.values():
            stepper.abort()
        if self._edits.is_open:
            self.spawn(self._edits.give_up())
        if self._is_preparing and self._task is not None:
            self._task.cancel()  # an `on_start` that awaits is cut short

    async def _set_parameter(self, command: control.SetParameter) -> None:
        error = ""
        stepper = self.steppers.get(command.node)
        if stepper is None or stepper.state.is_over:
            error = f"node {command.node} has ended"
        else:
            try:
                value = await stepper.code.set_parameter(command.name, command.value)
                order = next(node for node in self.order.nodes if node.id == command.node)
                order.parameters = {**order.parameters, command.name: value}  # an instance made anew has it too
            except Interrupted:
                raise
            except BaseException as failure:  # SystemExit too: it would end the loop of the whole computer
                task = asyncio.current_task()
                if isinstance(failure, asyncio.CancelledError) and task is not None and task.cancelling():
                    raise
                error = told(failure)
        self.say(control.ParameterSet(self.location, command.request, error))

    def _attach_tap(self, command: control.AttachTap, extra: Any) -> None:
        stepper = self.steppers.get(command.node)
        output = stepper.outputs.get(command.port) if stepper else None
        assert self._loop is not None
        if isinstance(extra, SenderEnd):
            tap = extra
        else:
            tap = StreamSender(extra, self._loop, command.capacity, command.policy)
        if output is None or output.is_closed:
            tap.close()
            self.spawn(self._release_tap(tap))
            return
        output.add_tap(tap)
        self._taps[command.tap] = (output, tap)

    def _detach_tap(self, id: int) -> None:
        if id in self._taps:
            output, tap = self._taps.pop(id)
            output.remove_tap(tap)
            tap.close()
            self.spawn(self._release_tap(tap))

    async def _release_tap(self, tap: SenderEnd) -> None:
        try:
            async with asyncio.timeout(0.5):
                await tap.flushed()
        except TimeoutError:
            pass
        finally:
            if isinstance(tap, StreamSender):
                tap.release()

    # -- what steppers tell (Host)

    def node_moved(self, stepper: Stepper, state: NodeState, reason: str, result: bytes) -> None:
        """A node is in another state; one that an edit has removed is told of no more."""
        if self.steppers.get(stepper.id) is stepper:
            self.say(control.NodeMoved(self.location, stepper.id, state, reason, result))

    def node_failed(self, stepper: Stepper, error: BaseException, text: str, phase: str, is_final: bool) -> None:
        """An exception in a node."""
        is_final = is_final and self.steppers.get(stepper.id) is stepper
        self.say(control.NodeFailure(self.location, stepper.id, one_line(error), text, is_final, phase))

    def node_failed_to_start(self, id: str, error: BaseException) -> None:
        """An exception before the start barrier."""
        self.say(control.NodeFailure(self.location, id, one_line(error), traceback_of(error), True, "start"))

    def note(self, node: str, text: str) -> None:
        """A line for the log of the run."""
        self.say(control.NodeNote(self.location, node, tellable(str(text))))

    def say(self, report: ReportMessage) -> None:
        """Report."""
        self._report(report)

    # -- counting and watching

    async def _count_regularly(self) -> None:
        while True:
            began = time.monotonic_ns()
            await asyncio.sleep(COUNT_INTERVAL_S)
            self.pulse.beat()
            self._lag_ns = max(0, time.monotonic_ns() - began - int(COUNT_INTERVAL_S * 1e9))
            self.say(self._counts())

    def _counts(self) -> control.Counts:
        cpu = time.thread_time_ns() if hasattr(time, "thread_time_ns") else 0
        nodes = [counts_of(stepper) for stepper in self.steppers.values()]
        wires = self._last_counts if self._last_counts is not None else self.ends.counts()
        memory = resident_bytes() if self._counted % _MEMORY_EVERY == 0 else 0
        self._counted += 1
        return control.Counts(self.location, time.monotonic_ns(), cpu, self._lag_ns, nodes, wires, memory)

    def waits_for(self) -> dict[str, str]:
        """What each node that has not ended does or waits for. Any thread; a look, not a promise."""
        return {s.id: s.waits_for() for s in list(self.steppers.values()) if not s.state.is_over}


async def _all_flushed(ends: Iterable[SenderEnd]) -> None:
    for end in ends:
        await end.flushed()


def _dispose(extra: Any) -> None:
    close = getattr(extra, "close", None)
    if close is not None:
        close()
