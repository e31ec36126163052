"""Depth-first exploration of all schedules of a virtual world, and what makes it finite: states seen before.

Stateless search: a schedule is the list of its decisions, and is repeated from the start to go another way. At each
decision behind the prefix a fingerprint of everything reachable is taken; a schedule that comes to a state seen
before ends there, as all that may follow was or will be explored.
"""

from __future__ import annotations

import asyncio
import enum
import random
import types
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from tests.model.scheduler import Choices, VirtualLoop, World
from tests.model.sockets import SocketEnd, VirtualSocket


class Scenario(Protocol):
    """One run of a scenario: builds its world, and judges how it ended."""

    world: World

    def state(self) -> Iterable[Any]:
        """What the future depends on, besides the loops and sockets of the world."""
        ...

    def check(self) -> None:
        """Assert what must hold at the end."""
        ...

    def close(self) -> None:
        """Give back what the schedule holds."""
        ...


MOST_TOLD = 80  # steps at either end of a trace


class Counterexample(AssertionError):
    """A schedule that breaks a promise; its text is the trace."""

    def __init__(self, what: BaseException, trace: list[str], choices: list[int]) -> None:
        lines = [f"  {number:3}  {line}" for number, line in enumerate(trace, 1)]
        told = "\n".join(lines if len(lines) <= 2 * MOST_TOLD else [*lines[:MOST_TOLD], "  ...", *lines[-MOST_TOLD:]])
        away = {index: choice for index, choice in enumerate(choices) if choice}
        super().__init__(
            f"{type(what).__name__}: {what}\nafter this schedule, {len(trace)} steps, "
            f"{len(choices)} decisions, all the first possibility but {away}:\n{told}"
        )
        self.what = what
        self.trace = trace
        self.choices = choices


@dataclass
class Explored:
    """What an exploration has looked at."""

    schedules: int = 0
    ends: int = 0
    states: int = 0
    steps: int = 0

    def __str__(self) -> str:
        return f"{self.schedules} schedules, {self.ends} ends, {self.states} states, {self.steps} steps"

    def __add__(self, other: Explored) -> Explored:
        return Explored(
            self.schedules + other.schedules,
            self.ends + other.ends,
            self.states + other.states,
            self.steps + other.steps,
        )


Make = Callable[[Choices], Scenario]


def explore(make: Make, *, most_schedules: int = 1_000_000) -> Explored:
    """Every schedule, each state once.

    Raises:
        Counterexample: a schedule breaks what the scenario checks; it is shortened first.
    """
    explored = Explored()
    seen: set[int] = set()
    todo: list[list[int]] = [[]]
    while todo:
        assert explored.schedules < most_schedules, f"not done after {explored}"
        choices = Choices(todo.pop())
        _run(make, choices, explored, seen)
        for index in range(len(choices.prefix), len(choices.taken)):
            for other in range(1, choices.widths[index]):
                todo.append([*choices.taken[:index], other])
    explored.states = len(seen)
    return explored


def explore_few_deviations(make: Make, deviations: int, *, sample: int = 0, seed: int = 0) -> Explored:
    """Every schedule that leaves the straight way (always the first possibility) at most so many times.

    With `sample`, so many of these, drawn at random with a fixed seed, where trying all would take too long.
    """
    explored = Explored()
    todo: deque[tuple[list[int], int]] = deque([([], deviations)])
    random_ = random.Random(seed)
    while todo:
        if sample and explored.schedules >= sample:
            break
        if sample and explored.schedules:
            todo.rotate(random_.randrange(len(todo)))
        prefix, left = todo.popleft()
        choices = Choices(prefix)
        _run(make, choices, explored, None)
        if left:
            for index in range(len(prefix), len(choices.taken)):
                for other in range(1, choices.widths[index]):
                    todo.append(([*choices.taken[:index], other], left - 1))
    return explored


def walk_at_random(make: Make, schedules: int, seed: int = 0) -> Explored:
    """So many schedules of random decisions, the same in every run."""
    explored = Explored()
    for number in range(schedules):
        choices = _RandomChoices(random.Random(f"{seed}-{number}"))
        _run(make, choices, explored, None)
    return explored


class _RandomChoices(Choices):
    def __init__(self, source: random.Random) -> None:
        super().__init__()
        self._source = source
        self._stay = source.choice([0.0, 0.5, 0.9])  # how often the first possibility is taken without asking

    def choose(self, width: int) -> int:
        chosen = 0 if self._source.random() < self._stay else self._source.randrange(width)
        self.taken.append(chosen)
        self.widths.append(width)
        return chosen


def _run(make: Make, choices: Choices, explored: Explored, seen: set[int] | None) -> None:
    scenario = make(choices)
    world = scenario.world

    def visit() -> bool:
        if seen is None:
            return True
        state = fingerprint(
            [world.now, world.loops, world.sockets, [o.is_due for o in world.options], *scenario.state()]
        )
        if state in seen:
            return False
        seen.add(state)
        return True

    explored.schedules += 1
    try:
        if world.run(visit):
            explored.ends += 1
            scenario.check()
    except Exception as error:
        trace = world.trace
        scenario.close()
        raise shorten(make, Counterexample(error, trace, list(choices.taken))) from None
    else:
        explored.steps += world.steps_done
        scenario.close()


