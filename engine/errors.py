"""Every error Tidewire raises on purpose.

    TidewireError
    ├── LocationError             a text that is no location (also a ValueError)
    ├── ParameterError            a parameter value or name that its node type refuses (also a ValueError)
    ├── UnknownNodeType           a node type that cannot be found or imported (also a LookupError)
    ├── GraphError                an edit or a start that the graph's rules refuse; carries `.problems`
    │   └── ConnectionRefused     a wire that cannot be
    │       └── ConnectionRefusedByType   ... because the two ports' types do not fit
    ├── FileFormatError           a file that cannot be read as a graph (also a ValueError)
    │   ├── FileUnreadable        ... because the system does not give its content (also an OSError)
    │   └── FileUnwritable        a place where no file can be written (also an OSError)
    ├── NodeError                 a node broke a rule while running (wrong type emitted, unknown port ...)
    └── RunError                  a run was asked for something it cannot do in its state
        ├── StartError            a run could not start; nothing of it is left behind
        │   └── GraphNotReady     ... because the graph has problems (also a GraphError, with `.problems`)
        ├── EditRefused           a change of the graph that cannot be made while it runs; the run goes on as it was
        ├── ParameterRefused      a live change that the node refused (also a ParameterError)
        ├── TapClosed             the tap has ended
        └── BridgeBroken          the other side of a bridge is gone without end of stream

Each says what happened, where (node, wire, file) and what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.graph.problems import Problem


class TidewireError(Exception):
    """Base of every error of Tidewire."""


class LocationError(TidewireError, ValueError):
    """A text is no location."""


class ParameterError(TidewireError, ValueError):
    """A parameter name or value that the node type refuses."""


class UnknownNodeType(TidewireError, LookupError):
    """A node type cannot be found or imported; the message says why."""


class GraphError(TidewireError):
    """The graph's rules refuse an edit or a start.

    Attributes:
        problems: what is wrong, as data; empty when the message says it all.
    """

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = list(problems)


class ConnectionRefused(GraphError):
    """A wire that cannot be; the message gives the reason."""


class ConnectionRefusedByType(ConnectionRefused):
    """The output's type does not fit the input's type."""


class FileFormatError(TidewireError, ValueError):
    """A file cannot be read as a graph; the message names the file and the place in it."""


class _FileRefused(OSError, FileFormatError):
    """What the system refuses; the message says why, and what to do. `errno` is the system's."""

    def __init__(self, message: str, errno: int | None = None) -> None:
        super().__init__(message)
        self.errno = errno

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[type[_FileRefused], tuple[str, int | None]]:
        return type(self), (str(self), self.errno)


class FileUnreadable(_FileRefused):
    """The system does not give a file's content; the message says why, and what to do. `errno` is the system's."""


class FileUnwritable(_FileRefused):
    """No file can be written there; the message says why, and what to do. `errno` is the system's."""


class NodeError(TidewireError):
    """A node broke a rule while it ran.

    Attributes:
        rule: which one, so that a rule that is broken with every message is said once; empty is the message itself.
    """

    def __init__(self, message: str, rule: str = "") -> None:
        super().__init__(message)
        self.rule = rule or message


class RunError(TidewireError):
    """A run cannot do what was asked in the state it is in."""


class StartError(RunError):
    """A run could not start. The message names the node, the location and the cause."""


class GraphNotReady(GraphError, StartError):
    """A graph with problems was to be started; `.problems` names them."""


class EditRefused(RunError):
    """A change of the graph cannot be made while it runs. The run goes on as it was; the next start takes it up."""


class ParameterRefused(ParameterError, RunError):
    """A live change that the node refused; it goes on with the value it had."""


class TapClosed(RunError):
    """The tap has ended: it was closed, or its port's stream has ended."""


class BridgeBroken(RunError):
    """The other side of a bridge went away without end of stream."""
