"""Runs one node by hand, without a run: what it is given, what it gives, and a clock that only sleep moves."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from engine import Node, Signal, Source


class FakeContext:
    """A run of one node: keeps what it emits and logs; sleeping moves `now` and takes no time."""

    def __init__(self) -> None:
        self.stopping = False
        self.emitted: list[Any] = []
        self.lines: list[str] = []
        self.now = 1000.0
        self.sleeps: list[float] = []

    def emit(self, port: str, value: Any) -> Any:
        self.emitted.append(value)
        return Done()

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds

    def log(self, text: str) -> None:
        self.lines.append(text)


class Done:
    """What emit gives back: awaitable, and nobody minds when it is not awaited."""

    def __await__(self) -> Any:
        return iter(())


def begin(node: Node) -> FakeContext:
    context = FakeContext()
    node._context = context
    finish_call(node.on_start())
    return context


def step(node: Node, **inputs: Any) -> list[Any]:
    """What the node gives for one set of inputs."""
    assert isinstance(node._context, FakeContext)
    before = len(node._context.emitted)
    given = node.process(**inputs)
    if inspect.isgenerator(given):
        results = list(given)
    else:
        results = [] if given is None else [given]
    emitted = node._context.emitted[before:]
    del node._context.emitted[before:]
    return emitted + results


def end(node: Node) -> list[Any]:
    """What the node gives at the end of its inputs."""
    assert isinstance(node._context, FakeContext)
    node._context.emitted.clear()
    finish_call(node.on_end())
    finish_call(node.on_stop())
    return list(node._context.emitted)


def through(node: Node, messages: Iterable[Any]) -> list[Any]:
    """All that a node with one input gives for a whole stream."""
    (port,) = node.node_inputs
    begin(node)
    results = [result for message in messages for result in step(node, **{port: message})]
    return results + end(node)


def play(source: Source, count: int | None = None, context: FakeContext | None = None) -> list[Any]:
    """All that a source gives, or the first so many."""
    source._context = context or FakeContext()
    finish_call(source.on_start())

    async def collect() -> list[Any]:
        produced = source.produce()
        results = []
        async for value in produced:  # type: ignore[union-attr]
            results.append(value)
            if len(results) == count:
                break
        await produced.aclose()  # type: ignore[union-attr]
        return results

    try:
        return asyncio.run(collect())
    finally:
        finish_call(source.on_stop())


def finish_call(result: Any) -> None:
    if inspect.isawaitable(result):

        async def wait() -> None:
            await result

        asyncio.run(wait())


def joined(chunks: Sequence[Signal]) -> np.ndarray:
    """The samples of a stream, (n_samples, n_channels)."""
    return np.concatenate([chunk.samples for chunk in chunks])


def cut(signal: Signal, sizes: Sequence[int]) -> list[Signal]:
    """A signal in chunks of these sizes, over and over until it is used up."""
    chunks = []
    begin = turn = 0
    while begin < signal.n_samples:
        size = sizes[turn % len(sizes)]
        start = signal.start_time_ns + round(begin * 1e9 / signal.rate_hz)
        chunks.append(signal.replace(samples=signal.samples[begin : begin + size], start_time_ns=start))
        begin += size
        turn += 1
    return chunks


# Sizes of chunks, not all empty.
cuts = st.lists(st.integers(0, 70), min_size=1, max_size=8).filter(any)


def noise(n_samples: int, n_channels: int = 1, rate_hz: float = 500.0, seed: int = 0) -> Signal:
    samples = np.random.default_rng(seed).standard_normal((n_samples, n_channels))
    samples.flags.writeable = False
    return Signal(samples, rate_hz)
