"""Arithmetic on signals, arrays and numbers: gain, offset, sum, difference, product."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.node.node import Node
from engine.node.parameter import param
from engine.node.port import In, Out
from engine.node.signal import Signal

Operand = Signal | np.ndarray | float | int
"""What these nodes take and give."""


class Gain(Node):
    """Multiply a signal, array or number by a constant."""

    category = "Arithmetic"
    icon = "gain"

    signal = In(Operand)
    scaled = Out(Operand)
    factor = param(1.0, minimum=-1e6, maximum=1e6, doc="What every value is multiplied by.")

    def process(self, signal: Any) -> Any:
        """Give `signal * factor`."""
        return combine(operator.mul, signal, self.factor)


class Offset(Node):
    """Add a constant to a signal, array or number."""

    category = "Arithmetic"
    icon = "offset"

    signal = In(Operand)
    shifted = Out(Operand)
    offset = param(0.0, minimum=-1e9, maximum=1e9, doc="What is added to every value, in the unit of the signal.")

    def process(self, signal: Any) -> Any:
        """Give `signal + offset`."""
        return combine(operator.add, signal, self.offset)


class Add(Node):
    """Add two signals, arrays or numbers, tick by tick."""

    category = "Arithmetic"
    icon = "plus"

    a = In(Operand)
    b = In(Operand)
    total = Out(Operand)

    def process(self, a: Any, b: Any) -> Any:
        """Give `a + b`."""
        return combine(operator.add, a, b)


class Subtract(Node):
    """Subtract b from a, tick by tick."""

    category = "Arithmetic"
    icon = "minus"

    a = In(Operand)
    b = In(Operand)
    difference = Out(Operand)

    def process(self, a: Any, b: Any) -> Any:
        """Give `a - b`."""
        return combine(operator.sub, a, b)


class Multiply(Node):
    """Multiply two signals, arrays or numbers, tick by tick."""

    category = "Arithmetic"
    icon = "times"

    a = In(Operand)
    b = In(Operand)
    product = Out(Operand)

    def process(self, a: Any, b: Any) -> Any:
        """Give `a * b`."""
        return combine(operator.mul, a, b)


def combine(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """Apply an operation to two operands, value by value; a signal makes the result a signal with its clock.

    Raises:
        ValueError: two signals differ in rate, or two shapes do not fit each other.
    """
    left, right = _values(a), _values(b)
    first = a if isinstance(a, Signal) else b if isinstance(b, Signal) else None
    if isinstance(a, Signal) and isinstance(b, Signal):
        if a.rate_hz != b.rate_hz:
            raise ValueError(f"a has {a.rate_hz:g} Hz and b has {b.rate_hz:g} Hz: resample one of them")
        if a.n_samples != b.n_samples:
            raise ValueError(f"a has {a.n_samples} samples a chunk and b has {b.n_samples}")
        if b.n_channels > a.n_channels:
            first = b
    try:
        result = operation(left, right)
    except ValueError:
        raise ValueError(f"the shapes of a {np.shape(left)} and b {np.shape(right)} do not fit each other") from None
    if first is None:
        return result
    if result.shape != first.samples.shape:
        raise ValueError(
            f"a signal of {first.samples.shape} combined with {np.shape(right)} would become {result.shape}"
        )
    return first.replace(samples=result)


def _values(operand: Any) -> Any:
    return operand.samples if isinstance(operand, Signal) else operand
