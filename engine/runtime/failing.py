"""Which failures of a node are told: enough to understand them, not so many that telling them does harm.

And in which words: an exception may be of a class whose own methods fail, or name a file whose name is no text. It is
told all the same, in the same words at every kind of place.
"""

from __future__ import annotations

import time
import traceback

from engine.errors import NodeError

REPORTS_PER_S = 10


class FailureFilter:
    """Lets a broken rule through once, and other exceptions `REPORTS_PER_S` times a second."""

    def __init__(self) -> None:
        self._rules: set[str] = set()
        self._since = 0.0
        self._reports = 0

    def lets_through(self, error: BaseException) -> bool:
        """Is this failure to be told in full?"""
        if isinstance(error, NodeError):
            rule = getattr(error, "rule", "")  # a subclass may have forgotten its base
            if rule in self._rules:
                return False
            self._rules.add(rule)
        now = time.monotonic()
        if now - self._since > 1.0:
            self._since, self._reports = now, 0
        self._reports += 1
        return self._reports <= REPORTS_PER_S


def tellable(text: str) -> str:
    r"""The text as any process, file and terminal takes it: lone halves of surrogate pairs are written as `\udce9`.

    Python has those in the names of files that are no UTF-8.
    """
    return str.encode(text, "utf-8", "backslashreplace").decode()


def one_line(error: BaseException) -> str:
    """The kind of an exception and the first line of what it says, whatever its class does."""
    return tellable(_one_line(error))


def _one_line(error: BaseException) -> str:
    name = type(error).__name__
    try:
        text = str(error).strip().split("\n")[0]
    except BaseException as failure:
        return f"{name}: its text cannot be had ({type(failure).__name__} in {name}.__str__)"
    if isinstance(error, NodeError) and text:
        return text
    return f"{name}: {text}" if text else name


def told(error: BaseException) -> str:
    """What an exception says, or else what it is."""
    try:
        return tellable(str(error) or repr(error))
    except BaseException:
        return one_line(error)


def traceback_of(error: BaseException) -> str:
    """The traceback of an exception as text, whatever its class does."""
    try:
        return tellable("".join(traceback.format_exception(error)))
    except BaseException as failure:
        frames = "".join(traceback.format_tb(error.__traceback__))
        words = f"{type(error).__name__} ({type(failure).__name__} in it)"
        return tellable(f"Traceback (most recent call last):\n{frames}{words}\n")
