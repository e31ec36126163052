"""Which node types convert what an output gives into what an input takes."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any, Union, get_args, get_origin

from engine import Node
from engine.node.port import fits


def converters(known: Iterable[type[Node]], output: Any, input: Any) -> list[type[Node]]:
    """The node types with which a wire from an output to an input that refuses it can be.

    Such a type needs one input, which takes what is given, and has an output of which every value is taken. What passes
    anything on as it came converts nothing.

    Args:
        known: those that may be added, the most liked first: among equals their order is kept.
        output: the port that gives.
        input: the port that takes.
    """
    found: list[tuple[int, type[Node]]] = []
    for node_type in known:
        taker = _only_input(node_type)
        if taker is None or taker.refusal(output) is not None:
            continue
        if any(_always_fits(giver.type, input.type) for giver in node_type.node_outputs.values()):
            found.append((0 if taker.type_name == output.type_name else 1, node_type))
    return [node_type for _, node_type in sorted(found, key=lambda pair: pair[0])]


def _only_input(node_type: Any) -> Any:
    """The input that has to be wired; of several optional ones the first. None for a source and a node of many."""
    inputs = list(node_type.node_inputs.values())
    required = [port for port in inputs if not port.optional]
    if len(required) > 1 or not inputs:
        return None
    return (required or inputs)[0]


def _always_fits(given: Any, taken: Any) -> bool:
    """Is every value of one type taken by the other? Of `any`, and of a type that fits in part, some may be refused."""
    if given is Any or given is object:
        return False
    parts = get_args(given) if get_origin(given) in (Union, types.UnionType) else (given,)
    return all(fits(part, taken) for part in parts)
