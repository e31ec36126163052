"""The exit codes of the command, and the errors that end it with one of them."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command tells the shell. A signal ends it with 128 and the signal's number, as shells have it."""

    DONE = 0
    """The run finished or its time was up; the graph is valid; the editor was closed."""
    FAILED = 1
    """A node or a computer failed, though it was started again, or had to be ended by force; or the report could
    not be written."""
    WRONG_USE = 2
    """A wrong command line, or a graph that cannot be read or cannot start."""
    SIGNALLED = 128


class WrongUse(Exception):
    """The command cannot do what was asked: each line of the message says what is wrong and where."""


class OutputLost(Exception):
    """What was asked for cannot be written to stdout."""
