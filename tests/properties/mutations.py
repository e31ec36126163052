"""Files as they come out of a bad disk, a bad merge or a bad person: mutations of files that were good."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

GRAPHS = Path(__file__).parents[2] / "resources" / "graphs"
JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**30, 1e308, -0.0, "", "a.b", "\x1b[2J", "\u202egnp.exe", "\ud7ff", "\0",
    "../../etc/passwd", "antigravity:x", "os:system", "nodes.hostile:T", [], {}, [[]], {"": {}}, [None] * 5,
    {"id": "a"}, "x" * 5000,
)  # fmt: skip
INSERTED = (
    b"[", b"]", b"{", b"}", b'"', b",", b":", b"1e999", b"NaN", b"-Infinity", b"null", b"\\ud800", b"\\", b"-", b"\x1b",
    b"\0", b"\xef\xbb\xbf", b"\xff", b"9" * 5000, b"[" * 70, b"\xe2\x80\xae",
)  # fmt: skip


def good_files() -> list[bytes]:
    """The examples that come with the editor, and one that has everything a file can have."""
    everything = {
        "tidewire": 3,
        "nodes": [
            {"id": "a", "type": "m:T", "name": "Ä \u2028", "location": "p:t", "parameters": {"x": 0.1}},
            {"id": "b", "type": "nodes.hostile:T", "on_error": "skip", "future": {"deep": [1, [2]]}},
        ],
        "wires": [
            {"from": "a.x", "to": "b.y", "capacity": 3, "overflow": "latest"},
            {"from": "b.x", "to": "a.y", "feedback": True, "initial": {"v": [None, 0.1]}, "future": 1},
        ],
        "layout": {"a": [1.25, -7], "b": [0, 1e9]},
        "computers": [{"location": "p:", "on_death": "restart"}],
        "plots": [{"id": "p1", "port": "a.x", "kind": "scope", "options": {"span_s": 2.5}}],
        "future": {"list": [1, 2, 3], "text": "\U0001f30a"},
    }  # fmt: skip
    written = json.dumps(everything, indent=0).encode()
    return [*(path.read_bytes() for path in sorted(GRAPHS.glob("*.tide"))), written]


def mutated(sources: Sequence[bytes], chance: random.Random) -> bytes:
    """One of the sources after one to three mutations."""
    data = chance.choice(sources)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        data = chance.choice(_MUTATIONS)(data or b"{", sources, chance)
    return data


def _flip(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _n in range(chance.choice((1, 1, 2, 8))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))] if chance.random() < 0.5 else data[chance.randrange(len(data)) :]


def _splice(data: bytes, sources: Sequence[bytes], chance: random.Random) -> bytes:
    other = chance.choice(sources)
    return data[: chance.randrange(len(data))] + other[chance.randrange(len(other)) :]


def _insert(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + chance.choice(INSERTED) + data[at:]


def _lines(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    kind = chance.randrange(3)
    if kind == 0:
        lines.insert(other, lines[at])
    elif kind == 1:
        del lines[at]
    else:
        lines[at], lines[other] = lines[other], lines[at]
    return b"\n".join(lines)


def _swap_value(data: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    """Another value, of another type, in the place of one."""
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        return data
    places: list[tuple[Any, Any]] = []
    todo = [raw]
    for value in todo:
        keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        for key in keys:
            places.append((value, key))
            todo.append(value[key])
    if not places:
        return json.dumps(chance.choice(JUNK)).encode()
    for holder, key in chance.choices(places, k=chance.choice((1, 1, 2, 5))):
        holder[key] = chance.choice(JUNK)
    return json.dumps(raw, indent=0).encode()


_MUTATIONS: tuple[Callable[[bytes, Sequence[bytes], random.Random], bytes], ...] = (
    _flip, _cut, _splice, _insert, _insert, _lines, _lines, _swap_value, _swap_value, _swap_value,
)  # fmt: skip
