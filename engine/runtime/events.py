"""The one stream of what happens in a run, and what went wrong in it."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """A transition, or a note (`new` is then "note").

    Attributes:
        run: number of the run in this process.
        seq: number of the event in its run.
        time: seconds since the epoch.
        entity: "run", "node:ID" or "computer:LABEL".
        old, new: the states, as text.
        reason: why; may be empty.
    """

    run: int
    seq: int
    time: float
    entity: str
    old: str
    new: str
    reason: str = ""


@dataclass(frozen=True)
class Failure:
    """Something that went wrong: in a node, or (with an empty `node`) in a whole computer."""

    node: str
    location: str
    error: str
    traceback: str
    time: float


class EventBus:
    """Tells subscribers of events, in order. A subscriber that raises is dropped."""

    def __init__(self, run: int) -> None:
        self._run = run
        self._numbers = itertools.count(1)
        self._subscribers: list[Callable[[Event], object]] = []
        self._lock = threading.Lock()

    def subscribe(self, callback: Callable[[Event], object]) -> Callable[[], None]:
        """Call back with every event from now on, in the coordinator's thread; returns what ends that."""
        with self._lock:
            self._subscribers.append(callback)

        def unsubscribe() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._subscribers.remove(callback)

        return unsubscribe

    def tell(self, entity: str, old: str, new: str, reason: str = "") -> None:
        """Tell an event."""
        event = Event(self._run, next(self._numbers), time.time(), entity, old, new, reason)
        with self._lock:
            subscribers = list(self._subscribers)
        for subscriber in subscribers:
            try:
                subscriber(event)
            except BaseException:  # SystemExit too: it would end the coordinator's thread
                with self._lock, contextlib.suppress(ValueError):
                    self._subscribers.remove(subscriber)
