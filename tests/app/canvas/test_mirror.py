from __future__ import annotations

import itertools
import random

import pytest
import shiboken6
from PySide6.QtCore import Qt

from app.canvas import mirror as mirror_module
from app.canvas.placement import places_for
from engine import Graph, Location, catalog
from engine.graph.file import parse_graph
from tests.app.canvas.stage import PATHS, TYPES, Double, Number, Shout, Stage, Sum


def assert_mirror_is_the_document(stage: Stage) -> None:
    graph, mirror = stage.graph, stage.canvas.mirror
    assert set(mirror.nodes) == set(graph.nodes)
    assert set(mirror.wires) == set(graph.wires)
    scene_nodes = {item.card.id: item for item in stage.canvas.viewer.all_nodes()}
    assert scene_nodes == mirror.nodes, "no item is left in the scene, none is missing"
    assert {item.key for item in stage.canvas.viewer.all_pipes()} == set(graph.wires)
    for id, spec in graph.nodes.items():
        card = mirror.nodes[id].card
        assert (card.label, card.location, card.on_error) == (spec.label, spec.location, spec.on_error)
        if id in graph.positions:
            assert (mirror.nodes[id].pos().x(), mirror.nodes[id].pos().y()) == graph.positions[id]
    for key, wire in graph.wires.items():
        item = mirror.wires[key]
        assert item.wire == wire
        assert (item.output_port.end, item.input_port.end) == (wire.output, wire.input)
        assert item.path().pointAtPercent(0) == item.output_port.scene_center()
        assert item in item.output_port.connected_pipes
        assert item in item.input_port.connected_pipes
    selected = {id for id, node in mirror.nodes.items() if node.isSelected()}
    assert selected == set(stage.workbench.selection)


@pytest.fixture
def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror_module, "AT_ONCE", 3)
    monkeypatch.setattr(mirror_module, "_SLICE_S", 0.0)


def chain_of(count: int) -> Graph:
    graph = Graph()
    for index in range(count):
        graph.add(Number if index == 0 else Double, id=f"n{index}")
        graph.move(f"n{index}", index * 200, 0)
        if index:
            before = graph.type_of(f"n{index - 1}").node_outputs
            graph.connect(f"n{index - 1}.{next(iter(before))}", f"n{index}.{next(iter(Double.node_inputs))}")
    return graph


def test_a_large_graph_appears_over_some_turns_of_the_window(stage: Stage, in_small_steps: None) -> None:
    told: list[bool] = []
    mirror = stage.canvas.mirror
    stage.canvas.viewer.completed.connect(lambda: told.append(mirror.is_complete))
    stage.workbench.show_unsaved(chain_of(9))
    assert list(mirror.nodes) == ["n0", "n1", "n2"]
    assert not mirror.wires
    stage.qtbot.waitUntil(lambda: mirror.is_complete, timeout=5000)
    assert told == [True]
    assert_mirror_is_the_document(stage)
    assert list(mirror.nodes) == list(stage.graph.nodes)
    assert stage.canvas.viewer.visible_area().contains(mirror.area())


def test_a_large_graph_can_be_edited_while_it_appears(stage: Stage, in_small_steps: None) -> None:
    mirror, bench = stage.canvas.mirror, stage.workbench
    bench.show_unsaved(chain_of(12))
    assert not mirror.is_complete
    bench.remove(["n1", "n9"])
    bench.rename("n10", "Later")
    bench.move({"n11": (50.0, 70.0)})
    bench.select(["n0", "n8"])
    stage.qtbot.waitUntil(lambda: mirror.is_complete, timeout=5000)
    assert_mirror_is_the_document(stage)
    bench.undo_stack.setIndex(0)
    stage.qtbot.waitUntil(lambda: mirror.is_complete, timeout=5000)
    assert_mirror_is_the_document(stage)


def test_another_graph_takes_the_place_of_one_that_is_still_appearing(stage: Stage, in_small_steps: None) -> None:
    stage.workbench.show_unsaved(chain_of(12))
    stage.workbench.show_unsaved(chain_of(2))
    stage.qtbot.waitUntil(lambda: stage.canvas.mirror.is_complete, timeout=5000)
    assert_mirror_is_the_document(stage)
    stage.workbench.new()
    assert stage.canvas.mirror.is_complete
    assert_mirror_is_the_document(stage)


