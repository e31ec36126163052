"""From what a node gives to its output ports: values, dicts by port name, `emit` from anywhere."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Awaitable, Generator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import NodeError
from engine.runtime.outputs import OutputPort


class Emitting(Protocol):
    """Whose values are emitted: a stepper."""

    outputs: dict[str, OutputPort]
    tick: int
    time_ns: int
    aborting: bool

    @property
    def stopping(self) -> bool:
        """Has the run asked the node to stop?"""
        ...


class Emitter:
    """Puts a node's values on its output ports, with the stepper's tick and time."""

    def __init__(self, stepper: Emitting) -> None:
        self.stepper = stepper
        self.outputs = stepper.outputs
        self.only_output = next(iter(self.outputs.values())) if len(self.outputs) == 1 else None
        self._loop: asyncio.AbstractEventLoop
        self._thread = 0

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say on which loop, the current thread's, everything is put."""
        self._loop = loop
        self._thread = threading.get_ident()

    @property
    def is_own_thread(self) -> bool:
        """Is the caller on the node's loop?"""
        return threading.get_ident() == self._thread

    def send(self, result: Any) -> None:
        """Emit what `process` or `produce` gave: a value, or with several outputs a dict by port name.

        Raises:
            NodeError: an unknown port, or a value that is not of its port's type.
        """
        if result is None:
            return
        stepper = self.stepper
        if self.only_output is not None:
            self.only_output.send(result, stepper.tick, stepper.time_ns)
        elif self.outputs:
            if not isinstance(result, dict):
                names = ", ".join(self.outputs)
                raise NodeError(
                    f"a node with several outputs gives a dict by port name ({names}), not {type(result).__name__}",
                    rule="several outputs",
                )
            for name, value in result.items():
                if value is not None:
                    self.output(name).send(value, stepper.tick, stepper.time_ns)

    def output(self, name: str) -> OutputPort:
        """The output port of this name; raises `NodeError`."""
        try:
            return self.outputs[name]
        except KeyError:
            known = ", ".join(self.outputs) or "none"
            raise NodeError(f"there is no output {name!r}; this node has: {known}") from None

    def emit(self, port: str, value: Any) -> Awaitable[None]:
        """See `Node.emit`."""
        if self.is_own_thread:
            self.emit_here(port, value)
            return _Room(self)
        self._emit_from_thread(port, value)
        return _NoWait()

    def emit_here(self, port: str, value: Any) -> None:
        """Emit on the loop's own thread."""
        self.output(port).send(value, self.stepper.tick, self.stepper.time_ns or time.time_ns())

    def loan(self, shape: tuple[int, ...], dtype: np.dtype[Any], port: str | None) -> NDArray[Any]:
        """See `Node.loan`."""
        output = self.output(port) if port is not None else self.only_output
        if output is None:
            raise NodeError(f"this node has several outputs: say for which the array is ({', '.join(self.outputs)})")
        return output.loan(shape, dtype) if self.is_own_thread else np.empty(shape, dtype)

    async def flush(self) -> None:
        """Wait until all that was emitted is on its wire."""
        for output in self.outputs.values():
            if output.is_full and not output.is_held:
                await output.flush()

    def _emit_from_thread(self, port: str, value: Any) -> None:
        """Emit from a thread of the node's own; returns when there was room."""

        async def emit() -> None:
            self.emit_here(port, value)
            await self.flush()

        output = self.output(port)
        if self.stepper.stopping and output.is_closed:
            return  # a driver that still calls back: its `on_stop` may be waiting for this very thread
        future = asyncio.run_coroutine_threadsafe(emit(), self._loop)
        while not self.stepper.aborting:
            try:
                future.result(0.1)
                return
            except (concurrent.futures.TimeoutError, NodeError):
                if output.is_closed and self.stepper.stopping:
                    break
                if future.done():
                    raise
        future.cancel()


class SourceEmitter(Emitter):
    """The emitter of a source: a port that has emitted in this tick already begins the next one."""

    def begin_tick_for(self, *names: str) -> None:
        """Go on to the next tick when one of these ports has emitted in this one."""
        ports = [self.outputs[name] for name in names if name in self.outputs]
        if any(port.last_tick >= self.stepper.tick for port in ports):
            self.stepper.tick = max(port.last_tick for port in ports) + 1

    def emit_here(self, port: str, value: Any) -> None:
        """See `Emitter.emit_here`."""
        self.begin_tick_for(port)
        self.stepper.time_ns = time.time_ns()
        super().emit_here(port, value)


class _Room:
    """Awaiting it waits for room downstream; not awaiting it is fine too."""

    __slots__ = ("_emitter",)

    def __init__(self, emitter: Emitter) -> None:
        self._emitter = emitter

    def __await__(self) -> Generator[Any, None, None]:
        return self._emitter.flush().__await__()


class _NoWait:
    """There was room already."""

    def __await__(self) -> Generator[Any, None, None]:
        yield from ()
