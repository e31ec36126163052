"""Graph files: what is saved is read again as it was, what is not known is kept, and nothing hostile gets through."""

from __future__ import annotations

import builtins
import json
import os
import random
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import FileFormatError, Graph, GraphError, TidewireError
from engine.graph import file as file_module
from engine.graph.file import format_graph, parse_graph, write_atomically
from engine.graph.json_text import MAX_BYTES, MAX_DEPTH, MAX_VALUES
from tests.engine.graph.types import HERE, Numbers, Show, Work, content, file_data

ODD = "a.tide"


def read(data: bytes | str) -> Graph:
    return parse_graph(data, Graph, name=ODD)


def refusal(data: bytes | str) -> str:
    """The message with which a text is refused: always a `FileFormatError` that names the file, in one plain line."""
    with pytest.raises(FileFormatError) as caught:
        read(data)
    message = str(caught.value)
    assert ODD in message and "\x1b" not in message
    return message


def example_graph() -> Graph:
    graph = Graph()
    graph.add(Numbers, id="n")
    graph.add(Work, id="w", factor=2, names=["ä", "\u2028"], location="ml:io")
    graph.add(Show, id="s")
    graph.add("no.such:Thing", id="u", anything={"deep": [1, None, 2.5, "x"]})
    graph.connect("n.number", "w.number", capacity=3, overflow="drop_oldest")
    graph.connect("w.result", "u.back", feedback=True, initial=[1, {"a": None}])
    graph.connect("u.x", "s.value", feedback=True, initial=None)
    graph.rename("w", 'Quote " and \\ and\nline')
    graph.set_error_policy("w", "restart")
    graph.move("w", -12.345, 1e7)
    graph.move("n", 10, 0)
    graph.add_plot("n.number", "number", {"span_s": 2.5})
    return graph


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


# -- hostile files