def one_random_edit(stage: Stage, chance: random.Random) -> None:
    bench, graph = stage.workbench, stage.graph
    ids, wires = list(graph.nodes), list(graph.wires)
    some = chance.sample(ids, min(len(ids), chance.randint(1, 3)))
    place = (chance.randint(-500, 500), chance.randint(-500, 500))
    edits = [lambda: bench.add_node(PATHS[chance.choice(TYPES)], place), bench.undo_stack.undo, bench.undo_stack.redo]
    if ids:
        edits += [
            lambda: bench.rename(chance.choice(ids), chance.choice(["", "A", "B & <b>"])),
            lambda: bench.set_location(some, chance.choice(["", "dsp", "ml:", "ml:io"])),
            lambda: bench.set_error_policy(some, chance.choice(["", "skip", "stop"])),
            lambda: bench.move({chance.choice(ids): place}),
            lambda: bench.select(some),
            lambda: connect_any(stage, chance),
            lambda: connect_any(stage, chance),
            lambda: connect_any(stage, chance),
            lambda: (bench.select(some), bench.duplicate()),
            lambda: bench.remove(some[:1], chance.sample(wires, min(1, len(wires)))),
        ]
    if wires:
        key = chance.choice(wires)
        edits += [
            lambda: bench.disconnect(key),
            lambda: bench.set_wire(key, capacity=chance.randint(1, 99)),
            lambda: bench.insert_on_wire(PATHS[Double], key, place),
        ]
    chance.choice(edits)()


def connect_any(stage: Stage, chance: random.Random) -> None:
    ports = [port for node in stage.canvas.mirror.nodes.values() for port in node.ports()]
    outputs = [port.end for port in ports if not port.is_input]
    inputs = [port.end for port in ports if port.is_input]
    if outputs and inputs:
        stage.workbench.connect(chance.choice(outputs), chance.choice(inputs))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_300_random_edits_and_their_undo_keep_the_mirror_equal_to_the_document(stage, seed):
    chance = random.Random(seed)
    for number in range(300):
        one_random_edit(stage, chance)
        if number % 10 == 0:
            assert_mirror_is_the_document(stage)
    assert_mirror_is_the_document(stage)
    assert len(stage.graph.nodes) > 3, "the edits must leave something to compare"
    while stage.workbench.undo_stack.canUndo():
        stage.workbench.undo_stack.undo()
    assert_mirror_is_the_document(stage)
    assert not stage.canvas.mirror.nodes


def test_items_that_did_not_change_are_kept(stage):
    one, two = stage.add(Number, 0, 0), stage.add(Double, 300, 0)
    kept, changed = stage.node(one), stage.node(two)
    stage.workbench.rename(two, "Twice")
    assert stage.node(one) is kept
    assert stage.node(two) is changed
    assert changed.card.label == "Twice"


def test_the_items_of_a_deleted_node_are_gone_from_the_scene(stage):
    one, two = stage.add(Number, 0, 0), stage.add(Double, 300, 0)
    stage.workbench.connect(f"{one}.value", f"{two}.value")
    node, wire = stage.node(two), stage.canvas.mirror.wires["number.value -> double.value"]
    badge = wire.badge
    before = len(stage.canvas.viewer.scene().items())
    stage.workbench.remove([two])
    assert all(not shiboken6.isValid(item) or item.scene() is None for item in (node, wire, badge))
    ports, direction_pointer = 2, 1
    assert len(stage.canvas.viewer.scene().items()) == before - (1 + ports) - (1 + direction_pointer) - 1


def test_a_graph_with_cycles_is_shown_edited_and_cleared_without_hanging(stage):
    ids = [stage.add(Sum, 250 * n, 0) for n in range(4)]
    for here, there in itertools.pairwise(ids):
        stage.workbench.connect(f"{here}.total", f"{there}.values")
    loop = stage.graph.connect(f"{ids[3]}.total", f"{ids[0]}.values", feedback=True)
    own = stage.graph.connect(f"{ids[1]}.total", f"{ids[1]}.values", feedback=True)
    stage.workbench.document_changed.emit()
    assert_mirror_is_the_document(stage)
    assert {loop.key, own.key} <= set(stage.canvas.mirror.wires)
    extra = stage.add(Double, 0, 300)
    stage.drag(stage.at_port(f"{extra}.doubled"), stage.at_port(f"{ids[0]}.values"))
    assert f"{extra}.doubled -> {ids[0]}.values" in stage.graph.wires
    stage.workbench.remove(ids)
    assert_mirror_is_the_document(stage)


