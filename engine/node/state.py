"""Does an instance of a node type hold what another in its place would lack? And handing that over.

A node type whose code is loaded anew while it runs can take the place of the old one where nothing is lost by it:

- it keeps nothing from one call to the next, or
- it says how to hand over: `get_state(self)` gives what is to be kept, and `set_state(self, state)` of the new
  instance takes it, after its `on_start`.

What a node type keeps is read from its code: a method that sets an attribute keeps something, and so does a source,
whose `produce` would begin anew.
"""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator
from typing import Any

from engine.node.node import Node, Source

_KEEPING = {"STORE_ATTR", "DELETE_ATTR", "STORE_GLOBAL", "DELETE_GLOBAL"}
_BY_NAME = {"setattr", "__setattr__", "__dict__", "vars"}


def hands_over(node_type: type[Node]) -> bool:
    """Does a node type say how its state is handed over?"""
    return all(callable(getattr(node_type, hook, None)) for hook in ("get_state", "set_state"))


def keeps_state(node_type: type[Node]) -> bool:
    """Would something be lost if another instance took the place of one of this type? Rather yes than no."""
    if hands_over(node_type):
        return False
    if issubclass(node_type, Source):
        return True
    own = [base for base in node_type.__mro__ if issubclass(base, Node) and base is not Node]
    return any(_is_kept(value) for base in own for name, value in vars(base).items() if not _is_declared(name))


def hand_over(old: Node, new: Node) -> None:
    """Give a new instance what the old one keeps, where both say how. Raises what their hooks raise."""
    if hands_over(type(old)) and hands_over(type(new)):
        giving: Any = old
        taking: Any = new
        taking.set_state(giving.get_state())


def _is_declared(name: str) -> bool:
    """What `Node` itself puts into the class of a node type, or Python does."""
    return name.startswith("node_") or name in ("__annotations__", "__module__", "__doc__", "__static_attributes__")


def _is_kept(value: Any) -> bool:
    """Is this attribute of a class a method that keeps something, or a thing that is changed in place?"""
    if isinstance(value, (list, dict, set, bytearray)) or type(value).__name__ == "ndarray":
        return True
    return any(_keeps(code) for code in _codes(value))


def _codes(value: Any) -> Iterator[types.CodeType]:
    """The code of a method or property, of what decorators have put around it, and of the functions within it."""
    seen: set[int] = set()
    todo = [value]
    while todo:
        found = todo.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, types.CodeType):
            yield found
            todo += [constant for constant in found.co_consts if isinstance(constant, types.CodeType)]
        elif isinstance(found, types.FunctionType):
            todo += [found.__code__, getattr(found, "__wrapped__", None)]
        elif isinstance(found, (staticmethod, classmethod)):
            todo.append(found.__func__)
        elif isinstance(found, property):
            todo += [found.fget, found.fset, found.fdel]


def _keeps(code: types.CodeType) -> bool:
    if _BY_NAME.intersection(code.co_names):
        return True
    return any(instruction.opname in _KEEPING for instruction in dis.get_instructions(code))
