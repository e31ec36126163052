"""A small explicit-state model checker: all states breadth first, invariants, deadlocks, and stops that must end.

A model gives its first state and, for each state, its moves. Counterexamples are shortest, as the search is breadth
first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

Events = tuple[tuple[str, str], ...]


class Move(NamedTuple):
    """One step: who does what, where that leads, and what an observer of the run hears of it."""

    name: str
    to: Any
    events: Events = ()


class Model(Protocol):
    """What can be checked."""

    def first(self) -> Hashable:
        """The state at the start."""
        ...

    def moves(self, state: Any) -> Iterable[Move]:
        """What can happen in a state."""
        ...

    def is_end(self, state: Any) -> bool:
        """Is nothing more to happen?"""
        ...

    def wrong(self, state: Any) -> str:
        """What is wrong with a state; empty when nothing is."""
        ...

    def must_end(self, state: Any) -> bool:
        """Has been asked to stop, so that whatever happens it ends?"""
        ...

    def must_go_on(self, state: Any) -> bool:
        """Does something happen here by itself?"""
        ...

    def is_fair(self, name: str) -> bool:
        """Does a move of this name happen at last, when it can happen all the time?"""
        ...


class Violation(AssertionError):
    """A way to a state that breaks a promise; its text is the trace."""

    def __init__(self, what: str, trace: list[str]) -> None:
        lines = "\n".join(f"  {number:3}  {line}" for number, line in enumerate(trace, 1))
        super().__init__(f"{what}\nafter {len(trace)} moves:\n{lines}")
        self.trace = trace


@dataclass
class Graph:
    """All states of a model that can be reached, and the moves between them."""

    moves: dict[Any, list[Move]] = field(default_factory=dict)
    came_from: dict[Any, tuple[Any, str]] = field(default_factory=dict)

    def trace(self, state: Any) -> list[str]:
        """The shortest way to a state."""
        lines = []
        while state in self.came_from:
            state, name = self.came_from[state]
            lines.append(name)
        return lines[::-1]


def check(model: Model, *, most_states: int = 400_000) -> Graph:
    """Look at every state; raises `Violation` for a wrong state, a deadlock, or a stop that may take for ever."""
    graph = Graph()
    first = model.first()
    todo = deque([first])
    found = {first}
    while todo:
        state = todo.popleft()
        wrong = model.wrong(state)
        if wrong:
            raise Violation(wrong, graph.trace(state))
        moves = graph.moves[state] = list(model.moves(state))
        if not moves and not model.is_end(state):
            raise Violation("deadlock: nothing can happen, and it is not the end", graph.trace(state))
        for move in moves:
            if move.to not in found:
                found.add(move.to)
                graph.came_from[move.to] = (state, move.name)
                todo.append(move.to)
        assert len(found) <= most_states, f"more than {most_states} states"
    _check_that_stops_end(model, graph)
    return graph


def _check_that_stops_end(model: Model, graph: Graph) -> None:
    """Every loop in which a stop has been asked for is left: by a fair move that each of its states has."""
    for state, moves in graph.moves.items():
        if model.must_go_on(state) and not any(model.is_fair(move.name) for move in moves):
            raise Violation("it waits for ever: nothing happens any more by itself", graph.trace(state))
    inside = [state for state in graph.moves if model.must_end(state)]
    for loop in _loops(inside, graph):
        always = set.intersection(*({m.name for m in graph.moves[s] if model.is_fair(m.name)} for s in loop))
        if not any(all(m.to not in loop for s in loop for m in graph.moves[s] if m.name == name) for name in always):
            state = min(loop, key=lambda s: len(graph.trace(s)))
            names = sorted({m.name for s in loop for m in graph.moves[s] if m.to in loop})
            raise Violation(f"a stop may take for ever, in a loop of {names}", graph.trace(state))


def _loops(states: list[Any], graph: Graph) -> list[set[Any]]:
    """The strongly connected components with a cycle (Tarjan 1972, without recursion)."""
    among, index, low, stack, on_stack = set(states), {}, {}, [], set()
    found: list[set[Any]] = []
    for root in states:
        if root in index:
            continue
        work = [(root, iter([m.to for m in graph.moves[root] if m.to in among]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            state, following = work[-1]
            for after in following:
                if after not in index:
                    index[after] = low[after] = len(index)
                    stack.append(after)
                    on_stack.add(after)
                    work.append((after, iter([m.to for m in graph.moves[after] if m.to in among])))
                    break
                if after in on_stack:
                    low[state] = min(low[state], index[after])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[state])
                if low[state] == index[state]:
                    component = set()
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        component.add(member)
                        if member == state:
                            break
                    if len(component) > 1 or any(m.to == state for m in graph.moves[state]):
                        found.append(component)
    return found


def first_not_allowed(graph: Graph, first: Any, heard: list[tuple[str, str]]) -> int:
    """How many of the events, in this order, the model allows; all of them when it is len(heard)."""
    now = _silently({first: 0}, graph, heard, 0)
    for index in range(len(heard)):
        now = {state: at for state, at in _silently(now, graph, heard, index).items() if at > index}
        if not now:
            return index
    return len(heard)


def _silently(now: dict[Any, int], graph: Graph, heard: list[tuple[str, str]], index: int) -> dict[Any, int]:
    """All states that can be reached by moves of which nothing is heard, or whose events are the next ones."""
    reached: dict[tuple[Any, int], None] = dict.fromkeys(now.items())
    todo = deque(reached)
    while todo:
        state, at = todo.popleft()
        if at > index:
            continue
        for move in graph.moves[state]:
            after = at + len(move.events)
            if tuple(heard[at:after]) == move.events and (move.to, after) not in reached:
                reached[(move.to, after)] = None
                todo.append((move.to, after))
    best: dict[Any, int] = {}
    for state, at in reached:
        best[state] = max(at, best.get(state, -1))
    return best
