"""Ten thousand edits of every kind, then undo of all of them: the file has the same bytes as before the first."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication

from app.canvas.level import level_of
from app.document import group_edits
from app.document.grouping import places_of
from app.window import MainWindow
from app.workbench import Workbench
from engine.graph.file import format_graph, parse_graph
from tests.app.shapes import COUNT, SCALE

TYPES = (
    COUNT,
    SCALE,
    "engine.library.sources:Tone",
    "engine.library.filters:BandPass",
    "engine.library.spectra:PowerSpectrum",
    "engine.library.arithmetic:Gain",
    "gone.package:Missing",
)
LOCATIONS = ("", "dsp", "work:", "work:io", "other:")
MOST_NODES = 40


class Hand:
    """Does edits at random, as a person could, by the methods that gestures, menus and panels call."""

    def __init__(self, bench: Workbench, seed: int) -> None:
        self.bench = bench
        self.chance = random.Random(seed)
        self.edits: list[Callable[[], object]] = [
            self.add, self.add, self.wire, self.wire, self.wire, self.unwire, self.move, self.move, self.rename,
            self.parameter, self.reset, self.locate, self.policy, self.death, self.wire_settings, self.plot,
            self.change_plot, self.close_plot, self.remove, self.duplicate, self.cut_and_paste, self.insert, self.end,
            self.undo, self.redo, self.group, self.ungroup, self.look_inside, self.look_around, self.frame,
            self.comment, self.move_marks,
        ]  # fmt: skip

    def edit(self) -> None:
        """One edit; it may be one that is refused."""
        self.chance.choice(self.edits)()

    def node(self) -> str:
        return self.chance.choice(list(self.bench.graph.nodes) or ["nobody"])

    def some(self) -> list[str]:
        ids = list(self.bench.graph.nodes)
        return self.chance.sample(ids, min(len(ids), self.chance.randrange(1, 5)))

    def key(self) -> str:
        return self.chance.choice(list(self.bench.graph.wires) or ["nobody.x -> nobody.y"])

    def port(self, kind: str) -> str:
        id = self.node()
        node_type: Any = self.bench.node_type(id) if id in self.bench.graph.nodes else None
        names = list(getattr(node_type, kind, {})) if node_type is not None else []
        return f"{id}.{self.chance.choice(names or ['none'])}"

    def place(self) -> tuple[float, float]:
        return (self.chance.randrange(-2000, 2000), round(self.chance.uniform(-2000, 2000), 2))

    def add(self) -> None:
        if len(self.bench.graph.nodes) < MOST_NODES:
            self.bench.add_node(self.chance.choice(TYPES), self.place())

    def wire(self) -> None:
        for _ in range(8):
            output, input = self.port("node_outputs"), self.port("node_inputs")
            if self.bench.wire_refusal(output, input) is None:
                break
        self.bench.connect(output, input)

    def unwire(self) -> None:
        self.bench.disconnect(self.key())

    def move(self) -> None:
        self.bench.move({id: self.place() for id in self.some()})

    def rename(self) -> None:
        if self.bench.graph.nodes:
            self.bench.rename(self.node(), self.chance.choice(("", "a name", "Übung \N{GREEK SMALL LETTER MU}V")))

    def parameter(self) -> None:
        id = self.node()
        node_type: Any = self.bench.node_type(id) if id in self.bench.graph.nodes else None
        if node_type is not None and node_type.node_parameters:
            name = self.chance.choice(list(node_type.node_parameters))
            self.bench.set_parameter(id, name, self.chance.choice((0, 1, 2.5, -3, 100, "x", True, None)))

    def reset(self) -> None:
        spec = self.bench.graph.nodes.get(self.node())
        if spec is not None and spec.parameters:
            self.bench.reset_parameter(spec.id, self.chance.choice(list(spec.parameters)))

    def locate(self) -> None:
        self.bench.set_location(self.some(), self.chance.choice((*LOCATIONS, "no good name!")))

    def policy(self) -> None:
        self.bench.set_error_policy(self.some(), self.chance.choice(("", "skip", "restart", "stop", "nonsense")))

    def death(self) -> None:
        self.bench.set_death_policy(self.chance.choice(("work:", "other:", "dsp")), self.chance.choice(("", "restart")))

    def wire_settings(self) -> None:
        self.bench.set_wire(
            self.key(), capacity=self.chance.randrange(0, 50), overflow=self.chance.choice(("block", "latest"))
        )

    def plot(self) -> None:
        if len(self.bench.graph.plots) < 10:
            self.bench.add_plot(self.port("node_outputs"), self.chance.choice((None, "scope", "table")))

    def change_plot(self) -> None:
        for plot in list(self.bench.graph.plots)[:1]:
            self.bench.set_plot(plot, options={"window_s": self.chance.randrange(1, 9)})

    def close_plot(self) -> None:
        for plot in list(self.bench.graph.plots)[:1]:
            self.bench.remove_plot(plot)

    def remove(self) -> None:
        self.bench.remove(self.some()[:2], [self.key()] if self.bench.graph.wires else [])

    def duplicate(self) -> None:
        if len(self.bench.graph.nodes) < MOST_NODES:
            self.bench.select(self.some())
            self.bench.duplicate()

    def cut_and_paste(self) -> None:
        self.bench.select(self.some())
        self.bench.cut()
        self.bench.paste(self.chance.choice((None, self.place())))

    def insert(self) -> None:
        self.bench.insert_on_wire(self.chance.choice(TYPES), self.key(), self.place())

    def end(self) -> None:
        self.bench.reconnect(self.key(), self.port("node_outputs"), self.port("node_inputs"))

    def group(self) -> None:
        self.bench.select(self.some())
        group_edits.group_selected(self.bench)

    def ungroup(self) -> None:
        self.bench.select_all()
        group_edits.ungroup_selected(self.bench)

    def look_inside(self) -> None:
        groups = [card for card in self.bench.whereabouts.cards_here() if group_edits.is_group(card)]
        if groups:
            self.bench.whereabouts.enter(self.chance.choice(groups))

    def look_around(self) -> None:
        self.bench.whereabouts.leave()

    def frame(self) -> None:
        if len(self.bench.whereabouts.marks_here()) < 5:
            group_edits.frame_area(self.bench, (*self.place(), self.chance.randrange(900), 200))

    def comment(self) -> None:
        if len(self.bench.whereabouts.marks_here()) < 5:
            group_edits.comment_at(self.bench, (*self.place(), 300, self.chance.randrange(900)))

    def move_marks(self) -> None:
        self.bench.move({mark.id: self.place() for mark in self.bench.whereabouts.marks_here()})

    def undo(self) -> None:
        self.bench.undo_stack.undo()

    def redo(self) -> None:
        self.bench.undo_stack.redo()


@pytest.mark.timeout(120)
def test_the_canvas_follows_random_edits_and_their_undo(window: MainWindow, qtbot) -> None:
    bench = window.workbench
    hand = Hand(bench, 7)
    for number in range(400):
        hand.edit()
        if number % 20 == 0:
            qtbot.wait(1)  # cards and wires of a large edit come a few at a time
            mirror = window.canvas.mirror
            level = level_of(bench.graph, bench.whereabouts.level)
            qtbot.waitUntil(lambda mirror=mirror, level=level: set(mirror.wires) == set(level.wires))
            assert set(mirror.nodes) == set(level.cards)
            assert set(mirror.marks.items) == {mark.id for mark in bench.whereabouts.marks_here()}
            for id, place in places_of(bench.graph, level.nodes).items():
                assert tuple(mirror.nodes[id].xy_pos) == pytest.approx(place)
    while bench.undo_stack.canUndo():
        bench.undo_stack.undo()
    qtbot.waitUntil(lambda: not window.canvas.mirror.nodes and not window.canvas.mirror.wires)
    QGuiApplication.clipboard().clear()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("seed", "count"), [(1, 10_000), *(pytest.param(seed, 10_000, marks=pytest.mark.long) for seed in (2, 3))]
)
def test_undo_of_ten_thousand_edits_gives_the_same_bytes(workbench: Workbench, seed: int, count: int) -> None:
    hand = Hand(workbench, seed)
    for _ in range(30):
        hand.edit()
    workbench.undo_stack.clear()
    before = format_graph(workbench.graph)
    refusals: list[str] = []
    workbench.message.connect(lambda _, text: refusals.append(text))
    for number in range(count):
        hand.edit()
        if number % 500 == 0:
            text = format_graph(workbench.graph)
            assert format_graph(parse_graph(text, type(workbench.graph))) == text, "what is saved is what is read"
    after = format_graph(workbench.graph)
    assert after != before and refusals, "edits were done, and others were refused"
    assert workbench.undo_stack.count() > count / 4, "many of them were no refusals, and not taken back at once"
    while workbench.undo_stack.canUndo():
        workbench.undo_stack.undo()
    assert format_graph(workbench.graph) == before
    while workbench.undo_stack.canRedo():
        workbench.undo_stack.redo()
    assert format_graph(workbench.graph) == after
    QGuiApplication.clipboard().clear()
