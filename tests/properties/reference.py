"""What a graph means, without loops, threads, processes or bridges: streams as lists of (tick, value)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine import NO_VALUE
from tests.properties import ops
from tests.properties.graphs import Step

Stream = list[tuple[int, Any]]


def streams_of(steps: Iterable[Step], counts: Mapping[str, int] | None = None) -> dict[str, Stream]:
    """What every step sends. `counts` says how far sources came that were stopped early."""
    streams: dict[str, Stream] = {}
    for step in steps:
        if not step.is_sink:
            streams[step.id] = _stream(step, streams, counts or {})
    return streams


def numbers(stream: Stream) -> list[int]:
    """A stream as a `Record` keeps it."""
    return [ops.number_of(value) for _, value in stream]


def _stream(step: Step, streams: dict[str, Stream], counts: Mapping[str, int]) -> Stream:
    given = {port: [dict(streams[feed.source]) for feed in feeds] for port, feeds in step.inputs.items()}
    own = step.parameters
    if not step.inputs:
        ticks = range(min(own["count"], counts.get(step.id, own["count"])))
        return [(tick, ops.packet(tick, own["sizes"]) if step.kind == "Packets" else tick) for tick in ticks]
    if step.kind in ("Both", "All"):
        wires = [wire for wires in given.values() for wire in wires]
        ticks_of_all = sorted(set.intersection(*(set(wire) for wire in wires)))
        in_order = sorted if step.kind == "All" else list
        return [(t, ops.combined(*in_order(ops.number_of(wire[t]) for wire in wires))) for t in ticks_of_all]
    if step.kind == "Perhaps":
        return [(tick, ops.combined(a, given["b"][0].get(tick))) for tick, a in given["a"][0].items()]
    if step.kind == "Fold":
        return _fold(step, given["a"][0])
    return _single(step.kind, own, streams[step.inputs["x"][0].source])


def _fold(step: Step, given: dict[int, Any]) -> Stream:
    state: Any = None if step.initial is NO_VALUE else step.initial
    sent: Stream = []
    for tick, a in given.items():
        value = ops.combined(a, state)
        sent.append((tick, value))
        state = value
        for factor in step.loop:
            state = ops.mangled(state, factor)
    return sent


def _single(kind: str, own: Mapping[str, Any], given: Stream) -> Stream:
    if kind == "Mangle":
        return [(tick, ops.mangled(value, own.get("factor", 3))) for tick, value in given]
    if kind == "Grow":
        return [(tick, ops.packet(ops.number_of(value), own["sizes"])) for tick, value in given]
    if kind == "Thin":
        return [(tick, value) for tick, value in given if ops.passes(value, own["modulus"])]
    if kind == "Fragile":
        return [(tick, value) for tick, value in given if ops.number_of(value) not in own["at"]]
    if kind == "Repeat":
        return [(tick, value) for tick, value in given for _ in range(ops.copies(value))]
    if kind == "Last":
        return [*given, (len(given), len(given))]
    total, sent = 0, []
    for tick, value in given:
        total = ops.combined(total, value)
        sent.append((tick, total))
    return sent


# -- what a sink may hold


def check_sink(step: Step, seen: list[Any], streams: Mapping[str, Stream]) -> None:
    """Does a sink hold what it must, once its streams have ended by themselves?"""
    if step.kind == "Record":
        feed = step.inputs["x"][0]
        expected = numbers(streams[feed.source])
        if feed.overflow == "block":
            assert seen == expected, (step.id, difference(seen, expected))
        else:
            assert is_part_in_order(seen, expected), (step.id, feed, seen, expected)
            if feed.overflow == "drop_newest":
                assert seen[:1] == expected[:1], (step.id, seen, expected)
            else:
                assert seen[-1:] == expected[-1:], (step.id, seen, expected)
        return
    first, second = (numbers(streams[step.inputs[port][0].source]) for port in "ab")
    if step.kind == "RecordAny":
        assert [value for port, value in seen if port == "a"] == first, step.id
        assert [value for port, value in seen if port == "b"] == second, step.id
        return
    assert [a for a, _ in seen] == (first if second else []), (step.id, seen, first)
    assert is_part_in_order([b for _, b in _without_repeats(seen)], second), (step.id, seen, second)


def _without_repeats(seen: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [pair for at, pair in enumerate(seen) if at == 0 or seen[at - 1][1] != pair[1]]


def is_part_in_order(part: Sequence[Any], whole: Sequence[Any]) -> bool:
    """Is this what remains of the whole when some is left out?"""
    rest = iter(whole)
    return all(any(value == other for other in rest) for value in part)


def difference(seen: Sequence[Any], expected: Sequence[Any]) -> str:
    """Where two lists differ first, for a message that people can read."""
    at = next((i for i, pair in enumerate(zip(seen, expected, strict=False)) if pair[0] != pair[1]), None)
    at = min(len(seen), len(expected)) if at is None else at
    return (
        f"{len(seen)} instead of {len(expected)}; from {at}: {list(seen[at : at + 4])} "
        f"instead of {list(expected[at : at + 4])}"
    )
