"""A virtual scheduler: event loops, sockets and time without threads, where *who goes next* is a decision.

A `World` holds several `VirtualLoop`s, each standing for the thread or process of one computer. It does one callback
of one loop at a time; which one is asked of `Choices`, so that an explorer can try every answer and can repeat any
schedule. Time stands still while anything can happen, and then jumps to the next timer.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from asyncio import events
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.model.sockets import SocketEnd, VirtualSocket

Step = tuple[str, Callable[[], object]]


class Choices:
    """Answers to the decisions of one schedule: first those of a prefix, then always the first possibility."""

    def __init__(self, prefix: Sequence[int] = ()) -> None:
        self.prefix = list(prefix)
        self.taken: list[int] = []
        self.widths: list[int] = []

    def choose(self, width: int) -> int:
        """One of `width` possibilities, as a number from 0."""
        index = len(self.taken)
        chosen = self.prefix[index] if index < len(self.prefix) else 0
        chosen = min(chosen, width - 1)  # a shortened schedule may not fit exactly
        self.taken.append(chosen)
        self.widths.append(width)
        return chosen

    @property
    def is_beyond_prefix(self) -> bool:
        """Is what happens now not a repetition any more?"""
        return len(self.taken) >= len(self.prefix)


class VirtualLoop(asyncio.AbstractEventLoop):
    """An event loop that runs one callback when it is told to.

    Callbacks of `call_soon` keep their order; what a socket has to say may come before or between them, as asyncio,
    uvloop and Qt order these differently.
    """

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.ready: deque[asyncio.Handle] = deque()
        self.timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self.readers: dict[int, Callable[[], object]] = {}
        self.writers: dict[int, Callable[[], object]] = {}
        self.is_gone = False
        self.is_held = False  # a node does not give it back
        self.owner: Any = None  # the process it is in, where there are several
        self._is_closed = False

    # -- what asyncio asks of a loop

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:
        if self._is_closed:
            raise RuntimeError("Event loop is closed")
        handle = asyncio.Handle(callback, args, self, context)
        if not (self.is_gone or self.world.is_thrown_away):
            self.ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self.timers, (when, next(self.world.numbers), handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Nothing to do: the world looks whether a timer was cancelled."""

    def time(self) -> float:
        return self.world.now

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Any = None) -> asyncio.Task[Any]:
        task = asyncio.Task(coro, loop=self, name=name)
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # a schedule may end in the middle
        self.world.tasks.append(task)
        return task

    def add_reader(self, fd: int, callback: Any, *args: Any) -> None:
        assert not args
        self.readers[fd] = callback

    def remove_reader(self, fd: int) -> bool:
        return self.readers.pop(fd, None) is not None

    def add_writer(self, fd: int, callback: Any, *args: Any) -> None:
        assert not args
        self.writers[fd] = callback

    def remove_writer(self, fd: int) -> bool:
        return self.writers.pop(fd, None) is not None

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return not self._is_closed

    def is_closed(self) -> bool:
        return self._is_closed

    def close(self) -> None:
        self._is_closed = True
        self.ready.clear()

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.world.errors.append(context.get("exception") or RuntimeError(context.get("message")))

    # -- what the world does with it

    def steps(self) -> list[Step]:
        """What this loop could do next."""
        if self.is_gone or self.is_held:
            return []
        while self.ready and self.ready[0].cancelled():
            self.ready.popleft()
        found: list[Step] = []
        if self.ready:
            found.append((f"{self.name}: {_name_of(self.ready[0])}", self._run_first))
        for fd, callback in self.readers.items():
            if self.world.sockets[fd].is_readable:
                found.append((f"{self.name}: reads", lambda callback=callback: self.run(callback)))  # type: ignore[misc]
        for fd, callback in self.writers.items():
            if self.world.sockets[fd].is_writable:
                found.append((f"{self.name}: writes", lambda callback=callback: self.run(callback)))  # type: ignore[misc]
        return found

    def run(self, callback: Callable[..., object], *args: Any) -> None:
        """Run a callback as this loop."""
        events._set_running_loop(self)
        try:
            callback(*args)
        finally:
            events._set_running_loop(None)

    @property
    def is_current(self) -> bool:
        """Is it this loop that runs now?"""
        return events._get_running_loop() is self

    def run_or_call(self, callback: Callable[..., object], *args: Any) -> None:
        """Run a callback as this loop, whether or not that is what runs now."""
        if self.is_current:
            callback(*args)
        else:
            self.run(callback, *args)

    def _run_first(self) -> None:
        handle = self.ready.popleft()
        self.run(handle._run)

    def vanish(self) -> None:
        """As when the process is killed: nothing of it runs any more, its sockets are closed by the system."""
        self.is_gone = True
        for fd in [*self.readers, *self.writers]:
            if fd in self.world.sockets:
                self.world.sockets[fd].close()
        self.ready.clear()
        self.timers.clear()


