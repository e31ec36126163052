"""What a node author writes: subclasses of `Node` and `Source`.

The class body is the declaration: ports and parameters are collected when the class is made. How and where a node
runs is the runtime's business; a node sees of it only its `Context`.
"""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from enum import StrEnum
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from engine.errors import NodeError, ParameterError
from engine.node.parameter import Parameter
from engine.node.port import In, Out


class Join(StrEnum):
    """How messages of several inputs are matched.

    TICK: `process` sees the messages of one tick together.
    LATEST: on every message of the driving port, with the newest of the others.
    ANY: on every message alone; the other inputs are None.
    TIME: on every message of the driving port, with those of the others that were produced nearest to it in time, and
        not further from it than `Node.join_tolerance_s`; for inputs from different clocks.
    """

    TICK = "tick"
    LATEST = "latest"
    ANY = "any"
    TIME = "time"


class Context(Protocol):
    """What a running node may ask of whatever runs it."""

    @property
    def stopping(self) -> bool:
        """Has the run asked this node to stop?"""
        ...

    def emit(self, port: str, value: Any) -> Awaitable[None]:
        """Send a value on an output port; the result may be awaited for room downstream."""
        ...

    def sleep(self, seconds: float) -> Any:
        """Wait on the clock of the run; ends early when the run stops."""
        ...

    def end_output(self, port: str) -> None:
        """End one output early."""
        ...

    def loan(self, shape: tuple[int, ...], dtype: np.dtype[Any], port: str | None) -> NDArray[Any]:
        """Lend an array to be filled and sent."""
        ...

    def log(self, text: str) -> None:
        """Add a line to the log of the run."""
        ...


RESERVED = frozenset({"id", "location"})
_METHODS = {"process", "should_process", "on_start", "on_end", "on_stop", "on_param", "produce"}
_OWN = {
    "emit",
    "end_output",
    "loan",
    "log",
    "sleep",
    "stopping",
    "blocking",
    "join",
    "category",
    "icon",
    "title",
    "default_location",
}
_COLLECTED = {"node_inputs", "node_outputs", "node_parameters"}


def _check_name(cls: type, name: str) -> None:
    if name in RESERVED or name.startswith("_") or name in _METHODS | _OWN | _COLLECTED:
        raise TypeError(
            f"{cls.__name__}: {name!r} cannot be the name of a port or parameter, it has a meaning of its own"
        )


def tolerance_of(declared: Any) -> float:
    """How far apart messages of one set may be, of a node type or one of its instances, seconds.

    Raises:
        TypeError: it is no finite number from 0 on.
    """
    tolerance = declared.join_tolerance_s
    if isinstance(tolerance, Parameter):
        tolerance = tolerance.fresh_default()
    if isinstance(tolerance, bool) or not isinstance(tolerance, (int, float)) or not 0 <= tolerance < math.inf:
        kind = declared if isinstance(declared, type) else type(declared)
        raise TypeError(f"{kind.__name__}: join_tolerance_s is a number of seconds from 0 on, not {tolerance!r}")
    return float(tolerance)


