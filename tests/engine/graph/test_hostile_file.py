"""Graph files that are broken or hostile: refused by name and place, and nothing of them runs."""

from __future__ import annotations

import builtins
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import FileFormatError, Graph, GraphError, TidewireError
from engine.graph import file as file_module
from engine.graph.file import format_graph
from engine.graph.json_text import MAX_BYTES, MAX_DEPTH, MAX_VALUES
from tests.engine.graph.example import ODD, example_graph, read, refusal

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
        (
            f'{{{WITH_NODE}, "plots": [{{"id": "p", "port": "a.x", "kind": "k", "also": ["a.y", "b.x"]}}]}}',
            ["$.plots[0].also[1]", "'b'"],
        ),
        (
            f'{{{WITH_NODE}, "plots": [{{"id": "p", "port": "a.x", "kind": "k", "also": ["a"]}}]}}',
            ["$.plots[0].also[0]"],
        ),
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
HERE = "<long>"  # where it goes, made only when the test runs


@pytest.mark.parametrize(
    "text",
    [
        f'{{"tidewire": 1, "nodes": [{{"id": "{HERE}", "type": "m:T"}}]}}',
        f'{{"tidewire": 1, "nodes": [{{"id": "a", "type": "{HERE}"}}]}}',
        f'{{"tidewire": 1, "nodes": [{{"id": "a", "type": "m:T", "name": "{HERE}"}}]}}',
        f'{{"tidewire": 1, "nodes": [{{"id": "a", "type": "m:T", "location": "{HERE}"}}]}}',
        f'{{{WITH_NODE}, "wires": [{{"from": "a.{HERE}", "to": "a.y"}}]}}',
        f'{{{WITH_NODE}, "wires": [{{"from": "a.x", "to": "a.y", "overflow": "{HERE}"}}]}}',
        f'{{{WITH_NODE}, "plots": [{{"id": "p", "port": "a.x", "kind": "{HERE}"}}]}}',
        f'{{{WITH_NODE}, "plots": [{{"id": "{HERE}", "port": "a.x", "kind": "k"}}]}}',
        f'{{"tidewire": 1, "computers": [{{"location": "{HERE}"}}]}}',
        f'{{"tidewire": 1, "{HERE}": [1e999]}}',
        f'{{"tidewire": 1, "{HERE}": 1, "{HERE}": 2}}',
    ],
    ids=["id", "type", "name", "location", "port", "overflow", "kind", "plot", "computer", "key", "key twice"],
)
def test_names_that_nobody_can_read_are_refused_in_few_words(text: str) -> None:
    assert len(refusal(text.replace(HERE, LONG))) < 1000


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
    "make",
    [
        lambda: b"[" * MAX_BYTES,
        lambda: b'"' + b'\\"' * (MAX_BYTES // 2 - 1),  # it took time that grew with the square of the length
        lambda: b'{"tidewire": 1, "x": "' + b"a" * (MAX_BYTES - 30) + b'"}',
        lambda: b'{"tidewire": ' + b"1" * (MAX_BYTES - 30) + b"}",
        lambda: b"[" * 50 + b'"' + b"a\\u0020" * (MAX_BYTES // 8),
        lambda: b" " * MAX_BYTES,
        lambda: b'{"tidewire": 1, "x": [' + b"[]," * (MAX_BYTES // 3 - 20) + b"0]}",
        lambda: b'{"tidewire": 1, "x": [' + b'"",' * (MAX_BYTES // 3 - 20) + b"0]}",
        lambda: b'{"tidewire": 1, "x": [' + b"1," * (MAX_BYTES // 2 - 20) + b"0]}",
        lambda: b'{"tidewire": 1, "x": [' + b'{"a":{}},' * (MAX_BYTES // 9 - 20) + b"0]}",
        lambda: b"[" * 60 + b'"' * (MAX_BYTES - 60),
        lambda: b"[{" * 30 + b"]}" * (MAX_BYTES // 2 - 30),
        lambda: b'{"tidewire": 1, "x": {' + b",".join(b'"%d":1e5' % i for i in range(MAX_VALUES - 9)) + b"}}",
    ],
    ids=[
        "brackets", "quotes", "one text", "one number", "escapes", "nothing",
        "lists", "texts", "numbers", "objects", "nothing but quotes", "closed too often", "keys",
    ],
)  # fmt: skip
def test_a_file_as_large_as_allowed_takes_seconds_at_most(make: Callable[[], bytes]) -> None:
    data = make()
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


def test_a_file_format_error_is_a_value_error_of_tidewire() -> None:
    assert issubclass(FileFormatError, ValueError) and issubclass(FileFormatError, TidewireError)
