"""One node's life in a run: start, await inputs, `process`, emit, end, stop.

The same code runs in every kind of computer. A stepper is one task on its worker's loop; it hands its loop over
when it has worked for `TURN_NS` without a pause, so that many nodes share a loop fairly.
"""

from __future__ import annotations

import asyncio
import inspect
import pickle
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from engine.computers.pulse import Pulse
from engine.computers.thread import Interrupted
from engine.errors import BridgeBroken
from engine.node.node import Node
from engine.runtime.control import NodeActivity, NodeCounts
from engine.runtime.emitting import Emitter
from engine.runtime.failing import FailureFilter, traceback_of
from engine.runtime.joining import NOTHING, Joiner
from engine.runtime.outputs import OutputPort
from engine.runtime.states import NodeState
from engine.runtime.timing import Timed

TURN_NS = 2_000_000
LONG_HOLD_TURNS = 8
ABORT_PATIENCE_S = 0.7  # how long an abort lets an awaiting `process` go on
STOPPING_PAUSE_S = 0.01  # what is left of a sleep once the run stops
RESTART_FIRST_S, RESTART_MOST_S = 0.1, 5.0
_END = object()


class Host(Protocol):
    """What a stepper tells its worker."""

    pulse: Pulse

    def node_moved(self, stepper: Any, state: NodeState, reason: str, result: bytes) -> None:
        """The node is in another state; `result` is what a collector leaves at its end."""

    def node_failed(self, stepper: Any, error: BaseException, text: str, phase: str, is_final: bool) -> None:
        """The node raised in this phase; it goes on unless the failure is final."""

    def note(self, node: str, text: str) -> None:
        """A line for the log."""


class NodeFailed(Exception):
    """The node does not go on; its failure has been reported."""


