"""A graph as a Python script that builds and runs the same graph. Pure; runs no code of the graph."""

from __future__ import annotations

import keyword
import unicodedata
from pathlib import Path
from typing import Any

from engine.graph.graph import Graph
from engine.graph.location import MAIN
from engine.graph.spec import NodeSpec
from engine.graph.wire import NO_VALUE, Wire
from engine.overflow import Overflow

_WIDTH = 116
_WORDS_OF_ADD = {"self", "node_type", "id", "location"}  # what a parameter of these names would be taken for
_PLAIN = Wire.between("a.a", "b.b")

_HEAD = '''\
"""Builds and runs the graph {title}. Made by Tidewire; what only the canvas shows is not in it."""

from __future__ import annotations

{imports}from engine import Graph


def build() -> Graph:
    """The graph, ready to be started."""
    graph = Graph()
'''

_TAIL = '''\
    return graph


def main() -> None:
    """Run it until it ends; Ctrl+C stops the sources and finishes what is in flight."""
    with build().start() as run:
        try:
            run.wait()
        except KeyboardInterrupt:
            run.stop(timeout=5.0)
    for failure in run.failures:
        print(failure)


if __name__ == "__main__":
    main()
'''


def python_of(graph: Graph) -> str:
    """A script whose `build()` makes a graph with the same nodes, wires and settings of processes.

    Positions, plots and notes of the editor are left out. What the graph refuses when it is built, such as a wire to a
    port that is gone, raises when the script runs, and says why.
    """
    has_own = graph.path is not None and any(spec.type.startswith("nodes.") for spec in graph.nodes.values())
    title = " ".join((graph.path.stem if graph.path is not None else "of an unsaved file").split())
    title = title.replace("\\", "/").replace('"', "'")
    lines = [_HEAD.format(title=title, imports="from pathlib import Path\n\n" if has_own else "")]
    if has_own:
        place = _literal(str(Path(str(graph.path)).absolute()))
        lines.append(f"    graph.path = Path({place})  # its node types are in nodes/ beside it\n")
    for spec in graph.nodes.values():
        lines += _node(spec)
    for wire in graph.wires.values():
        lines.append(_wire(wire))
    for computer in graph.computers.values():
        if computer.on_death:
            place = _literal(str(computer.location))
            lines.append(_call("graph.set_computer", [place, f"on_death={_literal(computer.on_death)}"]))
    return "".join([*lines, _TAIL])


def _node(spec: NodeSpec) -> list[str]:
    words = [_literal(spec.type), f"id={_literal(spec.id)}"]
    if spec.location != MAIN:
        words.append(f"location={_literal(str(spec.location))}")
    direct = {name: value for name, value in spec.parameters.items() if _is_word(name)}
    words += [f"{name}={_literal(value)}" for name, value in direct.items()]
    lines = [_call("graph.add", words)]
    id = _literal(spec.id)
    for name, value in spec.parameters.items():
        if name not in direct:
            lines.append(_call("graph.set_parameter", [id, _literal(name), _literal(value)]))
    if spec.name:
        lines.append(_call("graph.rename", [id, _literal(spec.name)]))
    if spec.on_error:
        lines.append(_call("graph.set_error_policy", [id, _literal(spec.on_error)]))
    return lines


def _is_word(name: str) -> bool:
    """Whether Python takes a name as an argument's and leaves it as it is: it brings names to their NFKC form."""
    is_plain = name.isidentifier() and unicodedata.is_normalized("NFKC", name)
    return is_plain and not keyword.iskeyword(name) and name not in _WORDS_OF_ADD


def _wire(wire: Wire) -> str:
    words = [_literal(wire.output), _literal(wire.input)]
    if wire.capacity != _PLAIN.capacity:
        words.append(f"capacity={wire.capacity}")
    if wire.overflow is not Overflow.BLOCK:
        words.append(f"overflow={_literal(str(wire.overflow))}")
    if wire.feedback:
        words.append("feedback=True")
    if wire.initial is not NO_VALUE:
        words.append(f"initial={_literal(wire.initial)}")
    return _call("graph.connect", words)


def _call(name: str, words: list[str]) -> str:
    """A call on one line, or where that is too long with a word a line."""
    line = f"    {name}({', '.join(words)})\n"
    if len(line) <= _WIDTH:
        return line
    return f"    {name}(\n" + "".join(f"        {word},\n" for word in words) + "    )\n"


def _literal(value: Any) -> str:
    """JSON data as Python writes it, with the quotes that formatters prefer."""
    if isinstance(value, str):
        text = repr(value)
        return f'"{text[1:-1]}"' if text[0] == "'" and '"' not in value else text
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_literal(name)}: {_literal(part)}' for name, part in value.items())}}}"
    return repr(value)
