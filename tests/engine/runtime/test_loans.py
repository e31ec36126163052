"""`Node.loan`: the same results wherever nodes run, and what a tap sees stays as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np
import pytest

from engine import Array, In, Node, NodeError, Out, Source, param
from tests.engine.runtime.placements import PLACEMENTS, chain, finished, place
from tests.nodes_for_tests import Collect

SIZE = 20_000


class Filling(Source):
    """Fills arrays that it has on loan."""

    block = Out(Array(dtype="f8"))
    count = param(60)

    async def produce(self) -> AsyncIterator[Any]:
        for number in range(self.count):
            values = self.loan((SIZE // 2, 2))
            values[...] = number
            yield values


class FillingInAThread(Source):
    """The same from a blocking source."""

    blocking = True
    block = Out(Array(dtype="f8"))
    count = param(60)

    def produce(self) -> Iterator[Any]:
        for number in range(self.count):
            values = self.loan((SIZE // 2, 2))
            values[...] = number
            yield values


class Doubling(Node):
    """Fills a loan with twice its input."""

    block = In(Array())
    twice = Out(Array())

    def process(self, block: np.ndarray[Any, Any]) -> Any:
        values = self.loan(block.shape, block.dtype, "twice")
        np.multiply(block, 2, out=values)
        return values


class Keeping(Node):
    """Keeps what it gets and looks at its end whether it has changed."""

    block = In(Array())

    def on_start(self) -> None:
        self.kept: list[np.ndarray[Any, Any]] = []

    def process(self, block: np.ndarray[Any, Any]) -> None:
        self.kept.append(block)

    def result(self) -> list[tuple[float, bool]]:
        return [(float(values[0, 0]), bool((values == values[0, 0]).all())) for values in self.kept]


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("kind", [Filling, FillingInAThread])
def test_arrays_filled_on_loan_arrive_whole_and_never_change(kind: type[Source], placement: str) -> None:
    graph = place(chain(("filling", kind, {}), ("doubling", Doubling, {}), ("keeping", Keeping, {})), placement)
    with graph.start() as run:
        tap = run.tap("doubling.twice", policy="drop_newest", capacity=1000)
        assert run.wait(30), run.statistics()
        assert not run.failures
        assert run.result("keeping") == [(2.0 * number, True) for number in range(60)]
        seen = [message.payload for message in tap.take_all()]
        assert all((values == values[0, 0]).all() for values in seen)


class AskingWrongly(Source):
    """Asks for arrays that cannot be lent."""

    one = Out()
    other = Out()

    def produce(self) -> Iterator[Any]:
        for arguments in [((5,),), ((5,), float, "third"), ((-1,), float, "one")]:
            try:
                self.loan(*arguments)
            except (NodeError, ValueError) as error:
                yield {"one": str(error)}


def test_a_loan_that_cannot_be_is_refused_with_the_reason() -> None:
    graph = chain(("asking", AskingWrongly, {}), ("collect", Collect, {}))
    run = finished(graph)
    several, unknown, negative = run.result("collect")
    assert "several outputs" in several and "one, other" in several
    assert "no output 'third'" in unknown
    assert "(-1,)" in negative
    with pytest.raises(NodeError, match="not running"):
        Filling().loan(5)
