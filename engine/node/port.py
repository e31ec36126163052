"""Typed ports: `In`, `Out`, the array type `Array`, and the one rule of what fits where."""

from __future__ import annotations

import numbers
import types
from typing import Any, Union, get_args, get_origin

import numpy as np


class Array:
    """The port type of NumPy arrays with, optionally, a fixed dtype and number of dimensions.

    Args:
        dtype: anything `numpy.dtype` takes, or an abstract kind such as `numpy.floating`; None is any.
        ndim: number of dimensions; None is any.
    """

    def __init__(self, dtype: Any = None, ndim: int | None = None) -> None:
        self.dtype = dtype if dtype is None or _is_abstract(dtype) else np.dtype(dtype)
        self.ndim = ndim

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Array) and self.ndim == other.ndim and _is_same(self.dtype, other.dtype)

    def __hash__(self) -> int:
        return hash((Array, self.dtype, self.ndim))

    def __repr__(self) -> str:
        parts = []
        if self.dtype is not None:
            parts.append(self.dtype.__name__ if _is_abstract(self.dtype) else str(self.dtype))
        if self.ndim is not None:
            parts.append(f"{self.ndim}-D")
        return f"Array({', '.join(parts)})" if parts else "Array"

    def admits(self, value: Any) -> bool:
        """Is the value an array of this dtype and number of dimensions?"""
        if not isinstance(value, np.ndarray):
            return False
        if self.ndim is not None and value.ndim != self.ndim:
            return False
        if self.dtype is None:
            return True
        if _is_abstract(self.dtype):
            return issubclass(value.dtype.type, self.dtype)
        return bool(value.dtype == self.dtype)

    def fits(self, other: Array) -> bool:
        """May an output of type `other` be wired to an input of this type? Unknown parts are checked as data come."""
        if self.ndim is not None and other.ndim is not None and self.ndim != other.ndim:
            return False
        if self.dtype is None or other.dtype is None:
            return True
        if _is_abstract(self.dtype) or _is_abstract(other.dtype):
            mine, theirs = _scalar_type(self.dtype), _scalar_type(other.dtype)
            return issubclass(theirs, mine) or (_is_abstract(other.dtype) and issubclass(mine, theirs))
        return bool(self.dtype == other.dtype)


def _is_same(one: Any, other: Any) -> bool:
    """Are these the same dtype, or the same abstract kind? NumPy is not asked to compare one with the other."""
    return _is_abstract(one) == _is_abstract(other) and (one is None) == (other is None) and bool(one == other)


def _scalar_type(dtype: Any) -> type:
    kind: type = dtype if _is_abstract(dtype) else dtype.type
    return kind


def _is_abstract(dtype: Any) -> bool:
    return (
        isinstance(dtype, type)
        and issubclass(dtype, np.generic)
        and dtype.__module__ == "numpy"
        and (
            dtype in (np.generic, np.number, np.integer, np.signedinteger, np.unsignedinteger)
            or dtype in (np.inexact, np.floating, np.complexfloating, np.flexible, np.character)
        )
    )


def type_name(port_type: Any) -> str:
    """A port type as people read it: `int`, `Signal`, `Array(float32, 2-D)`, `any`."""
    if port_type is Any or port_type is object:
        return "any"
    if isinstance(port_type, Array):
        return repr(port_type)
    if _is_union(port_type):
        return " or ".join(type_name(part) for part in get_args(port_type))
    return getattr(port_type, "__name__", None) or repr(port_type)


def _is_union(port_type: Any) -> bool:
    return get_origin(port_type) in (Union, types.UnionType)


def fits(output_type: Any, input_type: Any) -> bool:
    """May an output of one type be wired to an input of the other? The same type or a subclass may; `Any` always."""
    if any(kind is Any or kind is object for kind in (output_type, input_type)):
        return True
    if _is_union(output_type):
        return any(fits(part, input_type) for part in get_args(output_type))
    if _is_union(input_type):
        return any(fits(output_type, part) for part in get_args(input_type))
    if input_type is np.ndarray or input_type is Array:
        input_type = Array()
    if output_type is Array or (_is_array_class(output_type) and isinstance(input_type, Array)):
        output_type = Array()
    if isinstance(input_type, Array) or isinstance(output_type, Array):
        return isinstance(input_type, Array) and isinstance(output_type, Array) and input_type.fits(output_type)
    output_class = get_origin(output_type) or output_type
    input_class = get_origin(input_type) or input_type
    return isinstance(output_class, type) and isinstance(input_class, type) and issubclass(output_class, input_class)


def _is_array_class(port_type: Any) -> bool:
    return isinstance(port_type, type) and issubclass(port_type, np.ndarray)


def admits(port_type: Any, value: Any) -> bool:
    """Is the value one that a port of this type may carry? NumPy's numbers count as Python's."""
    if port_type is Any or type(value) is port_type:
        return True
    if isinstance(port_type, Array):
        return port_type.admits(value)
    if _is_union(port_type):
        return any(admits(part, value) for part in get_args(port_type))
    origin = get_origin(port_type) or port_type
    if not isinstance(origin, type):
        return True
    if origin is Array:
        return isinstance(value, np.ndarray)
    if origin is int:
        return isinstance(value, numbers.Integral)
    if origin is float:
        return isinstance(value, numbers.Real)
    if origin is bool:
        return isinstance(value, (bool, np.bool_))
    return isinstance(value, origin)


class Port:
    """What inputs and outputs share: a payload type and a name given by the class body."""

    def __init__(self, payload_type: Any = Any, *, doc: str = "") -> None:
        self.type = Any if payload_type is None else Array() if payload_type is Array else payload_type
        self.doc = doc
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @property
    def type_name(self) -> str:
        """The payload type as people read it."""
        return type_name(self.type)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name}: {self.type_name})"


class Out(Port):
    """An output port. Args: the payload type (any class, `Any`, `Array(…)`, `Signal`) and a one-line `doc`."""


class In(Port):
    """An input port.

    Args:
        payload_type: any class, `Any`, `Array(dtype=, ndim=)` or `Signal`.
        optional: need not be wired; `process` gets None while nothing is there.
        many: accepts any number of wires; `process` gets a list with one value a wire, in the order of the wires.
        driving: with `Join.LATEST` and `Join.TIME`, a message here calls `process`.
        doc: one line of help.
    """

    def __init__(
        self,
        payload_type: Any = Any,
        *,
        optional: bool = False,
        many: bool = False,
        driving: bool = False,
        doc: str = "",
    ) -> None:
        super().__init__(payload_type, doc=doc)
        self.optional = optional
        self.many = many
        self.driving = driving

    def refusal(self, output: Out) -> str | None:
        """Why a wire from this output cannot be, naming both types, or None when it can."""
        if fits(output.type, self.type):
            return None
        return f"{output.name} gives {output.type_name}, {self.name} takes {self.type_name}"
