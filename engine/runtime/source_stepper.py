"""The life of a source: like any node's, but its work is to run `produce`, on the loop or in a helper thread."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections import deque
from contextlib import suppress
from time import perf_counter_ns
from typing import Any

from engine.errors import NodeError
from engine.node.node import Source
from engine.runtime.emitting import SourceEmitter
from engine.runtime.node_code import NO_MORE
from engine.runtime.stepper import TURN_NS, Stepper

DRAIN_PATIENCE_S = 0.05  # after that a source that awaits something else than `self.sleep` is cancelled
_HANDED_OVER = 16  # values of a blocking source that may wait for the loop


class ProduceFailed(Exception):
    """`produce` itself raised."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__()
        self.cause = cause


class SourceStepper(Stepper):
    """Runs one source. Its tick counts what it produces; a port that emits twice in a step begins the next tick."""

    emitter: SourceEmitter
    emitter_type = SourceEmitter

    @property
    def source(self) -> Source:
        """The node."""
        assert isinstance(self.code.node, Source)
        return self.code.node

    async def _work(self) -> None:
        self.tick = self.first_tick
        self._ports = tuple(self.outputs.values())
        while True:
            try:
                await self._run_producer(self.source.produce())
                return
            except ProduceFailed as failure:  # a generator that raised is finished: nothing of it can be skipped
                await self.policy.restart_or_fail(failure.cause, "produce")

    async def _run_producer(self, produced: Any) -> None:
        if self.source.blocking:
            await BlockingProducer(self, produced).run()
        elif inspect.isasyncgen(produced):
            await self._run_async(produced)
        elif inspect.isgenerator(produced) or hasattr(produced, "__iter__"):
            await self._run_sync(iter(produced))
        else:
            if inspect.iscoroutine(produced):
                produced.close()
            raise NodeError("produce must be a generator or async generator: it has to yield")

    async def _run_async(self, generator: Any) -> None:
        code = self.code
        try:
            while not (self.draining or self.aborting):
                code.is_awaited = True
                try:
                    value = await anext(generator)
                except BaseException as error:
                    self._look_how_it_ended(error)
                    break
                finally:
                    code.is_awaited = False
                if self.sleeps.was_cut_short:  # what was due later is not sent now
                    break
                try:
                    self._send_step(value)
                except BaseException as error:
                    await self.policy.handle(error, "produce")
                if self._end_step():
                    await (self.flush() if self.is_full else self.give_turn())
        finally:
            with suppress(RuntimeError):
                await generator.aclose()

    def _look_how_it_ended(self, error: BaseException) -> None:
        """Raise what is no end in order: an exception of `produce`, or that somebody ends the task."""
        if isinstance(error, StopAsyncIteration):
            return
        if isinstance(error, asyncio.CancelledError) and self.task is not None and self.task.cancelling():
            if not self.draining or self.aborting:
                raise error
            self.task.uncancel()
        elif self.policy.is_thrown_away(error):
            raise error
        else:
            raise ProduceFailed(error) from error

    async def _run_sync(self, generator: Any) -> None:
        try:
            while not self.stopping:
                try:
                    value = next(generator, NO_MORE)
                except BaseException as error:
                    raise ProduceFailed(error) from error
                if value is NO_MORE:
                    return
                await self.produced(value)
        finally:
            close = getattr(generator, "close", None)
            if close is not None:
                close()

    async def produced(self, value: Any) -> None:
        """Send one step's value and go on to the next tick."""
        try:
            self._send_step(value)
        except BaseException as error:
            await self.policy.handle(error, "produce")
        if self._end_step():
            await self._flush_and_yield()

    def _send_step(self, value: Any) -> None:
        self.time_ns = time.time_ns()
        only = self.emitter.only_output
        if only is None:
            if isinstance(value, dict):
                self.emitter.begin_tick_for(*value)
            self.emitter.send(value)
            return
        if only.last_tick >= self.tick:
            self.tick = only.last_tick + 1
        if value is not None:
            only.send(value, self.tick, self.time_ns)

    def _end_step(self) -> bool:
        """Go on to the next tick; is there anything to wait for first?"""
        is_full = False
        for output in self._ports:
            if output.last_tick < self.tick:
                output.tell_tick(self.tick, self.time_ns)
            is_full |= output.is_full
        self.tick += 1
        return is_full or perf_counter_ns() - self.code.turn_began > TURN_NS

    def sleep(self, seconds: float) -> Any:
        """See `Node.sleep`."""
        if self.source.blocking and not self.emitter.is_own_thread:
            self.sleeps.was_cut_short |= self.thread_stop.wait(max(0.0, seconds))
            return None
        if inspect.isgeneratorfunction(self.source.produce):
            raise NodeError("a plain generator cannot wait: write `async def produce`, or set blocking = True")
        return super().sleep(seconds)

    async def prepare(self) -> None:
        """See `Stepper.prepare`."""
        self.thread_stop = threading.Event()
        await super().prepare()
        if self.source.blocking and inspect.isasyncgenfunction(self.source.produce):
            raise NodeError(
                "a blocking source runs in a thread: write produce as a plain generator (def, not async def)"
            )

    def drain(self) -> None:
        """Produce no more. A source that awaits something else than `self.sleep` is cancelled there."""
        if self.draining or self.state.is_over:
            return
        self.draining = True
        self.sleeps.end()
        self.thread_stop.set()
        self.wake()
        if not self.source.blocking:
            asyncio.get_running_loop().call_later(DRAIN_PATIENCE_S, self._cancel_if_awaiting)

    def abort(self) -> None:
        """See `Stepper.abort`."""
        if hasattr(self, "thread_stop"):
            self.thread_stop.set()
        super().abort()

    def _cancel_if_awaiting(self) -> None:
        if self.task is not None and not self.task.done() and self.code.is_awaited and not self.aborting:
            self.task.cancel()

    @property
    def waits_for_input(self) -> bool:
        """What a source waits for comes from outside."""
        return False

    def waits_for(self) -> str:
        """See `Stepper.waits_for`."""
        if self.is_full:
            return "waits for room downstream"
        return "is in a blocking call" if self.source.blocking else "is producing"