def shorten(make: Make, found: Counterexample) -> Counterexample:
    """A simpler schedule that fails in the same way: fewer decisions that are not the first possibility."""
    kind = type(found.what)
    changed = True
    while changed:
        changed = False
        for index in range(len(found.choices) - 1, -1, -1):
            if found.choices[index]:
                for candidate in ([*found.choices[:index]], [*found.choices[:index], 0, *found.choices[index + 1 :]]):
                    shorter = _fails(make, candidate, kind)
                    if shorter is not None and (_weight(shorter) < _weight(found)):
                        found, changed = shorter, True
                        break
            if changed:
                break
    return found


def _weight(found: Counterexample) -> tuple[int, int]:
    return sum(1 for choice in found.choices if choice), len(found.trace)


def _fails(make: Make, prefix: list[int], kind: type) -> Counterexample | None:
    choices = Choices(prefix)
    scenario = make(choices)
    try:
        scenario.world.run()
        scenario.check()
    except Exception as error:
        return Counterexample(error, scenario.world.trace, list(choices.taken)) if type(error) is kind else None
    finally:
        scenario.close()
    return None


# -- states as numbers

_PLAIN = (int, float, str, bytes, bool, type, enum.Enum, types.CodeType, types.ModuleType)
_SKIPPED = frozenset(
    {"world", "trace", "_loop", "loop", "sent_ns", "time_ns", "latency_ns", "_memory", "_view", "descriptor"}
)


def fingerprint(roots: list[Any]) -> int:
    """A number for all that can be reached from some objects: equal structure, equal number.

    Coroutines count with where they stand and their variables, futures with their state and value; clocks and the
    mapped memory itself do not count.
    """
    walk = _Walk()
    walk.add(roots)
    return hash(tuple(walk.tokens))


class _Walk:
    def __init__(self) -> None:
        self.tokens: list[Any] = []
        self._seen: dict[int, int] = {}
        self._alive: list[Any] = []  # or an id could be used twice during one walk

    def add(self, thing: Any) -> None:
        tokens = self.tokens
        kind = type(thing)
        if kind in (int, str, bytes, bool, float) or thing is None:
            tokens.append(thing)
            return
        if kind is tuple:
            tokens.append(len(thing))
            for item in thing:
                self.add(item)
            return
        if isinstance(thing, _PLAIN):
            tokens.append(thing)
            return
        known = self._seen.get(id(thing))
        if known is not None:
            tokens.append(("again", known))
            return
        self._seen[id(thing)] = len(self._seen)
        self._alive.append(thing)
        if kind is list or kind is deque:
            tokens.append(len(thing))
            for item in thing:
                self.add(item)
        elif kind is dict:
            tokens.append(len(thing))
            for key, value in thing.items():
                self.add(key)
                self.add(value)
        elif kind is set or kind is frozenset:
            tokens.append(tuple(sorted(thing, key=repr)))
        else:
            tokens.append(kind.__name__)
            self._add_object(thing)

    def _add_object(self, thing: Any) -> None:
        if isinstance(thing, VirtualSocket):
            self.add([thing.is_closed, thing.end])
        elif isinstance(thing, SocketEnd):
            self.add([thing.n_open, [(data, len(fds)) for data, fds in thing.segments], thing.peer])
        elif isinstance(thing, types.FunctionType):
            self.add([thing.__code__, [cell.cell_contents for cell in thing.__closure__ or ()]])
        elif isinstance(thing, VirtualLoop):
            self.add(
                [thing.is_gone, thing.is_held, thing._is_closed, thing.ready, [t[2] for t in sorted(thing.timers)]]
            )
            self.add([thing.readers, thing.writers])
        elif isinstance(thing, asyncio.Handle):
            cancelled = thing.cancelled()
            when = thing.when() if isinstance(thing, asyncio.TimerHandle) else 0
            self.add([cancelled, when, None if cancelled else thing._callback, thing._args])  # type: ignore[attr-defined]
        elif isinstance(thing, asyncio.Task):
            self.add([thing.done(), thing.cancelling(), thing.get_coro()])
        elif isinstance(thing, asyncio.Future):
            self.tokens.append(thing._state)
        elif isinstance(thing, types.MethodType):
            self.tokens.append(thing.__func__)
            self.add(thing.__self__)
        elif isinstance(thing, types.CoroutineType):
            self._add_frame(thing.cr_frame)
            self.add(thing.cr_await)
        elif isinstance(thing, types.GeneratorType):
            self._add_frame(thing.gi_frame)
            self.add(thing.gi_yieldfrom)
        elif isinstance(thing, memoryview):
            self.tokens.append(bytes(thing))
        elif hasattr(thing, "__dict__"):
            for name, value in vars(thing).items():
                if name not in _SKIPPED:
                    self.add(value)
        elif hasattr(type(thing), "__slots__"):
            for name in type(thing).__slots__:
                if name not in _SKIPPED:
                    self.add(getattr(thing, name, None))
        elif getattr(thing, "__self__", None) is not None:
            self.tokens.append(getattr(thing, "__name__", ""))
            self.add(thing.__self__)

    def _add_frame(self, frame: Any) -> None:
        if frame is None:
            self.tokens.append("ended")
            return
        self.tokens.append(frame.f_lasti)
        self.add(frame.f_locals)
