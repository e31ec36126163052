"""Graph files: what is saved is read again as it was, and what is not known is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from engine import FileFormatError, Graph
from engine.graph.file import format_graph, parse_graph
from engine.graph.json_text import MAX_BYTES
from tests.engine.graph.example import example_graph, read
from tests.engine.graph.types import HERE, content, file_data

# -- saving and loading


@settings(max_examples=70)
@given(file_data())
def test_what_is_read_is_saved_and_read_again_byte_for_byte(data: dict[str, Any]) -> None:
    graph = read(json.dumps(data))
    once = format_graph(graph)
    again = read(once)
    assert content(again)[1] == content(graph)[1] == data["tidewire"]
    assert format_graph(again) == once
    # Nothing of the file is lost, whether this version knows it or not.
    saved = json.loads(once)
    assert saved["tidewire"] == data["tidewire"]
    for id, place in data["layout"].items():
        assert saved["layout"][id] == [round(part, 2) for part in place]
    assert saved.get("layout", {}).keys() == data["layout"].keys()
    for section in ("nodes", "wires", "plots", "computers"):
        assert len(saved.get(section, [])) == len(data[section])
        for before, after in zip(data[section], saved.get(section, []), strict=True):
            missing = {key: value for key, value in before.items() if key not in after}
            # what is left out is what says nothing: a default
            assert all(value in ("", "block", 16, {}) for value in missing.values())
            assert {key: before[key] for key in after} == after
    for key in data.keys() - {"tidewire", "nodes", "wires", "plots", "layout", "computers"}:
        assert saved[key] == data[key]


def test_a_graph_is_saved_and_loaded_as_it_was(tmp_path: Path) -> None:
    graph = example_graph()
    path = tmp_path / "graph.tide"
    graph.save(path)
    loaded = Graph.load(path)
    assert graph.path == loaded.path == path.resolve() and loaded.folder == tmp_path.resolve()
    loaded.save(tmp_path / "again.tide")
    assert path.read_bytes() == (tmp_path / "again.tide").read_bytes()
    assert loaded.positions == {"w": (-12.35 if round(-12.345, 2) == -12.35 else -12.34, 1e7), "n": (10.0, 0.0)}
    loaded.positions = dict(graph.positions)
    loaded.version = None
    assert content(loaded) == content(graph)


def test_one_node_or_wire_stands_on_a_line() -> None:
    lines = format_graph(example_graph()).split("\n")
    starts = [line[:7] for line in lines]
    assert starts.count('{"id": ') == 5 and starts.count('{"from"') == 3
    assert lines[:3] == ["{", '"tidewire": 1,', '"nodes": [']
    assert lines[-1] == "" and lines[-2] == "}"


def test_an_empty_graph_is_a_file_too() -> None:
    text = format_graph(Graph())
    assert json.loads(text) == {"tidewire": 1, "nodes": [], "wires": []}
    assert format_graph(read(text)) == text
    assert format_graph(read('{"tidewire": 1}')) == text


def test_a_graph_that_no_edit_could_make_is_read_and_shown() -> None:
    graph = read(
        f"""{{"tidewire": 1, "nodes": [{{"id": "w", "type": "{HERE}:Work", "parameters": {{"factor": "x", "new": 1}}}},
            {{"id": "t", "type": "{HERE}:Text"}}, {{"id": "u", "type": "never.heard:Of"}}],
            "wires": [{{"from": "t.text", "to": "w.number"}}, {{"from": "u.x", "to": "w.number"}},
                      {{"from": "w.nothing", "to": "u.y"}}]}}"""
    )
    wheres = {problem.where for problem in graph.problems()}
    assert {"w.factor", "w.new", "u", "t.text -> w.number", "w.nothing -> u.y", "w.number"} <= wheres
    assert read(format_graph(graph)).snapshot().wires == graph.wires


def test_what_a_newer_version_wrote_is_kept_through_edits() -> None:
    text = (
        '{"tidewire": 7, "nodes": [{"id": "a", "type": "new:A", "colour": "red", "on": {"x": [1]}}, '
        '{"id": "b", "type": "new:B"}], "wires": [{"from": "a.x", "to": "b.y", "curve": 0.5}], '
        '"plots": [{"id": "p", "port": "a.x", "kind": "hologram", "dock": {"side": "left"}}], "macros": [{"k": 1}]}'
    )
    graph = read(text)
    graph.rename("a", "Other")
    graph.set_parameter("a", "anything", 5)
    graph.set_wire("a.x -> b.y", capacity=4)
    graph.set_plot("p", options={"span_s": 1})
    saved = json.loads(format_graph(graph))
    assert saved["tidewire"] == 7 and saved["macros"] == [{"k": 1}]
    assert saved["nodes"][0]["colour"] == "red" and saved["nodes"][0]["on"] == {"x": [1]}
    assert saved["nodes"][0]["name"] == "Other" and saved["nodes"][0]["parameters"] == {"anything": 5}
    assert saved["wires"][0] == {"from": "a.x", "to": "b.y", "capacity": 4, "curve": 0.5}
    assert saved["plots"][0]["dock"] == {"side": "left"} and saved["plots"][0]["options"] == {"span_s": 1}


# -- what cannot be written


class Odd:
    """No plain data."""


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda g: g.set_parameter("u", "p", float("nan")), ["node u", "nan"]),
        (lambda g: g.set_parameter("u", "p", [float("inf")]), ["node u", "inf"]),
        (lambda g: g.set_parameter("u", "p", Odd()), ["node u", "Odd"]),
        (lambda g: g.set_parameter("u", "p", {1: 2}), ["node u", "the key 1"]),
        (lambda g: g.set_parameter("u", "p", "\ud800"), ["node u", r"\ud800"]),
        (lambda g: g.set_parameter("u", "p", {"\udfff": 1}), ["node u", r"\udfff"]),
        (lambda g: g.set_parameter("u", "p", nested(62)), ["node u", "deeper than 64"]),
        (lambda g: g.set_parameter("u", "p", 10**5000), ["node u", "digits"]),
        (lambda g: g.rename("u", "\ud800"), ["node u", "no valid text"]),
        (lambda g: g.connect("u.x", "u.z", feedback=True, initial=b"x"), ["wire u.x -> u.z", "bytes"]),
        (lambda g: g.add_plot("u.x", "scope", {"a": {1, 2}}), ["plot plot2", "set"]),
        (lambda g: g.positions.update(u=(float("nan"), 0)), ["position of u", "nan"]),
        (lambda g: g.extra.update(new=Odd()), ["section new", "Odd"]),
        (lambda g: g.set_parameter("u", "p", "é" * (MAX_BYTES // 2)), ["32 MiB"]),
    ],
)
def test_what_could_not_be_read_again_is_not_written_and_the_old_file_stays(
    tmp_path: Path, spoil: Any, words: list[str]
) -> None:
    graph = example_graph()
    path = tmp_path / "g.tide"
    graph.save(path)
    before = path.read_bytes()
    spoil(graph)
    with pytest.raises(FileFormatError) as caught:
        graph.save(path)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["g.tide"]


def test_as_deep_as_can_be_read_can_be_written() -> None:
    for levels in (50, 59, 60, 61):
        graph = Graph()
        graph.add("m:T", id="a", p=nested(levels))
        try:
            text = format_graph(graph)
        except FileFormatError:
            assert levels > 59
        else:
            assert format_graph(read(text)) == text


def test_a_section_of_entries_that_the_engine_does_not_know_has_a_line_for_each() -> None:
    graph = Graph()
    graph.extra["groups"] = [{"id": "@group1", "nodes": ["a"]}, {"id": "@group2", "nodes": []}]
    text = format_graph(graph)
    assert '"groups": [\n{"id": "@group1", "nodes": ["a"]},\n{"id": "@group2", "nodes": []}\n]' in text
    assert format_graph(parse_graph(text, Graph)) == text
