"""Matching by time: nearest within a tolerance, for inputs from different clocks."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Graph, In, Join, Node, Out, RunState, Source, param
from engine.bridges.bridge import ReceiverEnd
from engine.bridges.message import EMPTY, Message
from engine.library.aligning import AlignByTime
from engine.runtime.joining import NOTHING, Slot
from engine.runtime.time_joining import TimeJoiner
from tests.engine.runtime.placements import PLACEMENTS, finished, place, until
from tests.nodes_for_tests import Collect, Pair, TimedNumbers

pytestmark = pytest.mark.timeout(30)

TOLERANCE_S = 4e-9  # in the tests of the joiner time counts in single nanoseconds


class Fed(ReceiverEnd):
    """The end of a wire to which a test puts messages by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.coming: deque[Message] = deque()
        self.has_ended = False
        self.taken = 0

    def take(self) -> Message | None:
        message = self.coming.popleft() if self.coming else None
        self.taken += message is not None and message.payload is not EMPTY
        return message

    @property
    def ended(self) -> bool:
        return self.has_ended and not self.coming

    def stop_receiving(self) -> None:
        self.coming.clear()

    @property
    def queued(self) -> int:
        return len(self.coming)


class Near(AlignByTime):
    join_tolerance_s = TOLERANCE_S


def nearest(times: list[int], time_ns: int) -> int | None:
    """Which of these is the nearest, by looking at all of them: the earlier of two, the last of equal ones."""
    best = min((abs(other - time_ns) for other in times), default=None)
    if best is None or best > TOLERANCE_S * 1e9:
        return None
    before = [index for index, other in enumerate(times) if other == time_ns - best]
    return before[-1] if before else times.index(time_ns + best)


increasing = st.lists(st.integers(0, 6), max_size=12).map(
    lambda steps: [sum(steps[: i + 1]) for i in range(len(steps))]
)


@given(increasing, increasing, st.randoms(use_true_random=False))
def test_every_message_meets_the_nearest_within_the_tolerance_in_whatever_order_they_come(
    ours: list[int], theirs: list[int], random: Any
) -> None:
    ends = [Fed(), Fed()]
    ports = Near.node_inputs
    joiner = TimeJoiner([Slot(port, end) for port, end in zip(ports.values(), ends, strict=True)], ports)
    joiner.follow(Near())
    waiting = [
        deque(Message((name, i), i, time_ns, 0) for i, time_ns in enumerate(times))
        for name, times in (("a", ours), ("b", theirs))
    ]
    for messages in waiting:
        place = random.randrange(len(messages) + 1)
        latest = messages[place].time_ns if place < len(messages) else 1000
        messages.insert(place, Message(EMPTY, 0, random.randint(0, latest), 0))  # one that was filtered out
    pairs = []
    while not joiner.finished:
        side = random.randrange(2)
        if waiting[side]:
            ends[side].coming.append(waiting[side].popleft())
        else:
            ends[side].has_ended = True
        while (inputs := joiner.take()) is not None:
            if inputs is not NOTHING:
                pairs.append((inputs["a"][1], inputs["b"][1]))
    joiner.leave()
    assert pairs == [(i, found) for i, t in enumerate(ours) if (found := nearest(theirs, t)) is not None]
    assert joiner.received + joiner.unmatched == sum(end.taken for end in ends)


class Stamps(Source):
    """Says when it was."""

    value = Out(int)
    count = param(60)
    interval = param(0.004)

    async def produce(self) -> Any:
        for _ in range(self.count):
            yield time.time_ns()
            await self.sleep(self.interval)