NODE = '{"id": "a", "type": "m:T"}'
WIRE = '{"from": "a.x", "to": "a.y"}'
PLOT = '{"id": "p", "port": "a.x", "kind": "k"}'
WITH_NODE = f'"tidewire": 1, "nodes": [{NODE}]'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["no JSON", "line 1"]),
        ("null", ["object"]),
        ("[]", ["object", "array"]),
        ('"text"', ["object"]),
        ("5", ["object"]),
        ("{}", ["tidewire"]),
        ('{"nodes": []}', ["tidewire"]),
        ('{"tidewire": "1"}', ["$.tidewire", "int"]),
        ('{"tidewire": 1.5}', ["$.tidewire"]),
        ('{"tidewire": true}', ["$.tidewire"]),
        ('{"tidewire": null}', ["$.tidewire"]),
        ('{"tidewire": 0}', ["$.tidewire", "0"]),
        ('{"tidewire": -3}', ["$.tidewire", "-3"]),
        ('{"tidewire": 1, "nodes": {}}', ["$.nodes", "array"]),
        ('{"tidewire": 1, "nodes": null}', ["$.nodes"]),
        ('{"tidewire": 1, "nodes": [1]}', ["$.nodes[0]"]),
        ('{"tidewire": 1, "nodes": [{"type": "m:T"}]}', ["$.nodes[0]", "id"]),
        ('{"tidewire": 1, "nodes": [{"id": "a"}]}', ["$.nodes[0]", "type"]),
        ('{"tidewire": 1, "nodes": [{"id": 5, "type": "m:T"}]}', ["$.nodes[0].id", "str"]),
        ('{"tidewire": 1, "nodes": [{"id": "a", "type": ["os:system"]}]}', ["$.nodes[0].type", "str"]),
        ('{"tidewire": 1, "nodes": [{"id": "a", "type": "m:T", "name": null}]}', ["$.nodes[0].name"]),
        ('{"tidewire": 1, "nodes": [{"id": "a", "type": "m:T", "parameters": []}]}', ["$.nodes[0].parameters"]),
        ('{"tidewire": 1, "nodes": [{"id": "a", "type": "m:T", "location": "a b"}]}', ["$.nodes[0].location", "a b"]),
        ('{"tidewire": 1, "nodes": [{"id": "a", "type": "m:T", "location": {}}]}', ["$.nodes[0].location"]),
        ('{"tidewire": 1, "nodes": [{"id": "a", "type": "m:T", "on_error": "run"}]}', ["$.nodes[0].on_error", "run"]),
        ('{"tidewire": 1, "nodes": [{"id": "", "type": "m:T"}]}', ["$.nodes[0]", "''"]),
        ('{"tidewire": 1, "nodes": [{"id": "a b", "type": "m:T"}]}', ["$.nodes[0]", "'a b'"]),
        (r'{"tidewire": 1, "nodes": [{"id": "a\u001b[2J", "type": "m:T"}]}', ["$.nodes[0]", r"\x1b"]),
        ('{"tidewire": 1, "nodes": [{"id": "../../x", "type": "m:T"}]}', ["$.nodes[0]", "../../x"]),
        (f'{{"tidewire": 1, "nodes": [{NODE}, {NODE}]}}', ["$.nodes[1]", "'a' already"]),
        (f'{{{WITH_NODE}, "wires": {{}}}}', ["$.wires"]),
        (f'{{{WITH_NODE}, "wires": [{{"from": "a.x"}}]}}', ["$.wires[0]", "to"]),
        (f'{{{WITH_NODE}, "wires": [{{"from": "a.x", "to": "b.y"}}]}}', ["$.wires[0]", "'b'"]),
        (f'{{{WITH_NODE}, "wires": [{{"from": "a", "to": "a.y"}}]}}', ["$.wires[0]", "node.port"]),
        (f'{{{WITH_NODE}, "wires": [{{"from": "a.x", "to": "a.y z"}}]}}', ["$.wires[0]"]),
        (rf'{{{WITH_NODE}, "wires": [{{"from": "a.\u001b", "to": "a.y"}}]}}', ["$.wires[0]"]),
        (rf'{{{WITH_NODE}, "wires": [{{"from": "\u001b.a", "to": "a.y", "capacity": 0}}]}}',
         ["$.wires[0]"]),
        *[
            (f'{{{WITH_NODE}, "wires": [{{"from": "a.x", "to": "a.y", {more}}}]}}', ["$.wires[0]"])
            for more in (
                '"capacity": 0',
                '"capacity": -1',
                '"capacity": 1000001',
                '"capacity": "16"',
                '"capacity": 1.5',
                '"capacity": true',
                '"capacity": 1e3',
                '"overflow": "explode"',
                '"overflow": 3',
                '"feedback": "yes"',
                '"initial": 5',
            )
        ],
        (f'{{{WITH_NODE}, "wires": [{WIRE}, {WIRE}]}}', ["$.wires[1]", "already"]),
        ('{"tidewire": 1, "layout": []}', ["$.layout"]),
        ('{"tidewire": 1, "layout": {"a": [1]}}', ["$.layout"]),
        ('{"tidewire": 1, "layout": {"a": [1, "2"]}}', ["$.layout"]),
        ('{"tidewire": 1, "layout": {"a": [1, NaN]}}', ["$.layout.a[1]", "NaN"]),
        ('{"tidewire": 1, "layout": {"a": [1e999, 0]}}', ["$.layout.a[0]", "1e999"]),
        (f'{{"tidewire": 1, "layout": {{"a": [1{"0" * 400}, 0]}}}}', ["$.layout"]),
        (f'{{"tidewire": 1, "layout": {{"a": [1{"0" * 5000}, 0]}}}}', ["$.layout.a[0]", "too large"]),
        (f'{{"tidewire": 1, "x": [-1{"0" * 5000}]}}', ["$.x[0]", "too large"]),
        (f'{{{WITH_NODE}, "plots": [{{"id": "p", "port": "a", "kind": "k"}}]}}', ["$.plots[0].port"]),
        (f'{{{WITH_NODE}, "plots": [{{"id": "p", "port": "b.x", "kind": "k"}}]}}', ["$.plots[0]", "'b'"]),
        (f'{{{WITH_NODE}, "plots": [{PLOT}, {PLOT}]}}', ["$.plots[1]", "'p' already"]),
        ('{"tidewire": 1, "plots": [{"id": 1, "port": "a.x", "kind": "k"}]}', ["$.plots[0].id"]),
        ('{"tidewire": 1, "x": {"y": [0, {"k": 1, "k": 2}]}}', ["$.x.y[1]", "'k'", "twice"]),
        ('{"tidewire": 1, "tidewire": 1}', ["'tidewire'", "twice"]),
        ('{"tidewire": 1, "nodes": [{"id": "a", "id": "b", "type": "m:T"}]}', ["$.nodes[0]", "'id'", "twice"]),
        ('{"tidewire": 1, "x": [1, {"y z": Infinity}]}', ["$.x[1]['y z']", "Infinity"]),
        ('{"tidewire": 1, "x": -Infinity}', ["$.x", "-Infinity"]),
        ('{"tidewire": 1, "x": -1e400}', ["$.x", "-1e400"]),
        (r'{"tidewire": 1, "x": "\ud800"}', ["$.x", r"\ud800"]),
        (r'{"tidewire": 1, "x": [["\udfff"]]}', ["$.x[0][0]", r"\udfff"]),
        (r'{"tidewire": 1, "x": {"\ud800\ud800": 1}}', ["$.x", r"\ud800"]),
        ('{"tidewire": 1, "x": "\ud800"}', ["UTF-8"]),
        ('{"tidewire": 1,}', ["no JSON", "line 1"]),
        ('{"tidewire": 1}}', ["no JSON", "line 1"]),
        (f'{{"tidewire": 1, "x": 1{"0" * 5000}, }}', ["no JSON", "line 1"]),
        ("{'tidewire': 1}", ["no JSON"]),
        ('\ufeff{"tidewire": 1}', ["no JSON"]),
        ('{"tidewire": 1, "a": "\n"}', ["no JSON", "line 1"]),
        ("!!python/object/apply:os.system ['touch x']", ["no JSON"]),
        ("[" * 100_000, ["line 1", "deeper than 64"]),
        ('{"a":' * 100_000, ["deeper than 64"]),
        ('\n\n{"tidewire": 1, "x": ' + "[" * 64 + "]" * 64 + "}", ["line 3", "deeper than 64"]),
    ],
)  # fmt: skip
def test_a_broken_or_hostile_file_is_refused_with_its_name_and_the_place(text: str, words: list[str]) -> None:
    message = refusal(text)
    assert all(word in message for word in words), message
    assert len(message) < 1000


