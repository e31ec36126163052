"""Parameters: what a value must be, wherever it comes from, and what the node then gets."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Node, Parameter, ParameterError, param
from tests.engine.graph.types import plain_data


def same(value: Any, expected: Any) -> bool:
    return type(value) is type(expected) and value == expected


@pytest.mark.parametrize(
    ("default", "given_value", "expected"),
    [
        (1.0, 2, 2.0),
        (1.0, 2.5, 2.5),
        (1.0, np.float32(0.5), 0.5),
        (1.0, np.int16(3), 3.0),
        (1.0, np.array(4.0), 4.0),
        (1, 5, 5),
        (1, 5.0, 5),
        (1, np.int64(5), 5),
        (1, np.uint64(2**64 - 1), 2**64 - 1),
        (1, np.float64(5.0), 5),
        (True, False, False),
        (True, np.bool_(False), False),
        ("a", "b", "b"),
        ("a", np.str_("b"), "b"),
        ("a", "", ""),
        ([], [1, "a", None], [1, "a", None]),
        ([], (1, (2, 3)), [1, [2, 3]]),
        ([], [np.float64(1.5), np.int8(2)], [1.5, 2]),
        ({}, {"a": (1, np.float32(2))}, {"a": [1, 2.0]}),
        ((1, 2), [3], [3]),
    ],
)
def test_a_value_becomes_what_the_node_gets(default: Any, given_value: Any, expected: Any) -> None:
    value = Parameter(default).validate(given_value)
    assert same(value, expected)
    if isinstance(value, list):
        assert [type(part) for part in value] == [type(part) for part in expected]


@pytest.mark.parametrize(
    ("default", "wrong"),
    [
        (1.0, True),
        (1.0, np.True_),
        (1.0, "1"),
        (1.0, None),
        (1.0, [1.0]),
        (1.0, 1j),
        (1.0, math.nan),
        (1.0, math.inf),
        (1.0, np.float32("nan")),
        (1.0, 10**400),
        (1.0, np.array([1.0])),
        (1, True),
        (1, 1.5),
        (1, math.nan),
        (1, "1"),
        (1, None),
        (1, 2**64),
        (1, -(2**63) - 1),
        (1, np.datetime64("2020-01-01")),
        (True, 1),
        (True, 0.0),
        (True, "true"),
        (True, None),
        ("a", 1),
        ("a", b"a"),
        ("a", None),
        ("a", "\ud800"),
        ([], "abc"),
        ([], {}),
        ([], np.zeros(3)),
        ([], [math.nan]),
        ([], [[math.inf]]),
        ([], [object()]),
        ([], [b"x"]),
        ([], [{1: 2}]),
        ([], ["\ud800"]),
        ({}, []),
        ({}, {"a": {1: 2}}),
        ({}, {"a": math.nan}),
        ({}, {"a": np.zeros(3)}),
    ],
)
def test_a_value_of_another_kind_is_refused_by_name(default: Any, wrong: Any) -> None:
    parameter = Parameter(default)
    parameter.name = "speed"
    with pytest.raises(ParameterError, match="parameter speed") as caught:
        parameter.validate(wrong)
    assert len(str(caught.value)) < 300 and str(caught.value).isprintable()


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0])
def test_limits_are_allowed_themselves(value: float) -> None:
    assert Parameter(0.0, minimum=-1.0, maximum=1.0).validate(value) == value


def test_what_lies_outside_the_limits_is_refused_with_the_limit_and_its_unit() -> None:
    parameter = Parameter(5, minimum=1, maximum=10, unit="Hz")
    with pytest.raises(ParameterError, match="at least 1 Hz, not 0"):
        parameter.validate(0)
    with pytest.raises(ParameterError, match="at most 10 Hz, not 11"):
        parameter.validate(11)
    with pytest.raises(ParameterError, match="at most 10"):
        parameter.validate(np.int64(2**62))


def test_what_is_none_of_the_choices_is_refused_with_all_of_them() -> None:
    parameter = Parameter("fast", choices=["fast", "slow"])
    assert parameter.validate("slow") == "slow"
    with pytest.raises(ParameterError, match="one of 'fast', 'slow', not 'loud'"):
        parameter.validate("loud")
    assert Parameter(1, choices=(1, 2)).validate(2.0) == 2
    with pytest.raises(ParameterError):
        Parameter(1, choices=(0, 1)).validate(True)


def test_none_is_a_value_just_where_it_is_the_default() -> None:
    class Odd(Node):
        limit = param(None, type=float, minimum=0.0)

    parameter = Odd.node_parameters["limit"]
    assert parameter.validate(None) is None and parameter.validate(2) == 2.0
    with pytest.raises(ParameterError):
        parameter.validate(-1)
    assert Odd().limit is None and Odd(limit=3).limit == 3.0


@pytest.mark.parametrize("kind", [bytes, complex, object, np.ndarray, set])
def test_a_parameter_of_another_type_cannot_be_declared(kind: type) -> None:
    with pytest.raises(TypeError, match=r"bool, int, float, str, list, dict"):
        param(None, type=kind)


def test_a_default_that_breaks_its_own_rules_cannot_be_declared() -> None:
    for declare in (
        lambda: param(5, maximum=1),
        lambda: param("x", choices=("a", "b")),
        lambda: param(1.5, type=int),
        lambda: param(math.nan),
    ):
        with pytest.raises(ParameterError):
            declare()


def test_values_are_nobody_elses() -> None:
    parameter = Parameter([[1]])
    given_value = [[2]]
    value = parameter.validate(given_value)
    given_value[0].append(3)
    value[0].append(4)
    assert given_value == [[2, 3]] and parameter.validate([[2]]) == [[2]]
    parameter.fresh_default()[0].append(5)
    assert parameter.default == [[1]]


def test_what_nests_without_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ParameterError, match="deeper than"):
        Parameter([]).validate(endless)


@given(st.lists(plain_data, max_size=4))
def test_plain_data_passes_unchanged_unless_its_numbers_have_more_than_64_bits(value: list[Any]) -> None:
    try:
        passed = Parameter([]).validate(value)
    except ParameterError as error:
        assert "64 bits" in str(error)
    else:
        assert json.dumps(passed) == json.dumps(value)


# -- text


@pytest.mark.parametrize(
    ("default", "text", "expected"),
    [
        (1.0, "2", 2.0),
        (1.0, " -2.5e3 ", -2500.0),
        (1.0, ".5", 0.5),
        (1, "7", 7),
        (1, "7.0", 7),
        (1, "1e3", 1000),
        (1, "-0", 0),
        (True, "true", True),
        (True, " OFF", False),
        (True, "1", True),
        (True, "No", False),
        ("a", " as it is ", " as it is "),
        ("a", "5", "5"),
        ("a", "", ""),
        ([], "[1, [2], null]", [1, [2], None]),
        ({}, '{"a": [true]}', {"a": [True]}),
    ],
)
def test_text_is_read_as_the_parameters_type(default: Any, text: str, expected: Any) -> None:
    assert same(Parameter(default).parse(text), expected)


@pytest.mark.parametrize(
    ("default", "text"),
    [
        (1.0, ""),
        (1.0, "abc"),
        (1.0, "nan"),
        (1.0, "NaN"),
        (1.0, "-Infinity"),
        (1.0, "1e999"),
        (1.0, "true"),
        (1.0, "[1]"),
        (1.0, "1,5"),
        (1, "1.5"),
        (1, "9" * 5000),
        (1, "null"),
        (True, "maybe"),
        (True, ""),
        (True, "2"),
        ([], "1, 2"),
        ([], "{}"),
        ([], "[" * 100_000),
        ([], "[NaN]"),
        ({}, "[]"),
    ],
)
def test_text_that_is_no_such_value_is_refused(default: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Parameter(default).parse(text)
    assert len(str(caught.value)) < 200_000


@given(st.text(max_size=20), st.sampled_from([1, 1.0, True, "a", [], {}]))
def test_any_text_is_a_value_or_a_parameter_error(text: str, default: Any) -> None:
    parameter = Parameter(default)
    try:
        value = parameter.parse(text)
    except ParameterError:
        return
    assert type(value) is type(default)
    assert same(parameter.validate(value), value)


@given(st.one_of(st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_number_written_and_read_is_the_same(number: float) -> None:
    assert same(Parameter(type(number)(0)).parse(repr(number)), number)
