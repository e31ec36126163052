"""However the author has written `process`, it gets its input."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from engine import In, Node, Out
from tests.engine.runtime.placements import chain, finished
from tests.nodes_for_tests import Collect, Numbers


class Plain(Node):
    """The usual form, which is called without keywords."""

    x = In(int)
    y = Out(int)

    def process(self, x: int) -> Any:
        return 10 * x


class Base(Node):
    x = In(int)
    y = Out(int)


def names_only(method: Callable[..., Any]) -> Callable[..., Any]:
    """As decorators are written that know of keywords alone."""

    @functools.wraps(method)
    def wrapper(self: Any, **inputs: Any) -> Any:
        assert inputs
        return method(self, **inputs)

    return wrapper


class Decorated(Base):
    @names_only
    def process(self, x: int) -> Any:
        return 10 * x


class KeywordOnly(Base):
    def process(self, *, x: int) -> Any:
        return 10 * x


class AnyKeywords(Base):
    def process(self, **inputs: Any) -> Any:
        return 10 * inputs["x"]


class AnotherFirst(Base):
    def process(self, scale: int = 10, x: int = 0) -> Any:
        return scale * x


class MoreBehind(Base):
    def process(self, x: int, scale: int = 10, *rest: int, **others: int) -> Any:
        assert not rest and not others
        return scale * x


class Assigned(Base):
    def __init__(self) -> None:
        self.process = lambda **inputs: 10 * inputs["x"]  # type: ignore[method-assign]


class Static(Base):
    @staticmethod
    def process(x: int) -> Any:
        return 10 * x


class Checking(Base):
    def should_process(self, x: int) -> bool:
        return x != 3

    def process(self, x: int) -> Any:
        return 10 * x


class Many(Base):
    x = In(int, many=True)

    def process(self, x: list[int]) -> Any:
        return 10 * x[0]


class Optional(Base):
    other = In(int, optional=True)

    def process(self, x: int, other: int | None) -> Any:
        assert other is None
        return 10 * x


KINDS = [
    Plain,
    Decorated,
    KeywordOnly,
    AnyKeywords,
    AnotherFirst,
    MoreBehind,
    Assigned,
    Static,
    Checking,
    Many,
    Optional,
]


@pytest.mark.parametrize("kind", KINDS)
def test_process_gets_its_input_however_it_is_written(kind: type[Node]) -> None:
    graph = chain(("numbers", Numbers, {"count": 5}), ("node", kind, {}), ("collect", Collect, {}))
    run = finished(graph)
    assert run.result("collect") == ([0, 10, 20, 40] if kind is Checking else [0, 10, 20, 30, 40])