def test_a_wire_backwards_goes_around_the_cards(stage):
    left, right = stage.add(Sum, 0, 0), stage.add(Sum, 300, 0)
    key = stage.graph.connect(f"{right}.total", f"{left}.values", feedback=True).key
    stage.workbench.document_changed.emit()
    path = stage.canvas.mirror.wires[key].path()
    middle = path.pointAtPercent(0.5)
    assert middle.y() > stage.node(left).card_rect().bottom()
    for share in range(10, 91, 5):
        place = path.pointAtPercent(share / 100)
        assert not stage.node(left).card_rect().adjusted(4, 0, -4, 0).contains(place)
        assert not stage.node(right).card_rect().adjusted(4, 0, -4, 0).contains(place)


UNKNOWN = """{"tidewire": 1, "nodes": [
{"id": "old", "type": "gone.package:Filter", "parameters": {"gain": 2}},
{"id": "number", "type": "%s"},
{"id": "double", "type": "%s"}],
"wires": [{"from": "number.value", "to": "old.signal"}, {"from": "old.result", "to": "double.value"}]}"""


def test_a_node_of_unknown_type_is_a_placeholder_with_the_ports_of_its_wires(stage):
    graph = parse_graph(UNKNOWN % (PATHS[Number], PATHS[Double]), type(stage.graph))
    stage.workbench.replace_content("Load", graph.snapshot())
    card = stage.node("old").card
    assert not card.is_known
    assert [port.name for port in card.inputs] == ["signal"]
    assert [port.name for port in card.outputs] == ["result"]
    assert "unknown type" in card.subtitle
    assert_mirror_is_the_document(stage)
    stage.workbench.disconnect("number.value -> old.signal")
    assert stage.node("old").card.inputs == ()
    assert_mirror_is_the_document(stage)
    assert stage.graph.nodes["old"].parameters == {"gain": 2}


def test_another_document_replaces_every_item_and_is_fitted(stage):
    stage.add(Number, 0, 0)
    other = Graph()
    other.add(Shout, id="far")
    other.move("far", 40_000, -300)
    stage.workbench._replace_graph(other)
    assert_mirror_is_the_document(stage)
    middle = stage.canvas.viewer.scene_center()
    assert stage.node("far").card_rect().contains(middle)


def test_nodes_without_places_are_laid_out_along_the_wires_without_touching_the_document(stage):
    graph = stage.graph
    for id in ("c", "b", "a"):
        graph.add(Double, id=id, location=Location())
    graph.connect("a.doubled", "b.value")
    graph.connect("b.doubled", "c.value")
    stage.workbench.document_changed.emit()
    places = [stage.node(id).pos().x() for id in ("a", "b", "c")]
    assert places[0] < places[1] < places[2]
    assert graph.positions == {}
    rects = [stage.node(id).card_rect() for id in "abc"]
    assert not any(rects[i].intersects(rects[j]) for i in range(3) for j in range(i))


@pytest.mark.parametrize(
    "wires", [[("a", "b"), ("b", "a")], [("a", "a")], [("a", "b"), ("b", "c"), ("c", "b")]], ids=str
)
def test_cycles_have_places_too(wires):
    places = places_for(["a", "b", "c"], wires, {})
    assert set(places) == {"a", "b", "c"}
    assert len(set(places.values())) == 3


def test_a_ladder_of_1000_wires_is_laid_out_at_once():
    ids = [str(n) for n in range(500)]
    wires = [(a, b) for a, b in itertools.pairwise(ids) for _ in range(2)]
    assert len(places_for(ids, wires, {})) == 500


LOST_PORT = """{"tidewire": 1, "nodes": [{"id": "n", "type": "%s"}, {"id": "d", "type": "%s"}],
"wires": [{"from": "n.gone", "to": "d.value"}]}"""


def test_a_wire_at_a_port_that_the_type_lost_is_shown_and_can_be_removed(stage):
    graph = parse_graph(LOST_PORT % (PATHS[Number], PATHS[Double]), type(stage.graph))
    stage.workbench.replace_content("Load", graph.snapshot())
    assert_mirror_is_the_document(stage)
    assert [(port.name, port.is_known) for port in stage.node("n").card.outputs] == [("value", True), ("gone", False)]
    stage.settle_view()
    stage.click(stage.at_wire("n.gone -> d.value"))
    stage.key(Qt.Key.Key_Delete)
    assert stage.wires() == []
    assert [port.name for port in stage.node("n").card.outputs] == ["value"]
    stage.workbench.undo_stack.undo()
    assert_mirror_is_the_document(stage)


def test_the_types_of_the_stage_are_found_again_by_their_paths():
    assert [catalog.resolve(PATHS[node_type]) for node_type in TYPES] == TYPES
