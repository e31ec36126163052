"""Random edits of a graph while it runs: what runs is always what the graph says, and nobody else notices."""

from __future__ import annotations

import contextlib
import random
from typing import Any

import pytest

from engine import ConnectionRefused, Graph, RunState
from engine.graph.runnable import runnable_part
from tests.engine.runtime.editing_nodes import Hand, Tagged, Watch
from tests.engine.runtime.placements import until

LOCATIONS = ("", "t1", "t2", "p1:", "p1:io", "p2:")
KINDS: tuple[Any, ...] = (Tagged, Hand, Watch)


def _change(graph: Graph, chance: random.Random) -> None:
    """One random edit of what is no part of the calm chain."""
    ids = [id for id in graph.nodes if id not in ("calm", "witness")]
    what = chance.choice(("add", "add", "wire", "wire", "wire", "unwire", "move", "fix", "remove", "policy"))
    if what == "add" and len(ids) < 12:
        spec = graph.add(chance.choice(KINDS), location=chance.choice(LOCATIONS))
        if "mark" in graph.type_of(spec).node_parameters:
            graph.set_parameter(spec.id, "mark", f" {spec.id}")
    elif what == "wire" and ids:
        outputs = [f"{id}.{port}" for id in [*ids, "calm"] for port in graph.type_of(id).node_outputs if port != "seen"]
        inputs = [f"{id}.x" for id in ids if "x" in graph.type_of(id).node_inputs]
        with contextlib.suppress(ConnectionRefused, IndexError):
            graph.connect(chance.choice(outputs), chance.choice(inputs))
    elif what == "unwire" and (keys := [key for key in graph.wires if not key.startswith("calm.value -> witness")]):
        graph.disconnect(chance.choice(keys))
    elif what == "move" and ids:
        graph.set_location(chance.choice(ids), chance.choice(LOCATIONS))
    elif what == "fix" and (fixed := [id for id in ids if "fixed" in graph.type_of(id).node_parameters]):
        graph.set_parameter(chance.choice(fixed), "fixed", chance.randrange(3))
    elif what == "remove" and ids:
        graph.remove(chance.choice(ids))
    elif what == "policy" and (keys := [key for key in graph.wires if not key.startswith("calm.value -> witness")]):
        graph.set_wire(chance.choice(keys), capacity=chance.choice((1, 4, 16)))


def _fed(graph: Graph, key: str) -> bool:
    """Does a source feed this wire?"""
    todo = [graph.wires[key].from_node]
    while todo:
        node = todo.pop()
        if graph.type_of(node) is Tagged:
            return True
        todo += [wire.from_node for wire in graph.wires.values() if wire.to_node == node]
    return False


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 13))])
def test_what_runs_is_what_the_graph_says(seed: int) -> None:
    chance = random.Random(seed)
    graph = Graph()
    graph.add(Tagged, id="calm", interval=0.003, location="calm:")
    graph.add(Watch, id="witness")
    graph.connect("calm.value", "witness.x")
    run = graph.start(on_error="skip")
    with run.tap("witness.seen") as tap:
        instance = tap.get(timeout=10)[0]
        for _ in range(25):
            for _ in range(chance.randrange(1, 6)):
                _change(graph, chance)
            part, _ = runnable_part(graph)
            run.edit(part)
            statistics = run.statistics()
            assert set(statistics.nodes) == set(part.nodes)
            assert set(statistics.wires) == set(part.wires)
            assert {id: node.location for id, node in statistics.nodes.items()} == {
                id: str(spec.location) for id, spec in part.nodes.items()
            }
            for key in part.wires:
                if _fed(part, key):
                    until(lambda key=key: run.statistics().wires[key].delivered > 0, what=f"a message on {key}")
            for id, spec in part.nodes.items():
                if spec.type.endswith("Watch") and any(_fed(part, wire.key) for wire in part.wires_of(id)):
                    with run.tap(f"{id}.seen") as other:
                        assert other.get(timeout=10)[2] == 0, "out of order, or twice"
        assert not run.look_at_edit(part).changes_structure
        last = tap.get(timeout=10)
        assert last[0] == instance and last[2:] == (0, 0), "the chain beside it has lost nothing"
    assert not run.failures
    run.stop(timeout=10)
    assert run.state == RunState.STOPPED
    for key, wire in run.statistics().wires.items():
        assert wire.sent == wire.delivered + wire.dropped + wire.discarded + wire.lost + wire.queued, (key, wire)