def _title(class_name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", class_name)
    return words.replace("_", " ")


class Node:
    """A node type: typed ports, parameters and a `process` method. Subclass it; the class body is the declaration.

    Class attributes an author may set: `category`, `icon`, `title`, `join`, `join_tolerance_s`, `default_location`.

    Attributes:
        join_tolerance_s: with `Join.TIME`, how far apart in time messages of one set may be, seconds. An author may
            declare it as a parameter, `join_tolerance_s = param(0.02, minimum=0)`; it is then live like any other.
    """

    category: ClassVar[str] = "Other"
    icon: ClassVar[str] = ""
    title: ClassVar[str] = "Node"
    join: ClassVar[Join] = Join.TICK
    join_tolerance_s: Any = 0.02
    default_location: ClassVar[str | None] = None

    node_inputs: ClassVar[Mapping[str, In]] = {}
    node_outputs: ClassVar[Mapping[str, Out]] = {}
    node_parameters: ClassVar[Mapping[str, Parameter]] = {}

    id: str = ""
    _context: Context | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        inputs: dict[str, In] = {}
        outputs: dict[str, Out] = {}
        parameters: dict[str, Parameter] = {}
        for base in reversed(cls.__mro__):
            for name, value in vars(base).items():
                for found in (inputs, outputs, parameters):
                    found.pop(name, None)  # a subclass may declare it anew
                if isinstance(value, (In, Out, Parameter)):
                    _check_name(cls, name)
                if isinstance(value, In):
                    inputs[name] = value
                elif isinstance(value, Out):
                    outputs[name] = value
                elif isinstance(value, Parameter):
                    parameters[name] = value
        cls.node_inputs = inputs
        cls.node_outputs = outputs
        cls.node_parameters = parameters
        try:
            cls.join = Join(cls.join)  # an author may write "latest"
        except ValueError:
            raise TypeError(f"{cls.__name__}: {cls.join!r} is no join: use one of {', '.join(Join)}") from None
        tolerance_of(cls)
        if "title" not in vars(cls):
            cls.title = _title(cls.__name__)

    def __new__(cls, *args: Any, **parameters: Any) -> Node:
        """Make the instance with its parameters already in place, so that any `__init__` finds them."""
        self = super().__new__(cls)
        for name, parameter in cls.node_parameters.items():
            self.__dict__[name] = parameter.fresh_default()
        return self

    def __init__(self, **parameters: Any) -> None:
        for name, value in parameters.items():
            if name not in self.node_parameters:
                raise unknown_parameter(type(self), name)
            self.__dict__[name] = self.node_parameters[name].validate(value)

    def process(self, *args: Any, **inputs: Any) -> Any:  # this form lets overrides name their inputs
        """Handle one set of inputs, one keyword an input port. May be async, a generator or an async generator.

        Returns:
            With one output port the value, with several a dict `{port name: value}`; None emits nothing.
        """
        raise NotImplementedError(f"{type(self).__name__} has no process method")

    def should_process(self, *args: Any, **inputs: Any) -> bool:
        """Is this set of inputs to be processed? A set that is refused counts as filtered out."""
        return True

    def on_start(self) -> Any:
        """Called once before the first message. May be async."""

    def on_end(self) -> Any:
        """Called when all inputs have ended; may emit last messages. May be async."""

    def on_stop(self) -> Any:
        """Called always and last, however the run ends short of a kill. May be async."""

    def on_param(self, name: str, value: Any) -> Any:
        """Called after a parameter was changed while the graph runs. May be async."""

    def emit(self, port: str, value: Any) -> Awaitable[None]:
        """Send a value on an output port at any time while the node runs.

        Returns:
            An awaitable; awaiting it waits until downstream has room. It need not be awaited.

        Raises:
            NodeError: there is no such output, the value is not of its type, or the node is not running.
        """
        return self._running.emit(port, value)

    def loan(self, shape: int | tuple[int, ...], dtype: DTypeLike = float, port: str | None = None) -> NDArray[Any]:
        """A new array to be filled and sent, its contents undefined.

        Where the output's one wire leads to another process and the array is large, it lies in the memory shared with
        it: sent whole, it is not copied on its way. Anywhere else it is an array like any other. Once sent it is
        read-only and no longer the node's: keep a copy of what is needed later. Two at a time are lent for a wire.

        Args:
            shape: as for `numpy.empty`.
            dtype: as for `numpy.empty`.
            port: the output; may be left out where there is one.

        Raises:
            NodeError: there is no such output, or several and none is named, or the node is not running.
            ValueError: a negative size.
        """
        sizes = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
        if any(size < 0 for size in sizes):
            raise ValueError(f"an array cannot have the shape {sizes}")
        return self._running.loan(tuple(map(int, sizes)), np.dtype(dtype), port)

    def end_output(self, port: str) -> None:
        """End one output early, behind what was emitted on it; the others go on. Nothing more can be emitted on it.

        Raises:
            NodeError: there is no such output, or the node is not running.
        """
        self._running.end_output(port)

    def log(self, text: str) -> None:
        """Add a line to the log of the run."""
        self._running.log(text)

    @property
    def stopping(self) -> bool:
        """Has the run asked this node to stop?"""
        return self._context is not None and self._context.stopping

    def sleep(self, seconds: float) -> Any:
        """Wait; ends early when the run stops. Await it, or call it plainly in a `blocking` source."""
        return self._running.sleep(seconds)

    @property
    def _running(self) -> Context:
        if self._context is None:
            raise NodeError(f"{type(self).__name__} is not running: emit, log and sleep work inside a run only")
        return self._context


class Source(Node):
    """A node without inputs that produces messages until it is exhausted or stopped.

    `blocking = True` on the class says that `produce` blocks (a driver's read call): it then runs in a helper
    thread and the loop stays free. `stop_timeout_s` bounds how long a stop waits for such a call to return.
    """

    blocking: ClassVar[bool] = False
    stop_timeout_s: ClassVar[float] = 2.0

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.node_inputs:
            names = ", ".join(cls.node_inputs)
            raise TypeError(f"{cls.__name__} is a Source and has inputs ({names}): derive it from Node")

    def produce(self) -> Iterator[Any] | AsyncIterator[Any]:
        """A generator or async generator of values (one output port) or dicts `{port name: value}`."""
        raise NotImplementedError(f"{type(self).__name__} has no produce method")


def unknown_parameter(node_type: Any, name: str) -> Exception:
    """The error for a parameter that a node type does not have."""
    known = ", ".join(node_type.node_parameters) or "none"
    return ParameterError(f"{node_type.__name__} has no parameter {name!r}; it has: {known}")
