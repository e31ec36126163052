"""A machine that does to graphs and their runs whatever a person can do, and what can befall them, against a model.

The model is the list of steps (`graphs.py`) and what the reference makes of them. It knows nothing of places, times and
processes: where a run was disturbed, it still says what can have come (a beginning of what must come, in order).
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import Counter
from dataclasses import replace
from typing import Any, ClassVar

import hypothesis
import pytest
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine import Graph, GraphNotReady, Run, RunError, RunState, StartError, TapClosed
from engine.graph.file import format_graph, parse_graph
from tests.leaks import Before
from tests.properties import ops
from tests.properties.graphs import Feed, Step, add, build
from tests.properties.profiles import SEED, everyday, many
from tests.properties.reference import difference, numbers, streams_of

END_S = 20.0
STOP_S = 10.0  # a graceful stop has no bound of its own; these graphs hold little
FORCE_S = 3.0
# Where the nodes of one example may be: processes are what takes time, and most examples do with one.
PLACES = (("", "t"), ("t", "u", ""), ("", "p:"), ("p:", "p:io", ""), ("", "t", "p:", "p:io"), ("p:", "q:", "u", "q:io"))
KINDS = ("Mangle", "Grow", "Thin", "Running", "Repeat", "Both", "Perhaps", "All", "Fold")
EDITS = (
    "add_node", "add_node", "add_node", "add_source", "remove", "move", "move", "change_capacity", "change_count",
    "keep", "go_back", "save_and_load", "say_what_follows_a_death",
)  # fmt: skip
MEDDLING = ("tap", "tap", "set_live", "set_live", "look", "kill", "kill", "kill", "start_twice")
SMALL = [0, 16, 5_000, 70_000]
ENDLESS = 10**6

places = st.integers(0, 11)  # which of the places of the example
picks = st.integers(0, 999)


class Runs(RuleBasedStateMachine):
    """`steps` is what the document holds, `ran` what the run was started with."""

    ended: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.graph = Graph()
        self.steps: dict[str, Step] = {}
        self.loose: set[str] = set()
        self.kept: list[tuple[Any, dict[str, Step], set[str]]] = []
        self.made = 0
        self.run: Run | None = None
        self.ran: dict[str, Step] = {}
        self.was_changed: set[str] = set()
        self.killed: set[str] = set()
        self.pids: set[int] = set()
        self.before = Before.look()

    # -- editing

    @property
    def streams(self) -> list[str]:
        return [id for id, step in self.steps.items() if not step.is_sink]

    def _place(self, number: int) -> str:
        return self.places[number % len(self.places)]

    def _pick(self, among: list[str], number: int) -> str:
        return among[number % len(among)]

    def _put(self, step: Step, sink_at: int) -> None:
        """Add a step, and a sink that keeps what it sends."""
        sink = Step(f"{step.id}-sink", "Record", {}, {"x": (Feed(step.id, 4),)}, self._place(sink_at))
        for one in (step, sink):
            add(self.graph, one)
            self.steps[one.id] = one

    @initialize(
        of=st.sampled_from(PLACES),
        policy=st.sampled_from(("restart", "leave", "restart", "stop", "")),
        nodes=st.lists(st.tuples(picks, picks, places, places), min_size=3, max_size=6),
    )
    def begin(self, of: tuple[str, ...], policy: str, nodes: list[tuple[int, int, int, int]]) -> None:
        self.places = of
        for process in ("p:", "q:"):
            self.graph.set_computer(process, on_death=policy)
        self._add_source(*nodes[0])
        for node in nodes[1:]:
            self._add_node(*node)

    @rule(edit=st.sampled_from(EDITS), first=picks, second=picks, place=places, sink_at=places)
    def edit(self, edit: str, first: int, second: int, place: int, sink_at: int) -> None:
        """One of the edits; which parameters it takes is up to it."""
        getattr(self, f"_{edit}")(first, second, place, sink_at)

    def _add_source(self, first: int, second: int, place: int, sink_at: int) -> None:
        if sum(1 for step in self.steps.values() if not step.inputs) >= 3:
            return
        self.made += 1
        endless, count = second % 5 == 0, (30, 5, 1, 0, 200)[first % 5]
        parameters = {"count": ENDLESS, "interval": 0.001} if endless else {"count": count}
        kind = "Count" if endless or self.made % 2 else "Packets"
        if kind == "Packets":
            parameters["sizes"] = SMALL
        self._put(Step(f"s{self.made}", kind, parameters, {}, self._place(place)), sink_at)

    def _add_node(self, first: int, second: int, place: int, sink_at: int) -> None:
        if not self.streams or len(self.steps) > 16:
            return
        self.made += 1
        kind = KINDS[(first // 7 + second // 11) % len(KINDS)]
        id, among = f"n{self.made}", self.streams
        if kind in ("Both", "Perhaps", "All", "Fold"):
            among = [source for source in among if source not in self.loose]
            if not among:
                return
        a, b = Feed(self._pick(among, first), 1 + first % 5), Feed(self._pick(among, second), 1 + second % 5)
        inputs: dict[str, tuple[Feed, ...]] = {"x": (a,)}
        if kind == "All":
            inputs = {"x": (a, b) if a.source != b.source else (a,)}
        elif kind in ("Both", "Perhaps"):
            inputs = {"a": (a,), "b": (b,)}
        elif kind == "Fold":
            inputs = {"a": (a,)}
        parameters: dict[str, Any] = {"Grow": {"sizes": SMALL}, "Thin": {"modulus": 2}}.get(kind, {})
        loop = (2, 3)[: first % 3] if kind == "Fold" else ()
        self._put(Step(id, kind, parameters, inputs, self._place(place), loop, 7), sink_at)
        if kind == "Repeat" or a.source in self.loose:
            self.loose.add(id)

    def _remove(self, first: int, *_: Any) -> None:
        """A node goes, and all that cannot do without it."""
        if not self.streams:
            return
        gone = [self._pick(self.streams, first)]
        for id in gone:
            gone += [other for other, step in self.steps.items() if other not in gone and _reads(step, id)]
        removed = self.steps[gone[0]]
        for id in [removed.id, *removed.loop_ids]:
            self.graph.remove(id)
        assert {problem.where.partition(".")[0] for problem in self.graph.problems()} >= {f"{removed.id}-sink"}
        if self.run is None or self.run.state.is_over:
            with pytest.raises(GraphNotReady):
                self.graph.start()
        for id in gone:
            step = self.steps.pop(id)
            self.loose.discard(id)
            for one in [id, *step.loop_ids] if id != removed.id else []:
                self.graph.remove(one)

    def _move(self, first: int, second: int, number: int, _: int) -> None:
        if not self.steps:
            return
        id, place = self._pick(list(self.steps), first), self._place(number)
        self.graph.set_location(id, place)
        for other in self.steps[id].loop_ids:
            self.graph.set_location(other, place)
        self.steps[id] = replace(self.steps[id], location=place)

    def _change_capacity(self, first: int, second: int, *_: Any) -> None:
        if self.graph.wires:
            self.graph.set_wire(self._pick(list(self.graph.wires), first), capacity=(1, 2, 64)[second % 3])

    def _change_count(self, first: int, second: int, *_: Any) -> None:
        sources = [id for id, step in self.steps.items() if not step.inputs]
        if sources:
            id, count = self._pick(sources, first), (0, 3, 60, ENDLESS)[second % 4]
            self.graph.set_parameter(id, "count", count)
            self.steps[id] = replace(self.steps[id], parameters={**self.steps[id].parameters, "count": count})

    def _keep(self, *_: Any) -> None:
        self.kept.append((self.graph.snapshot(), dict(self.steps), set(self.loose)))

    def _go_back(self, *_: Any) -> None:
        if self.kept:
            snapshot, steps, loose = self.kept.pop()
            self.graph.restore(snapshot)
            self.steps, self.loose = dict(steps), set(loose)

    def _save_and_load(self, *_: Any) -> None:
        text = format_graph(self.graph)
        loaded = parse_graph(text, Graph)
        assert format_graph(loaded) == text
        if self.run is None:
            self.graph = loaded

    def _say_what_follows_a_death(self, first: int, second: int, *_: Any) -> None:
        policy = ("restart", "leave", "stop", "")[second % 4]
        self.graph.set_computer(("p:", "q:")[first % 2], on_death=policy)

    @invariant()
    def the_document_is_what_the_model_says(self) -> None:
        assert set(self.graph.nodes) == {id for step in self.steps.values() for id in [step.id, *step.loop_ids]}
        expected = build(self.steps.values())
        assert set(self.graph.wires) == set(expected.wires)
        for id, spec in expected.nodes.items():
            assert (self.graph.nodes[id].location, self.graph.nodes[id].parameters) == (spec.location, spec.parameters)

    # -- running

    @precondition(lambda self: self.run is None and self.steps)
    @rule()
    def start(self) -> None:
        self.run = self.graph.start()
        self.ran, self.was_changed, self.killed = dict(self.steps), set(), set()
        self.policies = {place: self.graph.death_policy(place) for place in ("p:", "q:")}
        self.pids = {computer.pid for computer in self.run.statistics().computers.values()} - {os.getpid()}

    @precondition(lambda self: self.run is not None)
    @rule(what=st.sampled_from(MEDDLING), first=picks, second=picks)
    def meddle(self, what: str, first: int, second: int) -> None:
        """Something that a person or fate does to a run that goes on."""
        getattr(self, f"_{what}")(first, second)

    def _start_twice(self, *_: int) -> None:
        assert self.run is not None
        try:
            second = self.graph.start()
        except GraphNotReady:  # it has been edited meanwhile
            return
        except StartError as error:
            assert "running already" in str(error), error
            return
        assert self.run.state.is_over
        second.stop(force=True)

    def _tap(self, first: int, second: int) -> None:
        assert self.run is not None
        id = self._pick([id for id, step in self.ran.items() if not step.is_sink], first)
        policy = ("latest", "drop_oldest")[second % 2]
        with self.run.tap(f"{id}.y", policy=policy) as tap:
            try:
                value = tap.get(timeout=0.02)
            except (TimeoutError, TapClosed):
                return
        if not self._is_disturbed(id) and not self._is_endless:
            assert ops.number_of(value) in numbers(streams_of(self.ran.values())[id]), id

    def _set_live(self, first: int, second: int) -> None:
        """What changes nothing of the result, and what does."""
        assert self.run is not None
        id = self._pick([id for id, step in self.ran.items() if step.kind in ("Record", "Mangle")], first)
        name, value = ("delay", 0.0) if self.ran[id].kind == "Record" else ("factor", second % 5)
        if name == "factor":
            self.was_changed.add(id)
        with contextlib.suppress(RunError):  # the node or the run has ended
            self.run.set(f"{id}.{name}", value, timeout=5.0)

    def _look(self, *_: int) -> None:
        assert self.run is not None
        self.run.waiting_for()
        statistics = self.run.statistics()
        assert set(statistics.nodes) == {id for step in self.ran.values() for id in [step.id, *step.loop_ids]}

    def _kill(self, first: int, _: int) -> None:
        """A process goes by SIGKILL: the run stops, goes on without it or starts it again, as the document says."""
        assert self.run is not None
        computers = self.run.statistics().computers.values()
        alive = sorted({c.pid for c in computers if c.pid in self.pids and c.exit_code is None and c.state == "ready"})
        if not alive or self.run.state.is_over:
            return
        pid = alive[first % len(alive)]
        process = next(c.location for c in computers if c.pid == pid).partition(":")[0] + ":"
        self.killed.add(process)
        began = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        if self.policies[process] in ("", "stop"):
            assert self.run.wait(STOP_S), (self.run.waiting_for(), self.run.failures)
            note(f"over {time.monotonic() - began:.3f} s after the death")
        elif self.policies[process] == "restart":
            while pid in self._pids_alive() or not self._is_settled(process):
                assert time.monotonic() - began < END_S, self.run.statistics().computers
                self.run.wait(0.01)
            self.pids |= self._pids_alive()

    def _pids_alive(self) -> set[int]:
        assert self.run is not None
        computers = self.run.statistics().computers.values()
        return {computer.pid for computer in computers if computer.state == "ready"} - {os.getpid()}

    def _is_settled(self, process: str) -> bool:
        """Is a process that has died there again, or will it not be?"""
        assert self.run is not None
        computers = [c for c in self.run.statistics().computers.values() if c.location.startswith(process)]
        return self.run.state.is_over or all(c.state in ("ready", "ended", "dead", "abandoned") for c in computers)

    @precondition(lambda self: self.run is not None)
    @rule(how=st.sampled_from(("wait", "wait", "stop", "force", "not yet", "not yet", "not yet")))
    def end(self, how: str) -> None:
        """A run whose sources end by themselves ends by itself; every other can be stopped."""
        assert self.run is not None
        if how == "not yet":
            self.run.wait(0.01)
            return
        began = time.monotonic()
        if how == "wait" and self._is_endless:
            self.run.wait(0.02)
            how = "stop"
        if how == "wait":
            assert self.run.wait(END_S), (self.run.waiting_for(), self.run.statistics())
        elif how == "stop":
            self.run.stop(timeout=STOP_S)
            assert time.monotonic() - began < STOP_S, self.run.failures
        else:
            self.run.stop(force=True)
            assert time.monotonic() - began < FORCE_S
        self._check_end(how)

    # -- what must hold at the end of a run

    @property
    def _is_endless(self) -> bool:
        return any(step.parameters.get("count") == ENDLESS for step in self.ran.values())

    def _is_disturbed(self, id: str) -> bool:
        """Did a live change reach this stream, or was a process it goes through started again?"""
        step = self.ran[id]
        process = step.location.partition(":")[0] + ":" if ":" in step.location else ""
        feeds = [feed.source for feeds in step.inputs.values() for feed in feeds]
        return (
            id in self.was_changed
            or (process in self.killed and self.policies[process] == "restart")
            or (bool(self.killed) and step.kind == "Perhaps")  # what it may do without may be what has died
            or any(self._is_disturbed(source) for source in feeds)
        )

    def _check_end(self, how: str) -> None:
        run, self.run = self.run, None
        self.ended[f"{how} after a death" if self.killed else how] += 1
        assert run is not None and run.state.is_over
        statistics = run.statistics()
        self._check_states(run, how)
        for key, wire in statistics.wires.items():
            assert wire.sent == wire.delivered + wire.dropped + wire.discarded + wire.lost, (key, wire)
            assert wire.queued == 0, (key, wire)
        counts = {id: statistics.nodes[id].emitted for id, step in self.ran.items() if not step.inputs}
        is_whole = how != "force" and not self.killed
        expected = streams_of(self.ran.values(), counts if is_whole else {**counts, **self._generous(counts)})
        for id, step in self.ran.items():
            if not step.is_sink or self._is_disturbed(id):
                continue
            try:
                seen = run.result(id)
            except RunError:
                assert not is_whole, (id, statistics.nodes[id])
                continue
            must = numbers(expected[step.inputs["x"][0].source])
            must = must if is_whole else must[: len(seen)]
            assert seen == must, (id, how, difference(seen, must))
        self._check_nothing_left()

    def _generous(self, counts: dict[str, int]) -> dict[str, int]:
        """What sources that died can have sent at most: more than was counted."""
        return {id: count + 2_000 for id, count in counts.items()}

    def _check_states(self, run: Run, how: str) -> None:
        assert all(node.state.is_over for node in run.statistics().nodes.values())
        if how == "wait" and not self.killed:
            assert run.state is RunState.FINISHED, (run.state, run.failures)
        if how == "stop" and not self.killed:
            assert run.state in (RunState.STOPPED, RunState.FINISHED), (run.state, run.failures)
        if not self.killed:
            assert not run.failures
        elif any(self.policies[place] in ("", "stop") for place in ("p:", "q:")) and run.failures:
            assert all("died" in failure.error or "killed" in failure.error for failure in run.failures), run.failures

    def _check_nothing_left(self) -> None:
        deadline = time.monotonic() + 2.0
        while left := self.before.left():
            assert time.monotonic() < deadline, [(probe.kind, probe.describe(value)) for probe, value in left]
            del left
            time.sleep(0.01)

    def teardown(self) -> None:
        if self.run is not None:
            self.run.stop(force=True)
            self._check_end("force")


def _reads(step: Step, id: str) -> bool:
    return any(feed.source == id for feeds in step.inputs.values() for feed in feeds)


def check_runs(settings: hypothesis.settings, seed: int | None, at_least: int) -> None:
    Runs.ended.clear()
    machine = Runs if seed is None else hypothesis.seed(seed)(Runs)
    run_state_machine_as_test(machine, settings=settings)
    assert Runs.ended.total() >= at_least and {"wait", "stop", "force"} <= set(Runs.ended), Runs.ended


@pytest.mark.timeout(120)
def test_whatever_is_done_to_runs_of_random_graphs_the_model_holds() -> None:
    check_runs(everyday(12, stateful_step_count=16), None, at_least=8)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [SEED])
def test_whatever_is_done_the_model_holds_in_many_more_runs(seed: int) -> None:
    check_runs(many(20, stateful_step_count=30), seed, at_least=20)
