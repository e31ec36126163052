"""Parameters of node types: typed values with limits, the same checks wherever a value comes from."""

from __future__ import annotations

import builtins
import copy
import json
import math
from collections.abc import Sequence
from typing import Any

from engine.errors import ParameterError
from engine.graph.json_text import is_unicode

_TYPES: tuple[type, ...] = (bool, int, float, str, list, dict)
_MAX_DEPTH = 50  # a graph file may nest a little deeper
_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}


class Parameter:
    """One parameter of a node type; made by `param`. On an instance it is a plain attribute."""

    def __init__(
        self,
        default: Any,
        *,
        minimum: float | None = None,
        maximum: float | None = None,
        choices: Sequence[Any] | None = None,
        unit: str = "",
        doc: str = "",
        live: bool = True,
        type: builtins.type | None = None,
    ) -> None:
        self.type: builtins.type = _parameter_type(default, type)
        self.minimum = minimum
        self.maximum = maximum
        self.choices = tuple(choices) if choices is not None else None
        self.unit = unit
        self.doc = doc
        self.live = live
        self.name = ""
        self.default = None if default is None else self.validate(default)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def fresh_default(self) -> Any:
        """The default as a value of its own (lists and dicts are copied)."""
        return copy.deepcopy(self.default)

    def validate(self, value: Any) -> Any:
        """The value as the node gets it: an int for a float parameter becomes a float, NumPy's numbers Python's.

        Lists and dicts are copied, so that the value is nobody else's.

        Raises:
            ParameterError: wrong type, outside the limits, not one of the choices, or no plain data.
        """
        if value is None and self.name and self.default is None:
            return None
        value = _plain(value)
        if self.type is float and isinstance(value, int) and not isinstance(value, bool):
            try:
                value = float(value)
            except OverflowError:
                raise ParameterError(f"{self._label} is too large for a number") from None
        if self.type is int and isinstance(value, float) and value.is_integer():
            value = int(value)
        is_wrong = not isinstance(value, self.type) or (isinstance(value, bool) and self.type is not bool)
        if is_wrong:
            raise ParameterError(f"{self._label} takes {self.type.__name__}, not {_shown(value)}")
        self._check_parts(value, 0)
        if self.choices is not None and value not in self.choices:
            known = ", ".join(_shown(choice) for choice in self.choices)
            raise ParameterError(f"{self._label} is one of {known}, not {_shown(value)}")
        if self.minimum is not None and value < self.minimum:
            raise ParameterError(f"{self._label} is at least {self.minimum}{self._suffix}, not {_shown(value)}")
        if self.maximum is not None and value > self.maximum:
            raise ParameterError(f"{self._label} is at most {self.maximum}{self._suffix}, not {_shown(value)}")
        return value

    def _check_parts(self, value: Any, depth: int) -> None:
        """Refuse what no file and no process border could carry."""
        if isinstance(value, (list, dict)):
            if depth >= _MAX_DEPTH:
                raise ParameterError(f"{self._label} is nested deeper than {_MAX_DEPTH} levels")
            for part in value.values() if isinstance(value, dict) else value:
                self._check_parts(part, depth + 1)
            if isinstance(value, dict) and not all(isinstance(key, str) for key in value):
                raise ParameterError(f"{self._label} takes dicts with text as keys, not {_shown(value)}")
        elif isinstance(value, float) and not math.isfinite(value):
            raise ParameterError(f"{self._label} takes finite numbers, not {value}")
        elif isinstance(value, int) and not -(2**63) <= value < 2**64:
            raise ParameterError(f"{self._label} takes whole numbers of 64 bits, not one of {value.bit_length()} bits")
        elif isinstance(value, str):
            if not is_unicode(value):
                raise ParameterError(f"{self._label} takes valid text, not {value!a}")
        elif value is not None and not isinstance(value, (bool, int, float)):
            raise ParameterError(f"{self._label} takes plain data, not {_shown(value)}")

    def parse(self, text: str) -> Any:
        """Read a value from a command line or an edit field, then validate it.

        Raises:
            ParameterError: the text is no such value.
        """
        if self.type is str:
            return self.validate(text)
        if self.type is bool:
            lowered = text.strip().lower()
            if lowered in _TRUE | _FALSE:
                return lowered in _TRUE
            raise ParameterError(f"{self._label} takes true or false, not {text!r}")
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            try:
                value = float(text)
            except ValueError:
                raise ParameterError(f"{self._label} takes {self.type.__name__}, not {text!r}") from None
        return self.validate(value)

    @property
    def _label(self) -> str:
        return f"parameter {self.name}" if self.name else "this parameter"

    @property
    def _suffix(self) -> str:
        return f" {self.unit}" if self.unit else ""

    def __repr__(self) -> str:
        return f"Parameter({self.name}: {self.type.__name__} = {self.default!r})"


def _plain(value: Any, depth: int = 0) -> Any:
    """The value as Python's plain data: NumPy's numbers as Python's, tuples as lists, lists and dicts copied."""
    if isinstance(value, (list, tuple)) and depth <= _MAX_DEPTH:
        return [_plain(part, depth + 1) for part in value]
    if isinstance(value, dict) and depth <= _MAX_DEPTH:
        return {key: _plain(part, depth + 1) for key, part in value.items()}
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        return value.item()
    return value


def _parameter_type(default: Any, declared: type | None) -> type:
    kind = declared if declared is not None else type(default)
    if kind is tuple:
        kind = list
    if kind not in _TYPES:
        names = ", ".join(t.__name__ for t in _TYPES)
        raise TypeError(f"a parameter is one of {names}, not {kind.__name__}: give type= or another default")
    return kind


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def param(
    default: Any,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Sequence[Any] | None = None,
    unit: str = "",
    doc: str = "",
    live: bool = True,
    type: builtins.type | None = None,
) -> Any:
    """Declare a parameter in the body of a node type.

    Args:
        default: its value when nobody sets one; its type is the parameter's type unless `type` is given.
        minimum: smallest value allowed.
        maximum: largest value allowed.
        choices: the only values allowed.
        unit: shown beside the value, for example "Hz".
        doc: one line of help.
        live: may it change while the graph runs?
        type: bool, int, float, str, list or dict, where the default does not say it.

    Returns:
        The declaration; on an instance of the node type the attribute is the plain value.
    """
    return Parameter(
        default, minimum=minimum, maximum=maximum, choices=choices, unit=unit, doc=doc, live=live, type=type
    )
