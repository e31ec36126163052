"""What the model of the coordinator's protocol is about: the state of a run, its computers and one wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from engine.runtime.states import RunState


@dataclass(frozen=True)
class Rules:
    """How the protocol is played. The defaults are the promises; anything else breaks one of them on purpose."""

    latched: bool = True
    barrier_waits_for_all: bool = True
    looks_again_at_deaths: bool = True
    end_behind_last: bool = True
    credit_once: bool = True
    hears_gone: bool = True
    notices_peer: bool = True
    kills_at_last: bool = True
    outcome_is_worst: bool = True
    stops_cancel_restarts: bool = True
    says_again: bool = True
    waits_for_reaping: bool = True


class Computer(NamedTuple):
    """A process and what the coordinator knows of it.

    `phase`: starting, preparing, ready, running, stuck, bereft (the node failed, others there go on), closing, over,
    dead, gone. `known`: preparing, ready, ended, dead, away (it died and starts again after a pause), returning (it has
    started again).
    """

    phase: str = "starting"
    known: str = "preparing"
    inbox: tuple[str, ...] = ()
    outbox: tuple[str, ...] = ()
    released: bool = False
    draining: bool = False
    aborting: bool = False
    was_ready: bool = False
    ended_as: str = ""  # what became of its nodes: ended, stopped, failed, dead


class Wire(NamedTuple):
    """From the first computer to the last. `flow` and `back` are what is in the socket, oldest first.

    `queue`: arrived, not taken. `credit`: how many may be sent. Messages are numbered from the one that the receiver is
    to take next, which keeps the endless stream finite; `sent`: the number of the next to be sent.
    """

    sent: int = 0
    credit: int = 1
    flow: tuple[str, ...] = ()
    queue: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    ended: str = ""  # as the receiver knows it: end, broken
    receiver_gone: bool = False  # as the sender knows it
    is_whole: bool = True  # neither end has died or given up


class State(NamedTuple):
    """All of a run.

    `start`: what `Conductor.start` finds when it goes on: "", ready, failed. `budget`: what of a stop by force comes
    next: "", abort, terminate, kill. `crashes`, `stuck`: how many of these may still befall it.
    """

    run: RunState
    computers: tuple[Computer, ...]
    wire: Wire
    start: str = ""
    budget: str = ""
    forced: bool = False
    failed: bool = False
    crashes: int = 1
    stuck: int = 0


def renumbered(items: tuple[str, ...]) -> tuple[str, ...]:
    """Messages, numbered from the one that is due now."""
    return tuple(str(int(item) - 1) if item.isdigit() else item for item in items)


def forgotten(s: State) -> State:
    """Without what has no future: so that equal futures are one state."""
    for i, c in enumerate(s.computers):
        if c.phase in ("closing", "over") and (c.released or c.draining or c.aborting):
            s = with_changed(s, i, released=False, draining=False, aborting=False)
        elif c.phase in ("dead", "gone") and (c.released or c.draining or c.aborting or c.inbox):
            s = with_changed(s, i, released=False, draining=False, aborting=False, inbox=())
    first, last = s.computers[0].phase, s.computers[-1].phase
    if first in ("over", "dead", "gone") and last in ("closing", "over", "dead", "gone"):
        s = s._replace(wire=Wire(credit=0, is_whole=False))
    return s


def said_of(i: int, state: str) -> tuple[str, str]:
    """What an observer hears of a computer."""
    return (f"computer {i}", state)


def with_changed(s: State, i: int, **changes: object) -> State:
    """A state in which one computer is changed."""
    return with_computer(s, i, s.computers[i]._replace(**changes))  # type: ignore[arg-type]


def with_computer(s: State, i: int, computer: Computer) -> State:
    """A state in which one computer is another."""
    return s._replace(computers=(*s.computers[:i], computer, *s.computers[i + 1 :]))