class Stepper:
    """Runs one node. Also the node's `Context`: what it may ask of the run.

    Invariant: `state` moves READY -> RUNNING -> one of ENDED, STOPPED, FAILED, and once there nothing is emitted.
    """

    def __init__(
        self,
        host: Host,
        id: str,
        number: int,
        make_node: Callable[[], Node],
        on_error: str,
        joiner: Joiner | None,
        outputs: Mapping[str, OutputPort],
    ) -> None:
        self.host = host
        self.id = id
        self.number = number
        self.working = host.pulse.working
        self.on_error = on_error
        self.joiner = joiner
        self.outputs = dict(outputs)
        self.state = NodeState.PREPARING
        self.node: Node
        self.errors = 0
        self.skipped = 0
        self.busy_ns = 0
        self.tick = self.first_tick = 0
        self.time_ns = 0
        self.draining = False
        self.aborting = False
        self._make_node = make_node
        self._restarts = 0
        self._is_down = False  # between a failure and the restart that succeeds
        self._news: asyncio.Future[None] | None = None
        self._stop_signal = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None
        self._in_user_await = False
        self._turn_began = 0
        self._stopped = False
        self.sleep_was_cut_short = False
        self.emitter = self._make_emitter()
        self._failure_filter = FailureFilter()

    def _make_emitter(self) -> Emitter:
        return Emitter(self)

    def begin_at(self, tick: int) -> None:
        """Count ticks from this one on: the node takes the place of one that has counted up to there."""
        self.tick = self.first_tick = tick
        if self.joiner is not None:
            self.joiner.begin_at(tick)

    # -- what the node may ask (Context)

    def emit(self, port: str, value: Any) -> Awaitable[None]:
        """See `Node.emit`."""
        return self.emitter.emit(port, value)

    def end_output(self, port: str) -> None:
        """See `Node.end_output`."""
        self.emitter.output(port).end()

    @property
    def stopping(self) -> bool:
        """Has the run asked this node to stop?"""
        return self.draining or self.aborting

    def sleep(self, seconds: float) -> Any:
        """See `Node.sleep`."""
        return self.pause(seconds)

    async def pause(self, seconds: float) -> None:
        """Wait on the loop; ends early when the run stops."""
        if seconds <= 0 or self._stop_signal.is_set():
            await asyncio.sleep(min(max(seconds, 0.0), STOPPING_PAUSE_S))  # not at once: others must have their turn
            self.sleep_was_cut_short |= seconds > 0
            return
        try:
            async with asyncio.timeout(seconds):
                await self._stop_signal.wait()
            self.sleep_was_cut_short = True
        except TimeoutError:
            pass

    def log(self, text: str) -> None:
        """See `Node.log`."""
        self.host.note(self.id, text)

    # -- the life of the node

    async def prepare(self) -> None:
        """Build the node and call `on_start`. Raises whatever these raise."""
        self.emitter.attach(asyncio.get_running_loop())
        self.node = self._built()
        await self._call(self.node.on_start)
        self.state = NodeState.READY

    def _built(self) -> Node:
        self.working[0] = self.number
        try:
            node = self._make_node()
        finally:
            self.working[0] = 0
        node.id = self.id
        node._context = self
        self._process: Callable[..., Any] = node.process
        self._checks = type(node).should_process is not Node.should_process
        return node

    async def run(self) -> None:
        """Everything from the release of the start barrier to `on_stop`. Never raises."""
        self._task = asyncio.current_task()
        self.state = NodeState.RUNNING
        for output in self.outputs.values():
            output.is_held = False
        self.host.node_moved(self, self.state, "", b"")
        end = NodeState.FAILED
        try:
            await self.flush()
            await self._work()
            self._look_how_inputs_ended()
            if not self.aborting:
                await self._guarded(self.node.on_end, "on_end")
                await self.flush()
            end = NodeState.STOPPED if self.stopping else NodeState.ENDED
        except NodeFailed:
            await self._flush_after_failure()
        except asyncio.CancelledError:
            end = NodeState.FAILED if self._is_down else NodeState.STOPPED
        except Interrupted:
            end = NodeState.DEAD
        except BaseException as error:
            if self.is_thrown_away(error):
                raise
            self.errors += 1
            self.report(error, "run", is_final=True)
        await self._finish(end)

    async def _finish(self, end: NodeState) -> None:
        if self.aborting:
            for output in self.outputs.values():
                output.abandon("its sender was stopped")
        for output in self.outputs.values():
            output.close()
        if self.joiner is not None:
            self.joiner.leave()
        if not await self.stop_node():
            end = NodeState.FAILED
        try:
            result = self._result()
        except Interrupted:
            result, end = b"", NodeState.DEAD
        except BaseException as error:  # SystemExit too: it would end the loop, and nobody would hear of it
            self.errors += 1
            self.report(error, "result", is_final=True)
            result, end = b"", NodeState.FAILED
        self.state = end
        reason = "ended by force" if end is NodeState.DEAD else self._broken()
        self.host.node_moved(self, end, reason, result)

    async def stop_node(self) -> bool:
        """Call `on_stop`, once; False when it failed."""
        if self._stopped or not hasattr(self, "node"):
            return True
        self._stopped = True
        try:
            await self._call(self.node.on_stop)
        except asyncio.CancelledError:
            return True
        except BaseException as error:
            self.errors += 1
            self.report(error, "on_stop", is_final=True)
            return False
        return True

    async def _work(self) -> None:
        """Take sets of inputs and process them until the streams end."""
        joiner = self.joiner
        if joiner is None:  # no input is wired: nothing to do but to wait for the end of the run
            return
        self._turn_began = time.perf_counter_ns()
        while not self.aborting:
            try:
                inputs = joiner.take()
            except BaseException as error:  # a payload that cannot be read here
                await self.handle(error, "input")
                continue
            if inputs is None:
                if joiner.finished:
                    return
                await self.wait_for_news()
                continue
            self.tick, self.time_ns = joiner.tick, joiner.time_ns
            if inputs is not NOTHING:
                await self._step(inputs)
            for output in self.outputs.values():
                if output.is_full:
                    await self._flush_and_yield()
                if output.last_tick < self.tick:
                    output.tell_tick(self.tick)
            if time.perf_counter_ns() - self._turn_began > TURN_NS:
                await self.give_turn()

    async def _step(self, inputs: dict[str, Any]) -> None:
        try:
            result = self._begin_step(inputs)
            if result is not None:
                await self._send_result(result)
        except asyncio.CancelledError as error:
            await self._cancelled_or_failed(error, "process")
        except BaseException as error:
            await self.handle(error, "process")

    def _begin_step(self, inputs: dict[str, Any]) -> Any:
        """Call `process` and send its value; returns what has to be awaited or iterated for values, else None."""
        began = time.perf_counter_ns()
        self.working[0] = self.number
        try:
            if self._checks and not self.node.should_process(**inputs):
                self.skipped += 1
                return None
            result = self._process(**inputs)
            if result is None or _is_deferred(result):
                return result
            self.emitter.send(result)
            return None
        finally:
            self.working[0] = 0
            self.busy_ns += time.perf_counter_ns() - began

    async def _send_result(self, result: Any) -> None:
        if inspect.isasyncgen(result):
            async for value in self._interruptible(result):
                self.emitter.send(value)
                await self.flush()
        elif inspect.isgenerator(result):
            while (value := self.next_of(result, _END)) is not _END:
                self.emitter.send(value)
                if self.aborting:
                    result.close()
                    return
                await self._flush_and_yield()
        else:
            self.emitter.send(await self.awaited(result))

    async def awaited(self, work: Awaitable[Any]) -> Any:
        """Await what the node's author wrote; its work is timed, and an abort knows that it may be cut short."""
        self._in_user_await = True
        try:
            return await Timed(work, self)
        finally:
            self._in_user_await = False

    def next_of(self, generator: Any, end: Any) -> Any:
        """The next value of a generator that the node's author wrote, or `end`; its work is timed."""
        began = time.perf_counter_ns()
        self.working[0] = self.number
        try:
            return next(generator, end)
        finally:
            self.working[0] = 0
            self.busy_ns += time.perf_counter_ns() - began

    async def _interruptible(self, generator: Any) -> Any:
        try:
            while not self.aborting:
                try:
                    value = await self.awaited(anext(generator))
                except StopAsyncIteration:
                    return
                yield value
        finally:
            await generator.aclose()

    # -- waiting

    async def wait_for_news(self) -> None:
        """Return when something may be new; the time until then is not the node's own."""
        future = self._news = asyncio.get_running_loop().create_future()
        try:
            await future
        finally:
            self._news = None
            self._turn_began = time.perf_counter_ns()

    def wake(self) -> None:
        """Something may be new: a message, an end, a stop."""
        news = self._news
        if news is not None and not news.done():
            news.set_result(None)

    async def flush(self) -> None:
        """Wait until all that was emitted is on its wire; what cannot travel there is the node's failure."""
        while True:
            try:
                await self.emitter.flush()
                return
            except asyncio.CancelledError:
                raise
            except BaseException as error:  # the message that could not be sent has been taken out
                await self.handle(error, "emit")

    async def _flush_and_yield(self) -> None:
        if any(output.is_full for output in self.outputs.values()):
            await self.flush()
            self._turn_began = time.perf_counter_ns()
        elif time.perf_counter_ns() - self._turn_began > TURN_NS:
            await self.give_turn()

    async def give_turn(self) -> None:
        """Let the others on this loop have their turn; after a long hold, several, so that chains get all the way."""
        held_ns = time.perf_counter_ns() - self._turn_began
        for _ in range(LONG_HOLD_TURNS if held_ns > 5 * TURN_NS else 1):
            await asyncio.sleep(0)
        self._turn_began = time.perf_counter_ns()

    # -- stops

    def drain(self) -> None:
        """End a source (see `SourceStepper`); other nodes end when their inputs do."""
        self.draining = True

    def abort(self) -> None:
        """Stop after the current `process` call; one that awaits has a little while to come back."""
        if self.aborting or self.state.is_over:
            return
        self.aborting = True
        self._stop_signal.set()
        self.wake()
        if self._task is None:
            return
        if self._in_user_await:
            asyncio.get_running_loop().call_later(ABORT_PATIENCE_S, self._cancel_if_running)
        else:
            self._task.cancel()

    def _cancel_if_running(self) -> None:
        if self._task is not None and not self._task.done() and self._in_user_await:
            self._task.cancel()

    async def _cancelled_or_failed(self, error: asyncio.CancelledError, phase: str) -> None:
        """A cancellation that we asked for ends the node; one that the node made up is its failure."""
        if self._task is not None and self._task.cancelling():
            raise error
        await self.handle(error, phase)

    def end_feedback(self) -> None:
        """The cycle that the node is part of has run dry."""
        if self.joiner is not None:
            self.joiner.end_feedback()
            self.wake()

    # -- failures

    def report(self, error: BaseException, phase: str, *, is_final: bool) -> None:
        """Tell the worker of a failure, unless it has been told often enough."""
        if is_final or self._failure_filter.lets_through(error):
            self.host.node_failed(self, error, traceback_of(error), phase, is_final)

    def is_thrown_away(self, error: BaseException) -> bool:
        """Is this the end of a task that nobody runs any more (its loop has closed), and not the node's own doing?"""
        if not isinstance(error, GeneratorExit):
            return False
        try:
            return asyncio.current_task() is not self._task
        except RuntimeError:
            return True

    async def handle(self, error: BaseException, phase: str) -> None:
        """Treat a failure by the node's policy; raises `NodeFailed` when the node does not go on."""
        if isinstance(error, Interrupted) or self.is_thrown_away(error):  # no failure of the node's
            raise error
        self.errors += 1
        if self.on_error == "skip":
            self.report(error, phase, is_final=False)
            return
        if self.on_error == "restart":
            self.report(error, phase, is_final=False)
            await self._restart()
            return
        self.report(error, phase, is_final=True)
        raise NodeFailed from error

    async def _restart(self) -> None:
        """Build the node anew, each time after a longer pause."""
        self._is_down = True
        while True:
            pause = min(RESTART_FIRST_S * 2**self._restarts, RESTART_MOST_S)
            self._restarts += 1
            await self.pause(pause)
            if self.stopping:
                raise NodeFailed
            await self._attempt(self._stop_for_restart)
            if await self._attempt(self._start_anew):
                self._is_down = False
                return

    async def _attempt(self, step: Callable[[], Awaitable[None]]) -> bool:
        """Do a step of a restart; False, and the failure told, when it raised."""
        try:
            await step()
            return True
        except asyncio.CancelledError as error:
            if self._task is not None and self._task.cancelling():
                raise
            failure: BaseException = error
        except Interrupted:
            raise
        except BaseException as error:
            failure = error
        self.errors += 1
        self.report(failure, "restart", is_final=False)
        return False

    async def _stop_for_restart(self) -> None:
        """The old instance is told, once, that it ends; a failure of it does not keep a new one from beginning."""
        if not self._stopped:
            self._stopped = True
            await self._call(self.node.on_stop)

    async def _start_anew(self) -> None:
        self.node = self._built()
        self._stopped = False
        await self._call(self.node.on_start)

    async def _guarded(self, hook: Callable[[], Any], phase: str) -> None:
        try:
            await self._call(hook)
        except asyncio.CancelledError as error:
            await self._cancelled_or_failed(error, phase)
        except Interrupted:
            raise
        except BaseException as error:
            self.errors += 1
            self.report(error, phase, is_final=True)
            raise NodeFailed from error

    async def _call(self, hook: Callable[..., Any], *arguments: Any) -> None:
        self.working[0] = self.number
        try:
            result = hook(*arguments)
            if inspect.isgenerator(result):
                for value in result:
                    self.emitter.send(value)
            elif inspect.isawaitable(result):
                await self.awaited(result)
        finally:
            self.working[0] = 0

    async def _flush_after_failure(self) -> None:
        """What was emitted before the failure still goes out."""
        while not self.aborting:
            try:
                await self.emitter.flush()
                return
            except asyncio.CancelledError:
                return
            except Exception as error:
                self.errors += 1
                self.report(error, "emit", is_final=False)

    # -- parameters and counts

    async def set_parameter(self, name: str, value: Any) -> Any:
        """Change a parameter live; returns it as validated. Raises `ParameterError` or whatever `on_param` raises."""
        checked = self.node.node_parameters[name].validate(value)
        self.node.__dict__[name] = checked
        await self._call(self.node.on_param, name, checked)
        return checked

    def counts(self) -> NodeCounts:
        """What the node has counted since it began."""
        joiner = self.joiner
        return NodeCounts(
            self.id,
            joiner.received if joiner else 0,
            sum(output.emitted for output in self.outputs.values()),
            self.errors,
            self.skipped,
            joiner.unmatched if joiner else 0,
            self.busy_ns,
            self.state.is_over or (joiner is not None and self._news is not None and joiner.is_fed_by_cycle_only),
            self._activity(),
            [wire.key for output in self.outputs.values() if output.is_full for wire in output.wires if wire.backlog],
            "" if self.state.is_over else self.waits_for(),
        )

    def _activity(self) -> NodeActivity:
        if self.state.is_over:
            return NodeActivity.OVER
        waits_for_room = any(output.is_full for output in self.outputs.values()) and not self._in_user_await
        return NodeActivity.WAITING if waits_for_room or self._waits_for_input() else NodeActivity.WORKING

    def _waits_for_input(self) -> bool:
        return self._news is not None

    def waits_for(self) -> str:
        """What the node does or waits for, for people."""
        if self._news is not None and self.joiner is not None:
            return f"waits for input on {', '.join(self.joiner.waits_for())}"
        if any(output.is_full for output in self.outputs.values()):
            return "waits for room downstream"
        return "is processing"

    def _look_how_inputs_ended(self) -> None:
        """Raise `BridgeBroken` when messages came that could not be read here: that is no end like any other."""
        for slot in self.joiner.slots if self.joiner else ():
            if slot.receiver.unreadable:
                raise BridgeBroken(slot.receiver.broken)
        if self._broken():
            self.host.note(self.id, f"an input ended without end of stream: {self._broken()}")

    def _broken(self) -> str:
        if self.joiner is None:
            return ""
        return next((slot.receiver.broken for slot in self.joiner.slots if slot.receiver.broken), "")

    def _result(self) -> bytes:
        """The pickle of what the node's `result()` gives, for nodes that have one."""
        result = getattr(self.node, "result", None) if hasattr(self, "node") else None
        self.working[0] = self.number
        try:
            return pickle.dumps(result(), 5) if callable(result) else b""
        finally:
            self.working[0] = 0


def _is_deferred(result: Any) -> bool:
    """Is this a coroutine or generator, whose values come later?"""
    return inspect.isgenerator(result) or inspect.isawaitable(result) or inspect.isasyncgen(result)