LONG = "x" * 10_000_000


@pytest.mark.parametrize(
    "text",
    [
        f'{{"tidewire": 1, "nodes": [{{"id": "{LONG}", "type": "m:T"}}]}}',
        f'{{"tidewire": 1, "nodes": [{{"id": "a", "type": "{LONG}"}}]}}',
        f'{{"tidewire": 1, "nodes": [{{"id": "a", "type": "m:T", "name": "{LONG}"}}]}}',
        f'{{"tidewire": 1, "nodes": [{{"id": "a", "type": "m:T", "location": "{LONG}"}}]}}',
        f'{{{WITH_NODE}, "wires": [{{"from": "a.{LONG}", "to": "a.y"}}]}}',
        f'{{{WITH_NODE}, "wires": [{{"from": "a.x", "to": "a.y", "overflow": "{LONG}"}}]}}',
        f'{{{WITH_NODE}, "plots": [{{"id": "p", "port": "a.x", "kind": "{LONG}"}}]}}',
        f'{{{WITH_NODE}, "plots": [{{"id": "{LONG}", "port": "a.x", "kind": "k"}}]}}',
        f'{{"tidewire": 1, "computers": [{{"location": "{LONG}"}}]}}',
        f'{{"tidewire": 1, "{LONG}": [1e999]}}',
        f'{{"tidewire": 1, "{LONG}": 1, "{LONG}": 2}}',
    ],
    ids=["id", "type", "name", "location", "port", "overflow", "kind", "plot", "computer", "key", "key twice"],
)
def test_names_that_nobody_can_read_are_refused_in_few_words(text: str) -> None:
    assert len(refusal(text)) < 1000


