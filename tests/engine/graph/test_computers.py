"""What a graph says of its processes: what follows their death."""

from __future__ import annotations

import json

import pytest

from engine import FileFormatError, Graph, GraphError
from engine.graph.file import format_graph, parse_graph
from engine.graph.graph import DEATH_POLICIES
from tests.engine.graph.types import Numbers


def graph_with(**policies: str) -> Graph:
    graph = Graph()
    graph.add(Numbers, id="n", location="work:")
    for process, policy in policies.items():
        graph.set_computer(f"{process}:", on_death=policy)
    return graph


@pytest.mark.parametrize("policy", DEATH_POLICIES)
def test_what_follows_the_death_of_a_process_is_saved_and_read_again(policy: str) -> None:
    graph = graph_with(work=policy, other="leave")
    text = format_graph(graph)
    again = parse_graph(text, Graph)
    assert again.death_policy("work:") == policy
    assert list(again.computers.items()) == list(graph.computers.items())
    assert format_graph(again) == text


def test_each_process_has_a_line_of_its_own_and_without_settings_there_is_no_section() -> None:
    lines = format_graph(graph_with(b="restart", a="stop")).splitlines()
    first = lines.index('"computers": [')
    assert json.loads(lines[first + 1].rstrip(",")) == {"location": "b:", "on_death": "restart"}
    assert json.loads(lines[first + 2]) == {"location": "a:", "on_death": "stop"}
    assert "computers" not in format_graph(graph_with())


def test_the_empty_policy_takes_the_setting_away() -> None:
    graph = graph_with(work="restart")
    graph.set_computer("work:", on_death="")
    assert graph.death_policy("work:") == ""
    assert graph.computers == {}


def test_undo_covers_the_settings_of_processes() -> None:
    graph = graph_with(work="restart")
    before = graph.snapshot()
    graph.set_computer("work:", on_death="stop")
    graph.set_computer("more:", on_death="leave")
    graph.restore(before)
    assert (graph.death_policy("work:"), graph.death_policy("more:")) == ("restart", "")


@pytest.mark.parametrize("place", ["", "main", "dsp", "ml:io", "host:ml:io"])
def test_only_processes_have_such_a_setting(place: str) -> None:
    graph = graph_with()
    with pytest.raises(GraphError, match="process"):
        graph.set_computer(place, on_death="restart")
    assert graph.computers == {}


def test_an_unknown_policy_is_refused() -> None:
    graph = graph_with(work="restart")
    with pytest.raises(GraphError, match="'again'"):
        graph.set_computer("work:", on_death="again")
    assert graph.death_policy("work:") == "restart"


def test_unknown_fields_of_a_computer_are_kept() -> None:
    text = '{"tidewire": 1, "nodes": [], "computers": [{"location": "w:", "on_death": "stop", "cores": [1, 2]}]}'
    graph = parse_graph(text, Graph)
    graph.set_computer("w:", on_death="")
    assert json.loads(format_graph(graph))["computers"] == [{"location": "w:", "cores": [1, 2]}]


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ('{"location": "w:", "on_death": "perhaps"}', "$.computers[0].on_death"),
        ('{"location": "w", "on_death": "stop"}', "$.computers[0].location"),
        ('{"location": "w/x:", "on_death": "stop"}', "$.computers[0].location"),
        ('{"location": "w:"}, {"location": "w:"}', "$.computers[1]"),
        ('{"on_death": "stop"}', "$.computers[0]"),
        ('{"location": "w:", "on_death": 3}', "$.computers[0].on_death"),
        ("7", "$.computers[0]"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(entry: str, place: str) -> None:
    with pytest.raises(FileFormatError) as caught:
        parse_graph(f'{{"tidewire": 1, "computers": [{entry}]}}', Graph)
    assert place in str(caught.value)