def aligned(tolerance_s: float = 0.02, **counts: int) -> Graph:
    """Two sources with clocks of their own, and those of their messages that belong together."""
    graph = Graph()
    graph.add(Stamps, id="a", count=counts.get("a", 60))
    graph.add(Stamps, id="b", count=counts.get("b", 60), interval=0.007)
    graph.add(AlignByTime, id="align", join_tolerance_s=tolerance_s)
    graph.add(Pair, id="pair")
    graph.add(Collect, id="seen")
    graph.connect("a.value", "align.a")
    graph.connect("b.value", "align.b")
    graph.connect("align.a_aligned", "pair.a")
    graph.connect("align.b_aligned", "pair.b")
    graph.connect("pair.both", "seen.x")
    return graph


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_by_time_the_nearest_within_a_tolerance_meet_though_their_clocks_differ(placement: str) -> None:
    run = finished(place(aligned(0.5), placement))
    pairs = run.result("seen")
    assert 2 * len(pairs) == run.statistics().nodes["align"].emitted > 0
    ours, theirs = zip(*pairs, strict=True)
    assert list(ours) == sorted(set(ours)) and list(theirs) == sorted(theirs)
    apart = sorted(abs(a - b) for a, b in pairs)
    assert apart[len(apart) // 2] < 0.1e9, "they were made long apart"


def test_what_has_no_partner_within_the_tolerance_is_left_out_and_counted() -> None:
    run = finished(aligned(0.0))
    seen = run.statistics().nodes["align"]
    assert run.result("seen") == [] and seen.emitted == 0
    assert seen.unmatched >= 60


def test_it_ends_with_a_required_input_that_has_ended_and_has_nothing_near_any_more() -> None:
    graph = aligned(0.001, a=100_000, b=3)
    run = graph.start()
    until(lambda: run.statistics().nodes["align"].state == "ended")
    run.stop()


def test_the_tolerance_may_be_a_live_parameter() -> None:
    run = aligned(0.0, a=100_000, b=100_000).start()
    until(lambda: run.statistics().nodes["align"].unmatched > 20)
    assert run.statistics().nodes["align"].emitted == 0
    run.set("align.join_tolerance_s", 10.0)
    until(lambda: run.statistics().nodes["align"].emitted > 20)
    run.stop()


class Optional(Node):
    join = Join.TIME
    a = In(driving=True)
    b = In(optional=True)
    many = In(optional=True, many=True)
    y = Out()

    def process(self, a: Any, b: Any, many: Any) -> Any:
        return a, b, many


class Instants(Source):
    """Numbers at one instant."""

    value = Out(int)
    count = param(3)

    def produce(self) -> Iterator[int]:
        yield from range(self.count)


def test_optional_inputs_are_none_where_nothing_is_near_and_many_come_as_a_list() -> None:
    graph = Graph()
    for id in ("a", "b", "c", "d"):
        graph.add(Instants, id=id, count=0 if id == "b" else 3)
    graph.add(Optional, id="join")
    graph.add(Collect, id="seen")
    for wire in ("a.value -> join.a", "b.value -> join.b", "c.value -> join.many", "d.value -> join.many"):
        graph.connect(*wire.split(" -> "))
    graph.connect("join.y", "seen.x")
    run = finished(graph)
    assert [a for a, _, _ in run.result("seen")] == [0, 1, 2]
    assert all(b is None and (many is None or len(many) <= 2) for _, b, many in run.result("seen"))


@pytest.mark.parametrize("tolerance", [-1, float("nan"), float("inf"), "0.1", True, None])
def test_a_tolerance_that_is_none_is_refused_where_it_is_written(tolerance: Any) -> None:
    with pytest.raises(TypeError, match="join_tolerance_s is a number of seconds"):
        type("Bad", (Node,), {"join": Join.TIME, "join_tolerance_s": tolerance})


class Every(Node):
    """One of so many."""

    x = In(int)
    y = Out(int)
    step = param(20)

    def process(self, x: int) -> int | None:
        return x if x % self.step == 0 else None


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_branch_that_filters_does_not_hold_up_a_join_by_time(placement: str) -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.002, count=200)
    graph.add(Every, id="every")
    graph.add(AlignByTime, id="align", join_tolerance_s=0.001)
    graph.add(Pair, id="pair")
    graph.add(Collect, id="seen")
    for wire in (
        "n.value -> align.a",
        "n.value -> every.x",
        "every.y -> align.b",
        "align.a_aligned -> pair.a",
        "align.b_aligned -> pair.b",
        "pair.both -> seen.x",
    ):
        graph.connect(*wire.split(" -> "))
    run = finished(place(graph, placement))
    assert [pair for pair in run.result("seen") if pair[0] == pair[1]] == [(i, i) for i in range(0, 200, 20)]
    assert run.statistics().wires["n.value -> align.a"].capacity == 16, "it stood still"


class Forgetful(AlignByTime):
    def __init__(self) -> None:
        super().__init__()
        self.join_tolerance_s = None


def test_a_tolerance_that_a_node_spoils_is_a_failure_for_each_message_and_ends() -> None:
    graph = Graph()
    graph.add(Instants, id="a", count=5)
    graph.add(Instants, id="b", count=5)
    graph.add(Forgetful, id="join")
    graph.connect("a.value", "join.a")
    graph.connect("b.value", "join.b")
    run = finished(graph, RunState.FINISHED, on_error="skip")
    assert [failure.node for failure in run.failures] == ["join"] * 5
    assert "join_tolerance_s is a number of seconds" in str(run.failures[0].error)


class Loop(Node):
    a = In(int)
    fb = In(int)
    out = Out(int)

    def process(self, a: int, fb: int) -> int:
        return a + fb


def loop_of(join: Join, driving: str) -> type[Node]:
    name = f"Loop_{join}_{driving}"
    ports = {port: In(int, driving=port == driving) for port in ("a", "fb")}
    return type(name, (Loop,), {**ports, "join": join, "__module__": __name__})


LOOPS = [loop_of(join, driving) for join in (Join.TICK, Join.LATEST, Join.TIME) for driving in ("a", "fb")]
globals().update({loop.__name__: loop for loop in LOOPS})  # where a graph's file would look for them


@pytest.mark.parametrize("initial", [None, 5])
@pytest.mark.parametrize("loop", LOOPS)
def test_a_feedback_loop_ends_with_its_sources_however_it_is_joined(loop: type[Node], initial: int | None) -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="s", count=10, interval=0.002)
    graph.add(loop, id="j")
    graph.connect("s.value", "j.a")
    graph.connect("j.out", "j.fb", feedback=True, **({} if initial is None else {"initial": initial}))
    emitted = finished(graph).statistics().nodes["j"].emitted
    assert emitted == 0 if initial is None else emitted >= 1
