"""What the model of the coordinator's protocol is about: the state of a run, its computers and one wire."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    gives_up: bool = True
    gives_up_in_time: bool = True
    given_up_counts: bool = True
    says_end_again: bool = True
    ends_after_restart: bool = True


@dataclass(frozen=True)
class Setting:
    """What a run is made of, and what may befall it.

    Attributes:
        n: computers.
        capacity: of the wire.
        length: messages of the source, after which it ends by itself; -1: it is endless.
        crashes: how many deaths may happen.
        stuck: how many nodes may never come back.
        on_death: "leave", "stop" or "restart".
        doomed: the computer whose restarts cannot succeed; -1: none is. `dies_when`: in its "start", or when it "runs".
        lives: how often a process that dies has run for long before, which makes its deaths count anew (not those of it
            to which nothing new could come).
        most_deaths, most_unfed: of deaths in a row, and of those after all inputs have ended: then it is given up.
        has_stops: may somebody stop the run?
    """

    n: int = 2
    capacity: int = 1
    length: int = -1
    crashes: int = 1
    stuck: int = 0
    on_death: str = "leave"
    doomed: int = -1
    dies_when: str = "start"
    lives: int = 0
    most_deaths: int = 3
    most_unfed: int = 2
    has_stops: bool = True
    rules: Rules = field(default_factory=Rules)

    @property
    def ends_by_itself(self) -> bool:
        """Do the sources end, or does the only one end for good when its process is given up?"""
        return self.length >= 0 or self.doomed == 0


class Computer(NamedTuple):
    """A process and what the coordinator knows of it.

    `phase`: starting, preparing, ready, running, stuck, bereft (the node failed, others there go on), closing, over,
    dead, gone. `known`: preparing, ready, ended, dead, away (it died and starts again after a pause), returning (it has
    started again). `told`: the coordinator has heard that its nodes are over. `deaths`: in a row, `unfed` of them when
    nothing new could come to it.
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
    told: bool = False
    deaths: int = 0
    unfed: int = 0
    given_up: bool = False


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
    next: "", abort, terminate, kill. `crashes`, `stuck`, `lives`: how many of these may still befall it. `left`: what
    the source has not produced yet, -1 when it is endless. `got`: what its receiver has taken, as long as nobody died.
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
    lives: int = 0
    left: int = -1
    got: int = -1


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
