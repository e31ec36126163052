"""Groups are a way to look at a graph: no edit of them touches a wire, and undo gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.canvas.level import level_of
from app.document import group_edits
from app.document.clipboard import pasted, text_of
from app.document.document import Document
from app.document.groups import TOP, read_groups
from app.document.marks import read_marks
from app.document.trust import EditorGraph
from app.workbench import Workbench
from engine.graph.file import format_graph, parse_graph
from tests.app.shapes import COUNT, SCALE

LAW = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
steps = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "group", "group", "ungroup", "enter", "leave", "move", "rename", "into", "out", "remove", "add",
                "duplicate", "location", "frame", "comment", "delete all",
            )
        ),
        st.integers(0, 10**6),
    ),
    max_size=25,
)  # fmt: skip
graphs = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(-400, 400)), min_size=2, max_size=9)


def drawn(made: list[tuple[int, int, int]]) -> Document:
    """A document with a source and a chain and branches of nodes behind it, some without a place."""
    document = Document()
    ids = [document.graph.add(COUNT, location="engine:").id]
    for feed, place, x in made:
        id = document.graph.add(SCALE, location=("engine:", "work:", "")[place % 3]).id
        document.graph.connect(f"{ids[feed % len(ids)]}.{'value' if feed % len(ids) == 0 else 'scaled'}", f"{id}.value")
        if place % 5:
            document.graph.move(id, x, place)
        ids.append(id)
    return document


def chosen(document: Document, number: int) -> list[str]:
    """Some of the cards that are seen."""
    cards = document.whereabouts.cards_here()
    return [card for index, card in enumerate(cards) if (number >> index) & 1] or cards[:1]


def select(document: Document, cards: list[str]) -> None:
    document.select(read_groups(document.graph).nodes_of_cards(cards))


def selected_text(document: Document) -> str:
    here = document.whereabouts
    return text_of(document.graph, document.selection, here.marks, here.level)


def play(document: Document, kind: str, number: int) -> None:
    here, graph = document.whereabouts, document.graph
    groups = [card for card in here.cards_here() if group_edits.is_group(card)]
    select(document, chosen(document, number))
    match kind:
        case "group":
            group_edits.group_selected(document)
        case "ungroup" if groups:
            select(document, [groups[number % len(groups)]])
            group_edits.ungroup_selected(document)
        case "enter" if groups:
            here.enter(groups[number % len(groups)])
        case "leave":
            here.leave()
        case "move":
            document.move(dict.fromkeys(chosen(document, number), (number % 700, number % 300)))
        case "rename" if groups:
            group_edits.rename(document, groups[0], f"name {number}")
        case "into" if groups:
            group = groups[number % len(groups)]
            group_edits.move_into_group(document, [card for card in chosen(document, number) if card != group], group)
        case "out" if here.level:
            group_edits.move_out_of_group(document)
        case "remove":
            document.remove([list(graph.nodes)[number % len(graph.nodes)]] if graph.nodes else [])
        case "delete all":
            document.delete_selection()
        case "add":
            document.add_node(SCALE, (number % 500, 0))
        case "duplicate" if document.selection and len(graph.nodes) < 24:
            copied = read_groups(parse_graph(selected_text(document), EditorGraph)).by_id
            before = set(read_groups(graph).by_id)
            content, ids, marks = pasted(graph, selected_text(document), offset=(9, 9))
            document.replace_content("Duplicate", content)
            document.select(ids)
            document.whereabouts.select_marks(marks)
            after = read_groups(document.graph).by_id
            new = sorted(len(after[id].nodes) for id in after if id not in before)
            assert new == sorted(len(group.nodes) for group in copied.values()), "a group came without its nodes"
        case "location" if document.selection:
            document.set_location(document.selection, ("a:", "b:", "")[number % 3])
        case "frame":
            group_edits.frame_area(document, (0, 0, number % 900, 100))
        case "comment":
            group_edits.comment_at(document, (0, 0, 200, number % 900))


def check_law(document: Document) -> None:
    """Every node is seen on exactly one level, every group has nodes, and the file reads as the same graph."""
    graph = document.graph
    groups = read_groups(graph)
    seen = [id for level in (TOP, *groups.by_id) for id in groups.cards(graph, level)]
    assert sorted(seen) == sorted([*graph.nodes, *groups.by_id])
    assert all(groups.nodes_below(id) for id in groups.by_id)
    assert document.whereabouts.level in ("", *groups.by_id)
    text = format_graph(graph)
    assert format_graph(parse_graph(text, EditorGraph)) == text
    for mark in read_marks(graph).by_id.values():
        assert mark.group in ("", *groups.by_id)


@LAW
@given(graphs, steps)
def test_random_edits_of_groups_lose_no_wire_and_undo_gives_the_same_bytes(qapp: Any, made: Any, steps: Any) -> None:
    document = drawn(made)
    texts = [format_graph(document.graph)]
    for kind, number in steps:
        wires, count = set(document.graph.wires), document.undo_stack.index()
        play(document, kind, number)
        check_law(document)
        if kind not in ("remove", "delete all"):
            assert wires <= set(document.graph.wires), "a wire was lost"
        assert document.undo_stack.index() - count in (0, 1), "more than one step"
        del texts[document.undo_stack.index() :]
        texts.append(format_graph(document.graph))
    after = texts[-1]
    for text in reversed(texts[: document.undo_stack.index()]):
        document.undo_stack.undo()
        assert format_graph(document.graph) == text
        assert document.whereabouts.level in ("", *read_groups(document.graph).by_id)
    for _ in range(document.undo_stack.count()):
        document.undo_stack.redo()
    assert format_graph(document.graph) == after


@LAW
@given(graphs, steps, st.integers(1, 10**6))
def test_to_group_and_then_to_ungroup_gives_the_same_bytes(qapp: Any, made: Any, steps: Any, number: int) -> None:
    document = drawn(made)
    for kind, other in steps[:8]:
        play(document, kind, other)
    if not document.whereabouts.cards_here():
        return
    select(document, chosen(document, number))
    document.whereabouts.select_marks(mark.id for mark in document.whereabouts.marks_here() if number % 2)
    before = format_graph(document.graph)
    level, selection = document.whereabouts.level, document.selection
    id = group_edits.group_selected(document)
    assert id is not None
    if level in read_groups(document.graph).by_id or level == TOP:
        assert document.whereabouts.selected_cards() == [id]
    assert format_graph(document.graph) != before
    assert group_edits.ungroup_selected(document)
    assert format_graph(document.graph) == before
    assert sorted(document.selection) == sorted(selection)


@pytest.fixture
def chain(workbench: Workbench) -> Iterator[Workbench]:
    """count -> scale -> scale2, the last two in the group "Loud" and scale2 in a process of its own."""
    workbench.add_node(COUNT, (0, 0))
    workbench.add_node(SCALE, (200, 0), connect_from="count.value")
    workbench.add_node(SCALE, (400, 0), connect_from="scale.scaled")
    workbench.select(["scale", "scale2"])
    id = group_edits.group_selected(workbench)
    assert id == "@group1"
    group_edits.rename(workbench, id, "Loud")
    yield workbench


def test_what_is_added_inside_a_group_belongs_to_it_and_runs_where_it_does(chain: Workbench) -> None:
    chain.set_location(["scale", "scale2"], "loud:")
    chain.whereabouts.enter("@group1")
    added = chain.add_node(SCALE, (0, 300))
    assert added is not None
    assert read_groups(chain.graph).by_id["@group1"].nodes == ("scale", "scale2", added)
    assert str(chain.graph.nodes[added].location) == "loud:"


def test_what_is_added_to_a_group_in_several_places_keeps_its_own(chain: Workbench) -> None:
    chain.set_location(["scale2"], "loud:")
    chain.whereabouts.enter("@group1")
    added = chain.add_node(COUNT, (0, 300))
    assert str(chain.graph.nodes[added or ""].location) == "engine:"


def test_a_copied_group_is_pasted_as_a_group_with_its_wires_and_marks(chain: Workbench) -> None:
    chain.whereabouts.enter("@group1")
    group_edits.comment_at(chain, (10, 10, 200, 80))
    chain.whereabouts.leave()
    chain.copy()
    chain.paste()
    groups = read_groups(chain.graph)
    assert [(group.name, group.nodes) for group in groups.by_id.values()] == [
        ("Loud", ("scale", "scale2")),
        ("Loud", ("scale3", "scale4")),
    ]
    assert "scale3.scaled -> scale4.value" in chain.graph.wires
    assert [mark.group for mark in read_marks(chain.graph).by_id.values()] == ["@group1", "@group2"]
    assert chain.whereabouts.selected_cards() == ["@group2"]
    assert groups.by_id["@group1"].at != groups.by_id["@group2"].at


def test_a_group_pasted_into_a_group_lies_in_it(chain: Workbench) -> None:
    chain.set_location(["scale", "scale2"], "loud:")
    chain.copy()
    chain.whereabouts.enter("@group1")
    chain.paste()
    groups = read_groups(chain.graph)
    assert groups.by_id["@group2"].parent == "@group1"
    assert chain.whereabouts.cards_here() == ["scale", "scale2", "@group2"]


def test_removing_a_group_removes_what_is_inside_as_one_step(chain: Workbench) -> None:
    chain.undo_stack.clear()
    before = format_graph(chain.graph)
    chain.delete_selection()
    assert list(chain.graph.nodes) == ["count"]
    assert "groups" not in chain.graph.extra
    assert chain.undo_stack.count() == 1
    chain.undo_stack.undo()
    assert format_graph(chain.graph) == before


def test_undo_of_a_group_that_is_looked_at_goes_out_of_it(chain: Workbench) -> None:
    chain.whereabouts.enter("@group1")
    chain.undo_stack.undo()
    assert chain.whereabouts.level == "@group1"  # that was the name
    chain.undo_stack.undo()
    assert chain.whereabouts.level == TOP


def test_a_group_that_was_moved_is_left_where_its_card_was(chain: Workbench) -> None:
    before = dict(chain.graph.positions)
    x, y = read_groups(chain.graph).by_id["@group1"].at or (0, 0)
    chain.move({"@group1": (x + 30, y + 70)})
    assert chain.graph.positions == before
    group_edits.ungroup_selected(chain)
    assert chain.graph.positions == {**before, "scale": (230, 70), "scale2": (430, 70)}


BROKEN: list[Any] = [
    "no list",
    [{"id": "@g", "nodes": "a"}, {"id": 3}, {"id": "g", "nodes": []}, 7, None],
    [{"id": "@g", "nodes": ["nobody", "count"], "parent": "@h"}, {"id": "@h", "nodes": [], "parent": "@g"}],
    [{"id": "@g", "nodes": ["count"], "parent": "@nobody", "at": [1, "x"]}],
    [{"id": "@g", "nodes": ["count"]}, {"id": "@g", "nodes": ["scale"]}, {"id": "@h", "nodes": ["count", "scale"]}],
    [{"id": "@g", "nodes": ["count"], "at": [1e400, 0]}],
]


@pytest.mark.parametrize("section", BROKEN, ids=range(len(BROKEN)))
@pytest.mark.parametrize("key", ["groups", "frames", "comments"])
def test_a_broken_section_is_kept_and_told_of_and_all_nodes_are_seen(
    workbench: Workbench, key: str, section: Any
) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.add_node(SCALE, (0, 0))
    graph = EditorGraph()
    graph.restore(workbench.graph.snapshot())
    graph.extra[key] = section
    text = format_graph(graph) if "1e400" not in str(section) and "inf" not in str(section) else ""
    told: list[str] = []
    workbench.message.connect(lambda _severity, words: told.append(words))
    workbench.show_unsaved(graph)
    check_law_of_levels(workbench)
    is_sound = key == "groups" and section in (BROKEN[2],)
    assert bool(told) != is_sound
    if text:
        assert format_graph(workbench.graph) == text
    workbench.rename("count", "edited")
    assert workbench.graph.extra[key] == section
    workbench.remove(["scale"])
    kept = workbench.graph.extra.get(key)
    if isinstance(section, list):
        assert all(entry in (kept or []) for entry in section if not isinstance(entry, dict))
    else:
        assert kept == section


ids = st.sampled_from(["@a", "@b", "@c", "count", "scale", "nobody", "", "@"])
junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.lists(ids, max_size=3), ids
)
entries = st.lists(
    st.one_of(
        junk,
        st.fixed_dictionaries(
            {"id": st.one_of(ids, junk)},
            optional={
                "name": st.one_of(st.text(max_size=5), junk), "nodes": st.one_of(st.lists(ids, max_size=4), junk),
                "parent": st.one_of(ids, junk), "at": st.one_of(st.lists(st.floats(), max_size=3), junk),
                "rect": st.one_of(st.lists(st.floats(), min_size=4, max_size=4), junk), "group": st.one_of(ids, junk),
                "text": junk, "title": junk, "color": junk,
            },
        ),
    ),
    max_size=6,
)  # fmt: skip


@LAW
@given(st.one_of(entries, junk), st.one_of(entries, junk), st.one_of(entries, junk))
def test_whatever_is_in_the_sections_every_node_is_seen_once_and_edits_go_on(
    qapp: Any, groups: Any, frames: Any, comments: Any
) -> None:
    document = Document()
    for path in (COUNT, SCALE):
        document.graph.add(path)
    document.graph.connect("count.value", "scale.value")
    document.graph.extra.update(groups=groups, frames=frames, comments=comments)
    check_law_of_levels(document)
    for group in read_groups(document.graph).by_id:
        document.whereabouts.enter(group)
        level = level_of(document.graph, group)
        assert set(level.wires) <= set(document.graph.wires)
    document.whereabouts.enter(TOP)
    before = document.graph.snapshot()
    document.select_all()
    group_edits.group_selected(document)
    document.add_node(SCALE, (0, 0))
    check_law_of_levels(document)
    assert "count.value -> scale.value" in document.graph.wires
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.graph.snapshot().extra.keys() == before.extra.keys()
    for key, section in before.extra.items():
        assert document.graph.extra[key] is section


def check_law_of_levels(document: Document) -> None:
    groups = read_groups(document.graph)
    seen = [id for level in (TOP, *groups.by_id) for id in groups.cards(document.graph, level)]
    assert sorted(seen) == sorted([*document.graph.nodes, *groups.by_id])


def test_a_section_that_cannot_be_read_refuses_groups_and_changes_nothing(workbench: Workbench) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.graph.extra["groups"] = {"of": "another editor"}
    told: list[str] = []
    workbench.message.connect(lambda _severity, words: told.append(words))
    before = format_graph(workbench.graph)
    workbench.select(["count"])
    assert group_edits.group_selected(workbench) is None
    assert format_graph(workbench.graph) == before
    assert told == ['the section "groups" of this file cannot be read, so it cannot be changed']


def test_fields_of_a_later_version_are_written_back(workbench: Workbench) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.graph.extra["groups"] = [{"id": "@g", "name": "", "nodes": ["count"], "lock": True}]
    group_edits.rename(workbench, "@g", "Named")
    assert workbench.graph.extra["groups"] == [{"id": "@g", "name": "Named", "nodes": ["count"], "lock": True}]


def test_to_select_nodes_lets_go_of_frames_and_comments(chain: Workbench) -> None:
    mark = group_edits.comment_at(chain, (0, 0, 200, 100))
    assert chain.whereabouts.marks == (mark,)
    chain.rename("count", "an edit")
    assert chain.whereabouts.marks == (mark,)
    chain.select(["count"])
    assert chain.whereabouts.marks == ()
