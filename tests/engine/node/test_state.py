"""What a node type keeps from one call to the next, read from its code."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from engine import In, Node, Out, Source, catalog, param
from engine.node.state import hand_over, hands_over, keeps_state


class Plain(Node):
    """Keeps nothing."""

    value = In(int)
    result = Out(int)
    gain = param([1.0])
    LIMIT = 5

    @property
    def twice(self) -> float:
        return float(self.gain[0]) * 2

    def process(self, value: int) -> int:
        kept = [value * part for part in self.gain]
        self.log(f"{kept}")
        return min(sum(kept), self.LIMIT)


class Counts(Plain):
    def on_start(self) -> None:
        self._count = 0


class Inner(Plain):
    def process(self, value: int) -> int:
        def keep() -> None:
            self.last = value

        keep()
        return value


class ByName(Plain):
    def process(self, value: int) -> int:
        setattr(self, f"last{value}", value)
        return value


class InClass(Plain):
    seen: list[int] = []  # noqa: RUF012  # what a careless author writes


class Window(Plain):
    window = np.zeros(3)


class Inherits(Counts):
    def process(self, value: int) -> int:
        return value


def around(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*words: Any) -> Any:
        return function(*words)

    return call


class Wrapped(Plain):
    @around
    def process(self, value: int) -> int:
        self.last = value
        return value


class Clock(Source):
    tick = Out(int)

    def produce(self) -> Iterator[int]:
        yield 1


class Says(Counts):
    def get_state(self) -> int:
        return int(self._count)

    def set_state(self, state: int) -> None:
        self._count = state


@pytest.mark.parametrize("kind", [Counts, Inner, ByName, InClass, Window, Inherits, Wrapped, Clock])
def test_what_keeps_something_is_found(kind: type[Node]) -> None:
    assert keeps_state(kind) and not hands_over(kind)


def test_what_keeps_nothing_or_says_how_to_hand_it_over_can_be_replaced() -> None:
    assert not keeps_state(Plain) and not keeps_state(Says)
    assert not keeps_state(catalog.resolve("engine.library.arithmetic:Gain"))
    assert keeps_state(catalog.resolve("engine.library.filters:LowPass"))


def test_a_state_is_handed_over_where_both_sides_say_how() -> None:
    old, new = Says(), Says()
    old._count, new._count = 7, 0
    hand_over(old, new)
    assert new._count == 7
    silent = Counts()
    silent._count = 0
    hand_over(old, silent)
    assert silent._count == 0