def test_names_that_nobody_can_read_are_refused_by_edits_too() -> None:
    graph = example_graph()
    before = graph.snapshot()
    for edit in (
        lambda: graph.rename("n", LONG),
        lambda: graph.add(f"m:{LONG}"),
        lambda: graph.add_plot("n.number", LONG),
        lambda: graph.connect(f"n.{LONG}", "w.number"),
    ):
        with pytest.raises(GraphError) as caught:
            edit()
        assert len(str(caught.value)) < 1000
    assert graph.snapshot() == before


def test_as_deep_as_allowed_is_read_and_brackets_in_text_do_not_count() -> None:
    deep = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    text = f'{{"tidewire": 1, "x": {deep}, "y": "{"[{" * 100}", "z": "\\\\\\"{"[" * 100}"}}'
    graph = read(text)
    assert format_graph(read(format_graph(graph))) == format_graph(graph)


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe{}", b"\x00" * 100, b"\x80", "é".encode("latin-1"), '{"tidewire": 1}'.encode("utf-16"), b"\xed\xa0\x80"],
)
def test_what_is_no_utf8_is_refused(data: bytes) -> None:
    assert "UTF-8" in refusal(data) or "JSON" in refusal(data)


@given(st.binary(max_size=300))
@example(b"")
@example(b'"')
@example(b'"\\')
def test_random_bytes_are_refused(data: bytes) -> None:
    refusal(data)


INSERTED = (b"[", b"]", b"{", b"}", b'"', b",", b":", b"1e999", b"NaN", b"null", b"\\ud800", b"-", b"\x1b", b"0" * 30)


def _mutated(source: bytes, chance: random.Random) -> bytes:
    data = bytearray(source)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        kind = chance.randrange(6)
        if kind == 0:
            data[at] = chance.randrange(256)
        elif kind == 1:
            del data[at : at + chance.randint(1, 20)]
        elif kind == 2:
            data[at:at] = chance.choice(INSERTED)
        elif kind == 3:
            end = at + chance.randint(1, 60)
            data[at:at] = data[at:end]
        elif kind == 4:
            numbers = [i for i, byte in enumerate(data) if chr(byte).isdigit()]
            if numbers:
                data[chance.choice(numbers)] = ord(chance.choice("0987-.e"))
        else:
            other = chance.randrange(len(data))
            data[at : at + 5], data[other : other + 5] = data[other : other + 5], data[at : at + 5]
        if not data:
            return b"{"
    return bytes(data)


def test_a_valid_file_that_was_tampered_with_is_read_or_refused_and_never_anything_else() -> None:
    source = format_graph(example_graph()).encode()
    chance = random.Random(4711)
    read_all_right = 0
    for _ in range(1500):
        data = _mutated(source, chance)
        try:
            graph = read(data)
        except FileFormatError as error:
            assert ODD in str(error)
            continue
        read_all_right += 1
        assert format_graph(read(format_graph(graph))) == format_graph(graph)
        graph.problems()
    assert 0 < read_all_right < 1500


@st.composite
def any_shape(draw: Any) -> Any:
    """Data of the shape of a graph file in which anything may be of any type."""
    junk = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 5),
        st.just(10**30),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from(["", "a", "a.b", "block", "\x1b[31m", "a.b.c", "main", "a:b:c:d"]),
        st.just([]),
        st.just({}),
        st.lists(st.integers(), max_size=2),
    )

    def maybe(good: Any) -> Any:
        return draw(junk) if draw(st.integers(0, 11)) == 0 else good

    nodes = [
        {"id": maybe(id), "type": maybe("m:T"), "location": maybe(""), "name": maybe(""), "parameters": maybe({})}
        for id in ("a", "b")
    ]
    wire = {"from": maybe("a.x"), "to": maybe("b.y"), "capacity": maybe(3), "overflow": maybe("block")}
    wire |= {"feedback": maybe(True), "initial": draw(junk)}
    plot = {"id": maybe("p"), "port": maybe("a.x"), "kind": maybe("k"), "options": maybe({})}
    return {
        "tidewire": maybe(1),
        "nodes": maybe([maybe(node) for node in nodes]),
        "wires": maybe([maybe(wire)]),
        "layout": maybe({"a": maybe([maybe(1), 2])}),
        "plots": maybe([maybe(plot)]),
    }


