"""Node types of the tests of the document, and graphs of any kind made by hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from engine import Any as AnyType
from engine import Array, Graph, In, Location, Node, Out, Overflow, Signal, Source, param

HERE = __name__


class Text(Source):
    """Gives text."""

    text = Out(str)
    count = param(3, minimum=0, maximum=10)


class Numbers(Source):
    """Gives numbers of several kinds."""

    number = Out(int)
    flag = Out(bool)
    either = Out(int | str)
    whatever = Out(AnyType)


class Arrays(Source):
    """Gives arrays and signals."""

    array = Out(Array(np.float32, ndim=2))
    signal = Out(Signal)


class Work(Node):
    """Takes a number, gives a number."""

    number = In(int)
    result = Out(int)
    factor = param(1.0, minimum=-10.0, maximum=10.0)
    mode = param("fast", choices=("fast", "slow"))
    names = param([], type=list)

    def process(self, number: int) -> int:
        return number


class Merge(Node):
    """Takes any number of numbers, and optionally text."""

    numbers = In(int, many=True)
    text = In(str, optional=True)
    result = Out(int)


class Show(Node):
    """Takes anything."""

    value = In(AnyType)


ids = st.text("abcXYZ019_-", min_size=1, max_size=8)
names = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True).filter(lambda name: name != "main")
locations = st.one_of(
    st.builds(Location, thread=st.just("") | names),
    st.builds(Location, process=names, thread=st.just("") | names),
    st.builds(Location, host=names, process=st.just("") | names, thread=st.just("") | names),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
plain_data = st.recursive(
    numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)
PATHS = (f"{HERE}:Text", f"{HERE}:Work", f"{HERE}:Merge", f"{HERE}:Show", "no.such.package:Thing", "any text")
PORT_NAMES = ("number", "result", "text", "value", "weird_port")


def unknown_fields(known: set[str]) -> st.SearchStrategy[dict[str, Any]]:
    some = st.dictionaries(texts.filter(lambda key: key not in known), plain_data, min_size=1, max_size=2)
    return st.integers(0, 3).flatmap(lambda number: some if number == 0 else st.just({}))


@st.composite
def file_data(draw: Any) -> dict[str, Any]:
    """The data of a valid graph file, newer and unknown parts included."""
    used = draw(st.lists(ids, unique=True, max_size=3))
    nodes = []
    for id in used:
        node = {"id": id, "type": draw(st.sampled_from(PATHS))}
        node |= draw(st.fixed_dictionaries({}, optional={"name": texts, "location": locations.map(str)}))
        policies = st.sampled_from(["", "stop", "skip", "restart"])
        parameters = st.dictionaries(texts, plain_data, max_size=2)
        node |= draw(st.fixed_dictionaries({}, optional={"on_error": policies, "parameters": parameters}))
        nodes.append({**node, **draw(unknown_fields({"id", "type", "name", "location", "on_error", "parameters"}))})
    wires = []
    if used:
        ends = st.tuples(st.sampled_from(used), st.sampled_from(PORT_NAMES)).map(".".join)
        for output, input in draw(st.lists(st.tuples(ends, ends), unique=True, max_size=4)):
            wire = {"from": output, "to": input}
            wire |= draw(
                st.fixed_dictionaries(
                    {},
                    optional={"capacity": st.integers(1, 1000), "overflow": st.sampled_from(list(Overflow)).map(str)},
                )
            )
            if draw(st.booleans()):
                wire |= {"feedback": True}
                wire |= draw(st.fixed_dictionaries({}, optional={"initial": plain_data}))
            known = {"from", "to", "capacity", "overflow", "feedback", "initial"}
            wires.append({**wire, **draw(unknown_fields(known))})
    coordinates = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6)
    data: dict[str, Any] = {"tidewire": draw(st.integers(1, 9)), "nodes": nodes, "wires": wires}
    data["layout"] = {id: [draw(coordinates), draw(coordinates)] for id in used if draw(st.booleans())}
    data["plots"] = [
        {
            "id": f"plot{number}",
            "port": f"{id}.result",
            "kind": draw(texts),
            **draw(st.fixed_dictionaries({}, optional={"options": st.dictionaries(texts, plain_data, max_size=2)})),
            **draw(unknown_fields({"id", "port", "kind", "options"})),
        }
        for number, id in enumerate(used)
        if draw(st.booleans())
    ]
    processes = st.builds(Location, host=st.just("") | names, process=names).map(str)
    data["computers"] = [
        {
            "location": process,
            **draw(st.fixed_dictionaries({}, optional={"on_death": st.sampled_from(["leave", "restart", "stop"])})),
            **draw(unknown_fields({"location", "on_death"})),
        }
        for process in draw(st.lists(processes, max_size=2, unique=True))
    ]
    return {**data, **draw(unknown_fields({"tidewire", "nodes", "wires", "layout", "plots", "computers"}))}


def content(graph: Graph) -> Any:
    """All that a graph holds, in its order, to be compared."""
    snapshot = graph.snapshot()
    parts = (snapshot.nodes, snapshot.wires, snapshot.positions, snapshot.plots, snapshot.computers, snapshot.extra)
    return [list(part.items()) for part in parts], snapshot.version