def _name_of(handle: asyncio.Handle) -> str:
    callback: Any = handle._callback  # type: ignore[attr-defined]
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        return f"{getattr(owner.get_coro(), '__qualname__', 'task').rpartition('>.')[2]} goes on"
    name = getattr(callback, "__qualname__", type(callback).__name__).rpartition(">.")[2]
    return str(name)


@dataclass
class Option:
    """Something that may happen from outside, once, at any moment at which `when` holds."""

    label: str
    action: Callable[[], object]
    when: Callable[[], bool] = lambda: True
    is_due: bool = True


@dataclass
class World:
    """Everything of one schedule. `run` goes on until nothing can happen any more, or `visit` says that it is enough.

    Attributes:
        trace: what happened, one line a step.
        errors: exceptions that left callbacks.
        horizon: a timer that is due later is none.
    """

    choices: Choices
    most_steps: int = 5000
    loops: list[VirtualLoop] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    sockets: dict[int, VirtualSocket] = field(default_factory=dict)
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    numbers: Any = field(default_factory=itertools.count)
    now: float = 1.0
    horizon: float = float("inf")
    steps_done: int = 0

    def loop(self, name: str) -> VirtualLoop:
        """A new loop."""
        loop = VirtualLoop(self, name)
        self.loops.append(loop)
        return loop

    def pair(self, capacity: int = 1 << 20, piece: int = 1 << 20) -> tuple[Any, Any]:
        """A connected pair of sockets."""
        one, other = SocketEnd(capacity, piece), SocketEnd(capacity, piece)
        one.peer, other.peer = other, one
        return VirtualSocket(self, one), VirtualSocket(self, other)

    def may(self, label: str, action: Callable[[], object], when: Callable[[], bool] = lambda: True) -> None:
        """Let something happen once, at any moment, or not at all."""
        self.options.append(Option(label, action, when))

    def steps(self) -> list[Step]:
        """What could happen next: the loops' callbacks, else the next timers; then what may come from outside."""
        found = [step for loop in self.loops for step in loop.steps()]
        return found or self._timers_due()

    def _timers_due(self) -> list[Step]:
        for loop in self.loops:
            while loop.timers and loop.timers[0][2].cancelled():
                heapq.heappop(loop.timers)
        waiting = [loop for loop in self.loops if loop.timers and not (loop.is_gone or loop.is_held)]
        first = min((loop.timers[0][0] for loop in waiting), default=self.horizon)
        return [
            (f"{loop.name}: timer at {first - 1.0:.2f} s", lambda loop=loop: self._fire(loop))  # type: ignore[misc]
            for loop in waiting
            if loop.timers[0][0] == first < self.horizon
        ]

    def may_be_slow(self, told: Callable[[], object]) -> None:
        """Let, once at any moment, the next timer be due before what was to happen first."""

        def pass_time() -> None:
            told()
            self._timers_due()[0][1]()

        self.may("time passes", pass_time, lambda: bool(self._timers_due()))

    def _fire(self, loop: VirtualLoop) -> None:
        when, _, handle = heapq.heappop(loop.timers)
        self.now = max(self.now, when)
        loop.run(handle._run)

    def options_now(self) -> list[Step]:
        """What may come from outside now."""
        return [
            (f"*** {option.label}", lambda option=option: self._take(option))  # type: ignore[misc]
            for option in self.options
            if option.is_due and option.when()
        ]

    def _take(self, option: Option) -> None:
        option.is_due = False
        option.action()

    def run(self, visit: Callable[[], bool] = lambda: True) -> bool:
        """Do step after step; True when nothing can happen any more, False when `visit` ended it before."""
        while True:
            if self.errors:
                raise self.errors[0]
            steps = self.steps()
            outside = self.options_now()
            if not steps and outside:
                steps = [("(nothing more happens)", self._end)]
            if not steps or self._is_ended:
                return True
            if self.choices.is_beyond_prefix and not visit():
                return False
            steps += outside
            label, action = steps[self.choices.choose(len(steps)) if len(steps) > 1 else 0]
            self.trace.append(label)
            self.steps_done += 1
            if self.steps_done > self.most_steps:
                raise AssertionError(f"no end after {self.most_steps} steps: a livelock")
            action()

    is_thrown_away: bool = False
    _is_ended: bool = False

    def _end(self) -> None:
        self._is_ended = True

    def close(self) -> None:
        """Throw away what a schedule that ended in the middle has left."""
        self.is_thrown_away = True
        for loop in self.loops:
            loop.ready.clear()
            loop.timers.clear()
        for task in self.tasks:
            if not task.done():
                coroutine: Any = task.get_coro()
                with contextlib.suppress(BaseException):
                    coroutine.close()
        self.tasks.clear()
        for connection in self.sockets.values():
            connection.end.drop_segments()
