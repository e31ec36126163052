"""`Expression`: one line of NumPy arithmetic, checked against a short list of what it may use.

The text is parsed, never handed to `eval`: only numbers, the inputs, operators and listed functions get a meaning.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.errors import NodeError
from engine.library.formula import Formula
from engine.node.node import Node
from engine.node.parameter import param
from engine.node.port import In, Out
from engine.node.signal import Signal


class Expression(Node):
    """Compute a NumPy expression of a and b, for example `a * 2 + np.sqrt(abs(b))`.

    A signal stands for its samples, (n_samples, n_channels); a result of the same shape is a signal again, another is
    given as it is.
    """

    category = "Arithmetic"
    icon = "formula"

    a = In(doc="Signal, array or number.")
    b = In(optional=True, doc="Signal, array or number; joined with a by tick.")
    value = Out()
    expression = param(
        "a", doc="Numbers, a, b, + - * / // % **, comparisons, and functions such as np.sqrt, abs, where."
    )

    _formula: Formula | None = None

    def on_start(self) -> None:
        """Read the expression; raises `NodeError` with the place of what it may not hold."""
        self._formula = Formula(self.expression)

    def on_param(self, name: str, value: Any) -> None:
        """Read a changed expression; raises `NodeError` and goes on with the old one when it is wrong."""
        self._formula = Formula(self.expression)

    def process(self, a: Any, b: Any = None) -> Any:
        """Compute it for one tick.

        Raises:
            NodeError: it needs b and b has no value, or the operands do not fit.
        """
        if self._formula is None:
            self._formula = Formula(self.expression)
        if b is None and "b" in self._formula.names:
            raise NodeError("the expression uses b, and nothing is wired to b")
        result = self._formula(a=_plain(a), b=_plain(b))
        return _like(a, b, result)


def _plain(operand: Any) -> Any:
    if operand is None or isinstance(operand, (int, float)):
        return operand
    if isinstance(operand, Signal):
        return operand.samples
    if isinstance(operand, (np.ndarray, np.generic)) and operand.dtype.kind in "fiubc":
        return operand
    raise NodeError(f"an expression works on signals, arrays and numbers, not on {type(operand).__name__}")


def _like(a: Any, b: Any, result: Any) -> Any:
    """The result as a signal where it has the shape of one that came in."""
    if not isinstance(result, (np.ndarray, np.generic)):
        return result
    for operand in (a, b):
        if isinstance(operand, Signal) and result.shape == operand.samples.shape and result.dtype.kind in "fiub":
            return operand.replace(samples=result)
    return result.item() if result.ndim == 0 else result
