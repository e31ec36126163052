"""Why it is slow: the bottleneck is named with the figures that show it, and its remedy does what it says."""

from __future__ import annotations

import time
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.insight.costs import BridgeCost, BridgeCosts
from app.insight.diagnosis import all_clear, diagnose
from engine import Graph, Overflow
from tests.app.insight.figures import chain, key, measured
from tests.app.insight.slow_nodes import SPIN
from tests.app.shapes import COUNT, SCALE

COSTS = BridgeCosts({"stream": BridgeCost((64,), (10.0,), 100.0)}, "a machine", True)


def after(graph: Graph, remedy) -> Graph:
    remedy.apply_to(graph)
    return graph


def test_where_nothing_is_slow_nothing_is_found_and_that_is_said_with_figures() -> None:
    graph = chain("", "p:", "p:")
    statistics = measured(graph, {"b": 0.12})
    assert diagnose(graph, statistics, COSTS, 4) == []
    said = all_clear(graph, statistics)
    assert said.startswith("Nothing is slow. The busiest node, b, works 12 %")


def test_the_node_that_fills_its_loop_is_the_bottleneck_and_who_waits_for_it_is_said() -> None:
    graph = chain("", "p:", "p:", "q:")
    statistics = measured(graph, {"b": 0.97, "c": 0.02}, queues={"b": 16}, rate_hz=80.0)
    finding = diagnose(graph, statistics, COSTS, 4)[0]
    assert finding.title == "b is the bottleneck" and finding.nodes == ("b",)
    assert "works 97 % of the time of its loop (p:), 12 ms a message at 80/s" in finding.text
    assert "from a is full (16 of 16): a waits for it" in finding.text
    assert "shares the loop with c" in finding.text
    own, latest = finding.remedies
    assert own.label == "Run b in a process of its own"
    moved = after(graph, own)
    assert str(moved.nodes["b"].location) == "process1:" and str(moved.nodes["c"].location) == "p:"
    assert latest.label == "Give b the latest message only"
    assert after(graph, latest).wires[key(graph, "b")].overflow is Overflow.LATEST


def test_a_wire_is_full_when_its_messages_wait_as_long_as_if_it_were() -> None:
    graph = chain("p:", "q:")
    late = {"b": {"queued": 9, "rate_hz": 50.0, "latency_ms": 300.0}}
    finding = diagnose(graph, measured(graph, {"b": 0.98}, wires=late), COSTS, 4)[0]
    assert finding.title == "b is the bottleneck" and "full (15 of 16)" in finding.text


def test_a_bottleneck_alone_in_its_process_is_not_moved() -> None:
    graph = chain("", "p:")
    finding = diagnose(graph, measured(graph, {"b": 1.0}, queues={"b": 16}), COSTS, 4)[0]
    assert "has its process to itself" in finding.text
    assert [remedy.label for remedy in finding.remedies] == ["Give b the latest message only"]


def test_on_main_it_says_that_the_window_is_held_up() -> None:
    graph = chain("", "")
    finding = diagnose(graph, measured(graph, {"b": 0.9}), COSTS, 4)[0]
    assert "holds up this window" in finding.text
    assert finding.remedies[0].moves == {"b": "process1:"}


def test_nodes_that_fill_a_loop_together_are_parted() -> None:
    graph = chain("p:", "p:", "p:")
    finding = diagnose(graph, measured(graph, {"a": 0.2, "b": 0.4, "c": 0.35}), COSTS, 4)[0]
    assert finding.title == "The loop of p: is full"
    assert "95 %" in finding.text and "b 40 %, c 35 %, a 20 %" in finding.text
    assert finding.remedies[0].moves == {"b": "process1:"}


def test_a_full_wire_to_a_node_that_does_not_work_is_told_from_one_to_a_busy_node() -> None:
    graph = chain("p:", "q:")
    finding = diagnose(graph, measured(graph, {"b": 0.1}, queues={"b": 16}), COSTS, 4)[0]
    assert finding.title == "b holds a up" and "waits for something else" in finding.text
    more = finding.remedies[-1]
    assert more.label == "Raise the capacity to 64"
    assert after(graph, more).wires[key(graph, "b")].capacity == 64


def test_of_full_wires_behind_each_other_the_last_receiver_is_named() -> None:
    graph = chain("p:", "q:", "r:", "s:")
    findings = diagnose(graph, measured(graph, {"d": 0.99}, queues={"b": 16, "c": 16, "d": 16}), COSTS, 8)
    assert [finding.title for finding in findings] == ["d is the bottleneck"]


def test_threads_that_share_the_interpreter_are_found() -> None:
    graph = chain("", "one", "two")
    statistics = measured(
        graph, {"b": 0.5, "c": 0.4}, computers={"one": {"cpu": 0.5}, "two": {"cpu": 0.35}, "main": {"cpu": 0.1}}
    )
    found = diagnose(graph, statistics, COSTS, 4)
    assert [finding.title for finding in found] == ["Threads share the GIL"]
    assert "one 50 %, two 35 %, main 10 %" in found[0].text and "this window" in found[0].text
    assert found[0].remedies[0].moves == {"b": "process1:"}


