"""`python -m bench profile`: what a message costs on one loop, by function: calls a message, and where time goes.

Calls are counted exactly and do not depend on how busy the machine is; times under the profiler are for comparison.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.performance.ways.tidewire import Pass, Sink
from engine import Graph, Out, Source, param

_ROOT = Path(__file__).parents[2]


class Counting(Source):
    """So many small arrays."""

    value = Out()
    count = param(0, minimum=0)

    async def produce(self) -> AsyncIterator[Any]:
        for number in range(self.count):
            array = np.empty(8)
            array[0] = number
            yield array


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "profile",
        help="count what a message costs on one loop, by function",
        description="Runs a source, a node and a sink on one loop under cProfile.",
    )
    parser.add_argument("--count", type=int, default=50_000, help="messages (50000)")
    parser.add_argument("--lines", type=int, default=16, help="functions to show (16)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Profile and print; returns the exit code."""
    for line in lines(profiled(arguments.count), arguments.count, arguments.lines):
        print(line)
    return 0


def profiled(count: int) -> pstats.Stats:
    """The profile of a whole run of so many messages, its start left out."""
    graph = Graph()
    graph.add(Counting, id="source", count=count)
    graph.add(Pass, id="node")
    graph.add(Sink, id="sink")
    graph.connect("source.value", "node.x")
    graph.connect("node.y", "sink.x")
    profile = cProfile.Profile()

    async def main() -> None:
        run = await graph.astart()
        profile.enable()
        await run.await_end()
        profile.disable()

    asyncio.run(main())
    return pstats.Stats(profile)


def lines(stats: pstats.Stats, count: int, most: int) -> list[str]:
    """A table: the functions with most time of their own."""
    figures: dict[tuple[str, int, str], tuple[int, int, float, float, Any]] = stats.stats  # type: ignore[attr-defined]
    calls = sum(calls for calls, *_ in figures.values())
    total = sum(own for _, _, own, *_ in figures.values())
    found = [f"{calls / count:.1f} calls a message; {total / count * 1e6:.2f} µs a message under the profiler", ""]
    found.append(f"{'calls a message':>15}  {'own µs':>7}  function")
    for (file, line, name), (number, _, own, *_) in sorted(figures.items(), key=lambda item: -item[1][2])[:most]:
        found.append(f"{number / count:15.2f}  {own / count * 1e6:7.3f}  {_where(file, line)}{name}")
    return found


def _where(file: str, line: int) -> str:
    if not line:
        return ""
    path = Path(file)
    return f"{path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path.name}:{line} "
