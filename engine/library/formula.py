"""`Formula`: arithmetic from untrusted text. What is not listed here has no meaning, so nothing else can be reached."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine.errors import NodeError

MAX_LENGTH = 1000
MAX_PARTS = 300
MAX_ELEMENTS = 2**26
MAX_INT_BITS = 63
NAMES = ("a", "b")
CONSTANTS = {"pi": np.pi, "e": np.e, "inf": np.inf, "nan": np.nan}
KEYWORDS = {"axis": int, "keepdims": bool}
REDUCTIONS = ("mean", "median", "std", "var", "sum", "prod", "min", "max", "ptp", "argmin", "argmax", "cumsum", "diff")

_ROOTS = ("abs", "sign", "sqrt", "cbrt", "square", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p")
_ANGLES = ("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh")
_OTHERS = ("deg2rad", "rad2deg", "floor", "ceil", "trunc", "rint", "isnan", "isfinite", "nan_to_num", "logical_not")
_PAIRS = ("arctan2", "hypot", "minimum", "maximum", "logical_and", "logical_or")

# How many arguments each function takes: one more would be NumPy's `out`, which writes into its argument.
ARGUMENTS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys((*_ROOTS, *_ANGLES, *_OTHERS, *REDUCTIONS), (1,)),
    **dict.fromkeys(_PAIRS, (2,)),
    "round": (1, 2),
    "clip": (3,),
    "where": (3,),
}

BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitAnd: np.logical_and,
    ast.BitOr: np.logical_or,
}
UNARY: dict[type, Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Invert: np.logical_not,
    ast.Not: np.logical_not,
}
COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
Values = Mapping[str, Any]
Part = Callable[[Values], Any]


class Formula:
    """An expression in `a` and `b`, ready to be computed.

    Attributes:
        names: which of `a` and `b` it uses.
    """

    def __init__(self, text: str) -> None:
        """Read the text; raises `NodeError` with the column of what it may not hold."""
        self.names: set[str] = set()
        if len(text) > MAX_LENGTH:
            raise NodeError(f"the expression is longer than {MAX_LENGTH} characters")
        self._indent = len(text) - len(text.lstrip())
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except SyntaxError as error:
            column = self._indent + (error.offset or 1)
            raise NodeError(f"the expression is wrong at column {column}: {error.msg}") from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise NodeError(f"the expression cannot be read: {str(error) or type(error).__name__}") from None
        if sum(1 for _ in ast.walk(tree)) > MAX_PARTS:
            raise NodeError(f"the expression has more than {MAX_PARTS} parts")
        self._compute = self._part(tree.body)

    def __call__(self, **values: Any) -> Any:
        """The value for these operands.

        Raises:
            NodeError: the operands do not fit each other, or the result would be too large.
        """
        try:
            with np.errstate(all="ignore"):
                return self._compute({name: _bounded(value) for name, value in values.items()})
        except NodeError:
            raise
        except (ArithmeticError, ValueError, TypeError, IndexError, MemoryError) as error:
            shapes = ", ".join(f"{name} {np.shape(value)}" for name, value in values.items() if value is not None)
            raise NodeError(f"the expression cannot be computed for {shapes}: {error}") from None

    def _part(self, node: ast.expr) -> Part:
        match node:
            case ast.Constant(value=bool() | int() | float() as value):
                if isinstance(value, int) and value.bit_length() > MAX_INT_BITS:
                    raise self._refused(node, "a number this large")
                return lambda values: value
            case ast.Name(id=name) if name in NAMES:
                self.names.add(name)
                return lambda values: values[name]
            case ast.Name(id=name) if name in CONSTANTS:
                return lambda values: CONSTANTS[name]
            case ast.Attribute(value=ast.Name(id="np"), attr=name) if name in CONSTANTS:
                return lambda values: CONSTANTS[name]
            case ast.UnaryOp(op=op, operand=operand) if type(op) in UNARY:
                return self._unary(UNARY[type(op)], operand)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._binary(_power, left, right)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
                return self._binary(BINARY[type(op)], left, right)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
                return self._binary(COMPARISONS[type(op)], left, right)
            case ast.Call():
                return self._call(node)
            case ast.Compare():
                raise self._refused(node, "a chain of comparisons; combine two with &")
        raise self._refused(node, f"{_kind(node)}")

    def _refused(self, node: ast.expr, what: str) -> NodeError:
        return NodeError(f"the expression may not hold {what} (column {self._indent + node.col_offset + 1})")

    def _unary(self, operation: Callable[[Any], Any], operand: ast.expr) -> Part:
        inner = self._part(operand)
        return lambda values: operation(inner(values))

    def _binary(self, operation: Callable[[Any, Any], Any], left: ast.expr, right: ast.expr) -> Part:
        first, second = self._part(left), self._part(right)

        def compute(values: Values) -> Any:
            x, y = first(values), second(values)
            _check_size(x, y)
            return _bounded(operation(x, y))

        return compute

    def _call(self, call: ast.Call) -> Part:
        match call.func:
            case ast.Name(id=name) if name in ARGUMENTS:
                pass
            case ast.Attribute(value=ast.Name(id="np"), attr=name) if name in ARGUMENTS:
                pass
            case _:
                raise self._refused(
                    call, f"a call of {ast.unparse(call.func)[:40]}; known are {', '.join(sorted(ARGUMENTS))}"
                )
        if any(isinstance(argument, ast.Starred) for argument in call.args):
            raise self._refused(call, "a starred argument")
        options: dict[str, Any] = {}
        for keyword in call.keywords:
            value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
            if keyword.arg not in KEYWORDS or type(value) is not KEYWORDS[keyword.arg] or name not in REDUCTIONS:
                raise self._refused(keyword.value, f"the argument {keyword.arg}")
            options[keyword.arg] = value
        arguments = [self._part(argument) for argument in call.args]
        if len(arguments) not in ARGUMENTS[name]:
            takes = " or ".join(str(count) for count in ARGUMENTS[name])
            raise self._refused(call, f"{name} with {len(arguments)} arguments; it takes {takes}")
        function: Callable[..., Any] = getattr(np, name)

        def compute(values: Values) -> Any:
            given = [argument(values) for argument in arguments]
            _check_size(*given)
            return _bounded(function(*given, **options))

        return compute


def _power(base: Any, exponent: Any) -> Any:
    """Power that cannot make a number of millions of digits: of plain numbers it is floating, unless it is small."""
    if isinstance(base, (int, float)) and isinstance(exponent, (int, float)):
        whole = isinstance(base, int) and isinstance(exponent, int)
        if not whole or exponent < 0 or int(base).bit_length() * exponent > MAX_INT_BITS:
            return float(np.float_power(base, exponent))
    return operator.pow(base, exponent)


def _bounded(value: Any) -> Any:
    """Whole numbers beyond 63 bits become floating, so that none can grow without end."""
    return float(value) if type(value) is int and value.bit_length() > MAX_INT_BITS else value


def _check_size(*operands: Any) -> None:
    """Two arrays that would spread into a huge one are refused before any memory is asked for."""
    shape = np.broadcast_shapes(*(np.shape(operand) for operand in operands))
    size = 1
    for length in shape:
        size *= length
    if size > MAX_ELEMENTS:
        raise NodeError(f"the result would have {size} values; {MAX_ELEMENTS} are allowed")


def _kind(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return f"the name {name[:40]!r}; known are {', '.join((*NAMES, *CONSTANTS))} and functions"
        case ast.Attribute(attr=name):
            return f"the attribute {name[:40]!r}"
        case ast.Constant(value=value):
            return f"{type(value).__name__} constants"
        case _:
            return f"{type(node).__name__.lower()} expressions"
