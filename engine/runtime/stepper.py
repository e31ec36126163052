"""One node's life in a run: start, await inputs, `process`, emit, end, stop.

The same code runs in every kind of computer. A stepper is one task on its worker's loop; it hands its loop over
when it has worked for `TURN_NS` without a pause, so that many nodes share a loop fairly. How the author's code is
called stands in `node_code.py`, what follows its failures in `policy.py`, how it is timed in `timing.py`.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.computers.thread import Interrupted
from engine.errors import BridgeBroken
from engine.node.node import Node
from engine.runtime.emitting import Emitter
from engine.runtime.host import Host
from engine.runtime.joining import NOTHING, Joiner
from engine.runtime.node_code import NodeCode
from engine.runtime.outputs import OutputPort
from engine.runtime.policy import FailurePolicy, NodeFailed
from engine.runtime.sleeping import Sleeps
from engine.runtime.states import NodeState
from engine.runtime.timing import Timed

TURN_NS = 2_000_000
LONG_HOLD_TURNS = 8
ABORT_PATIENCE_S = 0.7  # how long an abort lets an awaiting `process` go on


class Stepper:
    """Runs one node. Also the node's `Context`: what it may ask of the run.

    Invariant: `state` moves READY -> RUNNING -> one of ENDED, STOPPED, FAILED, and once there nothing is emitted.
    """

    emitter_type = Emitter

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
        self.joiner = joiner
        self.outputs = dict(outputs)
        self.state = NodeState.PREPARING
        self.tick = self.first_tick = 0
        self.time_ns = 0
        self.draining = self.aborting = False
        self._read: Joiner | None = None  # what it reads from, until that is another or it is to stop
        self._news: asyncio.Future[None] | None = None
        self.sleeps = Sleeps()
        self.task: asyncio.Task[Any] | None = None
        self.emitter = self.emitter_type(self)
        self.code = NodeCode(host.pulse, number, make_node, self, self.emitter.send)
        self.policy = FailurePolicy(
            self, on_error, functools.partial(host.node_failed, self), functools.partial(host.node_moved, self)
        )

    def begin_at(self, tick: int) -> None:
        """Count ticks from this one on: the node takes the place of one that has counted up to there."""
        self.tick = self.first_tick = tick
        if self.joiner is not None:
            self.joiner.begin_at(tick)

    # -- what the node may ask (Context)

    def emit(self, port: str, value: Any) -> Awaitable[None]:
        """See `Node.emit`."""
        return self.emitter.emit(port, value)

    def loan(self, shape: tuple[int, ...], dtype: np.dtype[Any], port: str | None) -> NDArray[Any]:
        """See `Node.loan`."""
        return self.emitter.loan(shape, dtype, port)

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
        await self.sleeps.sleep(seconds)

    def log(self, text: str) -> None:
        """See `Node.log`."""
        self.host.note(self.id, text)

    # -- the life of the node

    async def prepare(self) -> None:
        """Build the node and call `on_start`. Raises whatever these raise."""
        self.emitter.attach(asyncio.get_running_loop())
        self.code.build()
        await self.code.call(self.code.node.on_start)
        self.state = NodeState.READY

    async def run(self) -> None:
        """Everything from the release of the start barrier to `on_stop`. Never raises."""
        await Timed(self._live(), self.code)

    async def _live(self) -> None:
        self.task = asyncio.current_task()
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
                await self._guarded(self.code.node.on_end, "on_end")
                await self.flush()
            end = NodeState.STOPPED if self.stopping else NodeState.ENDED
        except NodeFailed:
            await self._flush_after_failure()
        except asyncio.CancelledError:
            end = NodeState.FAILED if self.policy.is_down else NodeState.STOPPED
        except Interrupted:
            end = NodeState.DEAD
        except BaseException as error:
            if self.policy.is_thrown_away(error):
                raise
            self.policy.report_final(error, "run")
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
            result = self.code.result()
        except Interrupted:
            result, end = b"", NodeState.DEAD
        except BaseException as error:  # SystemExit too: it would end the loop, and nobody would hear of it
            self.policy.report_final(error, "result")
            result, end = b"", NodeState.FAILED
        self.state = end
        reason = "ended by force" if end is NodeState.DEAD else self._broken()
        self.host.node_moved(self, end, reason, result)

    async def stop_node(self) -> bool:
        """Call `on_stop`, once; False when it failed. To be cancelled meanwhile is no failure of it."""
        task = asyncio.current_task()
        before = task.cancelling() if task else 0
        try:
            await self.code.stop()
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and task and task.cancelling() > before:
                return True
            self.policy.report_final(error, "on_stop")
            return False
        return True

    async def _guarded(self, hook: Callable[[], Any], phase: str) -> None:
        try:
            await self.code.call(hook)
        except Interrupted:
            raise
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and self.policy.is_cancelled:
                raise
            self.policy.report_final(error, phase)
            raise NodeFailed from error

    async def _flush_after_failure(self) -> None:
        """What was emitted before the failure still goes out."""
        while not self.aborting:
            try:
                await self.emitter.flush()
                return
            except asyncio.CancelledError:
                return
            except Exception as error:
                self.policy.report(error, "emit")

    async def _work(self) -> None:
        """Take sets of inputs and process them until the streams end."""
        while (joiner := self.joiner) is not None and not self.aborting:  # else no input is wired
            self._read = joiner
            await self._read_from(joiner)
            if self._read is joiner:
                return

    async def _read_from(self, joiner: Joiner) -> None:
        """Process sets of inputs until the streams of a joiner end, or another takes its place."""
        code, outputs, only = self.code, list(self.outputs.values()), self.emitter.only_output
        alone = code.takes_alone(joiner.lone_port)  # then calls need no keywords
        take = joiner.take_payload if alone else joiner.take
        while self._read is joiner:
            try:
                inputs = take()
            except BaseException as error:  # a payload that cannot be read here
                await self.policy.handle(error, "input")
                await self.give_turn()
                continue
            if inputs is None:
                if joiner.finished:
                    return
                await self.wait_for_news()
                continue
            self.tick, self.time_ns = joiner.tick, joiner.time_ns
            if inputs is not NOTHING:
                try:
                    if code.checks and not code.node.should_process(**inputs):
                        code.skipped += 1
                    elif (result := code.process(inputs) if alone else code.process(**inputs)) is not None:
                        if only is not None and type(result) in code.value_types:
                            only.send(result, joiner.tick, joiner.time_ns)
                        else:
                            await self._send_result(result)
                except asyncio.CancelledError as error:
                    await self.policy.handle_cancelled(error, "process")
                except BaseException as error:
                    await self.policy.handle(error, "process")
            for output in outputs:
                if output.is_full:
                    await self.flush()
                if output.last_tick < self.tick:
                    output.tell_tick(self.tick, self.time_ns)
            if perf_counter_ns() - code.turn_began > TURN_NS:
                await self.give_turn()

    async def _send_result(self, result: Any) -> None:
        if self.code.is_value(result):
            self.emitter.send(result)
        elif inspect.isasyncgen(result):
            async for value in self._interruptible(result):
                self.emitter.send(value)
                await self.flush()
        elif inspect.isgenerator(result):
            for value in result:
                self.emitter.send(value)
                if self.aborting:
                    result.close()
                    return
                await self._flush_and_yield()
        else:
            self.emitter.send(await self.code.awaited(result))

    async def _interruptible(self, generator: Any) -> Any:
        try:
            while not self.aborting:
                try:
                    value = await self.code.awaited(anext(generator))
                except StopAsyncIteration:
                    return
                yield value
        finally:
            await generator.aclose()

    def change_inputs(self, joiner: Joiner) -> None:
        """Read from other wires once the call of `process` that is under way has returned."""
        if self.joiner is not None:
            joiner.succeed(self.joiner)
        self.joiner, self._read = joiner, None
        for slot in joiner.slots:
            slot.receiver.on_news = self.wake
        self.wake()

    # -- waiting

    async def wait_for_news(self) -> None:
        """Return when something may be new; the time until then is not the node's own."""
        future = self._news = asyncio.get_running_loop().create_future()
        try:
            await future
        finally:
            self._news = None

    def wake(self) -> None:
        """Something may be new: a message, an end, a stop."""
        news = self._news
        if news is not None and not news.done():
            news.set_result(None)

    async def flush(self) -> None:
        """Wait until all that was emitted is on its wire; what cannot travel there is the node's failure."""
        for output in self.outputs.values():
            while output.is_full and not output.is_held:
                try:
                    await output.flush()
                except asyncio.CancelledError:
                    raise
                except BaseException as error:  # the message that could not be sent has been taken out
                    await self.policy.handle(error, "emit")

    async def _flush_and_yield(self) -> None:
        if self.is_full:
            await self.flush()
        elif perf_counter_ns() - self.code.turn_began > TURN_NS:
            await self.give_turn()

    async def give_turn(self) -> None:
        """Let the others on this loop have their turn; after a long hold, several, so that chains get all the way."""
        held_ns = perf_counter_ns() - self.code.turn_began
        for _ in range(LONG_HOLD_TURNS if held_ns > 5 * TURN_NS else 1):
            await asyncio.sleep(0)

    # -- stops

    def drain(self) -> None:
        """End a source (see `SourceStepper`); other nodes end when their inputs do."""
        self.draining = True

    def abort(self) -> None:
        """Stop after the current `process` call; one that awaits has a little while to come back."""
        if self.aborting or self.state.is_over:
            return
        self.aborting, self._read = True, None
        self.sleeps.end()
        self.wake()
        if self.task is None:
            return
        if self.code.is_awaited:
            asyncio.get_running_loop().call_later(ABORT_PATIENCE_S, self._cancel_if_running)
        else:
            self.task.cancel()

    def _cancel_if_running(self) -> None:
        if self.task is not None and not self.task.done() and self.code.is_awaited:
            self.task.cancel()

    def end_feedback(self) -> None:
        """The cycle that the node is part of has run dry."""
        if self.joiner is not None:
            self.joiner.end_feedback()
            self.wake()

    # -- what it does just now

    @property
    def is_full(self) -> bool:
        """Is there no room for what it would emit?"""
        return True in [output.is_full for output in self.outputs.values()]

    @property
    def is_waiting(self) -> bool:
        """Does it wait for news?"""
        return self._news is not None

    @property
    def waits_for_input(self) -> bool:
        """Does it wait for what other nodes of the graph send?"""
        return self.is_waiting

    def waits_for(self) -> str:
        """What the node does or waits for, for people."""
        if self.policy.is_down:
            return "waits to be started again"
        if self._news is not None and self.joiner is not None:
            return f"waits for input on {', '.join(self.joiner.waits_for())}"
        if self.is_full:
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
