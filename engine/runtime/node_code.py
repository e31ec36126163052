"""What a node's author has written: the node object, and how its methods are called.

Every turn of a node is timed, and while it lasts the pulse of the loop says which node is at work
(`engine.computers.pulse`), so that a call that does not return can be named from outside. In the node's own task the
turn is counted as a whole (`timing`); calls from elsewhere are counted one by one.
"""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from engine.computers.pulse import Pulse
from engine.node.node import Node
from engine.runtime.timing import Timed

NO_MORE = object()
MOST_TYPES = 64  # of results that are remembered


class NodeCode:
    """Holds the node object of a stepper, and calls it. A restart builds another in its place.

    Args:
        pulse: of the loop on which the node runs.
        number: of the node in that pulse.
        make_node: gives a new node object, its parameters in place.
        context: what the node may ask of the run: its stepper.
        send: takes what `process` and hooks give.

    Attributes:
        busy_ns: nanoseconds that its turns have taken.
        turn_began: when the present or last turn began, by `time.perf_counter_ns`.
        is_at_work: is a turn being counted just now?
        process: the node's method.
        checks: does the node have a `should_process` of its own?
        value_types: types of results that are known to be values (`is_value`).
        skipped: sets of inputs that `should_process` did not want.
        is_awaited: does it await something just now, in which it may be cut short?
        is_stopped: was `on_stop` of this object called?
    """

    def __init__(
        self, pulse: Pulse, number: int, make_node: Callable[[], Node], context: Any, send: Callable[[Any], None]
    ) -> None:
        self.number = number
        self.working = pulse.working
        self.busy_ns = self.turn_began = 0
        self.is_at_work = False
        self.skipped = 0
        self.is_awaited = False
        self.is_stopped = False
        self.node: Node
        self._make_node = make_node
        self._context = context
        self._send = send
        self.value_types: set[type] = set()

    @property
    def is_built(self) -> bool:
        """Is there a node object?"""
        return hasattr(self, "node")

    def build(self) -> None:
        """Make the node object. Raises whatever its constructor raises."""
        with self._at_work():
            node = self._make_node()
        node.id = self._context.id
        node._context = self._context
        self.node = node
        self.is_stopped = False
        self.process: Callable[..., Any] = node.process
        self.checks = type(node).should_process is not Node.should_process

    def takes_alone(self, port: str) -> bool:
        """Can `process` be called with the payload of this port alone, not by name, and decides it for itself?"""
        if self.checks or not port:
            return False
        try:
            signature = inspect.signature(self.process, follow_wrapped=False)  # a decorator may take names alone
        except (TypeError, ValueError):
            return False
        first = next(iter(signature.parameters.values()), None)
        return first is not None and first.name == port and first.kind is first.POSITIONAL_OR_KEYWORD

    def is_value(self, result: Any) -> bool:
        """Is this a value, not a coroutine or generator whose values come later?"""
        if type(result) in self.value_types:
            return True
        if inspect.isgenerator(result) or inspect.isawaitable(result) or inspect.isasyncgen(result):
            return False
        if len(self.value_types) < MOST_TYPES:
            self.value_types.add(type(result))
        return True

    async def call(self, hook: Callable[..., Any], *arguments: Any) -> None:
        """Call a hook, async or not; what a generator yields is sent."""
        with self._at_work():
            result = hook(*arguments)
            if inspect.isgenerator(result):
                for value in result:
                    self._send(value)
            elif inspect.isawaitable(result):
                await self.awaited(result)

    async def stop(self) -> None:
        """Call `on_stop`, once for each node object."""
        if self.is_built and not self.is_stopped:
            self.is_stopped = True
            await self.call(self.node.on_stop)

    async def awaited(self, work: Awaitable[Any]) -> Any:
        """Await what the node's author wrote; an abort knows that it may be cut short."""
        self.is_awaited = True
        try:
            return await Timed(work, self)
        finally:
            self.is_awaited = False

    async def set_parameter(self, name: str, value: Any) -> Any:
        """Change a parameter live; returns it as validated.

        Raises:
            ParameterError: it does not fit. The old value stays.
            BaseException: whatever `on_param` raises. The node has the old value again.
        """
        node = self.node
        checked = node.node_parameters[name].validate(value)
        before, node.__dict__[name] = getattr(node, name), checked
        try:
            await self.call(node.on_param, name, checked)
        except BaseException:
            node.__dict__[name] = before
            raise
        return checked

    def result(self) -> bytes:
        """The pickle of what the node's `result()` gives, for nodes that have one."""
        result = getattr(self.node, "result", None) if self.is_built else None
        with self._at_work():
            return pickle.dumps(result(), 5) if callable(result) else b""

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        if self.is_at_work:
            yield
            return
        self.working[0] = self.number
        try:
            yield
        finally:
            self.working[0] = 0