class BlockingProducer:
    """A helper thread that runs a blocking source's generator and hands its values to the loop, a bounded few ahead."""

    def __init__(self, stepper: SourceStepper, generator: Any) -> None:
        self._stepper = stepper
        self._generator = generator
        self._loop = asyncio.get_running_loop()
        self._values: deque[Any] = deque()
        self._room = threading.Semaphore(_HANDED_OVER)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._produce, name=f"tidewire-source-{stepper.id}", daemon=True)

    async def run(self) -> None:
        """Run until the generator ends or a stop is asked for and the call has returned (or its time is up)."""
        stepper = self._stepper
        self._thread.start()
        deadline = 0.0
        told = False
        while True:
            while self._values:
                value = self._values.popleft()
                self._room.release()
                if value is NO_MORE:
                    self._thread.join(0.5)
                    if self._error is not None:
                        raise ProduceFailed(self._error) from self._error
                    return
                await stepper.produced(value)
            if stepper.stopping:
                now = time.monotonic()
                deadline = deadline or now + stepper.source.stop_timeout_s
                if not told and now > deadline - stepper.source.stop_timeout_s / 2:
                    told = True
                    await stepper.stop_node()  # on_stop may close the device and so end the call
                if now > deadline:
                    raise NodeError(
                        f"its blocking call did not return within {stepper.source.stop_timeout_s:g} s of the stop: "
                        f"the thread {self._thread.name} was abandoned"
                    )
            await self._news(0.05 if stepper.stopping else None)

    async def _news(self, timeout: float | None) -> None:
        stepper = self._stepper
        if self._values:
            return
        try:
            async with asyncio.timeout(timeout):
                await stepper.wait_for_news()
        except TimeoutError:
            return

    def _produce(self) -> None:
        stepper = self._stepper
        stepper.host.pulse.begin_helper(stepper.number)
        try:
            for value in self._generator:
                if self._stepper.sleeps.was_cut_short or not self._hand_over(value) or self._stepper.stopping:
                    break
        except BaseException as error:
            self._error = error
        finally:
            with suppress(BaseException):
                self._generator.close()
        stepper.host.pulse.end_helper(stepper.number)
        self._values.append(NO_MORE)
        self._wake()

    def _hand_over(self, value: Any) -> bool:
        while not self._room.acquire(timeout=0.1):
            if self._stepper.aborting:
                return False
        self._values.append(value)
        self._wake()
        return True

    def _wake(self) -> None:
        with suppress(RuntimeError):  # the loop has closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._stepper.wake)