@settings(max_examples=120)
@given(any_shape())
def test_wrong_types_anywhere_are_refused_or_harmless(data: Any) -> None:
    try:
        graph = read(json.dumps(data))
    except FileFormatError as error:
        assert ODD in str(error) and "$" in str(error) and "\x1b" not in str(error)
    else:
        assert format_graph(read(format_graph(graph))) == format_graph(graph)


def test_loading_runs_and_imports_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "it-ran"
    (tmp_path / "nodes").mkdir()
    for folder in (tmp_path, tmp_path / "nodes"):
        (folder / "hostile.py").write_text(f"open({str(mark)!r}, 'w')")
    monkeypatch.syspath_prepend(tmp_path)
    types = ["hostile:T", "nodes.hostile:T", "os:system", "subprocess:run"]
    nodes = [{"id": f"n{i}", "type": kind, "parameters": {"a": "__import__('os')"}} for i, kind in enumerate(types)]
    path = tmp_path / "g.tide"
    path.write_text(json.dumps({"tidewire": 1, "nodes": nodes, "!!python/object": {"__reduce__": ["os.system", "x"]}}))
    before = set(sys.modules)
    monkeypatch.setattr(builtins, "eval", None)
    monkeypatch.setattr(builtins, "exec", None)
    graph = Graph.load(path)
    graph.save(path)
    assert list(graph.nodes) == ["n0", "n1", "n2", "n3"]
    assert not mark.exists() and "hostile" not in sys.modules
    assert not {name for name in set(sys.modules) - before if not name.startswith(("encodings", "json"))}