def test_processes_do_not_share_it() -> None:
    graph = chain("p:", "q:")
    assert diagnose(graph, measured(graph, {"a": 0.6, "b": 0.6}), COSTS, 4) == []


def test_a_late_loop_names_the_node_that_holds_it_longest() -> None:
    graph = chain("", "", "p:")
    statistics = measured(graph, {"b": 0.3}, rate_hz=2.0, computers={"main": {"lag_ms": 120.0, "cpu": 0.3}})
    finding = diagnose(graph, statistics, COSTS, 4)[0]
    assert finding.title == "main is late"
    assert "120 ms late" in finding.text and "b holds it longest at a time: 150 ms a message" in finding.text
    assert finding.remedies[0].moves == {"b": "process1:"}


def test_dropped_messages_are_counted_unless_the_latest_alone_was_wanted() -> None:
    graph = chain("p:", "q:", overflow="drop_oldest")
    statistics = measured(graph, {}, wires={"b": {"dropped": 1234, "sent": 5000}})
    finding = diagnose(graph, statistics, COSTS, 4)[0]
    assert "dropped 1,234 of 5,000 messages (25 %)" in finding.text
    raised, waiting = finding.remedies
    assert after(graph, raised).wires[key(graph, "b")].capacity == 64
    assert after(graph, waiting).wires[key(graph, "b")].overflow is Overflow.BLOCK
    wanted = chain("p:", "q:", overflow="latest")
    assert diagnose(wanted, measured(wanted, {}, wires={"b": {"dropped": 1234}}), COSTS, 4) == []


def test_a_bridge_that_takes_much_of_a_core_is_found() -> None:
    graph = chain("p:", "q:")
    statistics = measured(graph, {"a": 0.3, "b": 0.1}, wires={"b": {"rate_hz": 30_000.0}})
    finding = diagnose(graph, statistics, COSTS, 4)[0]
    assert "30k/s cross from a to b, at about 10 µs each: 30 % of a core" in finding.text
    assert finding.remedies[0].moves == {"b": "p:"}
    busy = measured(graph, {"a": 0.7, "b": 0.6}, wires={"b": {"rate_hz": 30_000.0}})
    assert diagnose(graph, busy, COSTS, 4)[0].remedies == ()
    assert diagnose(graph, statistics, None, 4) == []


def test_a_machine_that_is_full_says_so() -> None:
    graph = chain("p:", "q:")
    titles = [finding.title for finding in diagnose(graph, measured(graph, {"a": 0.97, "b": 0.97}), COSTS, 2)]
    assert titles[-1] == "The machine is full"


def test_what_is_no_more_in_the_graph_is_passed_over() -> None:
    graph = chain("", "p:", "p:")
    statistics = measured(graph, {"b": 0.97, "c": 0.9}, queues={"b": 16})
    graph.remove("b")
    assert [finding.nodes for finding in diagnose(graph, statistics, COSTS, 4)] == [("c",)]
    for finding in diagnose(graph, statistics, COSTS, 4):
        for remedy in finding.remedies:
            graph.remove("c") if "c" in graph.nodes else None
            remedy.apply_to(graph)


loads = st.floats(0, 1)


@given(
    st.lists(
        st.tuples(loads, st.integers(0, 20), st.sampled_from(["", "t", "p:", "q:", "p:x"])), min_size=1, max_size=6
    )
)
def test_every_finding_has_words_and_every_remedy_can_be_applied(nodes) -> None:
    graph = chain(*(place for _, _, place in nodes))
    by_id = dict(zip(graph.nodes, nodes, strict=True))
    statistics = measured(
        graph,
        {id: load for id, (load, _, _) in by_id.items()},
        {id: queued for id, (_, queued, _) in by_id.items()},
        rate_hz=50.0,
    )
    for finding in diagnose(graph, statistics, COSTS, 2):
        assert finding.title and finding.text.endswith(".")
        for remedy in finding.remedies:
            before = graph.snapshot()
            remedy.apply_to(graph)
            assert graph.snapshot() != before, remedy
            graph.restore(before)


def test_a_real_bottleneck_is_named_and_its_remedy_makes_it_good() -> None:
    graph = Graph()
    graph.add(COUNT, id="count", location="p:", interval=0.001)
    graph.add(SPIN, id="spin", location="q:")
    graph.add(SCALE, id="scale", location="q:")
    graph.connect("count.value", "spin.value")
    graph.connect("spin.done", "scale.value")
    with graph.start() as run:
        until = time.monotonic() + 15
        while time.monotonic() < until:
            statistics = run.statistics()
            findings = diagnose(graph, statistics, COSTS, 8)
            if findings and findings[0].title == "spin is the bottleneck":
                break
            run.wait(0.1)
        assert findings and findings[0].title == "spin is the bottleneck", findings
        assert "count waits for it" in findings[0].text
        assert 15 < run.statistics().nodes["spin"].busy_s / run.statistics().nodes["spin"].received * 1e3 < 60
    assert findings[0].remedies[0].moves == {"spin": "process1:"}
    assert diagnose(graph, replace(statistics, nodes={}, wires={}, computers={}), COSTS, 8) == []