@pytest.mark.parametrize(
    "data",
    [
        b"[" * MAX_BYTES,
        b'"' + b'\\"' * (MAX_BYTES // 2 - 1),  # it took time that grew with the square of the length
        b'{"tidewire": 1, "x": "' + b"a" * (MAX_BYTES - 30) + b'"}',
        b'{"tidewire": ' + b"1" * (MAX_BYTES - 30) + b"}",
        b"[" * 50 + b'"' + b"a\\u0020" * (MAX_BYTES // 8),
        b" " * MAX_BYTES,
        b'{"tidewire": 1, "x": [' + b"[]," * (MAX_BYTES // 3 - 20) + b"0]}",
        b'{"tidewire": 1, "x": [' + b'"",' * (MAX_BYTES // 3 - 20) + b"0]}",
        b'{"tidewire": 1, "x": [' + b"1," * (MAX_BYTES // 2 - 20) + b"0]}",
        b'{"tidewire": 1, "x": [' + b'{"a":{}},' * (MAX_BYTES // 9 - 20) + b"0]}",
        b"[" * 60 + b'"' * (MAX_BYTES - 60),
        b"[{" * 30 + b"]}" * (MAX_BYTES // 2 - 30),
        b'{"tidewire": 1, "x": {' + b",".join(b'"%d":1e5' % i for i in range(MAX_VALUES - 9)) + b"}}",
    ],
    ids=[
        "brackets", "quotes", "one text", "one number", "escapes", "nothing",
        "lists", "texts", "numbers", "objects", "nothing but quotes", "closed too often", "keys",
    ],
)  # fmt: skip
def test_a_file_as_large_as_allowed_takes_seconds_at_most(data: bytes) -> None:
    assert len(data) <= MAX_BYTES
    began = time.process_time()
    try:
        read(data)
    except FileFormatError as error:
        assert len(str(error)) < 1000
    assert time.process_time() - began < 4


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.tide"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    monkeypatch.setattr(file_module, "parse_graph", None)
    began = time.process_time()
    with pytest.raises(FileFormatError, match=r"large\.tide is larger than 32 MiB"):
        Graph.load(path)
    assert time.process_time() - began < 0.2


def test_too_many_values_are_refused_when_reading_and_when_writing_and_text_does_not_count() -> None:
    many = MAX_VALUES - 10
    graph = read(f'{{"tidewire": 1, "x": [{"0," * many}0], "y": "{"[,{:" * 400_000}"}}')
    assert read(format_graph(graph)).extra == graph.extra
    assert "1000000 values" in refusal(f'{{"tidewire": 1, "x": [{"0," * (many + 20)}0]}}')
    graph.extra["x"] = [0] * (many + 20)
    with pytest.raises(FileFormatError, match="1000000 values"):
        format_graph(graph)


def test_too_many_nodes_are_refused_when_reading_and_when_writing() -> None:
    count = file_module.MAX_NODES + 1
    nodes = ",".join(f'{{"id":"n{number}","type":"m:T"}}' for number in range(count))
    assert "20000 nodes" in refusal(f'{{"tidewire": 1, "nodes": [{nodes}]}}')
    graph = Graph()
    spec = graph.add("m:T", id="a")
    graph.nodes.update({f"n{number}": spec for number in range(count)})
    with pytest.raises(FileFormatError, match="20000 nodes"):
        format_graph(graph)


@pytest.mark.parametrize("missing", ["nothing.tide", "folder"])
def test_a_file_that_cannot_be_read_is_an_os_error(tmp_path: Path, missing: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=missing):
        Graph.load(tmp_path / missing)


def test_a_name_with_control_characters_is_escaped_in_messages(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\nb.tide"
    path.write_text("rubbish")
    with pytest.raises(FileFormatError) as caught:
        Graph.load(path)
    assert str(caught.value).isprintable() and r"a\x1b[31m\nb.tide" in str(caught.value)


def test_a_file_format_error_is_a_value_error_of_tidewire() -> None:
    assert issubclass(FileFormatError, ValueError) and issubclass(FileFormatError, TidewireError)


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


# -- writing


def test_the_old_file_stays_whole_when_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "g.tide"
    path.write_text("old")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    for name in ("fsync", "replace", "chmod"):
        with monkeypatch.context() as patch:
            patch.setattr(file_module.os, name, full)
            with pytest.raises(OSError, match="No space"):
                example_graph().save(path)
        assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["g.tide"]
    example_graph().save(path)
    assert path.read_bytes() == format_graph(example_graph()).encode()


def test_a_really_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys, pathlib\n"
        "from engine.graph.file import write_atomically\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_atomically(pathlib.Path(sys.argv[1]), b'x' * 100_000)\n"
        "except OSError as error: print(error.errno)\n"
    )
    path = tmp_path / "g.tide"
    path.write_text("old")
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=30)
    assert done.stdout.strip() == "27", done.stderr
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["g.tide"]


def test_an_interrupt_while_saving_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "g.tide"
    path.write_text("old")

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(file_module.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        example_graph().save(path)
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_the_permissions_of_a_file_are_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "g.tide"
    path.write_text("old")
    path.chmod(mode)
    Graph().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_gets_the_permissions_that_the_user_gives_new_files(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        Graph().save(tmp_path / "g.tide")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "g.tide").stat().st_mode) == 0o640


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "g.tide"
    path.write_text("old")
    path.chmod(0o444)
    monkeypatch.setattr(file_module.os, "access", lambda file, mode: False)  # root may write anything
    with pytest.raises(PermissionError, match=r"g\.tide"):
        Graph().save(path)
    assert path.read_text() == "old"


def test_a_symbolic_link_stays_one_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "g.tide", tmp_path / "link.tide"
    target.write_text("old")
    link.symlink_to(target)
    graph = Graph()
    graph.save(link)
    assert link.is_symlink() and target.read_text() == format_graph(Graph())
    assert graph.path == target.resolve()
    assert len(list(tmp_path.iterdir())) == 2 and len(list((tmp_path / "real").iterdir())) == 1
    dangling = tmp_path / "dangling.tide"
    dangling.symlink_to(tmp_path / "real" / "new.tide")
    Graph().save(dangling)
    assert dangling.is_symlink() and (tmp_path / "real" / "new.tide").read_text() == format_graph(Graph())


def test_a_folder_that_is_not_there_and_a_folder_in_the_way_are_os_errors(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        Graph().save(tmp_path / "missing" / "g.tide")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        Graph().save(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_long_name_can_be_saved(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250 + ".tide")
    Graph().save(path)
    assert Graph.load(path).nodes == {}


@given(st.binary(max_size=200))
def test_any_bytes_are_written_as_they_are(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes"
    write_atomically(path, data)
    assert path.read_bytes() == data
